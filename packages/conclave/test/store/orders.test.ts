/** Rows come in one order, however they went in: who reads them again after a restart must not see another one. */
import { expect, test } from 'vitest';
import { Batch, openDuckDb, tables } from '../../src/store/index.ts';
import type { Row, TableName } from '../../src/store/index.ts';

/** A row with the same in each column but for what is said. */
function rowOf<Name extends TableName>(name: Name, more: Partial<Row<Name>>): Row<Name> {
  const same = { text: 'aa', integer: 1000, integer32: 1000, double: 0.5, boolean: true };
  const { columns } = tables[name] as { columns: Record<string, keyof typeof same> };
  const row = Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, same[type]]));
  return { ...row, ...more } as Row<Name>;
}

// Found by a network in which one authority signed two texts in a round: a rebuilt store gave them in another order.
test.each([
  ['signatures', 'digest', 'signaturesOf', 'signaturesSince'],
  ['votes', 'sha256', 'votesOf', 'votesSince'],
  ['pending', 'ns_digest', 'pendingOf', 'pendingSince'],
] as const)(
  '%s that differ in %s alone, and those that were seen one after another',
  async (table, column, of, since) => {
    const rows = ['bb', 'dd', 'cc'].map((value, index) =>
      rowOf(table, { [column]: value, first_seen: index === 2 ? 1001 : 1000 }),
    );
    for (const order of [rows, rows.toReversed()]) {
      const store = await openDuckDb({ path: ':memory:' });
      const batch = new Batch();
      for (const row of order) batch.put(table, JSON.stringify(row), row);
      await store.write(batch);
      const both = [await store.query(of, { valid_after: 1000 }), await store.query(since, { since: 0 })];
      for (const found of both)
        expect(found.map((row) => (row as Record<string, unknown>)[column])).toEqual(['bb', 'dd', 'cc']);
      await store.close();
    }
  },
);
