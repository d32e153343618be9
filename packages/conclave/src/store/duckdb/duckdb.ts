/**
 * The store on DuckDB: one file, several tables in one commit. A second instance on the same file in one process would
 * destroy it, so files are opened through DuckDB's instance cache, which hands out the one that is open; a second process
 * is refused by DuckDB itself. The cache is one per thread: only the main thread opens a store.
 */
import { createHash } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { queries } from '../queries/index.ts';
import { StoreError } from '../store.ts';
import type { Batch, Span, Store } from '../store.ts';
import { tables } from '../tables.ts';
import type { ColumnType, Row, Table, TableName } from '../tables.ts';
import { appendRows } from './append.ts';
import { arrange, prepareUpkeep, writeSlices } from './upkeep.ts';

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  integer32: 'UINTEGER',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** Settings of a store. */
export interface DuckDbOptions {
  /** File, or `:memory:`. */
  readonly path: string;
  /** Most memory DuckDB may take; its own default is 80 % of the machine. */
  readonly memoryLimit?: string;
  readonly threads?: number;
}

/** Opens the store, makes the tables that are missing. Throws a `StoreError` that says what to do. */
export async function openDuckDb(options: DuckDbOptions): Promise<Store> {
  const { path, memoryLimit = '512MB', threads = 2 } = options;
  const settings = { memory_limit: memoryLimit, threads: String(threads) };
  const opening =
    path === ':memory:' ? DuckDBInstance.create(path, settings) : DuckDBInstance.fromCache(path, settings);
  const instance = await opening.catch((cause: unknown) => {
    throw openError(path, cause);
  });
  const connection = await instance.connect();
  await checkSchema(connection, path).catch((error: unknown) => {
    connection.closeSync();
    instance.closeSync();
    throw error;
  });
  for (const [name, table] of Object.entries<Table>(tables)) {
    await connection.run(ddl(name, table));
    if (table.key.length > 0)
      await connection.run(`CREATE TEMP TABLE ${staging(name)} AS SELECT * FROM ${name} LIMIT 0`);
  }
  for (const statement of indexes) await connection.run(statement);
  await prepareUpkeep(connection);
  // Whoever asks does not wait for a commit, nor for the putting in order of a month: a query sees what was committed when
  // it began, and never half a transaction. Each connection does one statement after another.
  const reading = await instance.connect();
  for (const statement of macros) await reading.run(statement);
  const inTurn = line();
  const inTurnToRead = line();
  const tidy = (): void => {
    // What fails stays on the list: it is tried again after the next batch.
    inTurn(() => arrangePending(connection)).catch(() => {});
  };
  tidy();
  return {
    write: async (batch) => {
      await inTurn(() => write(connection, batch));
      if (batch.arrangements.length > 0) tidy();
    },
    query: (name, ...[parameters]) =>
      inTurnToRead(async () => {
        const [sql, rest] = withNumbers(queries[name].sql, parameters as object | undefined);
        const reader = await reading.runAndReadAll(sql, rest);
        return reader.getRowObjects().map(plain) as never;
      }),
    close: async () => {
      await inTurnToRead(async () => reading.closeSync());
      await inTurn(async () => {
        if (path !== ':memory:') await connection.run('CHECKPOINT');
        connection.closeSync();
        instance.closeSync();
      });
    },
  };
}

/** Does one job after another; one that fails does not keep the next from being done. */
function line(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  };
}

/** ClickHouse's names for what DuckDB writes otherwise, so that a query is one text for both. */
const macros = [
  'CREATE TEMP MACRO arrayJoin(list) AS unnest(list)',
  'CREATE TEMP MACRO splitByChar(separator, text) AS string_split(text, separator)',
  'CREATE TEMP MACRO bitAnd(a, b) AS a & b',
  'CREATE TEMP MACRO bitNot(a) AS ~a',
  'CREATE TEMP MACRO bitCount(a) AS bit_count(a)',
  'CREATE TEMP MACRO intDiv(a, b) AS a // b',
];

/**
 * Whole numbers go into the text of a query, all else is bound. The engine leaves out parts of a table that cannot hold what
 * is looked for only when it knows the number before it plans.
 */
function withNumbers(
  sql: string,
  parameters: object | undefined,
): [sql: string, rest: Record<string, DuckDBValue> | undefined] {
  if (!parameters) return [sql, undefined];
  const entries = Object.entries(parameters) as [string, DuckDBValue][];
  const whole = new Map(entries.filter(([, value]) => Number.isSafeInteger(value)));
  const rest = entries.filter(([name]) => !whole.has(name));
  const text = sql.replaceAll(/\$(\w+)/g, (all, name: string) => String(whole.get(name) ?? all));
  return [text, rest.length === 0 ? undefined : Object.fromEntries(rest)];
}

const indexes = [
  'CREATE INDEX IF NOT EXISTS observations_at ON observations ("at")',
  'CREATE INDEX IF NOT EXISTS documents_round ON documents (valid_after)',
  'CREATE INDEX IF NOT EXISTS archived_round ON archived (valid_after)',
];

/** Names the tables of this version; a store of other tables is not read but made anew from the journal. */
export const schema = createHash('sha256').update(JSON.stringify(tables)).digest('hex').slice(0, 16);

async function checkSchema(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(ddl('meta', tables.meta));
  const reader = await connection.runAndReadAll("SELECT value FROM meta WHERE name = 'schema'");
  const [row] = reader.getRowObjects();
  if (row === undefined) await connection.run('INSERT INTO meta VALUES ($1, $2)', ['schema', schema]);
  else if (row['value'] !== schema) {
    throw new StoreError(
      'outdated',
      `${path} was made by another version; \`conclave rebuild\` makes it anew`,
    );
  }
}

/** Why a store cannot be opened, and what to do. */
export function openError(path: string, cause: unknown): StoreError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/lock/i.test(text)) {
    return new StoreError('locked', `${path} is open in another process; stop it, or ask it over HTTP`, {
      cause,
    });
  }
  return new StoreError(
    'unreadable',
    `${path} cannot be opened (${text.split('\n')[0]}); \`conclave rebuild\` makes it anew`,
    { cause },
  );
}

function ddl(name: string, table: Table): string {
  const columns = Object.entries(table.columns).map(([column, type]) => `"${column}" ${sqlTypes[type]}`);
  const key = table.key.length > 0 ? [`PRIMARY KEY (${table.key.join(', ')})`] : [];
  return `CREATE TABLE IF NOT EXISTS ${name} (${[...columns, ...key].join(', ')})`;
}

async function write(connection: DuckDBConnection, batch: Batch): Promise<void> {
  await transaction(connection, async () => {
    for (const { table, rows } of batch.entries()) {
      if (tables[table].key.length === 0) await append(connection, table, rows);
      else await replace(connection, table, rows);
    }
    await writeSlices(connection, batch.slices);
    const spans = batch.arrangements;
    if (spans.length > 0) await putPending(connection, [...(await pendingSpans(connection)), ...spans]);
  });
}

async function transaction(connection: DuckDBConnection, job: () => Promise<void>): Promise<void> {
  await connection.run('BEGIN TRANSACTION');
  try {
    await job();
    await connection.run('COMMIT');
  } catch (cause) {
    await connection.run('ROLLBACK').catch(() => {});
    const text = cause instanceof Error ? cause.message : String(cause);
    const code = /no space|disk|full/i.test(text) ? 'full' : 'failed';
    throw new StoreError(code, `writing to the store failed: ${text.split('\n')[0]}`, { cause });
  }
}

/** Spans of `entries` that are to be put in order; on the disk, so that a crash forgets none. */
async function pendingSpans(connection: DuckDBConnection): Promise<readonly Span[]> {
  const [row] = (
    await connection.runAndReadAll("SELECT value FROM meta WHERE name = 'arrange'")
  ).getRowObjects();
  return row === undefined ? [] : (JSON.parse(String(row['value'])) as readonly Span[]);
}

async function putPending(connection: DuckDBConnection, spans: readonly Span[]): Promise<void> {
  const once = [...new Map(spans.map((span) => [span.from, span])).values()];
  await connection.run('INSERT OR REPLACE INTO meta VALUES ($1, $2)', ['arrange', JSON.stringify(once)]);
}

async function arrangePending(connection: DuckDBConnection): Promise<void> {
  for (;;) {
    const [span, ...others] = await pendingSpans(connection);
    if (!span) return;
    await transaction(connection, async () => {
      await arrange(connection, span);
      await putPending(connection, others);
    });
  }
}

async function append(
  connection: DuckDBConnection,
  name: TableName,
  rows: readonly Row<TableName>[],
): Promise<void> {
  appendRows(await connection.createAppender(name), name, rows);
}

/**
 * Rows of a table with a key: appended to a temporary table first and moved from there in one statement. Row by row the
 * engine takes more than a millisecond for each.
 */
async function replace(
  connection: DuckDBConnection,
  name: TableName,
  rows: readonly Row<TableName>[],
): Promise<void> {
  appendRows(await connection.createAppender(staging(name), 'main', 'temp'), name, rows);
  await connection.run(`INSERT OR REPLACE INTO ${name} SELECT * FROM temp.${staging(name)}`);
  await connection.run(`DELETE FROM temp.${staging(name)}`);
}

function staging(name: string): string {
  return `staged_${name}`;
}

/** Engine values as plain ones: integers that fit become numbers. */
function plain(row: Readonly<Record<string, DuckDBValue>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}
