/**
 * Which lines of two slices differ: the shortest script, found by halving one slice and splitting the other where the
 * longest common subsequences of the halves add up best (Hirschberg). There are many shortest scripts; which of them tor
 * writes follows from the rules here, so they are tor's, one by one.
 */
import { compareBytes } from '../base/index.ts';
import { sameLine } from './lines.ts';
import type { Lines } from './lines.ts';

/** Marks of one document, and room to number its lines: equal lines of the slices at hand have equal numbers. */
export interface Side {
  readonly lines: Lines;
  /** 1 for each line that the other document has not. */
  readonly changed: Uint8Array;
  readonly ids: Int32Array;
}

/** A side with no line marked. */
export function sideOf(lines: Lines, count: number): Side {
  return { lines, changed: new Uint8Array(count), ids: new Int32Array(count) };
}

/** Marks what differs between lines `[aFrom, aTo)` of the base and `[bFrom, bTo)` of the target. */
export function markChanges(
  base: Side,
  aFrom: number,
  aTo: number,
  target: Side,
  bFrom: number,
  bTo: number,
): void {
  let [a, aEnd, b, bEnd] = [aFrom, aTo, bFrom, bTo];
  while (a < aEnd && b < bEnd && sameLine(base.lines, a, target.lines, b)) {
    a += 1;
    b += 1;
  }
  while (a < aEnd && b < bEnd && sameLine(base.lines, aEnd - 1, target.lines, bEnd - 1)) {
    aEnd -= 1;
    bEnd -= 1;
  }
  if (a === aEnd) target.changed.fill(1, b, bEnd);
  else if (b === bEnd) base.changed.fill(1, a, aEnd);
  else {
    numberLines(base, a, aEnd, target, b, bEnd);
    markNumbered(base, a, aEnd, target, b, bEnd);
  }
}

/** Up to so many lines are compared each with each; more are sorted, so that no input makes it quadratic. */
const fewLines = 40;

/** Gives the lines of two slices numbers from 0 on, equal ones where the bytes are equal. */
function numberLines(base: Side, a: number, aEnd: number, target: Side, b: number, bEnd: number): void {
  const aCount = aEnd - a;
  const count = aCount + bEnd - b;
  if (count > fewLines) {
    numberManyLines(base, a, aCount, target, b, count);
    return;
  }
  for (let index = 0; index < count; index += 1) {
    const own = index < aCount ? base : target;
    const line = index < aCount ? a + index : b + index - aCount;
    let other = 0;
    while (other < index) {
      const of = other < aCount ? base : target;
      if (sameLine(of.lines, other < aCount ? a + other : b + other - aCount, own.lines, line)) break;
      other += 1;
    }
    own.ids[line] =
      other === index
        ? index
        : ((other < aCount ? base.ids[a + other] : target.ids[b + other - aCount]) as number);
  }
}

function numberManyLines(
  base: Side,
  a: number,
  aCount: number,
  target: Side,
  b: number,
  count: number,
): void {
  const texts = Array.from({ length: count }, (_, index) =>
    index < aCount ? bytesOfLine(base.lines, a + index) : bytesOfLine(target.lines, b + index - aCount),
  );
  const order = Uint32Array.from(texts, (_, index) => index).sort((x, y) =>
    compareBytes(texts[x] as Uint8Array, texts[y] as Uint8Array),
  );
  let id = 0;
  for (const [rank, index] of order.entries()) {
    const before = texts[order[rank - 1] ?? index] as Uint8Array;
    if (compareBytes(before, texts[index] as Uint8Array) !== 0) id += 1;
    if (index < aCount) base.ids[a + index] = id;
    else target.ids[b + index - aCount] = id;
  }
}

function bytesOfLine({ bytes, starts }: Lines, line: number): Uint8Array {
  return bytes.subarray(starts[line], starts[line + 1]);
}

/** Marks two slices whose lines are numbered. */
function markNumbered(
  base: Side,
  aFrom: number,
  aTo: number,
  target: Side,
  bFrom: number,
  bTo: number,
): void {
  let [a, aEnd, b, bEnd] = [aFrom, aTo, bFrom, bTo];
  while (a < aEnd && b < bEnd && base.ids[a] === target.ids[b]) {
    a += 1;
    b += 1;
  }
  while (a < aEnd && b < bEnd && base.ids[aEnd - 1] === target.ids[bEnd - 1]) {
    aEnd -= 1;
    bEnd -= 1;
  }
  if (aEnd - a <= 1) markAround(base, a, aEnd, target, b, bEnd);
  else if (bEnd - b <= 1) markAround(target, b, bEnd, base, a, aEnd);
  else {
    const middle = a + ((aEnd - a) >> 1);
    const above = commonLengths(base.ids, a, middle, target.ids, b, bEnd - b, 1);
    const below = commonLengths(base.ids, aEnd - 1, middle - 1, target.ids, bEnd - 1, bEnd - b, -1);
    const column = b + bestColumn(above, below);
    markNumbered(base, a, middle, target, b, column);
    markNumbered(base, middle, aEnd, target, column, bEnd);
  }
}

/** The first column at which the common subsequences above and below are longest together. */
function bestColumn(above: Int32Array, below: Int32Array): number {
  const columns = above.length - 1;
  let best = 0;
  let longest = -1;
  for (let column = 0; column <= columns; column += 1) {
    const sum = (above[column] as number) + (below[columns - column] as number);
    if (sum <= longest) continue;
    best = column;
    longest = sum;
  }
  return best;
}

/** One slice has at most one line: of the other, everything is changed but the first line equal to it. */
function markAround(one: Side, x: number, xEnd: number, other: Side, from: number, to: number): void {
  let kept = -1;
  if (x < xEnd) {
    kept = other.ids.subarray(from, to).indexOf(one.ids[x] as number);
    if (kept < 0) one.changed[x] = 1;
  }
  other.changed.fill(1, from, to);
  if (kept >= 0) other.changed[from + kept] = 0;
}

/** Bits in a word: two words and a carry still fit in a signed integer of 32 bits. */
const wordBits = 30;
const wordMask = 2 ** wordBits - 1;

/**
 * For each number of columns from none to all: how long the longest common subsequence is of all rows and these columns.
 * Rows go from `row` to before `rowEnd`, columns from `column` on, both by `step`. Thirty columns at a time, as bits of a
 * word: a bit is 0 where the length grows (the bit-parallel algorithm of Crochemore and others, 2001).
 */
function commonLengths(
  rows: Int32Array,
  row: number,
  rowEnd: number,
  columnIds: Int32Array,
  column: number,
  columns: number,
  step: 1 | -1,
): Int32Array {
  const words = Math.ceil(columns / wordBits);
  const places = placesOf(columnIds, column, columns, step, words);
  const bits = new Int32Array(words).fill(wordMask);
  for (let at = row; at !== rowEnd; at += step) {
    const place = places.get(rows[at] as number);
    if (place === undefined) continue;
    let carry = 0;
    for (let word = 0; word < words; word += 1) {
      const old = bits[word] as number;
      const here = place[word] as number;
      const sum = old + (old & here) + carry;
      carry = sum >>> wordBits;
      bits[word] = (sum | (old & ~here)) & wordMask;
    }
  }
  const lengths = new Int32Array(columns + 1);
  for (let at = 0; at < columns; at += 1) {
    const grows = (((bits[(at / wordBits) | 0] as number) >>> (at % wordBits)) & 1) ^ 1;
    lengths[at + 1] = (lengths[at] as number) + grows;
  }
  return lengths;
}

/** For each line of the columns: at which of them it stands, as bits. */
function placesOf(
  ids: Int32Array,
  column: number,
  columns: number,
  step: 1 | -1,
  words: number,
): ReadonlyMap<number, Int32Array> {
  const places = new Map<number, Int32Array>();
  for (let at = 0; at < columns; at += 1) {
    const id = ids[column + at * step] as number;
    let place = places.get(id);
    if (!place) places.set(id, (place = new Int32Array(words)));
    const word = (at / wordBits) | 0;
    place[word] = (place[word] as number) | (1 << (at % wordBits));
  }
  return places;
}
