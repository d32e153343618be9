/**
 * A document written against another: the steps that make the one of the other, the numbers of the strings put in, and the
 * figures by columns, as differences, byte by byte. And the way back. docs/data-directory.md has the form for whoever has to
 * read a pack without this program.
 */
import { align, type Step } from './pack-align.ts';
import type { Pieces } from './pack-strings.ts';

/** Writes `target` against `base`; `fresh` is the number of the first string that no earlier document of the pack has. */
export function encode(
  target: Pieces,
  base: Pieces | undefined,
  gaps: ArrayLike<number>,
  fresh: number,
): Buffer {
  const from = base ?? nothing;
  const steps = align(from.ids, target.ids, gaps.length);
  const out = byteWriter();
  out.varint(target.ids.length);
  out.varint(steps.length);
  for (const { copy, skip, insert } of steps) for (const count of [copy, skip, insert]) out.varint(count);
  let [next, last, to] = [fresh, -1, 0];
  for (const { copy, insert } of steps) {
    to += copy;
    for (const end = to + insert; to < end; to += 1) {
      const id = target.ids[to] ?? 0;
      out.varint(id === next ? 0 : zigzag(id - last - 1) + 1);
      if (id === next) next += 1;
      last = id;
    }
  }
  const carried = carry(steps, from, target.ids, gaps);
  for (const places of columnsOf(target.ids, gaps)) {
    const differences = Uint32Array.from(places, (place) =>
      zigzag((target.figures[place] ?? 0) - (carried[place] ?? 0)),
    );
    out.column(differences);
  }
  return out.bytes();
}

/** Reads what `encode` wrote. Throws a `RangeError` where the bytes are no such writing. */
export function decode(
  bytes: Uint8Array,
  base: Pieces | undefined,
  gaps: ArrayLike<number>,
  fresh: number,
): Pieces {
  const from = base ?? nothing;
  const input = byteReader(bytes);
  const ids = new Int32Array(input.count());
  const steps: Step[] = [];
  for (let left = input.count(); left > 0; left -= 1)
    steps.push({ copy: input.varint(), skip: input.varint(), insert: input.varint() });
  let [next, last, to, at] = [fresh, -1, 0, 0];
  for (const { copy, skip, insert } of steps) {
    if (at + copy + skip > from.ids.length || to + copy + insert > ids.length) throw new RangeError('steps');
    ids.set(from.ids.subarray(at, at + copy), to);
    at += copy + skip;
    to += copy;
    for (const end = to + insert; to < end; to += 1) {
      const code = input.varint();
      last = code === 0 ? next++ : last + 1 + unzigzag(code - 1);
      if (last < 0 || last >= gaps.length) throw new RangeError('a string that is not in the table');
      ids[to] = last;
    }
  }
  if (to !== ids.length) throw new RangeError('steps');
  const figures = carry(steps, from, ids, gaps);
  for (const places of columnsOf(ids, gaps)) {
    const differences = input.column(places.length);
    for (const [index, place] of places.entries())
      figures[place] = (figures[place] ?? 0) + unzigzag(differences[index] ?? 0);
  }
  input.end();
  return { ids, figures };
}

const nothing: Pieces = { ids: new Int32Array(0), figures: new Int32Array(0) };

/** The figures that a document has from its base; 0 for those of pieces put in. */
function carry(steps: readonly Step[], base: Pieces, ids: Int32Array, gaps: ArrayLike<number>): Int32Array {
  const figures = new Int32Array(figuresIn(ids, 0, ids.length, gaps));
  let [at, to, read, write] = [0, 0, 0, 0];
  for (const { copy, skip, insert } of steps) {
    const same = figuresIn(ids, to, to + copy, gaps);
    figures.set(base.figures.subarray(read, read + same), write);
    read += same + figuresIn(base.ids, at + copy, at + copy + skip, gaps);
    write += same + figuresIn(ids, to + copy, to + copy + insert, gaps);
    at += copy + skip;
    to += copy + insert;
  }
  return figures;
}

function figuresIn(ids: Int32Array, from: number, end: number, gaps: ArrayLike<number>): number {
  let sum = 0;
  for (let index = from; index < end; index += 1) sum += gaps[ids[index] ?? 0] ?? 0;
  return sum;
}

/** Where the figures of each gap of each form stand; forms in the order in which the document has them first. */
function columnsOf(ids: Int32Array, gaps: ArrayLike<number>): readonly Int32Array[] {
  const counts = new Int32Array(gaps.length);
  const forms: number[] = [];
  for (const id of ids) {
    if (gaps[id] === 0) continue;
    if (counts[id] === 0) forms.push(id);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  const columns = new Map(
    forms.map((id) => [id, Array.from({ length: gaps[id] ?? 0 }, () => new Int32Array(counts[id] ?? 0))]),
  );
  counts.fill(0);
  let place = 0;
  for (const id of ids) {
    if (gaps[id] === 0) continue;
    const row = counts[id] ?? 0;
    for (const places of columns.get(id) ?? []) places[row] = place++;
    counts[id] = row + 1;
  }
  return [...columns.values()].flat();
}

/** Whole numbers near 0, of either sign, as small ones without a sign. */
function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function unzigzag(code: number): number {
  return (code >>> 1) ^ -(code & 1);
}

interface ByteWriter {
  byte(value: number): void;
  varint(value: number): void;
  /** One byte: how many bytes a value takes; then the lowest byte of each value, then the next … */
  column(values: Uint32Array): void;
  bytes(): Buffer;
}

/** Collects bytes; a varint has seven bits a byte, the lowest first, the highest bit set while there are more. */
export function byteWriter(): ByteWriter {
  let buffer = Buffer.alloc(1 << 16);
  let size = 0;
  const byte = (value: number): void => {
    if (size === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(size)]);
    buffer[size++] = value;
  };
  return {
    byte,
    varint(value) {
      let rest = value;
      for (; rest > 127; rest >>>= 7) byte((rest & 127) | 128);
      byte(rest);
    },
    column(values) {
      let all = 0;
      for (const value of values) all |= value;
      const width = Math.ceil((32 - Math.clz32(all)) / 8);
      byte(width);
      for (let plane = 0; plane < width; plane += 1)
        for (const value of values) byte((value >>> (8 * plane)) & 255);
    },
    bytes: () => buffer.subarray(0, size),
  };
}

interface ByteReader {
  varint(): number;
  /** A varint that says how many of something follow. */
  count(): number;
  column(length: number): Uint32Array;
  take(length: number): Uint8Array;
  /** Throws when something is left. */
  end(): void;
}

/** Reads what a `byteWriter` wrote; throws a `RangeError` where the bytes end too early or say too much. */
export function byteReader(bytes: Uint8Array): ByteReader {
  let at = 0;
  const varint = (): number => {
    let [value, shift] = [0, 0];
    for (;;) {
      if (at >= bytes.length || shift > 28) throw new RangeError('a number that does not end');
      const byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
      shift += 7;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('the end comes too early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    varint,
    count() {
      const count = varint();
      if (count > mostPieces) throw new RangeError('more than a document has');
      return count;
    },
    column(length) {
      const values = new Uint32Array(length);
      const [width = 0] = take(1);
      if (width > 4) throw new RangeError('a column too wide');
      for (let plane = 0; plane < width; plane += 1) {
        const low = take(length);
        for (let index = 0; index < length; index += 1)
          values[index] = (values[index] ?? 0) | ((low[index] ?? 0) << (8 * plane));
      }
      return values;
    },
    take,
    end() {
      if (at !== bytes.length) throw new RangeError('more bytes than belong to it');
    },
  };
}

/** Far beyond any document that is kept; a rotten pack must not take all memory. */
const mostPieces = 1 << 27;
