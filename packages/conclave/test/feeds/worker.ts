/** For tests of the workers: a clock that only goes when it is told to, and everything that a worker writes down. */
import { nameOf } from '../support/journal.ts';
import type { FeedKnowledge, FeedObservation, FeedPorts } from '../../src/feeds/index.ts';

/** A worker under watch. */
export interface Watched {
  readonly ports: FeedPorts;
  readonly entries: FeedObservation[];
  readonly kept: Map<string, Uint8Array>;
  /** What the worker waited for, in ms. */
  readonly waits: number[];
  readonly troubles: unknown[];
  readonly signal: AbortSignal;
  /** Lets the worker make its next visit, and resolves when that is over. */
  visit(): Promise<readonly FeedObservation[]>;
  /** Ends it; resolves when it has ended. */
  stop(worker: Promise<void>): Promise<void>;
}

/** Nothing is held; votes of these identities are of use. */
export function holding(change: Partial<FeedKnowledge> = {}): FeedKnowledge {
  return {
    consensuses: new Set(),
    votes: new Set(),
    certificates: new Set(),
    identities: new Set(),
    bandwidthFiles: new Set(),
    descriptorFiles: new Set(),
    ...change,
  };
}

/** What a worker needs; `nowSeconds` is what the clock says all the time, or whenever it is asked. */
export function watched(
  nowSeconds: number | (() => number),
  knowledge: () => FeedKnowledge = () => holding(),
): Watched {
  const entries: FeedObservation[] = [];
  const kept = new Map<string, Uint8Array>();
  const waits: number[] = [];
  const troubles: unknown[] = [];
  const abort = new AbortController();
  let wake: (() => void) | undefined;
  let asleep: (() => void) | undefined;
  const ports: FeedPorts = {
    keep: async (bytes) => {
      kept.set(nameOf(bytes), bytes);
      return nameOf(bytes);
    },
    record: async (entry) => void entries.push(entry),
    knowledge,
    clock: {
      now: () => 1000 * (typeof nowSeconds === 'number' ? nowSeconds : nowSeconds()),
      sleep: (ms) =>
        new Promise((resolve) => {
          waits.push(ms);
          wake = resolve;
          if (abort.signal.aborted) resolve();
          asleep?.();
        }),
    },
    random: () => 0.5,
    onTrouble: (error) => troubles.push(error),
  };
  return {
    ports,
    entries,
    kept,
    waits,
    troubles,
    signal: abort.signal,
    visit: async () => {
      const before = entries.length;
      const over = new Promise<void>((resolve) => (asleep = resolve));
      wake?.();
      await over;
      return entries.slice(before);
    },
    stop: async (worker) => {
      abort.abort();
      wake?.();
      await worker;
    },
  };
}
