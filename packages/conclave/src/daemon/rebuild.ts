/** Makes the store anew from archive and journal. The same bytes give the same rows. */
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits } from '../analysis/index.ts';
import type { Limits } from '../analysis/index.ts';
import { ArchiveError, openArchive, removedByPolicy } from '../archive/index.ts';
import { openPipeline } from '../pipeline/index.ts';
import { openDuckDb } from '../store/index.ts';
import { loadCountries } from './countries.ts';
import { loadNetworks } from './networks.ts';
import { follow } from './follow.ts';

/** What was rebuilt. */
export interface Rebuilt {
  readonly entries: number;
  readonly counts: readonly { readonly name: string; readonly rows: number }[];
  /** Documents that a policy removed: what was derived from them is not in the new store. */
  readonly removed: number;
  /** Where the store is that was there before, when it has what the new one cannot have. */
  readonly before?: string;
}

/** What a rebuild has to be told to give the rows that the observatory gave. */
export interface RebuildOptions {
  /** Those that the observatory ran with, where they are not the defaults. */
  readonly limits?: Partial<Limits>;
  readonly geoip?: string;
  readonly asn?: string;
  /** Rebuild although a policy removed documents: the old store is then put aside, and not removed. */
  readonly withoutRemoved?: boolean;
  readonly onProgress?: (entries: number) => void;
}

/**
 * Rebuilds the store of a data directory beside the old one and puts it into its place when it is whole. Throws
 * `ArchiveError` when an observatory runs on the directory, and with the code `REMOVED` when rows would be lost by it.
 */
export async function rebuildStore(directory: string, options: RebuildOptions = {}): Promise<Rebuilt> {
  const { onProgress = () => {}, geoip, asn } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const archive = await openArchive(directory);
  try {
    const removed = await removedByPolicy(archive);
    if (removed > 0 && options.withoutRemoved !== true) throw removedError(directory, removed);
    const draft = join(directory, 'store.rebuilding.duckdb');
    await Promise.all([rm(draft, { force: true }), rm(`${draft}.wal`, { force: true })]);
    const countries = await loadCountries(geoip);
    const networks = await loadNetworks(asn);
    const store = await openDuckDb({ path: draft });
    const pipeline = await openPipeline({
      archive,
      store,
      limits,
      ...(countries ? { countries } : {}),
      ...(networks ? { networks } : {}),
      ticksPerCommit: 100,
    });
    let seen = 0;
    const { entries } = await follow(archive, pipeline, 0, () => {
      seen += 1;
      if (seen % 1000 === 0) onProgress(seen);
    });
    await pipeline.flush();
    const counts = await store.query('counts');
    await store.close();
    const before = removed > 0 ? await putStoreAside(directory) : undefined;
    await Promise.all([
      rm(join(directory, 'store.duckdb.wal'), { force: true }),
      rm(join(directory, 'store.duckdb'), { force: true }),
    ]);
    await rename(draft, join(directory, 'store.duckdb'));
    return { entries, counts, removed, ...(before === undefined ? {} : { before }) };
  } finally {
    await archive.close();
  }
}

function removedError(directory: string, removed: number): ArchiveError {
  return new ArchiveError(
    'REMOVED',
    directory,
    `${removed} documents were removed by policy; rows that came from them are in the store and cannot be made again. ` +
      'conclave rebuild --without-removed makes a store without them and keeps the old one beside it.',
  );
}

/**
 * Renames the store, with its log, to `store.before-N.duckdb`: it has rows that no rebuild gives. Resolves to its new path,
 * or to nothing when there is no store.
 */
export async function putStoreAside(directory: string): Promise<string | undefined> {
  const store = join(directory, 'store.duckdb');
  if (!(await isThere(store))) return undefined;
  for (let number = 1; ; number += 1) {
    const aside = join(directory, `store.before-${number}.duckdb`);
    if ((await isThere(aside)) || (await isThere(`${aside}.wal`))) continue;
    if (await isThere(`${store}.wal`)) await rename(`${store}.wal`, `${aside}.wal`);
    await rename(store, aside);
    return aside;
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
