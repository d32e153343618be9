/** Journals for tests: observations of a made-up network, in order, with their documents, and a pipeline fed with them. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createAnswers } from '../../src/answers/index.ts';
import type { AnswerSources, LiveAnswers } from '../../src/answers/index.ts';
import { defaultLimits } from '../../src/analysis/index.ts';
import type {
  ArchivedDocumentKind,
  ArchiveReader,
  JournalEntry,
  PlacedEntry,
} from '../../src/archive/index.ts';
import type { Observation, Outcome, Subject } from '../../src/collect/index.ts';
import type { FeedObservation, WatchedFeed } from '../../src/feeds/index.ts';
import type { AuthoritySet } from '../../src/network/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import type { Pipeline, PipelineOptions } from '../../src/pipeline/index.ts';
import { openDuckDb, tables } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import type { MadeNetwork, MadeRound } from './network.ts';

/** What a probe may say beside its outcome. */
export interface ProbeOptions {
  readonly outcome?: Outcome;
  readonly firstByteMs?: number;
  readonly detail?: string;
  readonly skew?: number;
}

/** How one cycle of probes goes. */
export interface CycleOptions {
  /** What each authority's probe brings; those not named answer in 30 ms. */
  readonly probes?: Readonly<Record<string, ProbeOptions>>;
  readonly blind?: boolean;
}

/** How a round is observed. */
export interface PlayOptions {
  /** They answer nothing, and nothing of theirs is fetched. */
  readonly down?: readonly string[];
  /** What an authority serves instead as its ns consensus. */
  readonly serves?: Readonly<Record<string, Uint8Array>>;
  /** Whose votes are not fetched. */
  readonly withoutVotes?: readonly string[];
  /** Whose detached signatures are fetched before publication, and which; nobody's unless given. */
  readonly shows?: Readonly<Record<string, Uint8Array>>;
  /** Cycles after publication, a minute from each other (scaled to the interval). */
  readonly cycles?: number;
}

/** A journal under construction; also the archive that it is read from. Times are in seconds, as rounds have them. */
export interface Journal extends ArchiveReader {
  readonly placed: readonly PlacedEntry[];
  watching(at: number, set?: AuthoritySet, feeds?: readonly WatchedFeed[]): void;
  observe(
    observation: Partial<Observation> & Pick<Observation, 'at' | 'authority' | 'subject' | 'outcome'>,
  ): void;
  probe(at: number, authority: string, options?: ProbeOptions): void;
  /** A document came. */
  got(at: number, authority: string, subject: Subject, bytes: Uint8Array | string): string;
  /** A source beside the authorities was asked, and perhaps a document came. */
  fed(
    observation: Partial<FeedObservation> & Pick<FeedObservation, 'at' | 'feed' | 'subject'>,
    bytes?: Uint8Array | string,
  ): string | undefined;
  tick(at: number, blind?: boolean): void;
  /** A round is read out of an archive: these documents by kind, then its judgement. */
  archived(
    at: number,
    validAfter: number,
    documents: readonly (readonly [ArchivedDocumentKind, Uint8Array])[],
  ): void;
  /** Everybody is probed, then a tick. */
  cycle(at: number, options?: CycleOptions): void;
  /** A whole round: votes before, both consensuses after, with cycles between. */
  play(round: MadeRound, options?: PlayOptions): void;
  /** The last time used, in seconds. */
  now(): number;
}

/** The SHA-256 of bytes, as archives name them. */
export function nameOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const refused: ProbeOptions = { outcome: 'refused', detail: 'connection refused' };

/** A journal of a network that begins with its `watching` line at this time, and with everybody's certificates. */
export function makeJournal(network: MadeNetwork, at: number): Journal {
  const documents = new Map<string, Uint8Array>();
  const placed: PlacedEntry[] = [];
  let last = at;
  const add = (entry: JournalEntry): void => {
    last = Math.max(last, entry.at / 1000);
    placed.push({ entry, position: (placed.length + 1) * 100 });
  };
  const observe: Journal['observe'] = (observation) =>
    add({
      type: 'observation',
      vantage: 'here',
      timings: { totalMs: 40 },
      ...observation,
      at: Math.round(observation.at * 1000),
    });
  const journal: Journal = {
    placed,
    now: () => last,
    read: async (sha256) => documents.get(sha256),
    async *entries(from) {
      for (const one of placed) if (one.position > from) yield one;
    },
    watching: (when, set = network.set, feeds) =>
      add({
        type: 'watching',
        at: when * 1000,
        network: set.network,
        vantage: 'here',
        authorities: set.authorities,
        probeSeconds: 10,
        ...(feeds ? { feeds } : {}),
      }),
    observe,
    probe: (when, authority, { outcome = 'received', firstByteMs = 30, detail, skew } = {}) =>
      observe({
        at: when,
        authority,
        subject: { kind: 'liveness' },
        outcome,
        timings: ['received', 'busy', 'absent', 'not-modified', 'malformed'].includes(outcome)
          ? { connectMs: 10, firstByteMs, totalMs: firstByteMs + 1 }
          : { totalMs: 5000 },
        ...(detail === undefined ? {} : { detail }),
        ...(skew === undefined ? {} : { clockSkewSeconds: skew }),
      }),
    got: (when, authority, subject, given) => {
      const bytes = typeof given === 'string' ? Buffer.from(given) : given;
      const sha256 = nameOf(bytes);
      documents.set(sha256, bytes);
      const document = { sha256, bytes: bytes.length, wireBytes: bytes.length };
      observe({ at: when, authority, subject, outcome: 'received', status: 200, document });
      return sha256;
    },
    fed: (observation, given) => {
      const bytes = typeof given === 'string' ? Buffer.from(given) : given;
      const sha256 = bytes && nameOf(bytes);
      if (bytes && sha256 !== undefined) documents.set(sha256, bytes);
      add({
        type: 'feed',
        vantage: 'here',
        url: `https://${observation.feed}.example/${observation.file ?? observation.subject}`,
        periodSeconds: 1800,
        outcome: 'received',
        timings: { totalMs: 900 },
        ...(bytes && sha256 !== undefined ? { sha256, bytes: bytes.length, wireBytes: bytes.length } : {}),
        ...observation,
        at: Math.round(observation.at * 1000),
      });
      return sha256;
    },
    archived: (when, validAfter, given) => {
      const [source, ms] = ['/srv/collector', when * 1000];
      const { network: name, authorities } = network.set;
      add({ type: 'backfilling', at: ms, source, network: name, authorities });
      for (const [index, [kind, bytes]] of given.entries()) {
        const sha256 = nameOf(bytes);
        documents.set(sha256, bytes);
        const of = kind === 'certificate' || kind === 'bandwidth' ? {} : { validAfter };
        add({ type: 'archived', at: ms + index, source, kind, sha256, name: `${kind} ${index}`, ...of });
      }
      const file = { name: 'all.tar.xz', sha256: nameOf('all'), since: validAfter, until: validAfter + 1 };
      add({ type: 'archived-file', at: ms + 500, source, ...file, documents: given.length });
      add({ type: 'archived-round', at: ms + 501, validAfter });
    },
    tick: (when, blind = false) => add({ type: 'tick', at: Math.round(when * 1000), blind }),
    cycle: (when, { probes = {}, blind = false } = {}) => {
      for (const { nickname } of network.set.authorities) journal.probe(when, nickname, probes[nickname]);
      journal.tick(when + 1, blind);
    },
    play: (round, options) => play(journal, network, round, options),
  };
  journal.watching(at);
  for (const name of network.names)
    journal.got(at, name, { kind: 'certificates', of: 'all' }, network.certificates);
  journal.cycle(at + 1);
  return journal;
}

function play(
  journal: Journal,
  network: MadeNetwork,
  round: MadeRound,
  { down = [], serves = {}, withoutVotes = [], shows = {}, cycles = 3 }: PlayOptions = {},
): void {
  const { validAfter, intervalSeconds } = round;
  const minute = intervalSeconds / 60;
  const probes = Object.fromEntries(down.map((name) => [name, refused]));
  const up = network.names.filter((name) => !down.includes(name));
  for (const [index, name] of up.entries()) {
    const bytes = round.votes.get(name);
    const of = network.member(name).identity;
    if (bytes && !withoutVotes.includes(name)) {
      journal.got(validAfter - 9 * minute + index * 0.1, name, { kind: 'vote', period: 'next', of }, bytes);
    }
  }
  journal.cycle(validAfter - 8 * minute, { probes });
  for (const [index, [name, bytes]] of Object.entries(shows).entries())
    journal.got(validAfter - 4.5 * minute + index * 0.1, name, { kind: 'signatures' }, bytes);
  journal.cycle(validAfter - 4 * minute, { probes });
  for (const [index, name] of up.entries()) {
    const at = validAfter + minute / 10 + index * 0.1;
    journal.got(at, name, { kind: 'consensus', flavor: 'ns' }, serves[name] ?? round.ns);
    journal.got(at, name, { kind: 'consensus', flavor: 'microdesc' }, round.microdesc);
  }
  for (let cycle = 0; cycle < cycles; cycle += 1)
    journal.cycle(validAfter + minute / 2 + cycle * minute, { probes });
}

/** A pipeline that was fed, and its store. */
export interface Run {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly answers: (nowSeconds: number, more?: Partial<AnswerSources>) => LiveAnswers;
  close(): Promise<void>;
}

/** Feeds a journal into a fresh pipeline over a store in memory. */
export async function run(journal: Journal, options: Partial<PipelineOptions> = {}): Promise<Run> {
  const store = options.store ?? (await openDuckDb({ path: ':memory:' }));
  const pipeline = await openPipeline({ archive: journal, store, ...options });
  await feed(pipeline, journal);
  return {
    store,
    pipeline,
    answers: (nowSeconds, more) =>
      createAnswers({
        store,
        archive: journal,
        limits: options.limits ?? defaultLimits,
        now: () => nowSeconds * 1000,
        revision: () => pipeline.revision(),
        geoSource: undefined,
        cacheSeconds: 1,
        network: 'unknown',
        ...more,
      }),
    close: () => store.close(),
  };
}

/** Feeds what a journal holds beyond the pipeline's position, then flushes. */
export async function feed(pipeline: Pipeline, journal: ArchiveReader, upTo = Infinity): Promise<void> {
  for await (const placed of journal.entries(pipeline.position())) {
    if (placed.position > upTo) break;
    await pipeline.feed(placed);
  }
  await pipeline.flush();
}

/** All rows of all tables of a store file, each table in an order of its own contents. */
export async function dump(path: string): Promise<Record<string, unknown[]>> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const all: Record<string, unknown[]> = {};
  for (const name of Object.keys(tables)) {
    const reader = await connection.runAndReadAll(`SELECT * FROM ${name} ORDER BY ALL`);
    all[name] = reader.getRowObjectsJson();
  }
  connection.closeSync();
  instance.closeSync();
  return all;
}

/** Does a job with the path of a store file that does not exist yet, then removes everything. */
export async function withStorePath<T>(job: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-rows-'));
  try {
    return await job(join(directory, 'store.duckdb'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** All rows that a journal gives, by a pipeline that is never interrupted. */
export async function rowsOf(
  journal: Journal,
  options: Partial<PipelineOptions> = {},
): Promise<Record<string, unknown[]>> {
  return withStorePath(async (path) => {
    const fed = await run(journal, { ...options, store: await openDuckDb({ path }) });
    await fed.close();
    return dump(path);
  });
}
