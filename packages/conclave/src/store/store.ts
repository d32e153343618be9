/** The Store port: what the pipeline writes to and the answers are read from. DuckDB is the engine that is there. */
import type { QueryName, QueryParameters, QueryRow } from './queries/index.ts';
import type { Row, TableName } from './tables.ts';

/** What goes wrong with a store, as data. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: 'locked' | 'unreadable' | 'outdated' | 'full' | 'failed';

  constructor(code: StoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Rows to be written together: all of them or none. */
export class Batch {
  private readonly rows: Map<TableName, Map<string, Row<TableName>>> = new Map();
  private added = 0;

  /** Adds a row; one with the key of an earlier row of this batch replaces it. */
  put<Name extends TableName>(table: Name, key: string | undefined, row: Row<Name>): void {
    const list = this.rows.get(table) ?? new Map<string, Row<TableName>>();
    this.added += 1;
    list.set(key ?? `#${this.added}`, row);
    this.rows.set(table, list);
  }

  /** The rows by table. */
  *entries(): Generator<{ readonly table: TableName; readonly rows: readonly Row<TableName>[] }> {
    for (const [table, rows] of this.rows) yield { table, rows: [...rows.values()] };
  }

  /** Whether nothing was put into it. */
  get empty(): boolean {
    return this.rows.size === 0;
  }
}

/** A store. One process opens one, once. */
export interface Store {
  /** Writes a batch in one transaction; resolved means committed and on disk. */
  write(batch: Batch): Promise<void>;
  /** Runs a query of the catalogue. */
  query<Name extends QueryName>(name: Name, ...parameters: QueryParameters<Name>): Promise<QueryRow<Name>[]>;
  close(): Promise<void>;
}
