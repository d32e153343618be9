/** The four lists of recommended and required protocols (dir-spec 3.8, tor-spec 9). */
import { compareByteTexts } from './byte-text.ts';

/** Versions 0 to 63 as two words of bits. */
interface Versions {
  readonly low: number;
  readonly high: number;
}

const none: Versions = { low: 0, high: 0 };

/** Bits `from` to `to` of 64. */
function span(from: number, to: number): Versions {
  const bits = (low: number, high: number): number =>
    low > high ? 0 : ((high === 31 ? -1 : (1 << (high + 1)) - 1) & ~((1 << low) - 1)) >>> 0;
  return { low: bits(from, Math.min(to, 31)), high: bits(Math.max(from - 32, 0), to - 32) };
}

/** Reads `1-3,5`. */
function versionsOf(text: string): Versions {
  let { low, high } = none;
  for (const range of text.split(',')) {
    const [from = '', to = from] = range.split('-');
    if (from === '') continue;
    const more = span(Math.min(Number(from), 63), Math.min(Number(to), 63));
    low |= more.low;
    high |= more.high;
  }
  return { low, high };
}

/** The entries of a list; of a name that comes again the first counts. */
function entriesOf(list: string): ReadonlyMap<string, Versions> {
  const entries = new Map<string, Versions>();
  for (const entry of list.split(' ')) {
    const equals = entry.indexOf('=');
    if (equals <= 0) continue;
    const name = entry.slice(0, equals);
    if (!entries.has(name)) entries.set(name, versionsOf(entry.slice(equals + 1)));
  }
  return entries;
}

/** What at least `threshold` of these lists name: names in order of bytes, versions as ranges. */
export function voteProtocols(lists: readonly string[], threshold: number): string {
  const votes = new Map<string, Versions[]>();
  for (const list of lists) {
    for (const [name, versions] of entriesOf(list)) {
      const sofar = votes.get(name);
      if (sofar) sofar.push(versions);
      else votes.set(name, [versions]);
    }
  }
  const kept: string[] = [];
  for (const [name, voted] of [...votes].sort(([a], [b]) => compareByteTexts(a, b))) {
    if (voted.length < threshold) continue;
    const ranges = rangesOf((version) => countOf(voted, version) >= threshold);
    if (ranges !== '') kept.push(`${name}=${ranges}`);
  }
  return kept.join(' ');
}

function countOf(voted: readonly Versions[], version: number): number {
  return voted.filter(({ low, high }) => (((version < 32 ? low : high) >>> (version & 31)) & 1) === 1).length;
}

/** `1-3,5`: neighbours as a range. */
function rangesOf(has: (version: number) => boolean): string {
  const ranges: string[] = [];
  for (let from = 0; from < 64; from += 1) {
    if (!has(from)) continue;
    let to = from;
    while (to < 63 && has(to + 1)) to += 1;
    ranges.push(from === to ? String(from) : `${from}-${to}`);
    from = to;
  }
  return ranges.join(',');
}

/** How many must recommend: half of the authorities, rounded up. */
export function recommendedThreshold(authorities: number): number {
  return Math.ceil(authorities / 2);
}

/** How many must require: two thirds of the authorities, rounded up. */
export function requiredThreshold(authorities: number): number {
  return Math.ceil((authorities * 2) / 3);
}
