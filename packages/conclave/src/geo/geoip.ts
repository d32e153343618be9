/**
 * Countries of IPv4 addresses by a file in tor's own format, as Debian's tor-geoipdb installs it: `FIRST,LAST,CC` with
 * addresses as decimal numbers, ascending. A value without I/O; the rim reads the file.
 */
import { rangeOf } from './ranges.ts';
import type { AddressRanges } from './ranges.ts';

/** Ranges with their countries. */
export interface CountryTable extends AddressRanges {
  /** What the file says of itself in its first comment lines, for example its date. */
  readonly source: string;
  readonly country: readonly string[];
}

/** Reads the file; lines that are none of its kind are skipped. */
export function parseGeoip(text: string): CountryTable {
  const rows: { first: number; last: number; country: string }[] = [];
  const comments: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) comments.push(line.replace(/^#\s*/, '').trim());
    const match = /^(\d{1,10}),(\d{1,10}),([A-Z?]{2})$/.exec(line);
    if (match) rows.push({ first: Number(match[1]), last: Number(match[2]), country: match[3] as string });
  }
  rows.sort((a, b) => a.first - b.first);
  return {
    source: comments.find((comment) => /^Generated:/i.test(comment)) ?? 'undated',
    first: Uint32Array.from(rows, ({ first }) => first),
    last: Uint32Array.from(rows, ({ last }) => last),
    country: rows.map(({ country }) => country),
  };
}

/** The country of an address (two capital letters), or undefined when the table does not know it. */
export function countryOf(table: CountryTable, address: number): string | undefined {
  const range = rangeOf(table, address);
  const country = range === undefined ? undefined : table.country[range];
  return country === '??' ? undefined : country;
}
