/**
 * A year of rounds in the store: `npm run bench -- year [--rounds N] [--relays N] [--keep FILE]`. The rounds are written as the
 * pipeline writes them, one commit each; then what the pages ask is asked, again and again.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { emptyHistory, pruneHistory, putFigures, takeEntries, type History } from 'conclave/pipeline';
import { Batch, openDuckDb, type QueryName, type Store } from 'conclave/store';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkYear, publicLike, type NetworkRound } from './made-year.ts';

/** What is measured. */
export interface YearOptions {
  readonly rounds: number;
  readonly relays: number;
  /** Where the store is left, or where one that was left is asked again; in a directory that is removed when absent. */
  readonly keep?: string;
  readonly print: (line: Readonly<Record<string, unknown>>) => void;
}

/** As the observatory opens it. */
const engine = { memoryLimit: '512MB', threads: 2 };
const hour = 3600;
const day = 24 * hour;
const seed = 20_250_101;

/** Writes the year, asks, and prints a line for each figure. */
export async function measureYear(options: YearOptions): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'conclave-year-'));
  try {
    const path = options.keep ?? join(scratch, 'year.duckdb');
    if (!existsSync(path)) {
      await measureOrder(join(scratch, 'bucket.duckdb'), options);
      await writeYear(path, options);
    }
    const written = await writtenIn(path);
    options.print({ what: 'year-bytes', ...(await sizesOf(path, written.rounds)) });
    const store = await openDuckDb({ path, ...engine });
    for (const [page, queries] of Object.entries(pages(written)))
      options.print(await measurePage(page, store, queries));
    await store.close();
    options.print({
      what: 'year-memory',
      peak_rss_mb: megabytes(peakBytes()),
      memory_limit: engine.memoryLimit,
      threads: engine.threads,
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Written {
  readonly rounds: number;
  readonly first: number;
  readonly last: number;
  readonly fingerprint: string;
  readonly relay: number;
}

/** A bucket in order of arrival, and the same in order of relays. */
async function measureOrder(path: string, options: YearOptions): Promise<void> {
  const rounds = Math.min(options.rounds, 239);
  const store = await openDuckDb({ path, ...engine });
  const history = emptyHistory();
  let taken = 0;
  let from = 0;
  for (const round of networkYear({ ...publicLike, missing: 0, relays: options.relays, seed, rounds })) {
    await store.write(await batchOf(round, history, store));
    from ||= round.validAfter;
    taken += 1;
  }
  await store.close();
  options.print({ what: 'year-bytes-arrival', ...(await sizesOf(path, taken)) });
  const again = await openDuckDb({ path, ...engine });
  const batch = new Batch();
  batch.arrange({ from, until: from + rounds * hour });
  const start = performance.now();
  await again.write(batch);
  await again.close();
  const seconds = (performance.now() - start) / 1000;
  options.print({ what: 'year-bytes-arranged', seconds: round2(seconds), ...(await sizesOf(path, taken)) });
}

async function batchOf(
  { validAfter, routers, row }: NetworkRound,
  history: History,
  store: Store,
): Promise<Batch> {
  const batch = new Batch();
  batch.put('rounds', String(validAfter), row);
  putFigures(row, batch);
  await takeEntries(history, validAfter, routers, store, batch);
  return batch;
}

async function writeYear(path: string, options: YearOptions): Promise<void> {
  const store = await openDuckDb({ path, ...engine });
  const history = emptyHistory();
  const commits: number[] = [];
  let [rounds, rows, making] = [0, 0, 0];
  const cpu = process.cpuUsage();
  const start = performance.now();
  let mark = start;
  for (const round of networkYear({ ...publicLike, relays: options.relays, seed, rounds: options.rounds })) {
    const made = performance.now();
    making += made - mark;
    const batch = await batchOf(round, history, store);
    await store.write(batch);
    pruneHistory(history);
    mark = performance.now();
    commits.push(mark - made);
    rounds += 1;
    rows += round.routers.count;
    if (rounds % 500 === 0)
      process.stderr.write(`${rounds} rounds, ${Math.round((mark - start) / 1000)} s\n`);
  }
  await store.close();
  const seconds = (performance.now() - start - making) / 1000;
  const used = process.cpuUsage(cpu);
  options.print({
    what: 'year-append',
    rounds,
    rows,
    seconds: round2(seconds),
    rows_per_s: Math.round(rows / seconds),
    cpu_s: round2((used.user + used.system) / 1e6),
    generator_s: round2(making / 1000),
    ...percentiles(commits, 'commit_'),
  });
}

/** What is in a store, and the relay whose year is asked for: one that was there from the beginning and still is, if any. */
async function writtenIn(path: string): Promise<Written> {
  const store = await openDuckDb({ path, ...engine });
  const [held] = await store.query('heldSpan');
  const [first, last] = [held?.first_round ?? 0, held?.last_round ?? 0];
  const rows = await store.query('listedOnlyIn', { valid_after: last, other: 0, limit: 100_000 });
  const chosen = rows.find(({ first_round }) => first_round === first) ?? rows[0];
  const fingerprint = chosen?.fingerprint ?? '';
  const [row] = await store.query('relay', { fingerprint });
  await store.close();
  return { rounds: held?.rounds ?? 0, first, last, fingerprint, relay: row?.relay ?? 0 };
}

type Asked = readonly [name: QueryName, parameters?: object];

/** What each page asks of the store; the relay's page asks for the whole year. */
function pages({ first, last, fingerprint, relay }: Written): Readonly<Record<string, readonly Asked[]>> {
  const until = last + hour;
  const week = { since: until - 7 * day, until };
  const month = { since: until - 30 * day, until };
  const year = { since: first, until };
  const some = 'relays,guards,exits,weight_sum,agreement,votes,flag:Running,flag:Stable,flag:HSDir,flag:Fast';
  const figures = { figures: some };
  const ago = {
    at: last,
    day: last - day,
    week: last - 7 * day,
    month: last - 30 * day,
    year: last - 365 * day,
  };
  return {
    health: [
      ['heldSpan'],
      ['heldRounds', week],
      ['series', { ...week, ...figures }],
      ['figuresAt', { ...ago, ...figures }],
    ],
    'trends-month': [
      ['heldRounds', month],
      ['series', { ...month, ...figures }],
    ],
    'trends-year': [['daySeries', { ...year, ...figures }]],
    'flags-year': [['flagDays', year]],
    'series-year-by-hour': [
      ['heldRounds', year],
      ['series', { ...year, figures: 'relays' }],
    ],
    'new-and-gone': [
      ['listedOnlyIn', { valid_after: last, other: last - hour, limit: 500 }],
      ['listedOnlyIn', { valid_after: last - hour, other: last, limit: 500 }],
    ],
    'churn-day': [['churn', { since: until - day, until }]],
    'churn-week': [['churn', week]],
    'relay-year': [
      ['relay', { fingerprint }],
      ['relayRuns', { ...year, relay }],
    ],
    'relay-year-by-day': [['relayDays', { ...year, relay }]],
    'relay-year-by-round': [['relayRounds', { ...year, relay }]],
  };
}

async function measurePage(
  page: string,
  store: Store,
  queries: readonly Asked[],
): Promise<Readonly<Record<string, unknown>>> {
  const ask = store.query.bind(store) as (name: QueryName, parameters?: object) => Promise<unknown[]>;
  const took: number[] = [];
  const cpu: number[] = [];
  let rows = 0;
  for (let run = -3; run < 100; run += 1) {
    const before = process.cpuUsage();
    const start = performance.now();
    rows = 0;
    for (const [name, parameters] of queries)
      rows += (await (parameters ? ask(name, parameters) : ask(name))).length;
    if (run < 0) continue;
    took.push(performance.now() - start);
    const used = process.cpuUsage(before);
    cpu.push((used.user + used.system) / 1000);
  }
  const { cpu_p50_ms } = percentiles(cpu, 'cpu_');
  return { what: 'year-query', page, rows, runs: took.length, ...percentiles(took, ''), cpu_p50_ms };
}

/** What a store takes on the disk, and what of it is in use: a file does not shrink. */
async function sizesOf(path: string, rounds: number): Promise<Readonly<Record<string, number>>> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    'SELECT block_size, total_blocks, used_blocks FROM pragma_database_size()',
  );
  const [row = {}] = reader.getRowObjects();
  connection.closeSync();
  instance.closeSync();
  const size = Number(row['block_size']);
  const [file, used] = [Number(row['total_blocks']) * size, Number(row['used_blocks']) * size];
  return {
    rounds,
    file_mb: megabytes(file),
    used_mb: megabytes(used),
    bytes_per_round: Math.round(used / rounds),
  };
}

function percentiles(values: readonly number[], prefix: string): Readonly<Record<string, number>> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    round2(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { [`${prefix}p50_ms`]: at(0.5), [`${prefix}p99_ms`]: at(0.99), [`${prefix}max_ms`]: at(1) };
}

/** The most memory that this process ever held, the generator included. */
function peakBytes(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kilobytes ?? Number.NaN) * 1024;
}

function megabytes(bytes: number): number {
  return round2(bytes / 1e6);
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
