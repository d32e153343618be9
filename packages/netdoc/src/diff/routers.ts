/**
 * Router entries as a diff sees them: lines `r NICKNAME IDENTITY`, whose identities must ascend. They are the places where
 * two consensuses meet, so that only what stands between two of them has to be compared line by line.
 */
import { base64Values } from '../base/index.ts';
import { lineBegins } from './lines.ts';
import type { Lines } from './lines.ts';

/** A place in a document: a router line, or the end. The identity is that of the last router line seen. */
export interface Place {
  readonly lines: Lines;
  /** Number of lines that count: those behind are cut off. */
  readonly end: number;
  /** Index of the router line; −1 before the first, `end` behind the last. */
  line: number;
  /** Where the identity stands, in base64; both −1 while none was seen. */
  idStart: number;
  idEnd: number;
}

/** A place before the first line. */
export function before(lines: Lines, end: number): Place {
  return { lines, end, line: -1, idStart: -1, idEnd: -1 };
}

/** Moves to the next router line or the end; false when its identity does not stand behind the one before. */
export function advance(place: Place): boolean {
  const { lines, end, idStart, idEnd } = place;
  let line = place.line + 1;
  while (line < end && !findIdentity(place, line)) line += 1;
  place.line = line;
  return line === end || idStart < 0 || compareIds(lines, idStart, idEnd, lines, place) < 0;
}

/** Whether the line is `r`, a word, and a word that begins in base64; if it is, that is the place's identity now. */
function findIdentity(place: Place, line: number): boolean {
  const { lines } = place;
  if (!lineBegins(lines, line, 'r ')) return false;
  const { bytes, starts } = lines;
  const lineEnd = (starts[line + 1] as number) - 1;
  let start = (starts[line] as number) + 2;
  while (start < lineEnd && bytes[start] !== 32) start += 1;
  start += 1;
  let end = start;
  while (end < lineEnd && (base64Values[bytes[end] as number] as number) >= 0) end += 1;
  if (end <= start) return false;
  place.idStart = start;
  place.idEnd = end;
  return true;
}

/** Order of the identities of two places; one that has seen none comes first. */
export function compareIdentities(a: Place, b: Place): number {
  if (a.idStart < 0 || b.idStart < 0) return Number(a.idStart >= 0) - Number(b.idStart >= 0);
  return compareIds(a.lines, a.idStart, a.idEnd, b.lines, b);
}

/** By the values of base64 digits, which is not the order of their bytes; a prefix comes first. */
function compareIds(a: Lines, aStart: number, aEnd: number, b: Lines, { idStart, idEnd }: Place): number {
  const length = Math.min(aEnd - aStart, idEnd - idStart);
  for (let at = 0; at < length; at += 1) {
    const difference =
      (base64Values[a.bytes[aStart + at] as number] as number) -
      (base64Values[b.bytes[idStart + at] as number] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (idEnd - idStart);
}
