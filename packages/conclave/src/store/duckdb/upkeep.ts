/**
 * What follows from the slices of a batch and is kept with them in the store: first and last round of each relay, the figures
 * of each day. And the order of `entries` on the disk. All of it is a function of the rows alone, whenever it is done.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Slice, Span } from '../store.ts';
import { tables } from '../tables.ts';
import { appendSlice } from './append.ts';

/** Seconds of a day. */
const day = 86_400;

/** Makes what the upkeep needs beside the tables; once for each connection that writes. */
export async function prepareUpkeep(connection: DuckDBConnection): Promise<void> {
  await connection.run('CREATE TEMP TABLE left_out (relay BIGINT)');
}

/** Writes slices, and what follows from them. To be called in a transaction. */
export async function writeSlices(connection: DuckDBConnection, slices: readonly Slice[]): Promise<void> {
  const days = new Set<number>();
  for (const slice of slices) {
    if (slice.table === 'entries') await writeEntries(connection, slice);
    else await replaceSlice(connection, slice);
    if (slice.table === 'figures') days.add(Math.floor(slice.at / day) * day);
  }
  for (const at of days) await writeDay(connection, at);
}

async function replaceSlice(connection: DuckDBConnection, slice: Slice): Promise<void> {
  await connection.run(`DELETE FROM ${slice.table} WHERE ${tables[slice.table].slice} = ${whole(slice.at)}`);
  await appendSlice(connection, slice);
}

async function writeEntries(connection: DuckDBConnection, slice: Slice): Promise<void> {
  const at = whole(slice.at);
  const there = `SELECT relay FROM entries WHERE valid_after = ${at}`;
  const replaces = (await connection.runAndReadAll(`${there} LIMIT 1`)).currentRowCount > 0;
  if (replaces) await connection.run(`INSERT INTO temp.left_out ${there}`);
  if (replaces) await replaceSlice(connection, slice);
  else await appendSlice(connection, slice);
  await connection.run(
    `UPDATE relays SET first_round = least(first_round, ${at}), last_round = greatest(last_round, ${at})
     WHERE relay IN (${there}) AND (first_round IS NULL OR first_round > ${at} OR last_round < ${at})`,
  );
  if (!replaces) return;
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
