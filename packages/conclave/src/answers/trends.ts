/** Answers `/api/v1/trends`: the newest round against the same hour a day, a week, a month and a year before (S2.2.14). */
import type { Declined, Trends } from '../api/index.ts';
import { describedEnough, trendSpans, whyNoValue } from '../analysis/index.ts';
import { counted } from '../checks/index.ts';
import type { Row } from '../store/index.ts';
import { isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { figureTitle } from './figure-titles.ts';

/** The figures that are compared, in the order in which they are shown. */
const compared = [
  'relays',
  'guards',
  'exits_without_bad_exit',
  'guard_exits',
  'weight_sum',
  'guard_weight',
  'exit_weight',
  'votes',
  'valid_signatures',
  'agreement',
  'recommended',
  'unmeasured',
  'policies',
  'ns_bytes',
  'microdesc_bytes',
] as const;

/** Capacities out of descriptors, in bits a second; never out of consensus weights (S2.2.15). */
const capacities = [
  { figure: 'capacity:exit', column: 'capacity_exit' },
  { figure: 'capacity:guard', column: 'capacity_guard' },
  { figure: 'capacity:total', column: 'capacity_total' },
] as const;

type TrendRow = Trends['rows'][number];
type Rounds = ReadonlyMap<number, Row<'rounds'>>;

/** The trends; declined as long as no round is held. */
export async function trendsAnswer(sources: AnswerSources): Promise<Trends | Declined> {
  const { store } = sources;
  const [newest] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const [span] = await store.query('heldSpan');
  if (!newest || !span)
    return { declined: 'not-yet', message: 'No consensus that verifies has been seen yet.' };
  const at = newest.valid_after ?? 0;
  const times = [at, ...trendSpans.map(({ seconds }) => at - seconds)];
  const rounds = new Map<number, Row<'rounds'>>();
  for (const time of times) {
    const [row] = await store.query('round', { valid_after: time });
    if (!row) continue;
    rounds.set(time, row);
  }
  const held = { first: span.first_round ?? at, last: span.last_round ?? at };
  const interval = Math.max(1, (newest.fresh_until ?? 0) - at);
  const rows = [
    ...compared.map((figure) =>
      rowOf(figureTitle(figure), at, held, rounds, (time) => rounds.get(time)?.[figure] ?? null),
    ),
    ...capacities.map(({ figure, column }) =>
      rowOf(figureTitle(figure), at, held, rounds, (time) => rounds.get(time)?.[column] ?? null),
    ),
  ];
  const meta = await metaOf(sources);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: sentenceOf(rows),
    validAfter: isoOf(at),
    held: {
      first: isoOf(held.first),
      last: isoOf(held.last),
      rounds: span.rounds,
      expected: Math.max(span.rounds, Math.round((held.last - held.first) / interval) + 1),
    },
    rows,
    method: await methodOf(sources, newest),
  };
}

function rowOf(
  name: Pick<TrendRow, 'figure' | 'title' | 'unit'>,
  at: number,
  held: { readonly first: number; readonly last: number },
  rounds: Rounds,
  valueAt: (time: number) => number | null,
): TrendRow {
  const now = valueAt(at);
  return {
    ...name,
    now: now === null ? { value: null, reason: whyNot(name.figure) } : { value: now },
    before: trendSpans.map(({ span, seconds }) => {
      const time = at - seconds;
      const value = valueAt(time);
      return {
        span,
        validAfter: isoOf(time),
        value,
        difference: value === null || now === null ? null : now - value,
        ...(value === null
          ? { reason: rounds.has(time) ? whyNot(name.figure) : whyNoValue(time, held) }
          : now === null
            ? { reason: 'there is no value now to compare it with' }
            : {}),
      };
    }),
  };
}

function whyNot(figure: string): string {
  if (figure.startsWith('capacity:'))
    return `server descriptors of fewer than ${Math.round(describedEnough * 100)} % of the relays of the class are held`;
  if (figure === 'recommended') return 'the consensus recommends no versions';
  if (figure === 'agreement') return 'no vote that the consensus names is held';
  if (figure === 'microdesc_bytes') return 'no copy of that flavour that verifies was seen';
  return 'it was not computed for that round';
}

function sentenceOf(rows: readonly TrendRow[]): Trends['sentence'] {
  const relays = rows.find(({ figure }) => figure === 'relays');
  const parts = (relays?.before ?? []).flatMap(({ span, difference }) =>
    difference === null ? [] : [`${signed(difference)} in a ${span}`],
  );
  const [known, why] = [relays?.now.value, relays?.before[0]?.reason];
  if (!relays || typeof known !== 'number' || parts.length === 0)
    return {
      level: 'unknown',
      headline: `${typeof known === 'number' ? counted(known, 'relay') : 'An unknown number of relays'}; there is nothing yet to compare them with.`,
      detail: why === undefined ? '' : `${why.slice(0, 1).toUpperCase()}${why.slice(1)}.`,
    };
  return { level: 'ok', headline: `${counted(known, 'relay')}: ${parts.join(', ')}.`, detail: '' };
}

function signed(value: number): string {
  return value < 0 ? `−${-value}` : value > 0 ? `+${value}` : 'no change';
}

/** Since when the consensuses are made by this method, as far as rounds are held (S2.2.16). */
async function methodOf({ store }: AnswerSources, newest: Row<'rounds'>): Promise<Trends['method']> {
  const method = newest.method ?? 1;
  const [before] = await store.query('roundOfOtherMethod', { valid_after: newest.valid_after ?? 0, method });
  const [first] = before ? await store.query('roundAfter', { valid_after: before.valid_after ?? 0 }) : [];
  const text = first
    ? `${method} since ${isoOf(first.valid_after ?? 0)}, ${before?.method} before`
    : `${method} in every round held`;
  return { now: method, before: before?.method ?? null, changed: isoOrNull(first?.valid_after), text };
}
