import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArchive, type OpenedArchive } from '../../src/archive/index.ts';
import { startUpkeep } from '../../src/daemon/index.ts';
import { fill, looseIn, packsIn } from '../archive/keeping.ts';

let directory = '';
let archive: OpenedArchive;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-upkeep-'));
  archive = await openArchive(directory);
});
afterEach(async () => {
  await archive.close();
  await rm(directory, { recursive: true, force: true });
});

/** Upkeep that is due at once and then never again; resolves with its first line. */
async function firstLine(options: Parameters<typeof startUpkeep>[1]): Promise<string> {
  let stop = async (): Promise<void> => {};
  const line = await new Promise<string>((resolve) => {
    stop = startUpkeep(archive, options, resolve, { firstAfterMs: 0, everyMs: 1e9 });
  });
  await stop();
  return line;
}

test('upkeep carries out the policy of an observatory that runs, and says so', async () => {
  const all = await fill(archive, 3);
  expect(await firstLine({ retention: { vote: 1 } })).toBe(
    '9 documents were removed by policy; the journal names them.',
  );
  expect((await looseIn(directory)).length).toBe(all.size - 9);
});

test('upkeep that is stopped while it packs leaves every document and nothing half-written', async () => {
  const all = await fill(archive, 3);
  let begun = (): void => {};
  const packing = new Promise<void>((resolve) => (begun = resolve));
  const watched: OpenedArchive = {
    ...archive,
    pack: ({ breathe = async () => {}, ...rest } = {}) =>
      archive.pack({
        ...rest,
        all: true,
        breathe: async () => {
          begun();
          await breathe();
        },
      }),
  };
  const lines: string[] = [];
  const stop = startUpkeep(watched, {}, (line) => void lines.push(line), { firstAfterMs: 0, everyMs: 1e9 });
  await packing;
  await stop();
  expect([(await looseIn(directory)).length, await packsIn(directory), lines]).toEqual([all.size, [], []]);
});

test('upkeep says when it fails, and comes again', async () => {
  const broken: OpenedArchive = { ...archive, pack: () => Promise.reject(new Error('the disk is full')) };
  const lines: string[] = [];
  let stop = async (): Promise<void> => {};
  await new Promise<void>((resolve) => {
    stop = startUpkeep(
      broken,
      {},
      (line) => {
        if (lines.push(line) === 2) resolve();
      },
      { firstAfterMs: 0, everyMs: 0 },
    );
  });
  await stop();
  expect(lines.slice(0, 2)).toEqual(
    Array.from({ length: 2 }, () => 'Packing failed, and nothing is lost by it: Error: the disk is full'),
  );
});
