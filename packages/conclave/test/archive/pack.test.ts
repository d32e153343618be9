import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc } from '../../../../test/support/properties.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchive, openArchiveReader } from '../../src/archive/index.ts';
import { fill, looseIn, madeVote, oddDocuments, packsIn, seen, sha256 } from './keeping.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-pack-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const first = (): string => join(directory, 'documents', 'packs', '000001.pack');

describe('pack()', () => {
  test('gives every document back byte by byte, whatever it is, to whoever reads', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 30);
    const loose = (await looseIn(directory)).length;
    const { packs, left, damaged } = await archive.pack({ all: true });
    expect([packs.length, packs[0]?.documents, left, damaged]).toEqual([1, all.size, 0, []]);
    expect([loose, await looseIn(directory), await packsIn(directory)]).toEqual([
      all.size,
      [],
      ['000001.pack'],
    ]);
    const reader = openArchiveReader(directory);
    for (const [name, bytes] of all) {
      expect(Buffer.compare((await archive.read(name)) ?? Buffer.alloc(1), bytes)).toBe(0);
      expect(Buffer.compare((await reader.read(name)) ?? Buffer.alloc(1), bytes)).toBe(0);
    }
    await archive.close();
    const again = await openArchive(directory);
    for (const name of all.keys()) expect(sha256((await again.read(name)) ?? Buffer.alloc(1))).toBe(name);
    expect(await again.read('00'.repeat(32))).toBeUndefined();
    await again.close();
  });

  test.each(oddDocuments)('gives back %s when it stands alone', async (_, bytes) => {
    const archive = await openArchive(directory);
    await archive.append([seen(bytes, { kind: 'certificates', of: 'all' }, 1)]);
    const name = await archive.keep(bytes);
    await archive.pack({ all: true });
    expect(await looseIn(directory)).toEqual([]);
    expect(Buffer.compare((await archive.read(name)) ?? Buffer.alloc(1), bytes)).toBe(0);
    await archive.close();
  });

  test('gives back anything that is written against anything', async () => {
    const piece = fc.constantFrom(
      'w Bandwidth=1\n',
      'w Bandwidth=70000\n',
      'r a b\n',
      '\n',
      ' ',
      '\0',
      's Fast\n',
      'x',
    );
    const text = fc.array(
      fc.oneof(
        piece,
        fc.nat().map((n) => `w Bandwidth=${n}\n`),
      ),
      { maxLength: 80 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 9 }), async (texts) => {
        const archive = await openArchive(directory);
        for (const [at, pieces] of texts.entries()) {
          const bytes = Buffer.from(pieces.join(''));
          await archive.keep(bytes);
          await archive.append([seen(bytes, { kind: 'signatures' }, at)]);
        }
        await archive.pack({ all: true });
        for (const pieces of texts) {
          const bytes = Buffer.from(pieces.join(''));
          expect(Buffer.compare((await archive.read(sha256(bytes))) ?? Buffer.alloc(1), bytes)).toBe(0);
        }
        await archive.close();
      }),
      { numRuns: 60 },
    );
  });

  test('takes far less than the files do, because an hour is nearly the next', async () => {
    const archive = await openArchive(directory);
    await fill(archive, 48);
    const { packs } = await archive.pack({ all: true });
    expect(packs[0]?.packBytes).toBeLessThan((packs[0]?.looseBytes ?? 0) / 3);
    await archive.close();
  });

  test('leaves what does not fill a pack yet, and goes on with it later', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 10);
    const bytes = [...all.values()].reduce((sum, one) => sum + one.length, 0);
    const some = await archive.pack({ packBytes: Math.ceil(bytes / 2.5) });
    expect(some.packs.length).toBe(2);
    expect(some.left).toBe((await looseIn(directory)).length);
    expect(some.left).toBeGreaterThan(0);
    expect((await archive.pack({ packBytes: bytes })).packs).toEqual([]);
    expect((await archive.pack({ all: true })).left).toBe(0);
    expect(await packsIn(directory)).toEqual(['000001.pack', '000002.pack', '000003.pack']);
    for (const name of all.keys()) expect(sha256((await archive.read(name)) ?? Buffer.alloc(1))).toBe(name);
    expect((await archive.pack({ all: true })).packs).toEqual([]);
    await archive.close();
  });

  test('leaves a file that is damaged where it is, and names it', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 3);
    const [name = ''] = all.keys();
    const path = join(directory, 'documents', name.slice(0, 2), `${name}.gz`);
    await truncate(path, 20);
    const { damaged, left } = await archive.pack({ all: true });
    expect([left, damaged.map((error) => [error.code, error.path])]).toEqual([1, [['CORRUPT', path]]]);
    await expect(archive.read(name)).rejects.toMatchObject({ code: 'CORRUPT', path });
    await archive.close();
  });

  test('keeps a document that is packed as it is, and not once more', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 2);
    await archive.pack({ all: true });
    for (const bytes of all.values()) await archive.keep(bytes);
    expect(await looseIn(directory)).toEqual([]);
    await archive.close();
    const again = await openArchive(directory);
    for (const bytes of all.values()) await again.keep(bytes);
    expect(await looseIn(directory)).toEqual([]);
    await again.close();
  });

  test('goes on while others read and keep, and while a reader without the lock reads', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 12);
    const reader = openArchiveReader(directory);
    const names = [...all.keys()];
    let turns = 0;
    const breathe = async (): Promise<void> => {
      const name = names[turns % names.length] ?? '';
      turns += 1;
      for (const one of [archive, reader])
        expect(sha256((await one.read(name)) ?? Buffer.alloc(1))).toBe(name);
    };
    const late = madeVote('DDDD', 99);
    const [packing] = await Promise.all([
      archive.pack({ packBytes: 100_000, all: true, breathe }),
      archive.keep(late),
    ]);
    expect(packing.packs.length).toBeGreaterThan(1);
    expect(turns).toBeGreaterThan(names.length);
    for (const name of names) expect(sha256((await reader.read(name)) ?? Buffer.alloc(1))).toBe(name);
    expect(await archive.read(sha256(late))).toEqual(late);
    await archive.close();
  });

  test('that is ended half-way leaves everything as it was', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 4);
    let turns = 0;
    const breathe = async (): Promise<void> => {
      turns += 1;
      if (turns > 40) throw new Error('stopping');
    };
    await expect(archive.pack({ all: true, breathe })).rejects.toThrow('stopping');
    expect([(await looseIn(directory)).length, await packsIn(directory)]).toEqual([all.size, []]);
    await archive.close();
  });
});

test('a pack can be read with nothing but its description: scripts/unpack.js gives the same bytes', async () => {
  const archive = await openArchive(directory);
  const all = await fill(archive, 20);
  await archive.pack({ all: true });
  await archive.close();
  const script = join(import.meta.dirname, '../../../../scripts/unpack.js');
  const out = join(directory, 'out');
  const { stdout, stderr } = spawnSync(process.execPath, [script, first(), out], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual([`${all.size} documents\n`, '']);
  for (const [name, bytes] of all) expect(Buffer.compare(await readFile(join(out, name)), bytes)).toBe(0);
});

describe('a pack that rots', () => {
  test('is noticed at every byte: a wrong document is never given', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 2, ['AAAA']);
    await archive.pack({ all: true });
    await archive.close();
    const whole = await readFile(first());
    let refused = 0;
    for (let at = 0; at < whole.length; at += 97) {
      const rotten = Buffer.from(whole);
      rotten[at] = (rotten[at] ?? 0) ^ 0x10;
      await writeFile(first(), rotten);
      const reader = openArchiveReader(directory);
      for (const [name, bytes] of all) {
        const found = await reader.read(name).catch((error: unknown) => error);
        if (found instanceof Error) {
          expect(found).toMatchObject({ name: 'ArchiveError', code: 'CORRUPT', path: first() });
          refused += 1;
        } else expect(Buffer.compare(found as Uint8Array, bytes)).toBe(0);
      }
    }
    expect(refused).toBeGreaterThan(10);
  });

  test.each([0, 10, 40, -1, -40])('or is cut short (%i) is an error with its path', async (size) => {
    const archive = await openArchive(directory);
    const [name = ''] = (await fill(archive, 1)).keys();
    await archive.pack({ all: true });
    await archive.close();
    await truncate(first(), size < 0 ? (await stat(first())).size + size : size);
    await expect(openArchiveReader(directory).read(name)).rejects.toMatchObject({
      code: 'CORRUPT',
      path: first(),
    });
  });
});

describe('after a crash', () => {
  test('between pack and removal, what is there twice is removed at the next packing', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 3);
    const [name = ''] = all.keys();
    const path = join(directory, 'documents', name.slice(0, 2), `${name}.gz`);
    await copyFile(path, `${path}.copy`);
    await archive.pack({ all: true });
    await copyFile(`${path}.copy`, path);
    await rm(`${path}.copy`);
    expect(await looseIn(directory)).toEqual([name]);
    await archive.pack({ all: true });
    expect(await looseIn(directory)).toEqual([]);
    expect(sha256((await archive.read(name)) ?? Buffer.alloc(1))).toBe(name);
    await archive.close();
  });

  test('a half-written pack is swept away, and a pack that cannot be opened hides nothing that is elsewhere', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 3);
    await archive.pack({ all: true });
    await archive.close();
    const packs = join(directory, 'documents', 'packs');
    await writeFile(join(packs, '.writing-of-a-crash'), 'half');
    await writeFile(join(packs, '000002.pack'), 'rotten');
    const again = await openArchive(directory);
    expect(await packsIn(directory)).toEqual(['000001.pack', '000002.pack']);
    for (const name of all.keys()) expect(sha256((await again.read(name)) ?? Buffer.alloc(1))).toBe(name);
    await expect(again.read('00'.repeat(32))).rejects.toMatchObject({ code: 'CORRUPT' });
    await again.close();
  });
});
