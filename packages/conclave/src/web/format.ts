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
