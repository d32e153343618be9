/**
 * Networks (autonomous systems) of IPv4 addresses by a file as iptoasn.com gives it, `ip2asn-v4.tsv`: FIRST, LAST, AS number,
 * country and description, with tabs between them and dotted addresses, ascending. A value without I/O; the rim reads the file.
 */
import { rangeOf } from './ranges.ts';
import type { AddressRanges } from './ranges.ts';

/** Ranges with their networks. */
export interface NetworkTable extends AddressRanges {
  /** What the table is and of when, in words. */
  readonly source: string;
  /** The AS number of each range; 0 where the table says that nobody routes it. */
  readonly as: Uint32Array;
  /** Descriptions by AS number, as the table has them. */
  readonly names: ReadonlyMap<number, string>;
  /** Lines that are no ranges, and ranges that overlap one before them: they are left out. */
  readonly skipped: number;
}

const [tab, newline, dot, zero] = [9, 10, 46, 48];
const nameMost = 120;

/** Reads the file; lines that are none of its kind are skipped and counted. `source` is what to call it: it says no date itself. */
export function parseNetworks(bytes: Uint8Array, source: string): NetworkTable {
  const rows = linesIn(bytes);
  const columns = [new Uint32Array(rows), new Uint32Array(rows), new Uint32Array(rows)] as const;
  const names = new Map<number, string>();
  const decoder = new TextDecoder();
  let count = 0;
  let skipped = 0;
  for (let at = 0; at < bytes.length;) {
    const end = endOfLine(bytes, at);
    const line = readLine(bytes, at, end);
    if (line) {
      columns[0][count] = line.first;
      columns[1][count] = line.last;
      columns[2][count] = line.as;
      count += 1;
      if (line.as > 0 && !names.has(line.as))
        names.set(line.as, nameIn(decoder.decode(bytes.subarray(line.nameAt, end))));
    } else if (end > at) skipped += 1;
    at = end + 1;
  }
  const table = inOrder(columns, count);
  return { source, ...table, names, skipped: skipped + count - table.first.length };
}

function linesIn(bytes: Uint8Array): number {
  let lines = 1;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines += 1;
  return lines;
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(newline, from);
  return end < 0 ? bytes.length : end;
}

function nameIn(text: string): string {
  return text.replace(/\p{C}/gu, '').trim().slice(0, nameMost);
}

interface Line {
  readonly first: number;
  readonly last: number;
  readonly as: number;
  readonly nameAt: number;
}

/** A line between two places; undefined when it is no range. */
function readLine(bytes: Uint8Array, from: number, end: number): Line | undefined {
  const tabs: number[] = [];
  for (let at = from; at < end && tabs.length < 4; at += 1) if (bytes[at] === tab) tabs.push(at);
  const [afterFirst, afterLast, afterAs, afterCountry] = tabs;
  if (afterFirst === undefined || afterLast === undefined || afterAs === undefined) return undefined;
  const first = addressIn(bytes, from, afterFirst);
  const last = addressIn(bytes, afterFirst + 1, afterLast);
  const as = numberIn(bytes, afterLast + 1, afterAs, 4_294_967_295);
  if (first === undefined || last === undefined || as === undefined || last < first) return undefined;
  return { first, last, as, nameAt: afterCountry === undefined ? end : afterCountry + 1 };
}

/** Four numbers up to 255 with dots between them. */
function addressIn(bytes: Uint8Array, from: number, end: number): number | undefined {
  let address = 0;
  let at = from;
  for (let part = 0; part < 4; part += 1) {
    let stop = at;
    while (stop < end && bytes[stop] !== dot) stop += 1;
    if (part < 3 === (stop === end)) return undefined;
    const value = numberIn(bytes, at, stop, 255);
    if (value === undefined) return undefined;
    address = address * 256 + value;
    at = stop + 1;
  }
  return address;
}

/** A whole number in decimal digits, up to a most. */
function numberIn(bytes: Uint8Array, from: number, end: number, most: number): number | undefined {
  if (from >= end || end - from > 10) return undefined;
  let value = 0;
  for (let at = from; at < end; at += 1) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value > most ? undefined : value;
}

type Ranges = Pick<NetworkTable, 'first' | 'last' | 'as'>;

/** The ranges in ascending order; of those that overlap, the one that begins first, and of those the one that came first. */
function inOrder([first, last, as]: readonly [Uint32Array, Uint32Array, Uint32Array], count: number): Ranges {
  let isSorted = true;
  for (let row = 1; row < count && isSorted; row += 1)
    isSorted = (first[row] as number) > (last[row - 1] as number);
  if (isSorted) return { first: first.slice(0, count), last: last.slice(0, count), as: as.slice(0, count) };
  const order = Uint32Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => (first[a] as number) - (first[b] as number) || a - b,
  );
  let end = -1;
  const kept = order.filter((row) => {
    if ((first[row] as number) <= end) return false;
    end = last[row] as number;
    return true;
  });
  return {
    first: kept.map((row) => first[row] as number),
    last: kept.map((row) => last[row] as number),
    as: kept.map((row) => as[row] as number),
  };
}

/** The AS number of an address, or undefined when the table does not know it or says that nobody routes it. */
export function networkOf(table: NetworkTable, address: number): number | undefined {
  const range = rangeOf(table, address);
  const as = range === undefined ? 0 : table.as[range];
  return as === 0 ? undefined : as;
}
