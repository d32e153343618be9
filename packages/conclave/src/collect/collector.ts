/**
 * The loop that asks. It looks at the plan, puts what is due to all authorities at once, turns every answer into an
 * observation whose document is kept before it is named, and closes each cycle with a tick. It has no opinion about the
 * authorities; its one judgement is about ourselves: whether we can see at all.
 */
import { setMaxListeners } from 'node:events';
import { isReachable, type Reachable, type VotingSchedule } from '../network/index.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Knowledge } from './knowledge.ts';
import type { Observation, UnixMs } from './observation.ts';
import { orPortLimits, reachOrPort } from './or-port.ts';
import { due, noted, nothingAsked, type PlannedRequest, type PlanState } from './plan.ts';
import { descriptorBytesMost } from './relay-descriptors.ts';
import { anyConnects, looksBlind, nothingSeen, seen, type Sight } from './sight.ts';
import { documentLimits, get, livenessLimits, type Answer, type Limits, type Target } from './transport.ts';
import type { PlanOptions } from './wishes.ts';

/** What the collector records: the part of a journal that it writes. */
export type CollectedEntry =
  | ({ readonly type: 'observation' } & Observation)
  | { readonly type: 'tick'; readonly at: UnixMs; readonly blind: boolean };

/** Where the collector's finds go. What it has resolved for is safe. */
export interface Recorder {
  keep(bytes: Uint8Array): Promise<string>;
  record(entry: CollectedEntry): Promise<void>;
}

/** Settings of a collector. */
export interface CollectorOptions extends PlanOptions {
  /** Our own name for our place in the network. */
  readonly vantage: string;
  /** Places that answer TCP whenever our own connection works; asked only when no authority answers. */
  readonly connectivity?: readonly Target[];
  /** Milliseconds between two ticks; by default 2000, and 1000 for intervals under ten minutes. */
  readonly tickMs?: number;
}

/** What a collector needs from outside. */
export interface CollectorPorts {
  readonly recorder: Recorder;
  /** What has been learned so far; read before every look at the plan. */
  readonly knowledge: () => Knowledge;
  readonly clock?: Clock;
  /** Told of every failure of our own, such as a full disk; the collector goes on. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Asks until the signal aborts, then resolves within a second. Never rejects. */
export async function collect(
  options: CollectorOptions,
  ports: CollectorPorts,
  signal: AbortSignal,
): Promise<void> {
  const { recorder, knowledge, clock = systemClock, onTrouble = () => {} } = ports;
  // Every question listens for the end; ten of them are no leak.
  setMaxListeners(0, signal);
  const authorities = new Map(options.authorities.filter(isReachable).map((one) => [one.nickname, one]));
  const underway = new Set<Promise<void>>();
  let plan: PlanState = nothingAsked;
  let sight: Sight = nothingSeen;

  const start = (job: () => Promise<void>): void => {
    const task: Promise<void> = job()
      .catch(onTrouble)
      .finally(() => underway.delete(task));
    underway.add(task);
  };
  const put = async (request: PlannedRequest, authority: Reachable): Promise<void> => {
    const at = clock.now();
    const limits = limitsFor(request, knowledge().schedule);
    const answer = await ask(request, authority, { limits, clock, signal });
    const doneMs = clock.now();
    plan = noted(plan, request, { outcome: answer.outcome, atMs: doneMs });
    if (signal.aborted) return;
    sight = seen(sight, request, answer, { at, doneMs });
    await write(recorder, request, answer, { at, vantage: options.vantage });
  };
  const tick = async (): Promise<void> => {
    const dark = looksBlind(sight, [...authorities.keys()]);
    const blind = dark && !(await anyConnects(options.connectivity ?? [], signal));
    await recorder.record({ type: 'tick', at: clock.now(), blind });
  };

  let tickMs = clock.now();
  while (!signal.aborted) {
    const now = clock.now();
    let wakeMs = now + 1000;
    try {
      const next = due(options, plan, knowledge(), now);
      plan = next.state;
      wakeMs = next.wakeMs;
      for (const request of next.requests) {
        const authority = authorities.get(request.authority);
        if (authority !== undefined) start(() => put(request, authority));
      }
      if (now >= tickMs) {
        tickMs = now + (options.tickMs ?? (knowledge().schedule.intervalSeconds < 600 ? 1000 : 2000));
        start(tick);
      }
    } catch (error) {
      onTrouble(error);
    }
    await clock.sleep(Math.max(20, Math.min(wakeMs, tickMs) - clock.now()), signal);
  }
  // What is being asked has heard the signal; what is being written may still finish.
  await Promise.race([Promise.allSettled(underway), systemClock.sleep(800)]);
}

interface AskSettings {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function ask(request: PlannedRequest, authority: Reachable, settings: AskSettings): Promise<Answer> {
  const { subject, path, ifModifiedSince } = request;
  if (subject.kind === 'or-port') {
    const target = orPortOf(authority, subject.family);
    return target === undefined
      ? { outcome: 'not-asked', detail: 'no such ORPort', timings: { totalMs: 0 } }
      : reachOrPort(target, orPortLimits, settings.signal);
  }
  const answer = await get({ host: authority.ipv4, port: authority.dirPort }, path ?? '/', {
    ...settings,
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
  });
  return subject.kind === 'liveness' ? signOfLife(answer) : answer;
}

/** What tor's `robots.txt` begins with. */
const robots = Buffer.from('User-agent:');

/**
 * Only tor's own answer is a sign of life: a box on the way that answers every request with 404, or with its login page,
 * says nothing about the authority behind it.
 */
function signOfLife(answer: Answer): Answer {
  const told =
    answer.outcome === 'received' &&
    Buffer.from(answer.document?.bytes ?? [])
      .subarray(0, robots.length)
      .equals(robots);
  if (told || (answer.outcome !== 'received' && answer.outcome !== 'absent')) return answer;
  const { document: _, ...rest } = answer;
  return {
    ...rest,
    outcome: 'malformed',
    detail: `HTTP ${answer.status ?? ''}, but not what tor answers to this question`,
  };
}

function orPortOf(authority: Reachable, family: 'ipv4' | 'ipv6'): Target | undefined {
  if (family === 'ipv6') {
    return authority.ipv6 && { host: authority.ipv6.address, port: authority.ipv6.orPort };
  }
  return authority.orPort === undefined ? undefined : { host: authority.ipv4, port: authority.orPort };
}

/** On a network that votes every few seconds, waiting two minutes for a document would be waiting for ever. */
function limitsFor(request: PlannedRequest, schedule: VotingSchedule): Limits {
  if (request.subject.kind === 'liveness') return livenessLimits;
  const totalMs = Math.min(documentLimits.totalMs, Math.max(5_000, schedule.intervalSeconds * 250));
  const shorter = (ms: number): number => Math.min(ms, totalMs / 2);
  const { subject } = request;
  const bytes =
    subject.kind === 'relay-descriptors' ? subject.digests.length * descriptorBytesMost : Infinity;
  return {
    ...documentLimits,
    wireBytes: Math.min(documentLimits.wireBytes, bytes),
    documentBytes: Math.min(documentLimits.documentBytes, bytes),
    totalMs,
    connectMs: shorter(documentLimits.connectMs),
    firstByteMs: shorter(documentLimits.firstByteMs),
    idleMs: shorter(documentLimits.idleMs),
  };
}

/** The document first, then the observation that names it. */
async function write(
  recorder: Recorder,
  { authority, subject }: PlannedRequest,
  { document, ...answer }: Answer,
  { at, vantage }: { readonly at: UnixMs; readonly vantage: string },
): Promise<void> {
  const entry: CollectedEntry = { type: 'observation', at, vantage, authority, subject, ...answer };
  if (document === undefined) return recorder.record(entry);
  const { bytes, wireBytes } = document;
  const sha256 = await recorder.keep(bytes);
  return recorder.record({ ...entry, document: { sha256, bytes: bytes.length, wireBytes } });
}
