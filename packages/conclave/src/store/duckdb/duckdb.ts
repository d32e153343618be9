/**
 * The store on DuckDB: one file, several tables in one commit. A second instance on the same file in one process would
 * destroy it, so files are opened through DuckDB's instance cache, which hands out the one that is open; a second process
 * is refused by DuckDB itself. The cache is one per thread: only the main thread opens a store.
 */
import { createHash } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { queries } from '../queries/index.ts';
import { StoreError } from '../store.ts';
import type { Batch, Store } from '../store.ts';
import { tables } from '../tables.ts';
import type { ColumnType, Row, Table, TableName } from '../tables.ts';

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
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
  let last: Promise<unknown> = Promise.resolve();
  // One connection, one statement at a time: a query never sees half a transaction.
  const inTurn = <T>(job: () => Promise<T>): Promise<T> => {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    write: (batch) => inTurn(() => write(connection, batch)),
    query: (name, ...[parameters]) =>
      inTurn(async () => {
        const reader = await connection.runAndReadAll(
          queries[name].sql,
          parameters as Record<string, DuckDBValue> | undefined,
        );
        return reader.getRowObjects().map(plain) as never;
      }),
    close: () =>
      inTurn(async () => {
        if (path !== ':memory:') await connection.run('CHECKPOINT');
        connection.closeSync();
        instance.closeSync();
      }),
  };
}

const indexes = [
  'CREATE INDEX IF NOT EXISTS observations_at ON observations ("at")',
  'CREATE INDEX IF NOT EXISTS documents_round ON documents (valid_after)',
];

/** Names the tables of this version; a store of other tables is not read but made anew from the journal. */
const schema = createHash('sha256').update(JSON.stringify(tables)).digest('hex').slice(0, 16);

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

function openError(path: string, cause: unknown): StoreError {
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
  await connection.run('BEGIN TRANSACTION');
  try {
    for (const { table, rows } of batch.entries()) {
      if (tables[table].key.length === 0) await append(connection, table, rows);
      else await replace(connection, table, rows);
    }
    await connection.run('COMMIT');
  } catch (cause) {
    await connection.run('ROLLBACK').catch(() => {});
    const text = cause instanceof Error ? cause.message : String(cause);
    const code = /no space|disk|full/i.test(text) ? 'full' : 'failed';
    throw new StoreError(code, `writing to the store failed: ${text.split('\n')[0]}`, { cause });
  }
}

async function append(
  connection: DuckDBConnection,
  name: TableName,
  rows: readonly Row<TableName>[],
): Promise<void> {
  appendTo(await connection.createAppender(name), name, rows);
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
  appendTo(await connection.createAppender(staging(name), 'main', 'temp'), name, rows);
  await connection.run(`INSERT OR REPLACE INTO ${name} SELECT * FROM temp.${staging(name)}`);
  await connection.run(`DELETE FROM temp.${staging(name)}`);
}

function staging(name: string): string {
  return `staged_${name}`;
}

function appendTo(appender: DuckDBAppender, name: TableName, rows: readonly Row<TableName>[]): void {
  const columns = Object.entries(tables[name].columns) as [string, ColumnType][];
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
  else appender.appendBigInt(BigInt(Math.round(Number(value))));
}

/** Engine values as plain ones: integers that fit become numbers. */
function plain(row: Readonly<Record<string, DuckDBValue>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}
