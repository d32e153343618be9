/** Looking a data directory through: the archive, and whether the store agrees with its journal. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkArchive } from '../archive/index.ts';
import type { ArchiveReport, FsckOptions } from '../archive/index.ts';
import { openExtract, StoreError } from '../store/index.ts';

/** Where the store stands. It is derived: none of its faults loses anything. */
export interface StoreReport {
  readonly path: string;
  /**
   * `agrees`: it stands at the end of the journal. `behind`: what
   * follows is read at the next start; what came after the last tick always is. `absent`, `outdated`: it is made
   * anew at the next start. `ahead`: it knows more than the journal has; `unreadable`: both want `conclave rebuild`.
   */
  readonly state: 'agrees' | 'behind' | 'ahead' | 'absent' | 'outdated' | 'unreadable';
  /** Bytes of the journal that are in the store. */
  readonly position?: number;
  readonly message: string;
}

/** Archive and store together. */
export interface DirectoryReport extends ArchiveReport {
  readonly store: StoreReport;
}

/** Looks a data directory through. Throws `ArchiveError` when an observatory runs on it. */
export async function checkDirectory(directory: string, options: FsckOptions = {}): Promise<DirectoryReport> {
  const archive = await checkArchive(directory, options);
  return { ...archive, store: await lookAtStore(join(directory, 'store.duckdb'), archive.journal.bytes) };
}

async function lookAtStore(path: string, journalBytes: number): Promise<StoreReport> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere)
    return {
      path,
      state: 'absent',
      message: 'there is no store yet; it is made from the journal at the next start',
    };
  try {
    const store = await openExtract(path);
    try {
      if (!store.isCurrent)
        return {
          path,
          state: 'outdated',
          message: 'another version made it; it is made anew at the next start',
        };
      return agreement(path, positionOf(await store.pipelineMeta()), journalBytes);
    } finally {
      store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { path, state: 'unreadable', message: error.message };
  }
}

function positionOf(meta: string | undefined): number {
  if (meta === undefined) return 0;
  const value: unknown = JSON.parse(meta);
  const { position } = value as { readonly position?: unknown };
  return typeof position === 'number' ? position : 0;
}

function agreement(path: string, position: number, journalBytes: number): StoreReport {
  const at = `it stands at byte ${position} of the journal's ${journalBytes}`;
  if (position > journalBytes)
    return {
      path,
      state: 'ahead',
      position,
      message: `${at}: a part of the journal is gone; conclave rebuild`,
    };
  if (position === journalBytes)
    return { path, state: 'agrees', position, message: 'it stands where the journal ends' };
  return { path, state: 'behind', position, message: `${at}; what follows is read at the next start` };
}
