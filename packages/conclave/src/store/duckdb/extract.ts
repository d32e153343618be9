/**
 * Tables as files, and where the store stands: from a store that no process has open, which is not changed by it. DuckDB
 * itself refuses a file that another process writes to.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from '../store.ts';
import { tables } from '../tables.ts';
import type { Table, TableName } from '../tables.ts';
import { openError, schema } from './duckdb.ts';

/** The forms in which a table can be had. */
export type ExtractFormat = 'csv' | 'parquet';

/** What of a table is wanted. Times are seconds since 1970; `until` is not of it. */
export interface ExtractOptions {
  readonly format: ExtractFormat;
  readonly since?: number;
  readonly until?: number;
}

/** A store that is open for reading only. */
export interface StoreExtract {
  /** The tables that the file has, of those that there are. */
  readonly tables: readonly TableName[];
  /** Whether this version made them. */
  readonly isCurrent: boolean;
  /** The value of `meta` for the pipeline: where the store stands. */
  pipelineMeta(): Promise<string | undefined>;
  /** Writes a table into a file; resolves to the number of rows. */
  extract(table: TableName, file: string, options: ExtractOptions): Promise<number>;
  close(): void;
}

/** Opens a store for reading only. Throws a `StoreError` when another process has it, or it cannot be read. */
export async function openExtract(path: string): Promise<StoreExtract> {
  const settings = { access_mode: 'READ_ONLY', memory_limit: '512MB', threads: '2' };
  const instance = await DuckDBInstance.create(path, settings).catch((cause: unknown) => {
    throw openError(path, cause);
  });
  const connection = await instance.connect();
  const rows = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await connection.runAndReadAll(sql)).getRowObjects();
  const held = new Set(
    (await rows('SELECT table_name FROM information_schema.tables')).map((row) => row['table_name']),
  );
  const metaOf = async (name: string): Promise<string | undefined> => {
    if (!held.has('meta')) return undefined;
    const [row] = await rows(`SELECT value FROM meta WHERE name = '${name}'`);
    return typeof row?.['value'] === 'string' ? row['value'] : undefined;
  };
  return {
    tables: (Object.keys(tables) as TableName[]).filter((name) => held.has(name)),
    isCurrent: (await metaOf('schema')) === schema,
    pipelineMeta: () => metaOf('pipeline'),
    extract: (table, file, options) => extract(connection, table, file, options),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function extract(
  connection: DuckDBConnection,
  name: TableName,
  file: string,
  { format, since, until }: ExtractOptions,
): Promise<number> {
  const table: Table = tables[name];
  const time = timeColumnOf(table);
  const within = [
    ...(time && since !== undefined ? [`${time.column} >= ${whole(since * time.times)}`] : []),
    ...(time && until !== undefined ? [`${time.column} < ${whole(until * time.times)}`] : []),
  ];
  const where = within.length === 0 ? '' : `WHERE ${within.join(' AND ')}`;
  const form = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
  const path = file.replaceAll("'", "''");
  const sql = `COPY (SELECT * FROM ${name} ${where} ORDER BY ${orderOf(name)}) TO '${path}' (${form})`;
  try {
    const [row] = (await connection.runAndReadAll(sql)).getRows();
    return Number(row?.[0] ?? 0);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new StoreError('failed', `${file}: could not write ${name}: ${reason}`, { cause });
  }
}

/** The column that a span of time goes by, and how many of its units are a second; none for what is of no time. */
export function timeColumnOf(table: Table): { readonly column: string; readonly times: number } | undefined {
  if (Object.hasOwn(table.columns, 'valid_after')) return { column: 'valid_after', times: 1 };
  if (Object.hasOwn(table.columns, 'at')) return { column: '"at"', times: 1000 };
  if (Object.hasOwn(table.columns, 'day')) return { column: 'day', times: 1 };
  return undefined;
}

/** The same rows always come in the same order: that of the key, of the slice, or in which they were added. */
function orderOf(name: TableName): string {
  const table: Table = tables[name];
  if (table.key.length > 0) return table.key.map((column) => `"${column}"`).join(', ');
  return table.slice === undefined ? 'rowid' : 'ALL';
}

/** A number as it stands in SQL. */
function whole(value: number): string {
  return BigInt(Math.round(value)).toString();
}
