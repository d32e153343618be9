/** Makes the store anew from archive and journal. The same bytes give the same rows. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits } from '../analysis/index.ts';
import type { Limits } from '../analysis/index.ts';
import { openArchive } from '../archive/index.ts';
import { openPipeline } from '../pipeline/index.ts';
import { openDuckDb } from '../store/index.ts';
import { loadCountries } from './countries.ts';
import { follow } from './follow.ts';

/** What was rebuilt. */
export interface Rebuilt {
  readonly entries: number;
  readonly counts: readonly { readonly name: string; readonly rows: number }[];
}

/** What a rebuild has to be told to give the rows that the observatory gave. */
export interface RebuildOptions {
  /** Those that the observatory ran with, where they are not the defaults. */
  readonly limits?: Partial<Limits>;
  readonly geoip?: string;
  readonly onProgress?: (entries: number) => void;
}

/**
 * Rebuilds the store of a data directory beside the old one and puts it into its place when it is whole. Throws
 * `ArchiveError` when an observatory runs on the directory.
 */
export async function rebuildStore(directory: string, options: RebuildOptions = {}): Promise<Rebuilt> {
  const { onProgress = () => {}, geoip } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const archive = await openArchive(directory);
  try {
    const draft = join(directory, 'store.rebuilding.duckdb');
    await Promise.all([rm(draft, { force: true }), rm(`${draft}.wal`, { force: true })]);
    const countries = await loadCountries(geoip);
    const store = await openDuckDb({ path: draft });
    const pipeline = await openPipeline({
      archive,
      store,
      limits,
      ...(countries ? { countries } : {}),
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
    await Promise.all([
      rm(join(directory, 'store.duckdb.wal'), { force: true }),
      rm(join(directory, 'store.duckdb'), { force: true }),
    ]);
    await rename(draft, join(directory, 'store.duckdb'));
    return { entries, counts };
  } finally {
    await archive.close();
  }
}
