/**
 * The patient reading of the lines of an entry: in whatever form tor takes them, with words for what it does not
 * (dir-spec 3.4.1). Arguments stand between runs of space, tab and CR; a `#` cuts, as in tor.
 */
import { present } from './table.ts';

/** What a `w` line says; `bits` are those of `present`. */
export interface Weights {
  readonly bits: number;
  readonly bandwidth: number;
  readonly measured: number;
  readonly guardFraction: number;
  /** What was no number of its range. */
  readonly wrong: readonly string[];
}

/** The arguments of a line. */
export function splitArguments(text: string): string[] {
  return text.split(/[ \t\r#]+/).filter((argument) => argument !== '');
}

/** Reads the arguments of a `w` line. Of a key that comes again the last value counts; keys not known here are skipped. */
export function parseWeights(text: string): Weights {
  const weights = { bits: 0, bandwidth: 0, measured: 0, guardFraction: 0, wrong: [] as string[] };
  for (const argument of splitArguments(text)) {
    const equals = argument.indexOf('=');
    const key = argument.slice(0, equals < 0 ? undefined : equals);
    if (argument === 'Unmeasured=1') weights.bits |= present.unmeasured;
    if (
      key !== 'Bandwidth' &&
      key !== 'Measured' &&
      key !== 'MeasuredButAuthority' &&
      key !== 'GuardFraction'
    )
      continue;
    const value =
      equals < 0
        ? undefined
        : wholeNumber(argument.slice(equals + 1), key === 'GuardFraction' ? 100 : 0xffff_ffff);
    if (value === undefined) {
      weights.wrong.push(argument);
    } else if (key === 'Bandwidth') {
      weights.bandwidth = value;
      weights.bits |= present.bandwidth;
    } else if (key === 'Measured') {
      weights.measured = value;
      weights.bits |= present.measured;
    } else if (key === 'GuardFraction') {
      weights.guardFraction = value;
      weights.bits |= present.guardFraction;
    } else weights.bits |= present.measuredButAuthority;
  }
  return weights;
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : undefined;
}

/** What a `stats` line says. */
export interface Stats {
  readonly wfu: number;
  readonly tk: number;
  readonly mtbf: number;
  readonly wrong: readonly string[];
}

/** Reads the arguments of a `stats` line: decimal numbers; keys not known here are skipped. */
export function parseStats(text: string): Stats {
  const stats = { wfu: 0, tk: 0, mtbf: 0, wrong: [] as string[] };
  for (const argument of splitArguments(text)) {
    const [key = '', digits = ''] = argument.split(/=(.*)/s, 2);
    if (key !== 'wfu' && key !== 'tk' && key !== 'mtbf') continue;
    if (/^\d{1,30}(\.\d{1,30})?$/.test(digits)) stats[key] = Number(digits);
    else stats.wrong.push(argument);
  }
  return stats;
}
