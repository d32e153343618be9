/**
 * The observatory: one process that asks, keeps, judges and serves. Here everything that lives is made and handed down:
 * archive, store, pipeline, collector, site. It is stopped in order, and when it is killed nothing acknowledged is lost:
 * the journal is the truth, and the store catches up with it at the next start.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits } from '../analysis/index.ts';
import type { Limits } from '../analysis/index.ts';
import { createAnswers, probesInMedian } from '../answers/index.ts';
import type { LiveAnswers } from '../answers/index.ts';
import { openArchive, removedByPolicy } from '../archive/index.ts';
import type { JournalEntry, OpenedArchive } from '../archive/index.ts';
import { collect, documentLimits, livenessLimits, probeSecondsOf } from '../collect/index.ts';
import type { CollectorOptions } from '../collect/index.ts';
import type { AuthoritySet, VotingSchedule } from '../network/index.ts';
import { publicSchedule } from '../network/index.ts';
import { startSources, watchedFeeds } from './sources.ts';
import type { SourceOptions } from './sources.ts';
import { openPipeline } from '../pipeline/index.ts';
import type { Pipeline } from '../pipeline/index.ts';
import { openDuckDb, StoreError } from '../store/index.ts';
import type { Store } from '../store/index.ts';
import { createSite, readAssets, serve } from '../web/index.ts';
import type { Served } from '../web/index.ts';
import { breathe } from './breathe.ts';
import { loadCountries } from './countries.ts';
import { loadNetworks } from './networks.ts';
import { follow } from './follow.ts';
import { putStoreAside } from './rebuild.ts';
import { startUpkeep } from './upkeep.ts';
import type { UpkeepOptions } from './upkeep.ts';

/** Settings of an observatory. */
export interface ObservatoryOptions {
  readonly set: AuthoritySet;
  /** Archive and store live here. */
  readonly directory: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Our own name for our place in the network. */
  readonly vantage: string;
  /** How the network votes, until a consensus says it. */
  readonly schedule?: VotingSchedule;
  readonly plan?: Pick<
    CollectorOptions,
    'probeSeconds' | 'orPortSeconds' | 'copies' | 'connectivity' | 'relayDescriptors' | 'tickMs'
  >;
  readonly limits?: Partial<Limits>;
  /** What the archive wants once a day; without it, documents are packed and nothing is removed. */
  readonly upkeep?: UpkeepOptions;
  /** tor-geoipdb's `geoip` file; by default where Debian puts it. */
  readonly geoip?: string;
  /** A table of networks (AS), as iptoasn.com gives it; without one nothing is said of networks. */
  readonly asn?: string;
  readonly cacheSeconds?: number;
  /** Sources beside the authorities; none is asked that is not here. */
  readonly sources?: SourceOptions;
  /** One line of news for whoever started it. */
  readonly log: (line: string) => void;
}

/** A running observatory. */
export interface Observatory {
  readonly url: string;
  readonly answers: LiveAnswers;
  /** Ends when the collector has ended; by itself it never does. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Starts everything. Throws `ArchiveError` or `StoreError` when the directory cannot be had. */
export async function startObservatory(options: ObservatoryOptions): Promise<Observatory> {
  const { set, directory, listen, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const countries = await loadCountries(options.geoip);
  const networks = await loadNetworks(options.asn, log);
  const archive = await openArchive(directory);
  if (archive.repaired)
    log(
      'The last run ended abruptly; a torn line at the end of the journal was cut off. Nothing acknowledged was lost.',
    );
  const store = await openStoreOf(directory, archive, log);
  const pipeline = await openPipeline({
    archive,
    store,
    limits,
    schedule: options.schedule ?? publicSchedule,
    breathe,
    ...(countries ? { countries } : {}),
    ...(networks ? { networks } : {}),
  });
  const answers = createAnswers({
    store,
    archive,
    limits,
    now: Date.now,
    revision: () => pipeline.revision(),
    geoSource: countries?.description,
    ...(countries ? { countries } : {}),
    ...(networks ? { networks } : {}),
    breathe,
    cacheSeconds: options.cacheSeconds ?? 1,
    network: set.network,
  });
  const pump = await startPump(archive, pipeline, answers, log);
  const site = await openSite(answers, limits, listen, log).catch(async (error: unknown) => {
    await store.close();
    await archive.close();
    throw error;
  });
  const abort = new AbortController();
  const done = run(options, { archive, pipeline, pump, signal: abort.signal });
  log(`Conclave watches ${set.authorities.length} authorities of ${set.network}; look at ${site.url}/`);
  const endUpkeep = startUpkeep(archive, options.upkeep ?? {}, log);
  const stop = async (): Promise<void> => {
    abort.abort();
    await endUpkeep();
    await done;
    await archive.append([{ type: 'stopped', at: Date.now() }]);
    await pump.settle();
    await site.close();
    await store.close();
    await archive.close();
  };
  return { url: site.url, answers, done, stop: once(stop) };
}

/** Two signals at once stop it once. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => (stopping ??= stop());
}

/** Opens the store. One of another version is derived data like any other: it is removed, and the journal fills a new one. */
async function openStoreOf(
  directory: string,
  archive: OpenedArchive,
  log: ObservatoryOptions['log'],
): Promise<Store> {
  const path = join(directory, 'store.duckdb');
  try {
    return await openDuckDb({ path }).catch(async (error: unknown) => {
      if (!(error instanceof StoreError) || error.code !== 'outdated') throw error;
      const aside = (await removedByPolicy(archive)) > 0 ? await putStoreAside(directory) : undefined;
      log(
        aside === undefined
          ? 'The store was made by another version; it is made anew from the journal.'
          : `The store was made by another version; it is made anew, without the rows of documents that were removed by policy. The old one is ${aside}.`,
      );
      await Promise.all([rm(path, { force: true }), rm(`${path}.wal`, { force: true })]);
      return openDuckDb({ path });
    });
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Serves the site over these answers. */
export async function openSite(
  answers: LiveAnswers,
  limits: Limits,
  listen: ObservatoryOptions['listen'],
  log: ObservatoryOptions['log'],
): Promise<Served> {
  const shown = {
    probeTimeoutMs: livenessLimits.totalMs,
    documentTimeoutMs: documentLimits.totalMs,
    probesToChange: limits.failuresInARow,
    probesInMedian,
    slowMs: limits.slowMs,
    slowFactor: limits.slowTimesBaseline,
    slowFloorMs: limits.slowFloorMs,
    scanStaleSeconds: limits.bandwidthFileSeconds,
    clockSkewSeconds: limits.clockSkewSeconds,
    certificateWarnDays: limits.certificateWarnSeconds / 86_400,
    lateSeconds: 2 * limits.publicationGraceSeconds,
  };
  const onError = (error: unknown): void =>
    log(
      `A page or an answer failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  return serve(createSite(answers, { limits: shown, assets: readAssets(), onError }), listen);
}

/** Carries the journal into the pipeline, one pass after another, and tells of what is new. */
interface Pump {
  /** There is something new in the journal; learned at this moment (ms). */
  push(learnedAt: number): void;
  /** Resolves when everything in the journal has been taken. */
  settle(): Promise<void>;
}

async function startPump(
  archive: OpenedArchive,
  pipeline: Pipeline,
  answers: LiveAnswers,
  log: (line: string) => void,
): Promise<Pump> {
  let position = pipeline.position();
  const caught = await follow(archive, pipeline, position);
  position = caught.position;
  if (caught.entries > 0) log(`Caught up with ${caught.entries} journal entries.`);
  let learned: number | undefined;
  let running: Promise<void> | undefined;
  let troubled = false;
  const pass = async (): Promise<void> => {
    while (learned !== undefined) {
      const since = learned;
      learned = undefined;
      const step = await follow(archive, pipeline, position);
      position = step.position;
      troubled = false;
      if (step.committed) answers.tell(since);
    }
  };
  const start = (): Promise<void> => {
    running ??= pass()
      .catch((error: unknown) => {
        position = pipeline.position();
        if (!troubled)
          log(
            `The store falls behind: ${String(error)}. The journal keeps everything; it is tried again with every cycle.`,
          );
        troubled = true;
      })
      .finally(() => (running = undefined));
    return running;
  };
  return {
    push: (learnedAt) => {
      learned = Math.min(learned ?? Infinity, learnedAt);
      void start();
    },
    settle: async () => {
      await running;
      learned ??= Date.now();
      await start();
    },
  };
}

/** The collector with its recorder: documents into the archive, entries into the journal, ticks through the pump. */
async function run(
  options: ObservatoryOptions,
  parts: { archive: OpenedArchive; pipeline: Pipeline; pump: Pump; signal: AbortSignal },
): Promise<void> {
  const { archive, pipeline, pump, signal } = parts;
  const { set, vantage, plan, log } = options;
  const settings: CollectorOptions = { authorities: set.authorities, vantage, ...plan };
  const watching: JournalEntry = {
    type: 'watching',
    at: Date.now(),
    network: set.network,
    vantage,
    authorities: set.authorities,
    probeSeconds: probeSecondsOf(settings, options.schedule ?? publicSchedule),
    ...(settings.probeSeconds === undefined ? { probeBySchedule: true } : {}),
    ...(options.schedule ? { schedule: options.schedule } : {}),
    ...(options.sources ? { feeds: watchedFeeds(options.sources) } : {}),
  };
  await archive.append([watching]);
  let oldest: number | undefined;
  const troubles = new Set<string>();
  const onTrouble = (error: unknown): void => {
    const text = error instanceof Error ? error.message : String(error);
    if (!troubles.has(text)) log(`Trouble of our own: ${text}`);
    troubles.add(text);
  };
  const sources = startSources(options.sources ?? {}, { archive, pipeline, vantage, onTrouble, signal });
  await collect(
    settings,
    {
      knowledge: () => pipeline.knowledge(),
      recorder: {
        keep: (bytes) => archive.keep(bytes),
        record: async (entry) => {
          oldest ??= Date.now();
          await archive.append([entry]);
          if (entry.type !== 'tick') return;
          const learnedAt = oldest;
          oldest = undefined;
          pump.push(learnedAt);
        },
      },
      onTrouble,
    },
    signal,
  );
  await sources;
}
