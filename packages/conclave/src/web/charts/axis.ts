/**
 * Axes: round numbers for values, and moments that stand evenly for times. What is written beside a chart and the lines in
 * it come from the same axis.
 */

/** The axis of values: evenly spaced round numbers, least first. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly ticks: readonly number[];
}

/** What an axis must respect. */
export interface AxisRules {
  /** Only whole numbers make sense. */
  readonly whole?: boolean;
  /** No value lies above: a share is at most 1. */
  readonly most?: number;
  /** At most about so many spaces between the ticks. */
  readonly spaces?: number;
}

/**
 * The axis of these values, or undefined where there is none. It begins at 0 unless all values lie in the upper half of
 * what it would then show; whoever draws it says so.
 */
export function axisOf(values: readonly (number | null)[], rules: AxisRules = {}): Axis | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least > most) return undefined;
  if (least > 0 && least <= most / 2) least = 0;
  if (most < 0 && most >= least / 2) most = 0;
  const { whole = false, spaces = 4 } = rules;
  const range = most - least === 0 ? Math.max(Math.abs(most) / 50, whole ? 2 : 0.01) : most - least;
  const step = niceStep(range / spaces, whole);
  let first = Math.floor(least / step + 1e-9);
  let last = Math.ceil(most / step - 1e-9);
  if (first === last) {
    if (first !== 0) first -= 1;
    last += 1;
  }
  if (rules.most !== undefined) last = Math.max(first + 1, Math.min(last, Math.round(rules.most / step)));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step));
  return { from: ticks[0]!, to: ticks.at(-1)!, step, ticks };
}

/** The axis of what goes up and what goes down from 0: as far down as up. */
export function balancedAxis(values: readonly (number | null)[], rules: AxisRules = {}): Axis | undefined {
  const most = values.reduce<number>((all, value) => Math.max(all, Math.abs(value ?? 0)), 0);
  if (values.every((value) => value === null)) return undefined;
  const step = niceStep(Math.max(most, rules.whole === true ? 2 : 0.01) / 2, rules.whole === true);
  const spaces = Math.max(1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: 2 * spaces + 1 }, (_, i) => tidy((i - spaces) * step));
  return { from: ticks[0]!, to: ticks.at(-1)!, step, ticks };
}

/** 1, 2, 2.5 or 5 times a power of ten, not below what is asked for. */
function niceStep(rough: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  const step = tidy(factor * power);
  return whole ? Math.max(1, Number.isInteger(step) ? step : Math.ceil(step)) : step;
}

/** Without what binary fractions add. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

const hour = 3600;
const day = 24 * hour;

/**
 * Evenly spaced moments from the first to the last, both included, in milliseconds: every so many whole days or hours
 * where that comes out even, else five.
 */
export function momentsOf(fromMs: number, untilMs: number): readonly number[] {
  if (untilMs <= fromMs) return [fromMs];
  const seconds = (untilMs - fromMs) / 1000;
  const spaces = spacesOf(seconds);
  return Array.from({ length: spaces + 1 }, (_, i) => fromMs + Math.round((i * seconds) / spaces) * 1000);
}

function spacesOf(seconds: number): number {
  for (const unit of [day, hour]) {
    const units = seconds / unit;
    const even = [7, 6, 5, 4, 3].find((spaces) => Number.isInteger(units / spaces));
    if (even !== undefined) return even;
  }
  return 4;
}

/**
 * Moments in words as short as they can be: days where each falls on the same hour, with the
 * year where it begins; else the time, with the day when they span more than two.
 */
export function writeMoments(moments: readonly number[]): readonly string[] {
  const texts = moments.map((ms) => new Date(ms).toISOString());
  const [first = 0, second = first] = moments;
  const span = ((moments.at(-1) ?? first) - first) / 1000;
  if (span >= 2 * day && (second - first) % (day * 1000) === 0) {
    const years = new Set(texts.map((text) => text.slice(0, 4)));
    const begins = (i: number): boolean => texts[i - 1]?.slice(0, 4) !== texts[i]?.slice(0, 4);
    return texts.map((text, i) => text.slice(years.size > 1 && begins(i) ? 0 : 5, 10));
  }
  const clock = texts.every((text) => text.slice(17, 19) === '00') ? 16 : 19;
  return texts.map((text) =>
    span >= 2 * day ? `${text.slice(5, 10)} ${text.slice(11, clock)}` : text.slice(11, clock),
  );
}
