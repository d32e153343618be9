import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchive, openArchiveReader } from '../../src/archive/index.ts';
import { fill, looseIn, packsIn, sha256 } from './keeping.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-packer-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const packer = (...rest: readonly string[]): readonly string[] => [
  process.execPath,
  join(import.meta.dirname, 'packer.js'),
  directory,
  ...rest,
];

describe('an archive whose process is killed while it packs', () => {
  test('has every document, at any moment, and is packed in the end', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 40);
    await archive.close();
    const [command = '', ...argv] = packer('pack', '30000');
    let finished = false;
    const kills: number[] = [];
    const between: number[] = [];
    // The last of them is left alone, however slow this machine is.
    for (let life = 0; life <= 40 && !finished; life += 1) {
      const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'close');
      let text = '';
      child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
      await once(child.stdout, 'data');
      // Early deaths at first, so that there are many of them; later ones come as far as the last pack.
      const after = Math.random() * (20 + life * 15);
      kills.push(Math.round(after));
      const timer = setTimeout(() => life < 40 && child.kill('SIGKILL'), after);
      await ended;
      clearTimeout(timer);
      finished = text.includes('packed');
      const reader = openArchiveReader(directory);
      for (const name of all.keys())
        expect(
          sha256((await reader.read(name)) ?? Buffer.alloc(1)),
          `killed after ${kills.join(', ')} ms`,
        ).toBe(name);
      between.push((await looseIn(directory)).length);
    }
    expect(finished).toBe(true);
    expect(kills.length).toBeGreaterThan(2);
    expect([
      await looseIn(directory),
      (await packsIn(directory)).filter((name) => name.startsWith('.')),
    ]).toEqual([[], []]);
    expect(between.some((count) => count > 0)).toBe(true);
  }, 300_000);

  test('is not packed by two at once', async () => {
    const archive = await openArchive(directory);
    await fill(archive, 2);
    const [command = '', ...argv] = packer();
    const { status, stderr } = spawnSync(command, argv, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining(`in use by process ${process.pid}`)]);
    await archive.close();
  });
});

const tmpfs = ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=2m none "$0" && exec "$@"`] as const;
const canMount = spawnSync(tmpfs[0], [...tmpfs.slice(1), tmpdir(), 'true']).status === 0;

test.skipIf(!canMount)(
  'a disk that is full while it packs loses nothing, and the next packing succeeds',
  () => {
    const [command, ...rest] = [...tmpfs, directory, ...packer('full')];
    const { stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual([
      'ArchiveError ENOSPC 100 of 100\npacks true left 0 drafts 0 100 of 100\n',
      '',
    ]);
  },
);
