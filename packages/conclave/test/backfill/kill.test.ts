/** Kill −9 of a backfill, ten times at random: the rows are those of one that was let be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchiveReader } from '../../src/archive/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import { badDayPlaced, canPack, writeIndex, writeTarballs } from '../support/collector-tree.ts';
import { dump } from '../support/journal.ts';

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

test.skipIf(!canPack)(
  'a backfill that is killed ten times has the rows of one that is not (needs tar and xz)',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'conclave-backfill-kill-'));
    try {
      const { set, documents } = await badDayPlaced(8);
      writeTarballs(join(root, 'collector'), documents);
      writeIndex(join(root, 'collector'));
      writeFileSync(join(root, 'set.json'), JSON.stringify(set));
      const hours = documents.flatMap(({ kind, at }) => (kind === 'consensus' ? at : []));
      const start = (name: string): ReturnType<typeof spawn> =>
        spawn(
          process.execPath,
          [
            script,
            join(root, name),
            join(root, 'collector'),
            join(root, 'set.json'),
            String(Math.min(...hours)),
            String(Math.max(...hours) + 1),
          ],
          { stdio: ['ignore', 'ignore', 'inherit'] },
        );
      const began = performance.now();
      expect(await once(start('whole'), 'exit')).toEqual([0, null]);
      const took = performance.now() - began;
      const kills: number[] = [];
      for (let life = 0; life < 10; life += 1) {
        const child = start('killed');
        const after = 150 + Math.random() * took * 0.6;
        kills.push(Math.round(after));
        const timer = setTimeout(() => child.kill('SIGKILL'), after);
        await once(child, 'exit');
        clearTimeout(timer);
      }
      expect(await once(start('killed'), 'exit')).toEqual([0, null]);
      const [whole, killed] = [await rowsOf(join(root, 'whole')), await rowsOf(join(root, 'killed'))];
      const note = `of ${Math.round(took)} ms, killed after ${kills.join(', ')} ms`;
      expect(killed, note).toEqual(whole);
      expect(killed['rounds']).toHaveLength(8);
      const archived: string[] = [];
      for await (const { entry } of openArchiveReader(join(root, 'killed')).entries(0))
        if (entry.type === 'archived') archived.push(entry.name);
      expect(new Set(archived).size, note).toBe(archived.length);
      await rebuildStore(join(root, 'killed'));
      expect(await rowsOf(join(root, 'killed')), note).toEqual(whole);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  240_000,
);
