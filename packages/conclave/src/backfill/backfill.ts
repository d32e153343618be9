/**
 * A backfill: month by month, certificates first, the files of an archive are read into ours, then the month's rounds are
 * judged in the order of time. All it knows of how far it is comes out of journal and store, so it can be killed at any moment.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Limits } from '../analysis/index.ts';
import { openArchive } from '../archive/index.ts';
import type { Archive, ArchivedDocumentKind, JournalEntry } from '../archive/index.ts';
import type { CountryTable, NetworkTable } from '../geo/index.ts';
import { identitiesOf, publicAuthoritySets } from '../network/index.ts';
import type { AuthoritySet } from '../network/index.ts';
import { openPipeline } from '../pipeline/index.ts';
import type { Pipeline } from '../pipeline/index.ts';
import { openDuckDb, StoreError } from '../store/index.ts';
import type { QueryRow, Store } from '../store/index.ts';
import { heldAs, importFile, knownAs } from './import.ts';
import type { Importing } from './import.ts';
import { monthOf, monthText } from './names.ts';
import { openPool, usualThreads } from './pool.ts';
import type { JudgePool } from './pool.ts';
import { FileProblem } from './problem.ts';
import { reportOn } from './report.ts';
import type { BackfillReport } from './report.ts';
import { openSource } from './source.ts';
import type { ArchiveFile, ArchiveSource } from './source.ts';
import { Tally } from './tally.ts';
import type { Progress } from './tally.ts';

/** Settings of a backfill. */
export interface BackfillOptions {
  /** The data directory. */
  readonly directory: string;
  /** A folder, or an address. */
  readonly from: string;
  /** Valid-after of the first round, and of the one after the last, in seconds. */
  readonly since: number;
  readonly until: number;
  readonly kinds: readonly ArchivedDocumentKind[];
  /** Whose documents they are; the public network's, by the time of each document, unless given. */
  readonly set?: AuthoritySet;
  /** Those of the observatory: journal lines of its own that the store lacks are judged by them. */
  readonly limits?: Limits;
  readonly countries?: CountryTable;
  readonly networks?: NetworkTable;
  /** Threads that judge; 0: none. */
  readonly threads?: number;
  /** The clock, in ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The data directory is about another network, or what is asked for cannot be had. */
export class BackfillError extends Error {
  override readonly name = 'BackfillError';
  readonly code: 'other-network' | 'source' | 'unreachable';

  constructor(code: BackfillError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The kinds that are read unless it is said otherwise. */
export const usualKinds: readonly ArchivedDocumentKind[] = ['consensus', 'microdesc', 'vote', 'certificate'];

/** Rounds to a commit: a day of the public network's. */
const roundsPerCommit = 24;
/**
 * How much the heap may grow between two collections, in percent. Documents lie beside the heap and count as if they were in it:
 * by V8's own measure the few megabytes that live here would be walked through for nearly every document.
 */
const heapGrowingPercent = 700;
/** The name of the report in the data directory. */
export const reportFile = 'backfill-report.json';

/** Runs a backfill. Throws `ArchiveError`, `StoreError` or `BackfillError`; what is wrong with documents is in the report. */
export async function backfill(options: BackfillOptions): Promise<BackfillReport> {
  const { directory } = options;
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  const archive = await openArchive(directory);
  const pool = openPool(directory, options.threads ?? usualThreads());
  let store: Store | undefined;
  try {
    const source = await opened(options);
    store = await openStore(join(directory, 'store.duckdb'));
    const line = await Line.open(archive, store, pool, options);
    const report = await run(options, { archive, store, source, line, pool });
    await keepReport(directory, report);
    return report;
  } finally {
    await pool.close();
    await store?.close();
    await archive.close();
  }
}

async function opened({ from, directory, signal }: BackfillOptions): Promise<ArchiveSource> {
  try {
    return await openSource(from, { scratch: join(directory, 'backfill'), signal });
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    throw new BackfillError(error.unreachable ? 'unreachable' : 'source', error.message);
  }
}

/**
 * A store of another version is derived data like any other: the journal fills a new one. One thread of the engine: statements are
 * small here, and a second one would mostly look for work.
 */
async function openStore(path: string): Promise<Store> {
  const options = { path, threads: 1 };
  return openDuckDb(options).catch(async (error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== 'outdated') throw error;
    await Promise.all([rm(path, { force: true }), rm(`${path}.wal`, { force: true })]);
    return openDuckDb(options);
  });
}

/** Journal and pipeline together: what is written down is fed. */
class Line {
  readonly pipeline: Pipeline;
  private readonly archive: Archive;
  private position: number;

  private constructor(archive: Archive, pipeline: Pipeline) {
    this.archive = archive;
    this.pipeline = pipeline;
    this.position = pipeline.position();
  }

  static async open(
    archive: Archive,
    store: Store,
    pool: JudgePool,
    options: BackfillOptions,
  ): Promise<Line> {
    const { limits, countries, networks } = options;
    const pipeline = await openPipeline({
      archive,
      store,
      judgeArchived: pool.judge,
      roundsPerCommit,
      ticksPerCommit: 100,
      ...(limits ? { limits } : {}),
      ...(countries ? { countries } : {}),
      ...(networks ? { networks } : {}),
    });
    const line = new Line(archive, pipeline);
    await line.follow();
    await pipeline.flush();
    return line;
  }

  async write(entries: readonly JournalEntry[]): Promise<void> {
    await this.archive.append(entries);
    await this.follow();
  }

  private async follow(): Promise<void> {
    for await (const placed of this.archive.entries(this.position)) {
      await this.pipeline.feed(placed);
      this.position = placed.position;
    }
  }
}

interface Parts {
  readonly archive: Archive;
  readonly store: Store;
  readonly source: ArchiveSource;
  readonly line: Line;
  readonly pool: JudgePool;
}

async function run(options: BackfillOptions, parts: Parts): Promise<BackfillReport> {
  const { since, until, kinds, set, signal } = options;
  const { store, source, line } = parts;
  const began = performance.now();
  await checkNetwork(store, set);
  const now = await growingClock(store, options.now);
  const tally = new Tally();
  for (const path of source.strangers) tally.stranger(path);
  const authorities = set ? { authorities: set.authorities } : {};
  const network = set?.network ?? 'public Tor network';
  await line.write([{ type: 'backfilling', at: now(), source: source.name, network, ...authorities }]);
  const job = await importing(options, parts, tally, now);
  const files = source.files.filter((file) => kinds.includes(file.kind) && overlaps(file, since, until));
  let roundsJudged = 0;
  for (const { name, files: some, span } of stages(files, since, until)) {
    if (signal.aborted) break;
    await readFiles(name, some, job, options);
    await line.pipeline.flush();
    roundsJudged += await judgeRounds(name, span, now, options, parts);
    await line.pipeline.flush();
    // A round that was judged in an earlier run is compared with the one before it when that one came in this.
    roundsJudged += await judgeRounds(name, span, now, options, parts);
  }
  await line.pipeline.flush();
  return reportOn(
    { source: source.name, indexed: source.indexed, since, until, kinds },
    { tally, roundsJudged, elapsedMs: performance.now() - began },
    store,
    options.now() / 1000,
  );
}

/** A data directory is about one network. */
async function checkNetwork(store: Store, set: AuthoritySet | undefined): Promise<void> {
  const watched = (await store.query('authorities')).flatMap(({ v3ident }) => v3ident ?? []);
  const ours = identitiesIn(set);
  if (watched.length > 0 && !watched.some((identity) => ours.has(identity)))
    throw new BackfillError(
      'other-network',
      'the data directory is about another network: none of its authorities is among those whose documents are read (--authorities)',
    );
}

/** Everybody who ever counted. */
function identitiesIn(set: AuthoritySet | undefined): ReadonlySet<string> {
  const sets = set ? [set] : publicAuthoritySets.map((dated) => dated.set);
  return new Set(sets.flatMap((one) => [...identitiesOf(one)]));
}

/** A clock that never says a time twice, nor one before what is written down: what came later is told by it. */
async function growingClock(store: Store, clock: () => number): Promise<() => number> {
  const [newest] = await store.query('newestArchived');
  let last = newest?.at ?? 0;
  return () => {
    last = Math.max(last + 1, Math.floor(clock()));
    return last;
  };
}

async function importing(
  { since, until, set }: BackfillOptions,
  { archive, store, source, line }: Parts,
  tally: Tally,
  now: () => number,
): Promise<Importing> {
  const span = { since, until };
  const known = new Set<string>();
  for (const { kind, name } of [
    ...(await store.query('archivedNames', span)),
    ...(await store.query('archivedNamesAlone')),
  ])
    known.add(knownAs(kind, name));
  for (const row of await store.query('archivedFiles'))
    known.add(knownAs('file', `${row.name} ${row.sha256} ${row.since} ${row.until}`));
  const watched = (await store.query('watchedIn', span)).map(({ valid_after }) => valid_after);
  const sets = set ? [set] : publicAuthoritySets.map((dated) => dated.set);
  return {
    archive,
    source,
    since,
    until,
    known,
    watched: new Set(watched),
    held: new Set((await store.query('heldOfWatched', span)).map(heldRow)),
    identities: identitiesIn(set),
    fingerprints: new Set(
      sets.flatMap(({ authorities }) => authorities.flatMap(({ fingerprint }) => fingerprint ?? [])),
    ),
    now,
    write: (entries) => line.write(entries),
    tally,
  };
}

function heldRow({ kind, flavor, identity, digest }: QueryRow<'heldOfWatched'>): string {
  if (kind === 'vote') return heldAs(kind, identity ?? '', digest);
  return heldAs(flavor === 'microdesc' ? flavor : 'consensus', '', digest);
}

/** A bandwidth file is some hours older than the round that names it. */
function overlaps({ span, kind }: ArchiveFile, since: number, until: number): boolean {
  const early = kind === 'bandwidth' ? 86_400 : 0;
  return span === undefined || (span.since < until && span.until > since - early);
}

interface Stage {
  readonly name: string;
  readonly files: readonly ArchiveFile[];
  readonly span: { readonly since: number; readonly until: number };
}

/** What others are judged by comes first: certificates, and of a month the files that votes name. */
const order: readonly ArchivedDocumentKind[] = [
  'certificate',
  'server-descriptor',
  'bandwidth',
  'vote',
  'consensus',
  'microdesc',
];

/** First the files that are of no month, then month after month, however they lie in the archive. */
function stages(files: readonly ArchiveFile[], since: number, until: number): Stage[] {
  const sorted = files.toSorted(
    (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.path < b.path ? -1 : 1),
  );
  const nothing = { since: 0, until: 0 };
  const found: Stage[] = [
    { name: 'certificates', files: sorted.filter(({ span }) => span === undefined), span: nothing },
  ];
  for (let month = monthOf(since); month.since < until; month = monthOf(month.until)) {
    const some = sorted.filter(
      ({ span }) =>
        span !== undefined &&
        ((span.since >= month.since && span.since < month.until) ||
          // What is of the day before the first round belongs to the first month.
          (span.since < month.since && month.since <= since)),
    );
    const span = { since: Math.max(since, month.since), until: Math.min(until, month.until) };
    found.push({ name: monthText(month.since), files: some, span });
  }
  return found;
}

async function readFiles(
  stage: string,
  files: readonly ArchiveFile[],
  job: Importing,
  { signal, onProgress = () => {} }: BackfillOptions,
): Promise<void> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const [began, before] = [performance.now(), job.tally.items];
  let done = 0;
  const tell = (path: string): void =>
    onProgress({
      phase: 'reading',
      what: `${stage} ${path.slice(path.lastIndexOf('/') + 1)}`,
      done,
      total,
      items: job.tally.items - before,
      elapsedMs: performance.now() - began,
    });
  job.tally.look = tell;
  for (const file of files) {
    if (signal.aborted) return;
    tell(file.path);
    await importFile(file, job);
    done += file.size;
  }
}

/** Judges what is open of a span, in the order of time; ahead of what is written down the threads are at work already. */
async function judgeRounds(
  stage: string,
  span: Stage['span'],
  now: () => number,
  { signal, onProgress = () => {} }: BackfillOptions,
  { store, line, pool }: Parts,
): Promise<number> {
  const rounds = (await store.query('openArchivedRounds', span)).map(({ valid_after }) => ({
    validAfter: valid_after,
    at: now(),
  }));
  const began = performance.now();
  let begun = 0;
  for (const [index, { validAfter, at }] of rounds.entries()) {
    if (signal.aborted) return index;
    for (; begun < Math.min(rounds.length, index + pool.ahead); begun += 1) {
      const next = rounds[begun];
      const work = next && (await line.pipeline.archivedWork(next.validAfter, next.at));
      if (work) pool.begin(work);
    }
    await line.write([{ type: 'archived-round', at, validAfter }]);
    const [done, total] = [index + 1, rounds.length];
    const elapsedMs = performance.now() - began;
    onProgress({ phase: 'judging', what: stage, done, total, items: done, elapsedMs });
  }
  return rounds.length;
}

/** The report beside what it is about: whole, or as it was. */
async function keepReport(directory: string, report: BackfillReport): Promise<void> {
  const path = join(directory, reportFile);
  await writeFile(`${path}.writing`, `${JSON.stringify(report, null, 2)}\n`);
  await rename(`${path}.writing`, path);
}
