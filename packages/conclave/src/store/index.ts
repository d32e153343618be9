/** The door of the store room. */
export { openDuckDb } from './duckdb/duckdb.ts';
export type { DuckDbOptions } from './duckdb/duckdb.ts';
export { openExtract, timeColumnOf } from './duckdb/extract.ts';
export type { ExtractFormat, ExtractOptions, StoreExtract } from './duckdb/extract.ts';
export { queries } from './queries/index.ts';
export type { QueryName, QueryParameters, QueryRow, ServedRow } from './queries/index.ts';
export type { ChurnRow, RelayRun } from './queries/history.ts';
export { Batch, StoreError } from './store.ts';
export type { Slice, Span, Store } from './store.ts';
export { tables } from './tables.ts';
export type { Columns, Row, SlicedName, Table, TableName } from './tables.ts';
