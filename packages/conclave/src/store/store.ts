/** The Store port: what the pipeline writes to and the answers are read from. DuckDB is the engine that is there. */
import type { QueryName, QueryParameters, QueryRow } from './queries/index.ts';
import type { Columns, Row, SlicedName, TableName } from './tables.ts';

/** What goes wrong with a store, as data. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: 'locked' | 'unreadable' | 'outdated' | 'full' | 'failed';

  constructor(code: StoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** All rows of a table that have this value in its slice column. */
export interface Slice<Name extends SlicedName = SlicedName> {
  readonly table: Name;
  readonly at: number;
  readonly count: number;
  readonly columns: Columns<Name>;
}

/** A span of rounds whose entries are to be put in order, in seconds; `until` is not of it. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Rows to be written together: all of them or none. */
export class Batch {
  private readonly rows: Map<TableName, Map<string, Row<TableName>>> = new Map();
  private readonly sliced: Map<string, Slice> = new Map();
  private readonly spans: Map<number, Span> = new Map();
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

  /** The rows with a key, one by one. */
  *keyed(): Generator<{ readonly table: TableName; readonly key: string; readonly row: Row<TableName> }> {
    for (const [table, rows] of this.rows) for (const [key, row] of rows) yield { table, key, row };
  }

  /** Adds all rows of a slice by columns; they replace those that the table, or this batch, has of it. */
  putSlice<Name extends SlicedName>(slice: Slice<Name>): void {
    const key = `${slice.table}/${slice.at}`;
    this.sliced.delete(key);
    this.sliced.set(key, slice);
  }

  /**
   * Asks for entries and figures of a span to be put in order, by relay or figure and by time, which makes them smaller and
   * the history of one relay quick to read. It changes no row. It is done some time after the batch is committed, after a
   * crash at the next start.
   */
  arrange(span: Span): void {
    this.spans.set(span.from, span);
  }

  /** The slices, in the order in which they were put. */
  get slices(): readonly Slice[] {
    return [...this.sliced.values()];
  }

  /** The spans to be put in order. */
  get arrangements(): readonly Span[] {
    return [...this.spans.values()];
  }

  /** Whether nothing was put into it. */
  get empty(): boolean {
    return this.rows.size === 0 && this.sliced.size === 0 && this.spans.size === 0;
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
