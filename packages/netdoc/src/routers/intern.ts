/** Texts that repeat in a document, kept once and known by number. */
import { textOf } from '../base/index.ts';

/**
 * An open-addressed hash table over spans of one document. Two spans get the same number exactly when their bytes are
 * equal: the hash only finds the candidate, the bytes are always compared.
 */
export class InternTable {
  /** Number of distinct texts so far. */
  count = 0;
  private readonly bytes: Uint8Array;
  private slots: Int32Array = new Int32Array(256).fill(-1);
  private starts: Uint32Array = new Uint32Array(128);
  private ends: Uint32Array = new Uint32Array(128);
  private hashes: Int32Array = new Int32Array(128);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The number of the text `[start, end)` whose FNV-1a hash is `hash`. */
  idOf(start: number, end: number, hash: number): number {
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const id = this.slots[slot] as number;
      if (id < 0) return this.insert(slot, start, end, hash);
      if (this.hashes[id] === hash && this.equals(id, start, end)) return id;
      slot = (slot + 1) & mask;
    }
  }

  /** All texts, by number. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, id) =>
      textOf(this.bytes, this.starts[id] as number, this.ends[id] as number),
    );
  }

  /** Where the first occurrence of a text stands. */
  spanOf(id: number): { start: number; end: number } {
    return { start: this.starts[id] as number, end: this.ends[id] as number };
  }

  private equals(id: number, start: number, end: number): boolean {
    const from = this.starts[id] as number;
    const length = end - start;
    if ((this.ends[id] as number) - from !== length) return false;
    const { bytes } = this;
    for (let at = 0; at < length; at += 1) if (bytes[from + at] !== bytes[start + at]) return false;
    return true;
  }

  private insert(slot: number, start: number, end: number, hash: number): number {
    const id = this.count;
    if (id === this.starts.length) this.grow();
    this.starts[id] = start;
    this.ends[id] = end;
    this.hashes[id] = hash;
    this.count = id + 1;
    if (this.count * 2 > this.slots.length) this.rehash();
    else this.slots[slot] = id;
    return id;
  }

  private grow(): void {
    const size = this.starts.length * 2;
    const copy = <T extends Uint32Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.starts = copy(this.starts, new Uint32Array(size));
    this.ends = copy(this.ends, new Uint32Array(size));
    this.hashes = copy(this.hashes, new Int32Array(size));
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
