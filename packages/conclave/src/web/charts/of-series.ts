/** Charts of the answers about time: which values lie where, and what is not held. */
import type { ChurnSeries, RelayHistory, Series } from '../../api/index.ts';
import { type AxisRules, axisOf, balancedAxis, momentsOf } from './axis.ts';
import type { Chart } from './shapes.ts';

/** One figure over time; undefined where the answer has none of this name, or no value of it. */
export function seriesChart(series: Series, figure: string): Chart | undefined {
  const one = series.series.find((candidate) => candidate.figure === figure);
  if (one === undefined) return undefined;
  const range = one.least !== null && one.most !== null ? { least: one.least, most: one.most } : undefined;
  const axis = axisOf([...one.values, ...(range?.least ?? []), ...(range?.most ?? [])], rulesOf(one.unit));
  if (axis === undefined) return undefined;
  return {
    kind: 'line',
    axis,
    values: one.values,
    ...(range === undefined ? {} : { range }),
    held: series.rounds.map((rounds) => rounds > 0),
    spaces: spacesOf(series.times),
  };
}

function rulesOf(unit: Series['series'][number]['unit']): AxisRules {
  if (unit === 'share') return { most: 1 };
  return { whole: unit !== 'bits/s' };
}

/** What came and what went; `relays` themselves, or `flags` of those that stayed. */
export function churnChart({ rows }: ChurnSeries, of: 'relays' | 'flags'): Chart | undefined {
  const up = rows.map((row) => (of === 'relays' ? row.added : row.gained));
  const down = rows.map((row) => (of === 'relays' ? row.removed : row.lost));
  const axis = balancedAxis([...up, ...down], { whole: true });
  if (axis === undefined) return undefined;
  return {
    kind: 'balance',
    axis,
    up,
    down,
    held: rows.map(({ held }) => held),
    spaces: spacesOf(rows.map(({ validAfter }) => validAfter)),
  };
}

const day = 86_400;
const stepsMax = 400;
/** Steps longer than a round that a span is cut into, in seconds. */
const stepLengths = [60, 300, 600, 1800, 3600, 2 * 3600, 6 * 3600, day];

/** Even steps from the first round held to the last, in seconds since 1970. */
export interface Steps {
  readonly seconds: number;
  readonly starts: readonly number[];
}

/**
 * The steps that the history of a relay is shown by: rounds while there are few, else whole hours or days. It begins where
 * the rounds held begin: what was before says nothing about the relay.
 */
export function relaySteps({ held }: RelayHistory): Steps | undefined {
  if (held.first === null || held.last === null) return undefined;
  const [first, last] = [Date.parse(held.first) / 1000, Date.parse(held.last) / 1000];
  const rounds = held.rounds + held.missing;
  const interval = rounds > 1 ? Math.max(1, Math.round((last - first) / (rounds - 1))) : 3600;
  const fitting = stepLengths.find((length) => length >= interval && (last - first) / length < stepsMax);
  const seconds = rounds <= stepsMax ? interval : (fitting ?? day);
  const start = rounds <= stepsMax ? first : Math.floor(first / seconds) * seconds;
  const count = Math.floor((last - start) / seconds) + 1;
  return { seconds, starts: Array.from({ length: count }, (_, i) => start + i * seconds) };
}

/** What is known of a relay in one step; weights are null where it is not listed or its entries state none. */
export interface RelayStep {
  readonly start: number;
  readonly held: boolean;
  /** Undefined where no round of the step lists it, or none is held. */
  readonly flags: ReadonlySet<string> | undefined;
  readonly weight: { readonly least: number; readonly mean: number; readonly most: number } | null;
}

/**
 * The history of a relay step by step, oldest first. A step that a gap covers is not held: of it nothing is known, although the
 * rounds before and after it may list the relay the same way.
 */
export function relayTimeline(history: RelayHistory): readonly RelayStep[] {
  const steps = relaySteps(history);
  if (steps === undefined) return [];
  const days = new Map(history.days.map((entry) => [Date.parse(entry.day) / 1000, entry.weight]));
  const weights = history.weights?.map(({ at, weight }) => ({ at: Date.parse(at) / 1000, weight }));
  const intervals = history.intervals.map((interval) => ({
    ...interval,
    from: Date.parse(interval.first) / 1000,
    to: Date.parse(interval.last) / 1000,
  }));
  const gaps = history.gaps.map(({ first, last, rounds }) => {
    const [from, to] = [Date.parse(first) / 1000, Date.parse(last) / 1000];
    return { from, until: to + (rounds > 1 ? (to - from) / (rounds - 1) : steps.seconds) };
  });
  return steps.starts.map((start) => {
    const end = start + steps.seconds;
    if (gaps.some(({ from, until }) => from <= start && until >= end))
      return { start, held: false, flags: undefined, weight: null };
    const within = intervals.filter(({ from, to }) => from < end && to >= start);
    return {
      start,
      held: true,
      flags: within.length === 0 ? undefined : new Set(within.flatMap(({ flags }) => flags)),
      weight:
        steps.seconds === day
          ? (days.get(start) ?? null)
          : weights
            ? weightOver(weights, start, end)
            : weightOfAll(within),
    };
  });
}

/** Over the rounds of a step: the least, the mean and the most. */
function weightOver(
  weights: readonly { readonly at: number; readonly weight: number | null }[],
  start: number,
  end: number,
): RelayStep['weight'] {
  const within = weights.flatMap(({ at, weight }) =>
    weight === null || at < start || at >= end ? [] : [weight],
  );
  if (within.length === 0) return null;
  return {
    least: Math.min(...within),
    mean: within.reduce((sum, weight) => sum + weight, 0) / within.length,
    most: Math.max(...within),
  };
}

/** Over several intervals, where rounds are too many to be told one by one: the least, the most, and the mean by their rounds. */
function weightOfAll(intervals: readonly RelayHistory['intervals'][number][]): RelayStep['weight'] {
  const weighed = intervals.flatMap(({ weight, rounds }) => (weight === null ? [] : [{ weight, rounds }]));
  if (weighed.length === 0) return null;
  const rounds = weighed.reduce((sum, part) => sum + part.rounds, 0);
  return {
    least: Math.min(...weighed.map(({ weight }) => weight.least)),
    mean: weighed.reduce((sum, part) => sum + part.weight.mean * part.rounds, 0) / rounds,
    most: Math.max(...weighed.map(({ weight }) => weight.most)),
  };
}

/** Consensus weight of a relay. */
export function relayWeightChart(timeline: readonly RelayStep[]): Chart | undefined {
  const pick = (part: 'least' | 'mean' | 'most'): (number | null)[] =>
    timeline.map(({ weight }) => weight?.[part] ?? null);
  const [least, most] = [pick('least'), pick('most')];
  const axis = axisOf([...least, ...most], { whole: true });
  if (axis === undefined) return undefined;
  return {
    kind: 'line',
    axis,
    values: pick('mean'),
    // Steps of one round each have one value, and nothing around it.
    ...(least.some((value, at) => value !== most[at]) ? { range: { least, most } } : {}),
    held: timeline.map(({ held }) => held),
    spaces: spacesBetween(timeline.map(({ start }) => start * 1000)),
  };
}

/** The rows of the strips of a relay: listed at all, then each flag that it ever had. */
export function relayStrips(timeline: readonly RelayStep[]): readonly string[] {
  const flags = new Set(timeline.flatMap((step) => [...(step.flags ?? [])]));
  return ['listed', ...[...flags].sort()];
}

/** Listed or not, and each flag: whether it was so in any round of the step. */
export function relayFlagChart(timeline: readonly RelayStep[]): Chart | undefined {
  if (timeline.every(({ flags }) => flags === undefined)) return undefined;
  const rows = relayStrips(timeline).map((name, row) =>
    timeline.map(({ held, flags }) => {
      if (flags === undefined) return held ? false : null;
      return row === 0 || flags.has(name);
    }),
  );
  return {
    kind: 'strips',
    rows,
    held: timeline.map(({ held }) => held),
    spaces: spacesBetween(timeline.map(({ start }) => start * 1000)),
  };
}

function spacesOf(times: readonly string[]): number {
  return spacesBetween(times.map((time) => Date.parse(time)));
}

function spacesBetween(times: readonly number[]): number {
  return momentsOf(times[0] ?? 0, times.at(-1) ?? 0).length - 1;
}
