/**
 * Consensuses that tor wrote on Windows before 0.4.0.2: in text mode, which makes CR LF of every LF, and read again in
 * text mode, which makes LF of every CR LF (tor's bug 28614). tor takes no such bytes from anybody else: its tokenizer
 * counts a CR as white space between arguments, but not behind a time or an object's first line.
 */
import type { RouterTable } from '../routers/index.ts';

const LF = 10;
const CR = 13;

/** A text as text mode reads it. */
export interface TextModeReading {
  /** With LF for every CR LF. */
  readonly bytes: Uint8Array;
  /** Where a place of these bytes is in those that were read. */
  readonly originalOffset: (offset: number) => number;
}

/** Reads as text mode does; undefined unless every line ends in CR LF. */
export function readTextMode(written: Uint8Array): TextModeReading | undefined {
  if (written[written.indexOf(LF) - 1] !== CR) return undefined;
  const bytes = new Uint8Array(written.length);
  const lineEnds: number[] = [];
  let start = 0;
  let at = 0;
  for (let lf = written.indexOf(LF); lf >= 0; lf = written.indexOf(LF, start)) {
    if (written[lf - 1] !== CR) return undefined;
    bytes.set(written.subarray(start, lf - 1), at);
    at += lf - 1 - start;
    bytes[at] = LF;
    lineEnds.push(at);
    at += 1;
    start = lf + 1;
  }
  bytes.set(written.subarray(start), at);
  at += written.length - start;
  return {
    bytes: bytes.subarray(0, at),
    originalOffset: (offset) => offset + countBelow(lineEnds, offset),
  };
}

/** How many of these ascending numbers are below a number. */
function countBelow(numbers: readonly number[], bound: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The entries with all their places in the bytes that were read. */
export function inOriginal(
  table: RouterTable,
  bytes: Uint8Array,
  { originalOffset }: TextModeReading,
): RouterTable {
  const moved = (offsets: Uint32Array): Uint32Array => offsets.map(originalOffset);
  return {
    ...table,
    bytes,
    start: moved(table.start),
    nicknameStart: moved(table.nicknameStart),
    nicknameEnd: moved(table.nicknameEnd),
    unknownLines: table.unknownLines.map((line) => ({ ...line, offset: originalOffset(line.offset) })),
  };
}
