/** The commands that keep a data directory in order, on one that has a journal of a bad day. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { namedBy, openArchive, openArchiveReader, type ArchiveReader } from '../../src/archive/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import { tables } from '../../src/store/index.ts';
import { badDay } from '../support/bad-day.ts';
import { dump } from '../support/journal.ts';
import { conclave } from './run.ts';

let root = '';
let data = '';
const names = new Set<string>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'conclave-storage-'));
  const made = join(root, 'made');
  const { journal } = badDay();
  const archive = await openArchive(made);
  for (const { entry } of journal.placed) {
    const name = namedBy(entry)?.sha256;
    const bytes = name === undefined || names.has(name) ? undefined : await journal.read(name);
    if (bytes) names.add(await archive.keep(bytes));
  }
  await archive.append(journal.placed.map(({ entry }) => entry));
  await archive.close();
  await rebuildStore(made);
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  data = await mkdtemp(join(root, 'data-'));
  await cp(join(root, 'made'), data, { recursive: true });
});
afterEach(() => rm(data, { recursive: true, force: true }));

async function held(reader: ArchiveReader): Promise<number> {
  let count = 0;
  for (const name of names) if ((await reader.read(name)) !== undefined) count += 1;
  return count;
}

describe('conclave pack', () => {
  test('packs everything, says by how much, and a rebuild gives the same rows', async () => {
    const before = await dump(join(data, 'store.duckdb'));
    const ran = await conclave(['pack', '--data', data, '--all', '--json']);
    const told = JSON.parse(ran.out) as { packs: { documents: number }[]; left: number };
    expect([ran.code, told.left, told.packs.map(({ documents }) => documents)]).toEqual([0, 0, [names.size]]);
    expect(await held(openArchiveReader(data))).toBe(names.size);
    await rebuildStore(data);
    expect(await dump(join(data, 'store.duckdb'))).toEqual(before);
  });

  test('leaves what does not fill a pack', async () => {
    const ran = await conclave(['pack', '--data', data]);
    expect([ran.code, ran.out]).toEqual([
      0,
      `0 packs made; ${names.size} documents stay files of their own.\n`,
    ]);
  });

  test('is refused while another has the directory', async () => {
    const archive = await openArchive(data);
    for (const command of [['pack'], ['fsck'], ['rebuild']]) {
      const ran = await conclave([...command, '--data', data]);
      expect([ran.code, ran.err]).toEqual([69, expect.stringContaining('in use by process')]);
    }
    await archive.close();
  });
});

describe('[retention]', () => {
  test('removes votes, keeps the rows, and a rebuild says what it cannot make again', async () => {
    const config = join(data, 'conclave.toml');
    await writeFile(config, '[retention]\nvotes_days = 30\n');
    const before = await dump(join(data, 'store.duckdb'));
    const packed = await conclave(['pack', '--data', data, '--config', config, '--all', '--json']);
    const { removed } = JSON.parse(packed.out) as { removed: number };
    expect(removed).toBeGreaterThan(10);
    const reader = openArchiveReader(data);
    expect(await held(reader)).toBe(names.size - removed);
    expect(await dump(join(data, 'store.duckdb'))).toEqual(before);
    const fsck = await conclave(['fsck', '--data', data]);
    expect([fsck.code, fsck.out]).toEqual([0, expect.stringContaining(`${removed} removed by policy`)]);

    const refused = await conclave(['rebuild', '--data', data]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining(`${removed} documents were removed`),
    ]);
    expect(await dump(join(data, 'store.duckdb'))).toEqual(before);

    const rebuilt = await conclave(['rebuild', '--data', data, '--without-removed']);
    const aside = join(data, 'store.before-1.duckdb');
    expect([rebuilt.code, rebuilt.out]).toEqual([0, expect.stringContaining(aside)]);
    expect(await dump(aside)).toEqual(before);
    const after = await dump(join(data, 'store.duckdb'));
    expect(after['votes']?.length).toBeLessThan(before['votes']?.length ?? 0);
    expect(after['observations']).toEqual(before['observations']);
    expect(after['rounds']?.length).toBe(before['rounds']?.length);
  });

  test('has no key for consensuses: they are kept', async () => {
    const config = join(data, 'conclave.toml');
    await writeFile(config, '[retention]\nconsensuses_days = 30\n');
    const ran = await conclave(['pack', '--data', data, '--config', config]);
    expect([ran.code, ran.err]).toEqual([
      65,
      expect.stringContaining('retention.consensuses_days: there is no such'),
    ]);
  });
});

describe('conclave fsck', () => {
  test('says that everything is there, in words and as JSON', async () => {
    const words = await conclave(['fsck', '--data', data]);
    expect([words.code, words.out]).toEqual([0, expect.stringMatching(/^Everything is there and whole\./)]);
    expect(words.out).toContain('store      it stands where the journal ends');
    const report = JSON.parse((await conclave(['fsck', '--data', data, '--json'])).out) as Record<
      string,
      unknown
    >;
    expect(report).toMatchObject({
      faults: [],
      documents: { loose: names.size },
      store: { state: 'agrees' },
    });
  });

  test('names what is lost and ends with 1; with --repair it is still lost', async () => {
    const [name = ''] = names;
    await truncate(join(data, 'documents', name.slice(0, 2), `${name}.gz`), 9);
    const ran = await conclave(['fsck', '--data', data]);
    expect([ran.code, ran.out]).toEqual([1, expect.stringContaining(`lost    ${name}`)]);
    expect((await conclave(['fsck', '--data', data, '--repair'])).code).toBe(1);
    const again = await conclave(['fsck', '--data', data]);
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('the journal names it')]);
  });

  test('ends with 65 when the journal cannot be read', async () => {
    const path = join(data, 'journal', '000001.jsonl');
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[5] = '{"type":';
    await writeFile(path, lines.join('\n'));
    const ran = await conclave(['fsck', '--data', data]);
    expect([ran.code, ran.out]).toEqual([
      65,
      expect.stringMatching(/000001\.jsonl: byte \d+: expected a journal entry/),
    ]);
  });

  test.each<[string, number, string, () => Promise<void>]>([
    ['is not there', 0, 'there is no store yet', () => rm(join(data, 'store.duckdb'))],
    ['is no store', 1, 'cannot be opened', () => writeFile(join(data, 'store.duckdb'), 'rotten')],
    [
      'knows more than the journal',
      1,
      'conclave rebuild',
      async () => {
        const path = join(data, 'journal', '000001.jsonl');
        const text = await readFile(path, 'utf8');
        await writeFile(path, text.slice(0, text.lastIndexOf('\n', text.length * 0.9) + 1));
      },
    ],
  ])('says of a store that it %s', async (_, code, words, damage) => {
    await damage();
    const ran = await conclave(['fsck', '--data', data, '--json']);
    const { store, faults } = JSON.parse(ran.out) as { store: { message: string }; faults: unknown[] };
    expect([ran.code, faults, store.message]).toEqual([code, [], expect.stringContaining(words)]);
  });

  test('is told where there is no data directory', async () => {
    const ran = await conclave(['fsck', '--data', join(data, 'nothing')]);
    expect([ran.code, ran.err]).toEqual([64, expect.stringContaining('expected a data directory')]);
  });

  test.each(['rebuild', 'pack', 'fsck'])(
    '%s makes no data directory where there is none',
    async (command) => {
      const nowhere = join(data, 'nothing');
      const ran = await conclave([command, '--data', nowhere]);
      expect([ran.code, ran.err]).toEqual([
        64,
        `conclave: ${nowhere}: expected a data directory, found no directory; name it with --data\n`,
      ]);
      expect(existsSync(nowhere)).toBe(false);
      const other = await conclave([command, '--data', tmpdir()]);
      expect([other.code, other.err]).toEqual([
        64,
        expect.stringContaining('found a directory without a journal'),
      ]);
    },
  );
});

describe('conclave export tables', () => {
  const count = async (file: string): Promise<number> => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const [row] = (await connection.runAndReadAll(`SELECT count(*) FROM '${file}'`)).getRows();
    return Number(row?.[0]);
  };

  test.each(['csv', 'parquet'])(
    'writes every row of every table as %s, and changes nothing',
    async (format) => {
      const rows = await dump(join(data, 'store.duckdb'));
      const before = await stat(join(data, 'store.duckdb'));
      const out = join(data, 'out');
      const ran = await conclave([
        'export',
        'tables',
        '--data',
        data,
        '--all',
        '--format',
        format,
        '-o',
        out,
      ]);
      expect(ran.code).toBe(0);
      expect((await readdir(out)).sort()).toEqual(
        Object.keys(tables)
          .map((name) => `${name}.${format}`)
          .sort(),
      );
      for (const [name, list] of Object.entries(rows))
        expect([name, await count(join(out, `${name}.${format}`))]).toEqual([name, list.length]);
      expect((await stat(join(data, 'store.duckdb'))).mtimeMs).toBe(before.mtimeMs);
    },
  );

  test('writes a span of time by the time that a table has, and the same bytes each time', async () => {
    const argv = ['export', '--data', data, '--table', 'rounds', '--table', 'ticks', '--table', 'texts'];
    const span = ['--since', '2024-05-01T13:00:00Z', '--until', '2024-05-01T15:00'];
    const ran = await conclave([...argv, ...span, '-o', join(data, 'a'), '--json']);
    const { written } = JSON.parse(ran.out) as { written: { table: string; rows: number; whole: boolean }[] };
    expect(written.map(({ table, whole }) => [table, whole])).toEqual([
      ['rounds', false],
      ['ticks', false],
      ['texts', true],
    ]);
    expect(written[0]?.rows).toBe(2);
    await conclave([...argv, ...span, '-o', join(data, 'b')]);
    for (const name of await readdir(join(data, 'a')))
      expect(await readFile(join(data, 'a', name), 'utf8')).toBe(
        await readFile(join(data, 'b', name), 'utf8'),
      );
    const [header, first] = (await readFile(join(data, 'a', 'rounds.csv'), 'utf8')).split('\n');
    expect([header?.split(',')[0], first?.split(',')[0]]).toEqual([
      'valid_after',
      String(Date.UTC(2024, 4, 1, 13) / 1000),
    ]);
  });

  test.each([
    [['--table', 'nonsense'], 64, 'expected one of meta, authorities'],
    [[], 64, 'expected --table NAME, or --all'],
    [['--all', '--table', 'rounds'], 64, 'not both'],
    [['--all', '--since', 'yesterday'], 64, '--since: expected a time'],
  ])('%j is %d', async (more, code, words) => {
    const ran = await conclave(['export', 'tables', '--data', data, '-o', join(data, 'never'), ...more]);
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(words)]);
    expect((await readdir(data)).includes('never')).toBe(false);
  });
});
