/**
 * How values are written on pages: grouped digits, real minus signs, no-break spaces before units, UTC, and the date
 * wherever it is not today. "Today" and all ages count from the `now` of the answer, never from this machine's clock.
 */

const minus = '\u2212';
const nbsp = '\u00a0';

/** `9,871`, `−12`, `0.25` with the given number of decimals. */
export function formatNumber(value: number, decimals = 0): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && Number(text) !== 0 ? minus + digits : digits;
}

/** `+12`, `−9`, `0`. */
export function formatSigned(value: number, decimals = 0): string {
  const text = formatNumber(value, decimals);
  return value > 0 && Number(value.toFixed(decimals)) !== 0 ? `+${text}` : text;
}

/** A share as `97.7 %`. What is not the whole never reads as 100 %. */
export function formatShare(share: number, decimals = 1): string {
  const step = 10 ** -decimals;
  const percent = share < 1 ? Math.min(share * 100, 100 - step) : share * 100;
  return `${formatNumber(percent, decimals)}${nbsp}%`;
}

/** `112 ms`; under ten milliseconds with one decimal. */
export function formatMs(value: number): string {
  return `${formatNumber(value, value < 10 ? 1 : 0)}${nbsp}ms`;
}

/** A clock's deviation: `+0.2 s`, `−0.1 s`, `0.0 s`. */
export function formatSkew(seconds: number): string {
  return `${formatSigned(seconds, Math.abs(seconds) < 100 ? 1 : 0)}${nbsp}s`;
}

/** `3,262,118 B`. */
export function formatBytes(bytes: number): string {
  return `${formatNumber(bytes)}${nbsp}B`;
}

/** A length of time in its largest fitting unit: `23 s`, `27 min`, `9 h`, `204 d`. */
export function formatDuration(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 100) return `${Math.floor(s)}${nbsp}s`;
  if (s < 100 * 60) return `${Math.floor(s / 60)}${nbsp}min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)}${nbsp}h`;
  return `${formatNumber(Math.floor(s / 86_400))}${nbsp}d`;
}

/** Seconds from one time to another. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** How long ago: `23 s ago`; a time that is still to come is `in 5 s`. */
export function formatAge(since: string, now: string): string {
  const seconds = secondsBetween(since, now);
  return seconds < 0 ? `in ${formatDuration(seconds)}` : `${formatDuration(seconds)} ago`;
}

/**
 * `14:00`, `14:00:03` when it has seconds, `2026-07-26 14:00` when it is not the day of `now`. An `exact` time is one that
 * was measured: its seconds are always shown, so that a list of them lines up.
 */
export function formatTime(time: string, now: string, exact = false): string {
  const clock = time.slice(17, 19) === '00' && !exact ? time.slice(11, 16) : time.slice(11, 19);
  return time.slice(0, 10) === now.slice(0, 10) ? clock : `${time.slice(0, 10)} ${clock}`;
}

/** `2026-07-27 14:00:03 UTC`, in full. */
export function formatFullTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}

/** `2026-07-27 14:32 UTC`, for the head of a page. */
export function formatMinute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

/** `one digest`, `9 digests`: a count with its noun. */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${count === 1 ? noun : `${noun}s`}`;
}

/** A digest in groups of four, so that it can be compared by eye. */
export function groupDigest(digest: string): string {
  return digest.replace(/(.{4})(?=.)/g, '$1 ');
}

const thousands = ['', 'k', 'M', 'G', 'T', 'P'];

/** `847.3 Gbit/s`, by powers of a thousand. */
export function formatBits(bitsPerSecond: number): string {
  const power = powerOf(bitsPerSecond);
  return `${formatNumber(bitsPerSecond / 1000 ** power, power === 0 ? 0 : 1)}${nbsp}${thousands[power]}bit/s`;
}

function powerOf(value: number): number {
  const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / 3 + 1e-9);
  return Math.min(thousands.length - 1, Math.max(0, power));
}

/** What a value is counted in: of these two the sizes are written with their unit, of the others the noun is beside them. */
export type Unit = 'bits/s' | 'share' | 'bytes' | (string & {});

/** A value as its unit is written; a mean may have a fraction. */
export function formatQuantity(value: number, unit: Unit): string {
  if (unit === 'bits/s') return formatBits(value);
  if (unit === 'share') return formatShare(value, 2);
  if (unit === 'bytes') return formatBytes(value);
  return formatNumber(value, Number.isInteger(value) ? 0 : 1);
}

/** A difference as its unit is written, with its sign; of shares in percentage points. */
export function formatDifference(value: number, unit: Unit): string {
  if (unit === 'share') return `${formatSigned(value * 100, 2)}${nbsp}points`;
  const sign = value > 0 ? '+' : value < 0 ? minus : '';
  return sign + formatQuantity(Math.abs(value), unit);
}

/**
 * The labels of an axis, and what they are counted in: `44.2` and `44.4` of `millions`, `840` and `850` of `Gbit/s`. All
 * have as many decimals as the step between them needs.
 */
export function writeTicks(
  ticks: readonly number[],
  step: number,
  unit: Unit,
): { readonly labels: readonly string[]; readonly unit: string } {
  const most = Math.max(...ticks.map(Math.abs));
  const sized = unit === 'bits/s' || unit === 'bytes';
  const power = sized ? powerOf(most) : unit !== 'share' && most >= 1e6 ? Math.min(3, powerOf(most)) : 0;
  const factor = unit === 'share' ? 100 : 1000 ** -power;
  const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step * factor) - 1e-9)));
  const exact = [0, 1, 2].find((more) => isWhole(step * factor * 10 ** (decimals + more))) ?? 0;
  const words: Readonly<Record<string, string>> = {
    'bits/s': `${thousands[power]}bit/s`,
    share: '%',
    bytes: `${thousands[power]}B`,
  };
  return {
    labels: ticks.map((tick) => formatNumber(tick * factor, decimals + exact)),
    unit:
      words[unit] ??
      [unit, ['', 'thousands', 'millions', 'thousand millions'][power]].filter(Boolean).join(', '),
  };
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}
