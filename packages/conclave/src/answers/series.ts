/** Answers `/api/v1/series`: figures over time, each round or each UTC day, with every gap in its place. */
import type { Declined, Series, SeriesQuery } from '../api/index.ts';
import { isoOf, isoOfMs, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { figureTitle } from './figure-titles.ts';

const daySeconds = 86_400;
/** What is asked when no span is: a week of rounds, a year of days. */
const defaultSeconds = { round: 7 * daySeconds, day: 365 * daySeconds } as const;
/** Up to here rounds are shown unless days are asked for. */
const roundsUpTo = 31 * daySeconds;
/** Most steps of an answer. */
const stepsMost = 10_000;

/** Where the series begins that was asked for without a beginning: no more steps than an answer may have. */
async function usualStart({ store }: AnswerSources, until: number, step: 'round' | 'day'): Promise<number> {
  if (step === 'day') return until - defaultSeconds.day;
  const [newest] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const interval = Math.max(1, (newest?.fresh_until ?? 0) - (newest?.valid_after ?? 0));
  return until - Math.min(defaultSeconds.round, (stepsMost - 1) * interval);
}

/** Steps, and how many rounds are held of each. */
interface Steps {
  readonly seconds: number;
  readonly times: readonly number[];
  readonly rounds: readonly number[];
}

/** Values of one figure by time. */
type Values = ReadonlyMap<number, { readonly least: number; readonly mean: number; readonly most: number }>;

/** The series of these figures. */
export async function seriesAnswer(sources: AnswerSources, query: SeriesQuery): Promise<Series | Declined> {
  const { store } = sources;
  const known = (await store.query('figureNames')).map(({ figure }) => figure);
  const unknown = query.figures.filter((figure) => !known.includes(figure));
  if (known.length > 0 && unknown.length > 0)
    return declined(`figures: nothing is known of ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const [all] = await store.query('heldSpan');
  const newest = all?.last_round ?? Math.floor(sources.now() / 1000);
  const until = query.until === undefined ? newest + 1 : Date.parse(query.until) / 1000;
  const asked = query.step === 'hour' ? 'round' : query.step;
  const from =
    query.from === undefined
      ? await usualStart(sources, until, asked ?? 'round')
      : Date.parse(query.from) / 1000;
  if (from >= until) return declined('from: expected a time before until');
  const step = asked ?? (until - from <= roundsUpTo ? 'round' : 'day');
  const steps =
    step === 'day' ? await daySteps(sources, from, until) : await roundSteps(sources, from, until);
  if (!steps)
    return declined(`from, until: expected at most ${stepsMost} steps; ask for days or a shorter span`);
  const figures = [...new Set(query.figures)];
  const values =
    step === 'day'
      ? await dayValues(sources, figures, steps)
      : await roundValues(sources, figures, from, until);
  const pick = (figure: string, key: 'least' | 'mean' | 'most'): (number | null)[] =>
    steps.times.map((at) => values.get(figure)?.get(at)?.[key] ?? null);
  const meta = await metaOf(sources);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    from: isoOf(from),
    until: isoOf(until),
    step,
    stepSeconds: steps.seconds,
    missing: steps.rounds.filter((held) => held === 0).length,
    available: known.map(figureTitle),
    times: steps.times.map(isoOf),
    rounds: [...steps.rounds],
    series: figures.map((figure) => ({
      ...figureTitle(figure),
      values: pick(figure, 'mean'),
      least: step === 'day' ? pick(figure, 'least') : null,
      most: step === 'day' ? pick(figure, 'most') : null,
    })),
  };
}

function declined(message: string): Declined {
  return { declined: 'bad-request', message };
}

/** Every UTC day that the span touches; a day counts whole. */
async function daySteps(sources: AnswerSources, from: number, until: number): Promise<Steps | undefined> {
  const first = Math.floor(from / daySeconds) * daySeconds;
  const count = Math.ceil((until - first) / daySeconds);
  if (count > stepsMost) return undefined;
  const times = Array.from({ length: count }, (_, index) => first + index * daySeconds);
  const held = new Map(
    (await sources.store.query('heldDays', { since: first, until: first + count * daySeconds })).map(
      ({ day, rounds }) => [day, rounds],
    ),
  );
  return { seconds: daySeconds, times, rounds: times.map((at) => held.get(at) ?? 0) };
}

/**
 * Every round held of the span and those that there should be: after a round by its own interval, before the first by the
 * first one's. What is not due yet is not missing.
 */
async function roundSteps(sources: AnswerSources, from: number, until: number): Promise<Steps | undefined> {
  const { store } = sources;
  const [newest] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const usual = Math.max(1, (newest?.fresh_until ?? 0) - (newest?.valid_after ?? 0));
  const [first] = await store.query('roundAfter', { valid_after: from - 1 });
  const anchor = first?.valid_after ?? newest?.valid_after;
  const end = Math.min(until, Math.floor(sources.now() / 1000) + 1);
  if (anchor === undefined || anchor === null) return { seconds: usual, times: [], rounds: [] };
  const [counted] = await store.query('heldIn', { since: from, until });
  if ((counted?.rounds ?? 0) > stepsMost) return undefined;
  const held = await store.query('heldRounds', { since: from, until });
  const times: number[] = [];
  const rounds: number[] = [];
  const lead = held[0] ? Math.max(1, held[0].interval) : usual;
  let due = anchor - Math.floor((anchor - from) / lead) * lead;
  let interval = lead;
  const fill = (before: number): void => {
    for (; due < before && times.length <= stepsMost; due += interval) {
      times.push(due);
      rounds.push(0);
    }
  };
  for (const round of held) {
    fill(round.valid_after);
    times.push(round.valid_after);
    rounds.push(1);
    interval = Math.max(1, round.interval);
    due = round.valid_after + interval;
  }
  fill(end);
  return times.length > stepsMost ? undefined : { seconds: usual, times, rounds };
}

async function roundValues(
  sources: AnswerSources,
  figures: readonly string[],
  since: number,
  until: number,
): Promise<ReadonlyMap<string, Values>> {
  const rows = await sources.store.query('series', { figures: figures.join(','), since, until });
  return byFigure(
    rows.map(({ valid_after, figure, value }) => ({
      at: valid_after,
      figure,
      least: value,
      mean: value,
      most: value,
    })),
  );
}

async function dayValues(
  sources: AnswerSources,
  figures: readonly string[],
  { times }: Steps,
): Promise<ReadonlyMap<string, Values>> {
  const since = times[0] ?? 0;
  const until = (times.at(-1) ?? 0) + daySeconds;
  const rows = await sources.store.query('daySeries', { figures: figures.join(','), since, until });
  return byFigure(rows.map(({ day, ...row }) => ({ at: day, ...row })));
}

interface ValueRow {
  readonly at: number | null;
  readonly figure: string | null;
  readonly least: number | null;
  readonly mean: number | null;
  readonly most: number | null;
}

function byFigure(rows: readonly ValueRow[]): ReadonlyMap<string, Values> {
  const figures = new Map<string, Map<number, { least: number; mean: number; most: number }>>();
  for (const { at, figure, least, mean, most } of rows) {
    if (at === null || figure === null || least === null || mean === null || most === null) continue;
    const values = figures.get(figure) ?? new Map<number, { least: number; mean: number; most: number }>();
    figures.set(figure, values.set(at, { least, mean, most }));
  }
  return figures;
}
