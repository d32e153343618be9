/** Answers `/api/v1/relays/{fingerprint}`: one relay over time, out of every round that is held. */
import { formatIpv4 } from '@conclave/netdoc';
import type { Declined, RelayHistory } from '../api/index.ts';
import type { RelayRun } from '../store/index.ts';
import { isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { nicknameIn } from './relays.ts';
import type { Workshop } from './workshop.ts';

/** What is asked when no span is. */
const defaultSeconds = 365 * 86_400;
/** Longest span that is answered at once: a leap year. */
const longestSeconds = 366 * 86_400;
/** Of more rounds than these, a quarter of a year, the weight is told by days alone. */
const weighedRounds = 2_500;

interface Weights {
  readonly least: number | null;
  readonly mean: number | null;
  readonly most: number | null;
}

/** The history of a relay; undefined when no round that is held ever listed it. */
export async function relayHistoryAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  query: { readonly fingerprint: string; readonly from?: string; readonly until?: string },
): Promise<RelayHistory | Declined | undefined> {
  const { store } = sources;
  const fingerprint = query.fingerprint.toUpperCase();
  const [relay] = await store.query('relay', { fingerprint });
  const [all] = await store.query('heldSpan');
  if (relay?.relay === undefined || relay.relay === null || !all) return undefined;
  const until = query.until === undefined ? (all.last_round ?? 0) + 1 : Date.parse(query.until) / 1000;
  const from = query.from === undefined ? until - defaultSeconds : Date.parse(query.from) / 1000;
  if (from >= until) return { declined: 'bad-request', message: 'from: expected a time before until' };
  if (until - from > longestSeconds)
    return { declined: 'bad-request', message: 'from: expected at most 366 days before until' };
  const span = { since: from, until };
  const [held] = await store.query('heldIn', span);
  const gaps = await store.query('gaps', span);
  const runs = await store.query('relayRuns', { ...span, relay: relay.relay });
  const days = await store.query('relayDays', { ...span, relay: relay.relay });
  const flagNames = (await store.query('flagNames')).map(({ name }) => name ?? '');
  const rounds = runs.reduce((sum, run) => sum + run.rounds, 0);
  const heldRounds = held?.rounds ?? 0;
  const weights =
    rounds > weighedRounds ? null : await store.query('relayRounds', { ...span, relay: relay.relay });
  const meta = await metaOf(sources);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: {
      level: heldRounds === 0 ? 'unknown' : 'ok',
      headline: headlineOf(rounds, heldRounds),
      detail: detailOf(relay.last_round, all.last_round),
    },
    fingerprint,
    nickname: await nicknameIn(sources, workshop, fingerprint, relay.last_round),
    firstListed: isoOrNull(relay.first_round),
    lastListed: isoOrNull(relay.last_round),
    from: isoOf(from),
    until: isoOf(until),
    held: {
      rounds: heldRounds,
      missing: gaps.reduce((sum, gap) => sum + gap.rounds, 0),
      first: isoOrNull(held?.first_round),
      last: isoOrNull(held?.last_round),
    },
    rounds,
    presence: heldRounds === 0 ? null : rounds / heldRounds,
    intervals: runs.map((run) => intervalOf(run, flagNames)),
    gaps: gaps.map((gap) => ({
      first: isoOf(gap.first_missing),
      last: isoOf(gap.last_missing),
      rounds: gap.rounds,
    })),
    days: days.map(({ day, rounds: listed, ...over }) => ({
      day: isoOf(day),
      rounds: listed,
      weight: weightOf(over),
    })),
    weights: weights?.map(({ valid_after, weight }) => ({ at: isoOf(valid_after), weight })) ?? null,
  };
}

function headlineOf(rounds: number, held: number): string {
  if (held === 0) return 'No round of this span is held, so nothing is known of it.';
  if (held === 1) return `The one round held of this span ${rounds === 1 ? 'lists' : 'does not list'} it.`;
  return `Listed in ${rounds} of the ${held} rounds held.`;
}

function detailOf(last: number | null, newest: number | null): string {
  if (last === null) return 'No consensus that counts lists it any more.';
  return last === newest ? 'The newest round lists it.' : `It was last listed at ${isoOf(last)}.`;
}

function intervalOf(run: RelayRun, flagNames: readonly string[]): RelayHistory['intervals'][number] {
  return {
    first: isoOf(run.first_round),
    last: isoOf(run.last_round),
    rounds: run.rounds,
    // Flags can be more than the 32 bits that operators on numbers see.
    flags: flagNames.filter((_, flag) => Math.floor(run.flags / 2 ** flag) % 2 === 1),
    version: run.version,
    policy: run.policy,
    address: `${formatIpv4(run.ipv4)}:${run.or_port}`,
    weight: weightOf({ least: run.least_weight, mean: run.mean_weight, most: run.most_weight }),
    unmeasured: run.unmeasured,
  };
}

function weightOf({ least, mean, most }: Weights): { least: number; mean: number; most: number } | null {
  return least === null || mean === null || most === null ? null : { least, mean, most };
}
