/**
 * The life of one source's worker: it visits the source every period, sooner and then ever later when it fails, and never
 * waits for another source. Clock and chance are handed in.
 */
import { createHash } from 'node:crypto';
import type { Clock, Outcome } from '../collect/index.ts';
import type { FeedKnowledge } from './collector-plan.ts';
import { ask, feedLimits, type FeedAnswer, type FeedLimits, type Validators } from './http.ts';
import type { FeedName, FeedObservation, FeedSubject, WatchedFeed } from './observation.ts';

/** Settings of a source. */
export interface FeedOptions {
  /** Where it is: `https://collector.torproject.org/`. */
  readonly url: string;
  /** Seconds between two visits. */
  readonly periodSeconds: number;
  /** Seconds that one answer may take. */
  readonly timeoutSeconds?: number;
}

/** What a worker needs from outside. */
export interface FeedPorts {
  /** Keeps a document; resolves to its SHA-256. */
  keep(bytes: Uint8Array): Promise<string>;
  /** Writes down what came of a question; the document it names is kept by then. */
  record(entry: { readonly type: 'feed' } & FeedObservation): Promise<void>;
  readonly knowledge: () => FeedKnowledge;
  readonly clock: Clock;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Told of every failure of our own, such as a full disk; the worker goes on. */
  readonly onTrouble: (error: unknown) => void;
}

/** What a visit can do. */
export interface Visit {
  readonly ports: FeedPorts;
  readonly signal: AbortSignal;
  /** Puts one question. Never throws. */
  readonly ask: (url: string, more?: Pick<Question, 'validators' | 'wireBytes'>) => Promise<Answered>;
  /** Writes down what came of it. */
  readonly note: (subject: FeedSubject, url: string, answered: Answered, more?: Note) => Promise<void>;
}

interface Question {
  readonly validators?: Validators;
  /** A narrower bound on the body. */
  readonly wireBytes?: number;
}

/** An answer, and when the question was put. */
export interface Answered {
  readonly at: number;
  readonly answer: FeedAnswer;
}

/** What is written down beside the answer itself. */
export interface Note extends Pick<FeedObservation, 'file' | 'annotation' | 'index'> {
  /** Replaces the outcome: the bytes came and are not what they should be. */
  readonly fault?: string;
  /** What is kept: the document; nothing where it is absent. */
  readonly document?: Uint8Array;
}

/** Goes to a source once; false when it failed, so that it is tried again before the period is over. */
export type Visiting = (visit: Visit) => Promise<boolean>;

/** The first wait after a failure, in seconds. It doubles with each, up to the period. */
const retrySeconds = 60;

/** How long to wait, in ms: half to one and a half times the doubled wait after failures; the period, ± 5 %, else. */
export function waitMs(failures: number, periodSeconds: number, random: number): number {
  if (failures === 0) return 1000 * periodSeconds * (0.95 + 0.1 * random);
  const wait = Math.min(periodSeconds, retrySeconds * 2 ** Math.min(failures - 1, 20));
  return 1000 * wait * (0.5 + random);
}

/** How long after the start a source is first visited, in ms: up to a minute. */
export function firstWaitMs(periodSeconds: number, random: number): number {
  return 1000 * Math.min(60, periodSeconds / 10) * (0.5 + 0.5 * random);
}

/** Outcomes after which a source is left alone for a while: it cannot, or we cannot. */
export const unavailable: ReadonlySet<Outcome> = new Set<Outcome>([
  'busy',
  'refused',
  'timed-out',
  'unreachable',
  'not-asked',
]);

/** Visits a source until the signal aborts. Never rejects. */
export async function runFeed(
  feed: WatchedFeed & { readonly vantage: string; readonly limits?: FeedLimits },
  visiting: Visiting,
  ports: FeedPorts,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  // The authorities are asked first: what they give need not be fetched anywhere else.
  await ports.clock.sleep(firstWaitMs(feed.periodSeconds, ports.random()), signal);
  while (!signal.aborted) {
    let well = false;
    try {
      well = await visiting(visitOf(feed, ports, signal));
    } catch (error) {
      ports.onTrouble(error);
    }
    failures = well ? 0 : failures + 1;
    await ports.clock.sleep(waitMs(failures, feed.periodSeconds, ports.random()), signal);
  }
}

function visitOf(
  feed: WatchedFeed & { readonly vantage: string; readonly limits?: FeedLimits },
  ports: FeedPorts,
  signal: AbortSignal,
): Visit {
  const limits = feed.limits ?? feedLimits;
  return {
    ports,
    signal,
    ask: async (url, { validators, wireBytes } = {}) => {
      const at = ports.clock.now();
      const answer = await ask(url, {
        limits:
          wireBytes === undefined ? limits : { ...limits, wireBytes: Math.min(limits.wireBytes, wireBytes) },
        signal,
        ...(validators ? { validators } : {}),
      });
      return { at, answer };
    },
    note: async (subject, url, { at, answer }, note = {}) => {
      // What was given up because we stop is not news about the source.
      if (signal.aborted) return;
      const { body: _, wireBytes, ...said } = answer;
      const { document, fault, ...more } = note;
      const kept =
        document === undefined || fault !== undefined
          ? {}
          : { sha256: await ports.keep(document), bytes: document.length };
      await ports.record({
        type: 'feed',
        at,
        vantage: feed.vantage,
        feed: feed.feed,
        subject,
        url,
        periodSeconds: feed.periodSeconds,
        ...said,
        ...(wireBytes === undefined ? {} : { wireBytes }),
        ...(fault === undefined ? {} : { outcome: 'malformed', detail: fault }),
        ...kept,
        ...more,
      });
    },
  };
}

/** Where something below a base address is. */
export function below(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path}`;
}

/** SHA-256, lower-case hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Limits with the seconds that an operator allows. */
export function limitsOf({ timeoutSeconds }: FeedOptions): FeedLimits {
  if (timeoutSeconds === undefined) return feedLimits;
  const totalMs = timeoutSeconds * 1000;
  return { ...feedLimits, totalMs, idleMs: Math.min(feedLimits.idleMs, totalMs) };
}

/** A source as it is written into the journal. */
export function watchedFeed(feed: FeedName, { url, periodSeconds }: FeedOptions): WatchedFeed {
  return { feed, url, periodSeconds };
}
