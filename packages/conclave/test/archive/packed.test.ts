import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openArchive,
  openRecording,
  packRecording,
  type ArchiveReader,
  type JournalEntry,
  type PlacedEntry,
} from '../../src/archive/index.ts';

let directory = '';
let file = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-packed-'));
  file = join(directory, 'recording.tar.xz');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function all(reader: ArchiveReader, from = 0): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  for await (const entry of reader.entries(from)) entries.push(entry);
  return entries;
}

/** Documents that are nearly alike by author, arriving in an order that hides it. */
async function fill(roundCount: number, bytes: number): Promise<{ names: string[]; data: string }> {
  const data = join(directory, 'data');
  const archive = await openArchive(data, { rollBytes: 1000 });
  const authors = ['A', 'B', 'C'].map((of) => ({ of: of.repeat(40), body: randomBytes(bytes) }));
  const names: string[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    for (const { of, body } of authors) {
      const document = Buffer.concat([Buffer.from(`round ${round}\n`), body]);
      const sha256 = await archive.keep(document);
      names.push(sha256);
      const entry: JournalEntry = {
        type: 'observation',
        at: 1000 * round,
        vantage: 'here',
        authority: of.slice(0, 4),
        subject: { kind: 'vote', period: 'current', of },
        outcome: 'received',
        timings: { totalMs: 1 },
        document: { sha256, bytes: document.length, wireBytes: 7 },
      };
      await archive.append([entry, { type: 'tick', at: 1000 * round + 1, blind: false }]);
    }
  }
  await archive.keep(Buffer.from('a document that no observation names'));
  await archive.close();
  return { names, data };
}

const hasXz = spawnSync('xz', ['--version']).status === 0;

describe.skipIf(!hasXz)('packRecording() and openRecording()', () => {
  test('give the same journal and documents back, with the same places', async () => {
    const { names, data } = await fill(5, 1000);
    const packed = await packRecording(data, file);
    expect(packed).toMatchObject({ documents: 15 });
    const unpacked = await openRecording(file);
    const live = await openRecording(data);
    expect(await all(unpacked)).toEqual(await all(live));
    const { position } = (await all(live))[6] ?? { position: 0 };
    expect(await all(unpacked, position)).toEqual(await all(live, position));
    for (const name of names) {
      expect(
        Buffer.compare(
          (await unpacked.read(name)) ?? randomBytes(1),
          (await live.read(name)) ?? randomBytes(1),
        ),
      ).toBe(0);
    }
    expect(await unpacked.read('00'.repeat(32))).toBeUndefined();
    await unpacked.close();
    await live.close();
    expect((await readdir(directory)).toSorted()).toEqual(['data', 'recording.tar.xz']);
  });

  test('find the likeness of documents that are alike', async () => {
    const { data } = await fill(20, 50_000);
    const { bytes, packedBytes } = await packRecording(data, file);
    expect(bytes).toBeGreaterThan(3_000_000);
    expect(packedBytes).toBeLessThan(200_000);
  });

  test('make the same file of the same archive', async () => {
    const { data } = await fill(2, 1000);
    await packRecording(data, file);
    const first = await readFile(file);
    await packRecording(data, file);
    expect(Buffer.compare(await readFile(file), first)).toBe(0);
  });

  test('spill what is too much for memory into a directory that goes away', async () => {
    const { names, data } = await fill(8, 3_500);
    await packRecording(data, file);
    const before = new Set(await readdir(tmpdir()));
    const recording = await openRecording(file, { memoryBytes: 10_000 });
    const made = (await readdir(tmpdir())).filter(
      (name) => name.startsWith('conclave-recording-') && !before.has(name),
    );
    expect(made).toHaveLength(1);
    for (const name of names) expect((await recording.read(name))?.length).toBeGreaterThan(3_500);
    await recording.close();
    expect(await readdir(tmpdir())).not.toContain(made[0]);
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['damaged', (bytes) => Buffer.from(bytes).fill(0, bytes.length / 2, bytes.length / 2 + 40)],
    ['of something else', () => Buffer.from('not a recording')],
    ['empty', () => Buffer.alloc(0)],
  ])('refuse a file that is %s', async (_, damage) => {
    const { data } = await fill(2, 1000);
    await packRecording(data, file);
    await writeFile(file, damage(await readFile(file)));
    await expect(openRecording(file)).rejects.toMatchObject({ code: 'CORRUPT', path: file });
  });

  test('refuse to pack an archive that lacks a document, and leave nothing behind', async () => {
    const { names, data } = await fill(2, 1000);
    const name = names[3] ?? '';
    await rm(join(data, 'documents', name.slice(0, 2), `${name}.gz`));
    await expect(packRecording(data, file)).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(await readdir(directory)).toEqual(['data']);
  });
});

test('packRecording() says when the program xz is not there', async () => {
  const { data } = await fill(1, 100);
  const { PATH } = process.env;
  process.env['PATH'] = '/nowhere';
  try {
    await expect(packRecording(data, file)).rejects.toMatchObject({ code: 'NO_XZ' });
  } finally {
    process.env['PATH'] = PATH;
  }
});

test('openRecording() says when there is no such file', async () => {
  await expect(openRecording(file)).rejects.toMatchObject({ code: 'ENOENT', path: file });
});
