/**
 * The packs of an archive: `documents/packs/000001.pack` and on. Which document is in which is read from their indexes when
 * a document is looked for that is no file of its own; packs that another process has made since are found then, too.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveError, ArchiveError, errnoOf } from './errors.ts';
import { openPack, type PackReader } from './pack-file.ts';

/** All packs of one archive, to look into. */
export interface Packs {
  /** The pack that has a document, and its place in it. Looks at the directory again when none is known. */
  find(sha256: string): Promise<{ readonly pack: PackReader; readonly index: number } | undefined>;
  /** Whether a pack is known to have it. */
  has(sha256: string): boolean;
  /** The bytes of a document, checked against its name; undefined when no pack has it. */
  read(sha256: string): Promise<Uint8Array | undefined>;
  /** Reads the directory again, and the indexes of what is new. */
  refresh(): Promise<void>;
  /** What is there, by the last look; also packs that cannot be opened. */
  readonly packs: readonly PackReader[];
  readonly broken: readonly ArchiveError[];
}

/** The packs below `documents`. */
export function packsIn(documents: string): Packs {
  const directory = packDirectory(documents);
  const readers = new Map<string, PackReader>();
  const places = new Map<string, { readonly pack: PackReader; readonly index: number }>();
  let broken: ArchiveError[] = [];
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const names = await packNames(directory);
    broken = [];
    for (const [name, pack] of readers) if (!names.includes(name)) forget(name, pack);
    for (const name of names) {
      if (readers.has(name)) continue;
      try {
        const pack = await openPack(join(directory, name));
        readers.set(name, pack);
        for (const [index, { sha256 }] of pack.documents.entries()) places.set(sha256, { pack, index });
      } catch (error) {
        const reason = archiveError(error, join(directory, name), 'could not open');
        if (reason.code !== 'ENOENT') broken.push(reason);
      }
    }
  };
  const forget = (name: string, pack: PackReader): void => {
    readers.delete(name);
    for (const { sha256 } of pack.documents) if (places.get(sha256)?.pack === pack) places.delete(sha256);
  };
  const refresh = (): Promise<void> => (looking ??= look().finally(() => (looking = undefined)));
  const find: Packs['find'] = async (sha256) => {
    const known = places.get(sha256);
    if (known) return known;
    await refresh();
    return places.get(sha256);
  };
  return {
    find,
    has: (sha256) => places.has(sha256),
    async read(sha256) {
      for (let tries = 0; ; tries += 1) {
        const place = await find(sha256);
        if (!place) {
          if (broken[0]) throw broken[0];
          return undefined;
        }
        try {
          return await place.pack.read(place.index);
        } catch (error) {
          // A pack that is gone was written anew under another number, without what a policy removed.
          if (!(error instanceof ArchiveError) || error.code !== 'ENOENT' || tries > 2) throw error;
          await refresh();
        }
      }
    },
    refresh,
    get packs() {
      return [...readers.values()];
    },
    get broken() {
      return broken;
    },
  };
}

/** Where the packs of an archive are. */
export function packDirectory(documents: string): string {
  return join(documents, 'packs');
}

/** The path of a new pack: its number is one more than the highest. */
export async function nextPackPath(directory: string): Promise<string> {
  const last = (await packNames(directory)).at(-1);
  return join(
    directory,
    `${String((last === undefined ? 0 : Number.parseInt(last, 10)) + 1).padStart(6, '0')}.pack`,
  );
}

/** Removes what a crash left half-written. Only for whoever has the lock. */
export async function sweepPacks(directory: string): Promise<void> {
  for (const name of await namesIn(directory))
    if (name.startsWith(packDraft)) await rm(join(directory, name), { force: true });
}

/** How the name of a pack begins that is not whole yet. */
export const packDraft = '.writing-';

async function packNames(directory: string): Promise<readonly string[]> {
  return (await namesIn(directory)).filter((name) => /^\d{6}\.pack$/.test(name)).sort();
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw archiveError(error, directory, 'could not read');
  }
}
