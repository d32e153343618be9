/** Rows into DuckDB: one value after another where there are few, by columns where there are thousands. */
import { BIGINT, BOOLEAN, DOUBLE, DuckDBDataChunk, UINTEGER, VARCHAR } from '@duckdb/node-api';
import type { DuckDBAppender, DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { Slice } from '../store.ts';
import { tables } from '../tables.ts';
import type { ColumnType, Row, SlicedName, TableName } from '../tables.ts';

const chunkTypes: Readonly<Record<ColumnType, DuckDBType>> = {
  text: VARCHAR,
  integer: BIGINT,
  integer32: UINTEGER,
  double: DOUBLE,
  boolean: BOOLEAN,
};

/** Most rows that a chunk of the engine holds. */
const chunkRows = 2048;

function columnsOf(name: TableName): [string, ColumnType][] {
  return Object.entries(tables[name].columns);
}

/** Appends rows and closes the appender. */
export function appendRows(appender: DuckDBAppender, name: TableName, rows: readonly Row<TableName>[]): void {
  const columns = columnsOf(name);
  for (const row of rows) {
    for (const [column, type] of columns)
      appendValue(appender, type, (row as Record<string, unknown>)[column]);
    appender.endRow();
  }
  appender.closeSync();
}

function appendValue(appender: DuckDBAppender, type: ColumnType, value: unknown): void {
  if (value === null || value === undefined) appender.appendNull();
  else if (type === 'text') appender.appendVarchar(value as string);
  else if (type === 'boolean') appender.appendBoolean(value === true);
  else if (type === 'double') appender.appendDouble(Number(value));
  else if (type === 'integer32') appender.appendUInteger(Number(value));
  else appender.appendBigInt(BigInt(Math.round(Number(value))));
}

/** Appends slices of a table, a chunk of the engine's own size at a time: no object is made for a row. */
export async function appendSlices(
  connection: DuckDBConnection,
  table: SlicedName,
  slices: readonly Slice[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  for (const slice of slices) appendSlice(appender, slice);
  appender.closeSync();
}

function appendSlice(appender: DuckDBAppender, slice: Slice): void {
  const columns = columnsOf(slice.table);
  const values: Readonly<Record<string, ArrayLike<DuckDBValue>>> = slice.columns;
  for (let from = 0; from < slice.count; from += chunkRows) {
    const rows = Math.min(chunkRows, slice.count - from);
    const chunk = DuckDBDataChunk.create(
      columns.map(([, type]) => chunkTypes[type]),
      rows,
    );
    for (const [index, [column, type]] of columns.entries()) {
      const vector = chunk.getColumnVector(index);
      const source = values[column] as ArrayLike<DuckDBValue>;
      for (let row = 0; row < rows; row += 1) {
        const value = source[from + row] ?? null;
        vector.setItem(row, type === 'integer' && value !== null ? BigInt(value as number) : value);
      }
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
}
