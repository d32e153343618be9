/** Kill −9 of a backfill, ten times at random: the rows are those of one that was let be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openArchiveReader } from '../../src/archive/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import type { AuthoritySet } from '../../src/network/index.ts';
import { dump, started } from '../support/backfilling.ts';
import type { Missed } from '../support/backfilling.ts';
import {
  badDayPlaced,
  canPack,
  certificatesPlaced,
  roundsPlaced,
  writeIndex,
  writeTarballs,
} from '../support/collector-tree.ts';
import type { Placed } from '../support/collector-tree.ts';
import { madeNetwork, noon } from '../support/network.ts';
import type { MadeRound } from '../support/network.ts';

const script = join(import.meta.dirname, 'fill.js');
/** Columns that say when something was imported or judged, which differs from run to run. */
const times = new Set(['at', 'judged_at', 'first_seen', 'last_seen']);

/** Rows without the times of the run, in an order of what is left; when a run came is no part of what it found. */
async function rowsOf(directory: string): Promise<Record<string, string[]>> {
  const all = await dump(join(directory, 'store.duckdb'));
  const untimed = (row: unknown): string =>
    JSON.stringify(Object.entries(row as object).filter(([name]) => !times.has(name)));
  const { meta: _, ...tables } = all;
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map(untimed).sort()]));
}

/** What is filled in: documents of an archive, and what an observatory had seen before. */
interface Filling {
  readonly set: AuthoritySet;
  readonly documents: readonly Placed[];
  /** Makes the data directory of the observatory. */
  readonly begin?: (directory: string) => Promise<unknown>;
}

/** Fills a directory at once, and another one between so many kills; both come to the same rows, as does a rebuild. */
async function killed({ set, documents, begin }: Filling, kills: number): Promise<Record<string, string[]>> {
  const root = mkdtempSync(join(tmpdir(), 'conclave-backfill-kill-'));
  try {
    writeTarballs(join(root, 'collector'), documents);
    writeIndex(join(root, 'collector'));
    writeFileSync(join(root, 'set.json'), JSON.stringify(set));
    await begin?.(join(root, 'whole'));
    if (begin) cpSync(join(root, 'whole'), join(root, 'killed'), { recursive: true });
    const hours = documents.flatMap(({ kind, at }) => (kind === 'consensus' ? at : []));
    const span = [String(Math.min(...hours)), String(Math.max(...hours) + 1)];
    const paths = [join(root, 'collector'), join(root, 'set.json')];
    const start = (name: string): ReturnType<typeof spawn> =>
      spawn(process.execPath, [script, join(root, name), ...paths, ...span], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    const began = performance.now();
    expect(await once(start('whole'), 'exit')).toEqual([0, null]);
    const took = performance.now() - began;
    const after = Array.from({ length: kills }, () => Math.round(150 + Math.random() * took * 0.6));
    for (const ms of after) {
      const child = start('killed');
      const timer = setTimeout(() => child.kill('SIGKILL'), ms);
      await once(child, 'exit');
      clearTimeout(timer);
    }
    expect(await once(start('killed'), 'exit')).toEqual([0, null]);
    const [whole, rows] = [await rowsOf(join(root, 'whole')), await rowsOf(join(root, 'killed'))];
    const note = `of ${Math.round(took)} ms, killed after ${after.join(', ')} ms`;
    expect(rows, note).toEqual(whole);
    const archived: string[] = [];
    for await (const { entry } of openArchiveReader(join(root, 'killed')).entries(0))
      if (entry.type === 'archived') archived.push(entry.name);
    expect(new Set(archived).size, note).toBe(archived.length);
    await rebuildStore(join(root, 'killed'));
    expect(await rowsOf(join(root, 'killed')), note).toEqual(whole);
    return rows;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe.skipIf(!canPack)('a backfill (needs tar and xz)', () => {
  test('that is killed ten times has the rows of one that is not', async () => {
    expect((await killed(await badDayPlaced(8), 10))['rounds']).toHaveLength(8);
  }, 240_000);

  test('that is killed while it fills in what watched rounds lack has the rows of one that is not', async () => {
    const network = madeNetwork(9, true);
    const round = (index: number): MadeRound => network.round({ validAfter: noon + index * 3600 });
    const all = [0, 1, 2, 3, 4, 5].map(round);
    const missed: Missed = (entry) =>
      entry.type === 'observation' &&
      entry.subject.kind === 'vote' &&
      network.names.slice(0, 4).includes(entry.authority);
    const rows = await killed(
      {
        set: network.set,
        documents: [...roundsPlaced(network, all), ...certificatesPlaced(network.certificates)],
        begin: (directory) => started(directory, network, all.slice(2), missed),
      },
      6,
    );
    const named = (table: string, text: string): number =>
      (rows[table] ?? []).filter((row) => row.includes(text)).length;
    expect([rows['rounds']?.length, named('proofs', '"identical"')]).toEqual([6, 12]);
    expect([named('votes', '"via","archive"'), rows['votes']?.length]).toEqual([2 * 9 + 4 * 4, 54]);
  }, 240_000);
});
