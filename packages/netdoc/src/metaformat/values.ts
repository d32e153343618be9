/** Readers for the values that stand in items everywhere: numbers, times, digests, lists of `key=value`. */
import { parseFingerprint, parseTime } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import { argumentsOf } from './lex.ts';
import { quoteText } from './problem.ts';
import type { Read } from './table.ts';

/** A decimal integer within these bounds, both included; undefined when it is none. */
export function parseInteger(text: string, min: number, max: number): number | undefined {
  if (!/^[+-]?\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** A time: two arguments, a date and a time of day. Whatever follows is an error, as in tor. */
export const readTime: Read<UnixSeconds> = (item, wrong) =>
  parseTime(item.rest) ?? wrong('a time YYYY-MM-DD HH:MM:SS');

/** A fingerprint: 40 hexadecimal digits; further arguments are ignored. */
export const readFingerprint: Read<Fingerprint> = (item, wrong) => {
  const [first] = argumentsOf(item);
  return (first === undefined ? undefined : parseFingerprint(first)) ?? wrong('40 hexadecimal digits');
};

/** An object with one of these labels. */
export function readObject(...labels: readonly string[]): Read<Uint8Array> {
  return (item, wrong) => {
    if (!item.object) return wrong(`an object ${labels.join(' or ')}`, 'none');
    if (!labels.includes(item.object.label))
      return wrong(`an object ${labels.join(' or ')}`, item.object.label);
    return item.object.bytes ?? wrong(`base64 in ${item.object.label}`, 'something else');
  };
}

/** Space-separated `key=value` pairs in their order; an argument without `=` is a problem. */
export const readPairs: Read<ReadonlyMap<string, string>> = (item, wrong) => {
  const pairs = new Map<string, string>();
  for (const argument of argumentsOf(item)) {
    const equals = argument.indexOf('=');
    if (equals <= 0) return wrong('key=value', quoteText(argument));
    pairs.set(argument.slice(0, equals), argument.slice(equals + 1));
  }
  return pairs;
};

/** Space-separated `key=int32` in ascending order of the whole strings (dir-spec 3.4.1 `params`). */
export const readParams: Read<ReadonlyMap<string, number>> = (item, wrong) => {
  const params = new Map<string, number>();
  let last = '';
  for (const argument of argumentsOf(item)) {
    const equals = argument.indexOf('=');
    const value = parseInteger(argument.slice(equals + 1), -(2 ** 31), 2 ** 31 - 1);
    if (equals <= 0 || value === undefined) return wrong('key=integer of 32 bits', quoteText(argument));
    const key = argument.slice(0, equals);
    if (argument <= last || params.has(key))
      return wrong('keys in ascending order, each once', quoteText(argument));
    params.set(key, value);
    last = argument;
  }
  return params;
};

/** Reads all behind the keyword as a list of protocols; one bad entry spoils the list, as in tor. */
export const readProtocols: Read<string> = (item, wrong) =>
  isProtocolList(item.rest)
    ? item.rest
    : wrong('a list of protocols NAME=VERSIONS', quoteProtocols(item.rest));

/** Whether a list of protocols is one: `Name=1-3,5 Name2=…`, versions from 0 to 63 (tor's protover). */
export function isProtocolList(text: string): boolean {
  return text.split(' ').every((entry) => entry === '' || isProtocol(entry));
}

function isProtocol(entry: string): boolean {
  const match = /^[A-Za-z0-9-]{1,100}=([0-9,-]*)$/.exec(entry);
  if (!match) return false;
  const [, ranges = ''] = match;
  if (ranges === '') return true;
  return ranges.split(',').every((range) => {
    const bounds = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(range);
    if (!bounds) return false;
    const low = Number(bounds[1]);
    const high = bounds[2] === undefined ? low : Number(bounds[2]);
    return low <= high && high <= 63;
  });
}

/** The part of a text that keeps it from being a list of protocols, quoted for a problem. */
export function quoteProtocols(text: string): string {
  const entry = text.split(' ').find((one) => one !== '' && !isProtocol(one));
  return quoteText(entry ?? text);
}
