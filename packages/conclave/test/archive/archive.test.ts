import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openArchive,
  openArchiveReader,
  type ArchiveReader,
  type JournalEntry,
  type PlacedEntry,
} from '../../src/archive/index.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-archive-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const tick = (at: number): JournalEntry => ({ type: 'tick', at, blind: false });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function all(reader: ArchiveReader, from = 0): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  for await (const entry of reader.entries(from)) entries.push(entry);
  return entries;
}

const times = (entries: readonly PlacedEntry[]): readonly number[] => entries.map(({ entry }) => entry.at);
const pathOf = (name: string): string => join(directory, 'documents', name.slice(0, 2), `${name}.gz`);

describe('keep() and read()', () => {
  test.each([0, 1, 100, 3_000_000])('give a document of %i bytes back', async (size) => {
    const archive = await openArchive(directory);
    const bytes = Buffer.alloc(size, 'abc\n');
    const name = await archive.keep(bytes);
    expect(name).toBe(sha256(bytes));
    // By name and not by toEqual(), which compares three million bytes one by one.
    expect(sha256((await archive.read(name)) ?? Buffer.alloc(0))).toBe(sha256(bytes));
    await archive.close();
    const again = await openArchiveReader(directory).read(name);
    expect([again?.length, sha256(again ?? Buffer.alloc(0))]).toEqual([size, sha256(bytes)]);
  });

  test('keep the same document once, from nine at a time', async () => {
    const archive = await openArchive(directory);
    const bytes = Buffer.from('the same');
    const names = await Promise.all(Array.from({ length: 9 }, () => archive.keep(bytes)));
    const { ino } = await stat(pathOf(sha256(bytes)));
    expect(new Set(names).size).toBe(1);
    expect(await archive.keep(bytes)).toBe(names[0]);
    expect((await stat(pathOf(sha256(bytes)))).ino).toBe(ino);
    await archive.close();
  });

  test('know nothing of what was never kept, nor of names that are paths', async () => {
    const archive = await openArchive(directory);
    for (const name of ['00'.repeat(32), '../../etc/passwd', '', 'AB'.repeat(32)]) {
      expect(await archive.read(name)).toBeUndefined();
    }
    await archive.close();
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ['cut short', (path) => truncate(path, 10)],
    ['something else', async (path) => writeFile(path, await readFile(pathOf(sha256(Buffer.from('other')))))],
    ['emptied', (path) => truncate(path, 0)],
  ])('refuse a document whose file was %s', async (_, damage) => {
    const archive = await openArchive(directory);
    await archive.keep(Buffer.from('other'));
    const name = await archive.keep(Buffer.from('a document'));
    await damage(pathOf(name));
    await expect(archive.read(name)).rejects.toMatchObject({ code: 'CORRUPT', path: pathOf(name) });
    await archive.close();
  });

  test('leave nothing half-written behind', async () => {
    const parent = join(directory, 'documents', 'ab');
    await mkdir(parent, { recursive: true });
    await writeFile(join(parent, '.writing-of-a-crash'), 'half');
    const archive = await openArchive(directory);
    expect(await readdir(parent)).toEqual([]);
    await archive.close();
  });
});

describe('append() and entries()', () => {
  test('keep the order, and continue from any place', async () => {
    const archive = await openArchive(directory);
    const positions = await Promise.all([1, 2, 3, 4].map((at) => archive.append([tick(at), tick(at + 10)])));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const entries = await all(archive);
    expect(times(entries)).toEqual([1, 11, 2, 12, 3, 13, 4, 14]);
    expect(entries[1]?.position).toBe(positions[0]);
    for (const [index, { position }] of entries.entries()) {
      expect(times(await all(archive, position))).toEqual(times(entries.slice(index + 1)));
    }
    expect(await archive.append([])).toBe(positions.at(-1));
    await archive.close();
    await expect(archive.append([tick(1)])).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('roll over into new files, and find every place again', async () => {
    let archive = await openArchive(directory, { rollBytes: 200 });
    for (let at = 0; at < 20; at += 1) await archive.append([tick(at)]);
    await archive.close();
    expect((await readdir(join(directory, 'journal'))).length).toBeGreaterThan(3);
    archive = await openArchive(directory, { rollBytes: 200 });
    for (let at = 20; at < 30; at += 1) await archive.append([tick(at)]);
    const entries = await all(archive);
    expect(times(entries)).toEqual(Array.from({ length: 30 }, (_, at) => at));
    for (const { position, entry } of entries) {
      expect(times(await all(archive, position))[0]).toBe(entry.at === 29 ? undefined : entry.at + 1);
    }
    await archive.close();
    expect(times(await all(openArchiveReader(directory)))).toEqual(times(entries));
  });

  test('read what is there now while more is written', async () => {
    const archive = await openArchive(directory);
    await archive.append([tick(1), tick(2)]);
    const reading = archive.entries(0)[Symbol.asyncIterator]();
    await reading.next();
    await archive.append([tick(3)]);
    expect((await reading.next()).value).toMatchObject({ entry: { at: 2 } });
    expect((await reading.next()).done).toBe(true);
    await archive.close();
  });

  test.each(['{"type":"tick","at":3', '\0\0\0\0', '{'])('cut a torn end off and say so: %j', async (torn) => {
    const first = await openArchive(directory);
    await first.append([tick(1), tick(2)]);
    await first.close();
    const file = join(directory, 'journal', '000001.jsonl');
    await appendFile(file, torn);
    expect(times(await all(openArchiveReader(directory)))).toEqual([1, 2]);
    const second = await openArchive(directory);
    expect(second.repaired).toEqual({ file, bytes: torn.length });
    await second.append([tick(3)]);
    expect(times(await all(second))).toEqual([1, 2, 3]);
    await second.close();
    const third = await openArchive(directory);
    expect(third.repaired).toBeUndefined();
    await third.close();
  });

  test('cut off a torn end that is longer than what is looked at first', async () => {
    const file = join(directory, 'journal', '000001.jsonl');
    await mkdir(join(directory, 'journal'));
    await writeFile(file, `${JSON.stringify(tick(1))}\n${'x'.repeat(300_000)}`);
    const archive = await openArchive(directory);
    expect(archive.repaired).toEqual({ file, bytes: 300_000 });
    expect(times(await all(archive))).toEqual([1]);
    await archive.close();
  });

  test('refuse a journal with garbage or a hole in it', async () => {
    const archive = await openArchive(directory, { rollBytes: 10 });
    await archive.append([tick(1)]);
    await archive.append([tick(2)]);
    await archive.append([tick(3)]);
    await archive.close();
    await writeFile(join(directory, 'journal', '000002.jsonl'), 'garbage\n');
    await expect(all(openArchiveReader(directory))).rejects.toMatchObject({ code: 'CORRUPT' });
    await rm(join(directory, 'journal', '000002.jsonl'));
    await expect(openArchive(directory)).rejects.toMatchObject({ code: 'CORRUPT' });
  });
});

/** Starts `writer.js`, which opens the archive and writes until it is killed, naming what was acknowledged. */
function startWriter(mode: string, wrapper: readonly string[] = []): ChildProcess {
  const [command, ...rest] = [
    ...wrapper,
    process.execPath,
    join(import.meta.dirname, 'writer.js'),
    directory,
    mode,
  ];
  return spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function linesUntil(
  child: ChildProcess,
  isEnough: (lines: readonly string[]) => boolean,
): Promise<string[]> {
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (isEnough(lines)) child.kill('SIGKILL');
  }
  return lines;
}

describe('an archive whose process is killed', () => {
  test('has everything that was acknowledged, twenty times over', async () => {
    let last = 0;
    for (let round = 0; round < 20; round += 1) {
      const child = startWriter('loop');
      const ended = once(child, 'close');
      const lines = await linesUntil(child, (all) => all.length > 3 + round * 2);
      await ended;
      const archive = await openArchive(directory);
      const entries = await all(archive);
      const found = new Map(entries.map(({ entry, position }) => [position, entry]));
      expect(lines.length).toBeGreaterThan(3);
      for (const line of lines) {
        const [position, at, name] = line.split(' ');
        expect(found.get(Number(position))?.at, line).toBe(Number(at));
        expect(sha256((await archive.read(name ?? '')) ?? Buffer.alloc(0)), line).toBe(name);
      }
      expect(entries.length).toBeGreaterThan(last);
      last = entries.length;
      await archive.close();
    }
  }, 120_000);
});

describe('the lock', () => {
  test('refuses a second opening in the same process, and is given back', async () => {
    const first = await openArchive(directory);
    await expect(openArchive(directory)).rejects.toMatchObject({ code: 'LOCKED' });
    await first.close();
    await (await openArchive(directory)).close();
    expect(await readdir(directory)).toEqual(['documents', 'journal']);
  });

  test('refuses another process, and names the one that has it', async () => {
    const child = startWriter('loop');
    const ended = once(child, 'close');
    if (child.stdout !== null) await once(child.stdout, 'data');
    await expect(openArchive(directory)).rejects.toThrow(`in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await ended;
    await (await openArchive(directory)).close();
  });

  test.each(['{"pid":999999999}', '{"pid":1,"started":"another boot 1"}', 'garbage', ''])(
    'is taken over from a process that is gone: %j',
    async (text) => {
      await writeFile(join(directory, 'lock'), text);
      await (await openArchive(directory)).close();
    },
  );
});

const limited = spawnSync('bash', ['-c', 'ulimit -f 100']).status === 0;
const tmpfs = ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=1m none "$0" && exec "$@"`] as const;
const canMount = spawnSync(tmpfs[0], [...tmpfs.slice(1), tmpdir(), 'true']).status === 0;

describe('a disk that takes no more', () => {
  test.skipIf(!limited).each(['journal', 'documents'])(
    'is an ArchiveError, and nothing half-written counts: a file too large (%s)',
    async (mode) => {
      const child = startWriter(mode, ['bash', '-c', 'ulimit -f 100; exec "$0" "$@"']);
      const lines = await linesUntil(child, () => false);
      expect(lines.at(-1)).toMatch(/^ArchiveError EFBIG .*(jsonl|gz)$/);
      const archive = await openArchive(directory);
      expect(archive.repaired).toBeUndefined();
      const found = new Map((await all(archive)).map(({ entry, position }) => [position, entry.at]));
      for (const line of lines.slice(0, -1)) {
        const [position, at, name] = line.split(' ');
        expect(found.get(Number(position))).toBe(Number(at));
        expect(await archive.read(name ?? '')).toBeDefined();
      }
      expect(found.size).toBe(lines.length - 1);
      await archive.close();
    },
  );

  test.skipIf(!canMount).each(['journal', 'documents'])(
    'is an ArchiveError, and what was acknowledged is there: full (%s)',
    async (mode) => {
      const [command, ...rest] = [...tmpfs, directory, process.execPath];
      const script = join(import.meta.dirname, 'writer.js');
      const child = spawn(command, [...rest, script, directory, mode, 'verify'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const lines = await linesUntil(child, () => false);
      expect(lines.at(-2)).toMatch(/^ArchiveError ENOSPC /);
      expect(lines.at(-1)).toBe(`verified ${lines.length - 2}`);
    },
  );
});
