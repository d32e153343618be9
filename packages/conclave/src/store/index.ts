/** The door of the store room. */
export { openDuckDb } from './duckdb/duckdb.ts';
export type { DuckDbOptions } from './duckdb/duckdb.ts';
export { queries } from './queries/index.ts';
export type { QueryName, QueryParameters, QueryRow, ServedRow } from './queries/index.ts';
export { Batch, StoreError } from './store.ts';
export type { Store } from './store.ts';
export { tables } from './tables.ts';
export type { Row, Table, TableName } from './tables.ts';
