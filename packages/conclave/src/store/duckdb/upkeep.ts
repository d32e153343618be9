/**
 * What follows from the slices of a batch and is kept with them in the store: first and last round of each relay, the figures
 * of each day. And the order of `entries` on the disk. All of it is a function of the rows alone, whenever it is done.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Slice, Span } from '../store.ts';
import { tables } from '../tables.ts';
import type { SlicedName } from '../tables.ts';
import { appendSlices } from './append.ts';

/** Seconds of a day. */
const day = 86_400;

/** Makes what the upkeep needs beside the tables; once for each connection that writes. */
export async function prepareUpkeep(connection: DuckDBConnection): Promise<void> {
  await connection.run('CREATE TEMP TABLE left_out (relay BIGINT)');
}

/** Writes slices, and what follows from them. To be called in a transaction. */
export async function writeSlices(connection: DuckDBConnection, slices: readonly Slice[]): Promise<void> {
  const of = (table: SlicedName): readonly Slice[] => slices.filter((slice) => slice.table === table);
  await writeEntries(connection, of('entries'));
  await replaceSlices(connection, 'figures', of('figures'));
  const days = new Set(of('figures').map(({ at }) => Math.floor(at / day) * day));
  for (const at of days) await writeDay(connection, at);
}

async function replaceSlices(
  connection: DuckDBConnection,
  table: SlicedName,
  slices: readonly Slice[],
): Promise<void> {
  if (slices.length === 0) return;
  await connection.run(`DELETE FROM ${table} WHERE ${tables[table].slice} IN (${placesOf(slices)})`);
  await appendSlices(connection, table, slices);
}

function placesOf(slices: readonly Slice[]): string {
  return slices.map(({ at }) => whole(at)).join(', ');
}

async function writeEntries(connection: DuckDBConnection, slices: readonly Slice[]): Promise<void> {
  if (slices.length === 0) return;
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT valid_after FROM entries WHERE valid_after IN (${placesOf(slices)})`,
  );
  const held = new Set(reader.getRows().map(([at]) => Number(at)));
  for (const slice of slices) if (held.has(slice.at)) await replaceEntries(connection, slice);
  const others = slices.filter(({ at }) => !held.has(at));
  if (others.length === 0) return;
  await appendSlices(connection, 'entries', others);
  await noteRounds(connection, others);
}

/**
 * First and last round of the relays that these rounds list: one statement for all of them, as nearly every relay is in each.
 * For one round alone, as while watching, there is a plainer one: 4 ms instead of 63 for 9,500 relays, because a join gives the
 * relays out of their order, and rows are changed much faster in it.
 */
async function noteRounds(connection: DuckDBConnection, slices: readonly Slice[]): Promise<void> {
  const [first, ...others] = slices;
  if (first && others.length === 0) {
    const at = whole(first.at);
    await connection.run(
      `UPDATE relays SET first_round = least(first_round, ${at}), last_round = greatest(last_round, ${at})
       WHERE relay IN (SELECT relay FROM entries WHERE valid_after = ${at})
         AND (first_round IS NULL OR first_round > ${at} OR last_round < ${at})`,
    );
    return;
  }
  await connection.run(
    `UPDATE relays SET first_round = least(first_round, seen.first), last_round = greatest(last_round, seen.last)
     FROM (SELECT relay, min(valid_after) AS first, max(valid_after) AS last FROM entries
           WHERE valid_after IN (${placesOf(slices)}) GROUP BY relay) seen
     WHERE relays.relay = seen.relay
       AND (first_round IS NULL OR first_round > seen.first OR last_round < seen.last)`,
  );
}

async function replaceEntries(connection: DuckDBConnection, slice: Slice): Promise<void> {
  const at = whole(slice.at);
  const there = `SELECT relay FROM entries WHERE valid_after = ${at}`;
  await connection.run(`INSERT INTO temp.left_out ${there}`);
  await replaceSlices(connection, 'entries', [slice]);
  await noteRounds(connection, [slice]);
  // Relays that the replaced consensus listed and this one does not: their first or last round may be another one now.
  await connection.run(`DELETE FROM temp.left_out WHERE relay IN (${there})`);
  await connection.run(
    `UPDATE relays SET first_round = seen.first_round, last_round = seen.last_round
     FROM (SELECT l.relay AS relay, min(e.valid_after) AS first_round, max(e.valid_after) AS last_round
           FROM temp.left_out l LEFT JOIN entries e ON e.relay = l.relay GROUP BY l.relay) seen
     WHERE relays.relay = seen.relay AND (relays.first_round = ${at} OR relays.last_round = ${at})`,
  );
  await connection.run('DELETE FROM temp.left_out');
}

/** Summed in the order of the rounds, so that the last digit of a mean does not depend on how the rows came. */
async function writeDay(connection: DuckDBConnection, at: number): Promise<void> {
  await connection.run(`DELETE FROM days WHERE day = ${whole(at)}`);
  await connection.run(
    `INSERT INTO days
     SELECT ${whole(at)}, figure, min(value), list_sum(list(value ORDER BY valid_after)) / count(value), max(value), count(value)
     FROM figures WHERE valid_after >= ${whole(at)} AND valid_after < ${whole(at + day)} GROUP BY figure ORDER BY figure`,
  );
}

/** In what order the rows of a span are read most, and take the least room. */
const orders = [
  { table: 'entries', slice: tables.entries.slice, order: 'relay, valid_after' },
  { table: 'figures', slice: tables.figures.slice, order: 'figure, valid_after' },
  { table: 'days', slice: tables.days.slice, order: 'figure, day' },
] as const;

/**
 * Puts the rows of a span in order: sorted copies behind the others, then the others away. One transaction, so that a crash
 * leaves either order and every row. It also makes room: the engine gives back what replaced slices took only when nothing
 * around them is left.
 */
export async function arrange(connection: DuckDBConnection, { from, until }: Span): Promise<void> {
  for (const { table, slice, order } of orders) {
    const span = `${slice} >= ${whole(from)} AND ${slice} < ${whole(until)}`;
    const [row] = (await connection.runAndReadAll(`SELECT max(rowid) FROM ${table} WHERE ${span}`)).getRows();
    const last = row?.[0];
    if (typeof last !== 'bigint') continue;
    await connection.run(`INSERT INTO ${table} SELECT * FROM ${table} WHERE ${span} ORDER BY ${order}`);
    await connection.run(`DELETE FROM ${table} WHERE ${span} AND rowid <= ${last}`);
  }
}

/** A number as it stands in SQL. */
function whole(value: number): string {
  return BigInt(value).toString();
}
