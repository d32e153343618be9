/**
 * Texts that repeat in a document, kept once and known by number. Two texts get the same number exactly when their
 * bytes are equal: recency and hash only find the candidate, the bytes are always compared.
 */
import { textOf } from '../base/index.ts';

const LF = 10;
/** Documents below this begin with little room. */
const smallBytes = 4096;
const multiplier = 0x9e37_79b1 | 0;

/** A table of texts in one document. Most lines repeat one of the last two of their kind, so those are tried first. */
export class InternTable {
  /** Number of distinct texts so far. */
  count = 0;
  /** Where the text ended that `idOfLine` or `idOfWord` read last: the offset of what ended it. */
  end = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private last = -1;
  private lastButOne = -1;
  private slots: Int32Array;
  private starts: Uint32Array;
  private ends: Uint32Array;
  private hashes: Int32Array;
  /** Takes over when texts were made to collide: slower, but never quadratic. */
  private crowded: Map<string, number> | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // A file of a million documents of a few bytes must not cost a million large tables.
    const room = bytes.length < smallBytes ? 4 : 128;
    this.slots = new Int32Array(room * 2).fill(-1);
    this.starts = new Uint32Array(room);
    this.ends = new Uint32Array(room);
    this.hashes = new Int32Array(room);
  }

  /** The number of the text from `start` to the end of its line; `end` is then where its LF stands, or the end of input. */
  idOfLine(start: number): number {
    const { last, lastButOne } = this;
    if (last >= 0 && this.standsAt(last, start, LF)) return last;
    if (lastButOne >= 0 && this.standsAt(lastButOne, start, LF)) {
      this.last = lastButOne;
      this.lastButOne = last;
      return lastButOne;
    }
    const hash = this.hashLine(start);
    return this.remember(this.find(start, this.end, hash));
  }

  /** The number of the text from `start` to the next space or LF; `end` is then where that stands, or the end of input. */
  idOfWord(start: number): number {
    const { bytes, last } = this;
    if (last >= 0 && this.standsAt(last, start, 32)) return last;
    let at = start;
    while (at < bytes.length && bytes[at] !== 32 && bytes[at] !== LF) at += 1;
    this.end = at;
    return this.remember(this.idOf(start, at));
  }

  /** The number of the text `[start, end)`. Not to be mixed with `idOfLine` in one table: the hashes differ. */
  idOf(start: number, end: number): number {
    const { bytes } = this;
    let hash = 0;
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ (bytes[at] as number), multiplier);
    }
    return this.find(start, end, hash);
  }

  /** All texts, by number. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, id) =>
      textOf(this.bytes, this.starts[id] as number, this.ends[id] as number),
    );
  }

  private remember(id: number): number {
    if (id !== this.last) {
      this.lastButOne = this.last;
      this.last = id;
    }
    return id;
  }

  /** Whether the text stands at `start` too, with `after` behind it; sets `end` if it does. */
  private standsAt(id: number, start: number, after: number): boolean {
    const { bytes } = this;
    const from = this.starts[id] as number;
    const end = start + (this.ends[id] as number) - from;
    if (end >= bytes.length || bytes[end] !== after || !this.sameBytes(from, start, end)) return false;
    this.end = end;
    return true;
  }

  /** Whether `[start, end)` has the same bytes as what begins at `from`; four at a time. */
  private sameBytes(from: number, start: number, end: number): boolean {
    const { bytes, view } = this;
    const shift = from - start;
    let at = start;
    for (const stop = end - 4; at <= stop; at += 4) {
      if (view.getInt32(at, true) !== view.getInt32(at + shift, true)) return false;
    }
    for (; at < end; at += 1) if (bytes[at] !== bytes[at + shift]) return false;
    return true;
  }

  /** Hashes the line from `start` on, four bytes at a time, and sets `end`. */
  private hashLine(start: number): number {
    const { bytes, view } = this;
    const stop = bytes.length - 4;
    let hash = 0;
    let at = start;
    let word = 0;
    for (;;) {
      word = at <= stop ? view.getInt32(at, true) : this.lastWord(at);
      // Some byte of `apart` is zero exactly where the word has a LF.
      const apart = word ^ 0x0a0a_0a0a;
      if (((apart - 0x0101_0101) & ~apart & 0x8080_8080) !== 0) break;
      hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ word, multiplier);
      at += 4;
    }
    let rest = 0;
    while (((word >>> (rest * 8)) & 255) !== LF) rest += 1;
    this.end = at + rest;
    return Math.imul(
      ((hash << 5) | (hash >>> 27)) ^ (word & ((1 << (rest * 8)) - 1)) ^ (rest << 30),
      multiplier,
    );
  }

  /** The last bytes of the input as a word, filled up with LF. */
  private lastWord(at: number): number {
    let word = 0;
    for (let index = 3; index >= 0; index -= 1) word = (word << 8) | (this.bytes[at + index] ?? LF);
    return word;
  }

  private find(start: number, end: number, hash: number): number {
    if (this.crowded) return this.findCrowded(this.crowded, start, end);
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let probes = 0; probes < probesMax; probes += 1) {
      const id = this.slots[slot] as number;
      if (id < 0) return this.insert(slot, start, end, hash);
      if (this.hashes[id] === hash && this.equals(id, start, end)) return id;
      slot = (slot + 1) & mask;
    }
    this.crowded = new Map();
    for (let id = 0; id < this.count; id += 1) {
      this.crowded.set(this.exactText(this.starts[id] as number, this.ends[id] as number), id);
    }
    return this.findCrowded(this.crowded, start, end);
  }

  private findCrowded(crowded: Map<string, number>, start: number, end: number): number {
    const text = this.exactText(start, end);
    const known = crowded.get(text);
    if (known !== undefined) return known;
    crowded.set(text, this.count);
    return this.add(start, end, 0);
  }

  /** One character for each byte, so that different bytes never become the same text. */
  private exactText(start: number, end: number): string {
    let text = '';
    for (let at = start; at < end; at += 1) text += String.fromCharCode(this.bytes[at] as number);
    return text;
  }

  private equals(id: number, start: number, end: number): boolean {
    const from = this.starts[id] as number;
    return (this.ends[id] as number) - from === end - start && this.sameBytes(from, start, end);
  }

  private insert(slot: number, start: number, end: number, hash: number): number {
    const id = this.add(start, end, hash);
    if (this.count * 2 > this.slots.length) this.rehash();
    else this.slots[slot] = id;
    return id;
  }

  private add(start: number, end: number, hash: number): number {
    const id = this.count;
    if (id === this.starts.length) this.grow();
    this.starts[id] = start;
    this.ends[id] = end;
    this.hashes[id] = hash;
    this.count = id + 1;
    return id;
  }

  private grow(): void {
    const size = this.starts.length * 2;
    this.starts = copied(this.starts, new Uint32Array(size));
    this.ends = copied(this.ends, new Uint32Array(size));
    this.hashes = copied(this.hashes, new Int32Array(size));
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id += 1) {
      const hash = this.hashes[id] as number;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

/** In a table half full at most, only texts made for it are so many to one hash. */
const probesMax = 512;

function copied<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
