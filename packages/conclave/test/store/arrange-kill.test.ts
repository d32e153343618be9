/** Kill −9 while rounds are written and put in order: no acknowledged row is lost, none is there twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { openDuckDb } from '../../src/store/index.ts';
import { dump } from '../support/journal.ts';

const rounds = 120;
let directory = '';
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Starts the writer; resolves when it is dead, with what it acknowledged last. */
async function write(
  path: string,
  killAfterMs?: number,
): Promise<{ acknowledged: number; signal: string | null }> {
  const script = join(import.meta.dirname, 'write-year.js');
  const child = spawn(process.execPath, [script, path, String(rounds), '3'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => (acknowledged = Number(line)));
  const dead = once(child, 'exit');
  if (killAfterMs !== undefined) {
    await once(lines, 'line');
    setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  }
  const [, signal] = (await dead) as [number | null, string | null];
  return { acknowledged, signal };
}

test('a writer that is killed at any moment leaves what it acknowledged, once, and the next start goes on', async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-arrange-'));
  const [killed, whole] = [join(directory, 'killed.duckdb'), join(directory, 'whole.duckdb')];
  let kills = 0;
  for (const after of [30, 80, 140, 210, 290, 60, 110, 170, 250, 340]) {
    const { acknowledged, signal } = await write(killed, after);
    if (signal === 'SIGKILL') kills += 1;
    const store = await openDuckDb({ path: killed });
    const [held] = await store.query('heldSpan');
    await store.close();
    // What was committed and not told of may be there beyond what was acknowledged.
    expect(held?.rounds).toBeGreaterThanOrEqual(acknowledged);
  }
  expect(kills).toBeGreaterThan(5);
  await write(killed);
  await write(whole);
  const [one, other] = [await dump(killed), await dump(whole)];
  for (const table of ['entries', 'relays', 'texts', 'figures', 'days', 'rounds'])
    expect(one[table]?.length, table).toBe(other[table]?.length);
  expect(one).toEqual(other);
}, 300_000);
