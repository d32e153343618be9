import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkArchive, openArchive, type ArchiveReport } from '../../src/archive/index.ts';
import { fill, looseIn, packsIn, sha256 } from './keeping.ts';

let directory = '';
let all: ReadonlyMap<string, Buffer> = new Map();
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-fsck-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const pathOf = (name: string): string => join(directory, 'documents', name.slice(0, 2), `${name}.gz`);
const packOf = (number: number): string => join(directory, 'documents', 'packs', `00000${number}.pack`);
const journal = (): string => join(directory, 'journal', '000001.jsonl');

async function prepare(packed: boolean): Promise<void> {
  const archive = await openArchive(directory);
  all = await fill(archive, 6);
  if (packed) await archive.pack({ all: true });
  await archive.close();
}

const told = ({ faults }: ArchiveReport): readonly (readonly [string, string, number])[] =>
  faults.map(({ kind, path, lost }) => [kind, path, lost.length]);

describe('checkArchive()', () => {
  test.each([false, true])(
    'finds nothing in a sound archive, and changes nothing (packed: %s)',
    async (packed) => {
      await prepare(packed);
      const before = await readdir(directory, { recursive: true });
      const { faults, documents, journal: lines } = await checkArchive(directory);
      expect([faults, lines.entries]).toEqual([[], all.size]);
      expect([documents.loose, documents.packed, documents.packs, documents.unnamed]).toEqual(
        packed ? [0, all.size, 1, 0] : [all.size, 0, 0, 0],
      );
      expect(await readdir(directory, { recursive: true })).toEqual(before);
    },
  );

  test('refuses a directory that is in use, and one that is none', async () => {
    const archive = await openArchive(directory);
    await expect(checkArchive(directory)).rejects.toMatchObject({ code: 'LOCKED' });
    await archive.close();
    await expect(checkArchive(join(directory, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('names a document that rots, moves it aside, and then misses it until it comes again', async () => {
    await prepare(false);
    const [name = ''] = all.keys();
    await truncate(pathOf(name), 12);
    expect(told(await checkArchive(directory))).toEqual([['damaged', pathOf(name), 1]]);
    expect(told(await checkArchive(directory, { repair: true }))).toEqual([['damaged', pathOf(name), 1]]);
    const report = await checkArchive(directory);
    expect([told(report), report.faults[0]?.lost]).toEqual([[['missing', pathOf(name), 1]], [name]]);
    const archive = await openArchive(directory);
    await archive.keep(all.get(name) ?? Buffer.alloc(0));
    await archive.close();
    expect((await checkArchive(directory)).faults).toEqual([]);
  });

  test('names every document that a rotten pack loses, and saves the others', async () => {
    await prepare(true);
    const bytes = await readFile(packOf(1));
    const at = Math.floor(bytes.length * 0.3);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await writeFile(packOf(1), bytes);
    const found = await checkArchive(directory);
    const lost = found.faults.flatMap((fault) => fault.lost);
    expect(told(found)).toEqual([['damaged', packOf(1), lost.length]]);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(all.size);
    expect((await checkArchive(directory, { repair: true })).faults[0]?.repaired).toBe(true);
    expect(await packsIn(directory)).toEqual(['000002.pack']);
    expect(await readdir(join(directory, 'documents', 'damaged'))).toEqual(['000001.pack']);
    const archive = await openArchive(directory);
    for (const name of all.keys()) {
      const document = await archive.read(name);
      if (lost.includes(name)) expect(document).toBeUndefined();
      else expect(sha256(document ?? Buffer.alloc(1))).toBe(name);
    }
    await archive.close();
    const missing = (await checkArchive(directory)).faults;
    expect(missing.map(({ kind }) => kind)).toEqual(lost.map(() => 'missing'));
    expect(missing.flatMap((fault) => fault.lost).sort()).toEqual([...lost].sort());
  });

  test('says of a pack that cannot be opened what the journal misses', async () => {
    await prepare(true);
    await truncate(packOf(1), 200);
    const { faults } = await checkArchive(directory);
    expect(faults[0]).toMatchObject({ kind: 'damaged', path: packOf(1) });
    expect(faults.slice(1).map(({ kind }) => kind)).toEqual([...all].map(() => 'missing'));
  });

  test.each<[string, string, () => Promise<void>]>([
    ['torn', 'a torn line', () => appendFile(journal(), '{"type":"ti')],
    [
      'unfinished',
      'a half-written document',
      () => writeFile(join(directory, 'documents', '00', '.writing-x'), 'x'),
    ],
    [
      'unfinished',
      'a half-written pack',
      () => writeFile(join(directory, 'documents', 'packs', '.writing-x'), 'x'),
    ],
    [
      'doubled',
      'a file that a pack has',
      async () => copyFile(join(directory, 'spare'), pathOf([...all.keys()][0] ?? '')),
    ],
  ])('finds and mends what a crash leaves: %s, %s', async (kind, _, damage) => {
    const archive = await openArchive(directory);
    all = await fill(archive, 6);
    const [name = ''] = all.keys();
    await copyFile(pathOf(name), join(directory, 'spare'));
    await archive.pack({ all: true });
    await archive.close();
    await mkdir(join(directory, 'documents', '00'), { recursive: true });
    await damage();
    expect((await checkArchive(directory)).faults).toMatchObject([{ kind, lost: [], repaired: false }]);
    expect((await checkArchive(directory, { repair: true })).faults).toMatchObject([
      { kind, repaired: true },
    ]);
    expect((await checkArchive(directory)).faults).toEqual([]);
    expect(await looseIn(directory)).toEqual([]);
  });

  test('says where the journal cannot be read, and then misses nothing by guessing', async () => {
    await prepare(false);
    const lines = (await readFile(journal(), 'utf8')).split('\n');
    lines[3] = 'garbage';
    await writeFile(journal(), lines.join('\n'));
    const { faults, documents } = await checkArchive(directory);
    expect(faults).toMatchObject([{ kind: 'journal', path: journal(), lost: [] }]);
    expect([faults[0]?.message, documents.loose]).toEqual([expect.stringMatching(/byte \d+/), all.size]);
  });

  test('counts a document that no line names, and calls it no fault', async () => {
    await prepare(false);
    const archive = await openArchive(directory);
    await archive.keep(Buffer.from('kept in the moment of a crash'));
    await archive.close();
    const { faults, documents } = await checkArchive(directory);
    expect([faults, documents.unnamed]).toEqual([[], 1]);
  });
});
