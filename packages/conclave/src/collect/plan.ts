/**
 * What to ask now. A pure function of what has been asked before (a value that the collector carries), what has been
 * learned, and the time, so that a day of questions can be computed in a second, and is, to keep our promise of the load
 * we cause (docs/load.md).
 */
import { createHash } from 'node:crypto';
import type { Knowledge } from './knowledge.ts';
import type { Outcome } from './observation.ts';
import { batchesAt, relayDescriptors, type DescriptorBatches } from './relay-descriptors.ts';
import {
  certificatesOf,
  consensusOf,
  nextChangeMs,
  wishesAt,
  type PlanOptions,
  type Question,
  type Wish,
} from './wishes.ts';

/** A question to put now. Its outcome is told to `noted` under its key. */
export interface PlannedRequest extends Question {
  readonly key: string;
  readonly big: boolean;
}

/** What has become of one wish so far. */
export interface Asked {
  readonly attempts: number;
  /** When it was last put, or, once answered, when the answer came. */
  readonly atMs: number;
  /** Absent while the answer is outstanding. */
  readonly outcome?: Outcome;
  readonly authority: string;
  readonly big: boolean;
  readonly conditional: boolean;
  /** The name of the ration that it is counted by, and who was asked under it. */
  readonly ration?: { readonly name: string; readonly authorities: readonly string[] };
  /** After this the wish cannot come up again, and is forgotten. */
  readonly forgetMs: number;
}

/** The memory of the plan. */
export interface PlanState {
  readonly asked: ReadonlyMap<string, Asked>;
  /** When a document last came, by the names that `wishes.ts` gives. */
  readonly receivedMs: ReadonlyMap<string, number>;
  /** How the missing descriptors were divided. */
  readonly descriptors?: DescriptorBatches | undefined;
}

/** What to do at a moment. */
export interface Due {
  readonly requests: readonly PlannedRequest[];
  /** The state in which these requests have been put. */
  readonly state: PlanState;
  /** When there will be something to ask again, if nothing changes before. */
  readonly wakeMs: number;
}

/** The state of a plan that has asked nothing. */
export const nothingAsked: PlanState = { asked: new Map(), receivedMs: new Map() };

/** The questions to put now: liveness and small ones all at once, large ones one at a time for each authority. */
export function due(options: PlanOptions, state: PlanState, knowledge: Knowledge, nowMs: number): Due {
  const asked = new Map(
    [...state.asked].filter(([, { forgetMs, outcome }]) => forgetMs > nowMs || outcome === undefined),
  );
  const busy = new Set<string>();
  for (const { big, outcome, authority } of asked.values()) {
    if (big && outcome === undefined) busy.add(authority);
  }
  const requests: PlannedRequest[] = [];
  let wakeMs = nextChangeMs(options, knowledge, nowMs);
  const descriptors = batchesAt(state.descriptors, options, knowledge, nowMs);
  for (const wish of [
    ...wishesAt(options, knowledge, nowMs, state.receivedMs),
    ...relayDescriptors(options, knowledge, descriptors, nowMs),
  ]) {
    const before = asked.get(wish.key);
    const at = nextAttemptMs(wish, before);
    if (at === undefined) continue;
    if (at > nowMs) {
      wakeMs = Math.min(wakeMs, at);
      continue;
    }
    const attempts = before?.attempts ?? 0;
    if (nowMs >= (attempts === 0 ? wish.untilMs : wish.retryUntilMs)) continue;
    const [attempt, question] = withinRation(asked, wish, attempts);
    if (question === undefined) continue;
    if (wish.big && busy.has(question.authority)) continue;
    if (wish.big) busy.add(question.authority);
    requests.push({ ...question, key: wish.key, big: wish.big });
    asked.set(wish.key, {
      attempts: attempt + 1,
      atMs: nowMs,
      authority: question.authority,
      big: wish.big,
      conditional: question.ifModifiedSince !== undefined,
      ...(wish.ration === undefined
        ? {}
        : {
            ration: {
              name: wish.ration.name,
              authorities: [...(before?.ration?.authorities ?? []), question.authority],
            },
          }),
      forgetMs: wish.rememberMs ?? wish.untilMs,
    });
  }
  return { requests, state: { asked, receivedMs: state.receivedMs, descriptors }, wakeMs };
}

/** The state after a question was answered, or failed, at `atMs`. */
export function noted(
  state: PlanState,
  request: PlannedRequest,
  answer: { readonly outcome: Outcome; readonly atMs: number },
): PlanState {
  const before = state.asked.get(request.key);
  if (before === undefined) return state;
  const asked = new Map(state.asked).set(request.key, { ...before, ...answer });
  const { subject, authority } = request;
  const { receivedMs } = state;
  const next = { ...state, asked };
  if (answer.outcome !== 'received') return next;
  if (subject.kind === 'certificates' && subject.of === 'all')
    return { ...next, receivedMs: new Map(receivedMs).set(certificatesOf(authority), answer.atMs) };
  if (subject.kind === 'consensus' && subject.flavor === 'ns')
    return { ...next, receivedMs: new Map(receivedMs).set(consensusOf(authority), answer.atMs) };
  return next;
}

/** The question to put now, and which attempt it is: whoever was asked as much as may be is passed over. */
function withinRation(
  asked: ReadonlyMap<string, Asked>,
  wish: Wish,
  attempts: number,
): readonly [attempt: number, question: Question | undefined] {
  const { ration, waitsMs } = wish;
  for (let attempt = attempts; attempt <= waitsMs.length; attempt += 1) {
    const question = wish.ask(attempt);
    if (question === undefined) break;
    if (ration === undefined || !rationUsed(asked, ration, question.authority, attempts))
      return [attempt, question];
  }
  return [attempts, undefined];
}

/** Whether this authority was put as many questions of the same ration as it may be. */
function rationUsed(
  asked: ReadonlyMap<string, Asked>,
  { name, most, mostAgain = most }: NonNullable<Wish['ration']>,
  authority: string,
  attempts: number,
): boolean {
  let used = 0;
  for (const { ration } of asked.values())
    if (ration?.name === name) used += ration.authorities.filter((one) => one === authority).length;
  return used >= (attempts === 0 ? most : mostAgain);
}

/** When the wish may be asked (again); undefined when it is fulfilled, outstanding or given up. */
function nextAttemptMs(wish: Wish, before: Asked | undefined): number | undefined {
  if (before === undefined) return wish.fromMs;
  if (before.outcome === undefined) return undefined;
  if (before.outcome === 'connected') return undefined;
  const stillWanted = wish.awaitsNew === true && !(before.outcome === 'received' && before.conditional);
  if (!stillWanted && (before.outcome === 'received' || before.outcome === 'not-modified')) return undefined;
  const wait = wish.waitsMs[before.attempts - 1];
  return wait === undefined ? undefined : before.atMs + wait * jitter(`${wish.key} ${before.attempts}`);
}

/** Between 0.8 and 1.2, and always the same for the same question: retries must not march in step. */
function jitter(text: string): number {
  const byte = createHash('sha1').update(text).digest()[0] ?? 128;
  return 0.8 + (0.4 * byte) / 255;
}
