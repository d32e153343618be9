/** The store at its door: every query of the catalogue runs, rows come back as they went in, batches are all or nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Batch, openDuckDb, queries, StoreError, tables } from '../../src/store/index.ts';
import type { QueryName, Row, Store, TableName } from '../../src/store/index.ts';

const parameters: Readonly<Record<string, number | string>> = {
  pattern: 'AB%',
  limit: 10,
  before: 5000,
  since: 0,
  until: 1e15,
  width: 20_000,
  shift: 0,
  valid_after: 1000,
  sha256: 'aa',
  authority: 'moria1',
  id: '',
  rule: '',
  kind: '',
  names: 'aa bb',
  separator: ' ',
  figures: 'relays,flag:Guard',
  fingerprint: 'AA',
  relay: 1,
  at: 7200,
  day: 3600,
  week: 0,
  month: 0,
  year: 0,
  other: 0,
  digests: 'aa,bb',
  method: 34,
};

/** One row of a table with a value in each column, or with null in each that is not part of the key. */
function sampleRow<Name extends TableName>(name: Name, full: boolean): Row<Name> {
  const values = { text: 'moria1', integer: 1000, integer32: 1000, double: 0.5, boolean: true };
  const { columns, key } = tables[name] as {
    columns: Record<string, keyof typeof values>;
    key: readonly string[];
  };
  const entries = Object.entries(columns).map(([column, type]) => [
    column,
    full || key.includes(column) ? values[type] : null,
  ]);
  return Object.fromEntries(entries) as Row<Name>;
}

async function withStore(job: (store: Store) => Promise<void>): Promise<void> {
  const store = await openDuckDb({ path: ':memory:' });
  try {
    await job(store);
  } finally {
    await store.close();
  }
}

describe('openDuckDb()', () => {
  it.each(Object.keys(queries) as QueryName[])('runs the query %s', async (name) => {
    await withStore(async (store) => {
      const used = Object.keys(parameters).filter((key) =>
        new RegExp(`\\$${key}\\b`).test(queries[name].sql),
      );
      const given = used.length === 0 ? [] : [Object.fromEntries(used.map((key) => [key, parameters[key]]))];
      const run = store.query.bind(store) as (
        name: QueryName,
        ...parameters: readonly unknown[]
      ) => Promise<unknown[]>;
      expect(Array.isArray(await run(name, ...given))).toBe(true);
    });
  });

  it.each(Object.keys(tables) as TableName[])(
    'gives back the rows of %s as they were put in, null included',
    async (name) => {
      const directory = await mkdtemp(join(tmpdir(), 'conclave-store-'));
      try {
        const path = join(directory, 'store.duckdb');
        const first = await openDuckDb({ path });
        const batch = new Batch();
        batch.put(name, 'key', sampleRow(name, false));
        await first.write(batch);
        const again = new Batch();
        again.put(name, 'key', sampleRow(name, true));
        await first.write(again);
        await first.close();
        const second = await openDuckDb({ path });
        const counted = tables[name].key.length > 0 ? 1 : 2;
        expect(await second.query('counts')).toSatisfy((rows: { name: string; rows: number }[]) =>
          rows.every((row) => row.name !== name || row.rows === counted),
        );
        if (name === 'states') expect(await second.query('states')).toEqual([sampleRow('states', true)]);
        if (name === 'alerts')
          expect(await second.query('alerts', { limit: 5 })).toEqual([sampleRow('alerts', true)]);
        if (name === 'rounds')
          expect(await second.query('round', { valid_after: 1000 })).toEqual([sampleRow('rounds', true)]);
        await second.close();
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  );

  it('writes a batch whole or not at all', async () => {
    await withStore(async (store) => {
      const batch = new Batch();
      batch.put('events', 'good', { ...sampleRow('events', true), id: 'good' });
      batch.put('documents', 'bad', { ...sampleRow('documents', true), bytes: Number.NaN });
      await expect(store.write(batch)).rejects.toThrow();
      expect(await store.query('events', { before: 1e15, rule: '', authority: '', limit: 5 })).toEqual([]);
    });
  });

  it('says that a file which is no store cannot be opened, and what to do', async () => {
    await expect(openDuckDb({ path: '/dev/null/store' })).rejects.toBeInstanceOf(StoreError);
    await expect(openDuckDb({ path: '/dev/null/store' })).rejects.toThrow(/conclave rebuild/);
  });
});

describe('openDuckDb() twice on one file in one process', () => {
  it('shares the instance: both write, nothing is lost (a second instance would destroy the file)', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'conclave-store-'));
    try {
      const path = join(directory, 'store.duckdb');
      const [one, two] = [await openDuckDb({ path }), await openDuckDb({ path })];
      for (let round = 0; round < 20; round += 1) {
        for (const [name, store] of Object.entries({ one, two })) {
          const batch = new Batch();
          batch.put('events', `${name}${round}`, { ...sampleRow('events', true), id: `${name}${round}` });
          await store.write(batch);
        }
      }
      await one.close();
      await two.close();
      const again = await openDuckDb({ path });
      expect(await again.query('events', { before: 1e15, rule: '', authority: '', limit: 100 })).toHaveLength(
        40,
      );
      await again.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('openDuckDb() on a store of another version', () => {
  it('refuses it as outdated and says what makes it anew', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'conclave-store-'));
    try {
      const path = join(directory, 'store.duckdb');
      const store = await openDuckDb({ path });
      const batch = new Batch();
      batch.put('meta', 'schema', { name: 'schema', value: 'of another version' });
      await store.write(batch);
      await store.close();
      await expect(openDuckDb({ path })).rejects.toMatchObject({
        code: 'outdated',
        message: expect.stringMatching(/conclave rebuild/),
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
