/** Writes a document into bytes that grow by doubling. */
import { formatTime } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';

const alphabet = Uint8Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  (digit) => digit.charCodeAt(0),
);
const daySeconds = 86_400;
const [zero, dot, colon, space] = [48, 46, 58, 32];

/** A document that is being written. A class because it is the state of writing, and nothing else. */
export class ByteWriter {
  /** How many bytes there are. */
  length = 0;
  private bytes: Uint8Array;
  /** The dates written so far, by day since 1970: entries of a round are of two or three days. */
  private readonly dates = new Map<number, string>();

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** What was written, in memory of its own size. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private room(more: number): Uint8Array {
    if (this.length + more > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return this.bytes;
  }

  /** One byte. */
  byte(value: number): void {
    this.room(1)[this.length] = value;
    this.length += 1;
  }

  /** A text of one character for each byte. */
  text(text: string): void {
    const bytes = this.room(text.length);
    const { length } = this;
    for (let at = 0; at < text.length; at += 1) bytes[length + at] = text.charCodeAt(at);
    this.length += text.length;
  }

  /** Bytes that stand ready. */
  line(line: Uint8Array): void {
    this.room(line.length).set(line, this.length);
    this.length += line.length;
  }

  /** A few bytes of another document. */
  span(source: Uint8Array, from: number, to: number): void {
    const bytes = this.room(to - from);
    const shift = this.length - from;
    for (let at = from; at < to; at += 1) bytes[shift + at] = source[at] as number;
    this.length += to - from;
  }

  /** What another writer has written from `from` on. */
  copy(other: ByteWriter, from: number): void {
    const size = other.length - from;
    this.room(size).set(other.bytes.subarray(from, other.length), this.length);
    this.length += size;
  }

  /** Base64 without padding. */
  base64(source: Uint8Array, from: number, size: number): void {
    const bytes = this.room(Math.ceil(size / 3) * 4);
    let write = this.length;
    for (let at = from; at < from + size; at += 3) {
      const left = from + size - at;
      const triple =
        ((source[at] as number) << 16) |
        ((left > 1 ? (source[at + 1] as number) : 0) << 8) |
        (left > 2 ? (source[at + 2] as number) : 0);
      bytes[write] = alphabet[triple >> 18] as number;
      bytes[write + 1] = alphabet[(triple >> 12) & 63] as number;
      write += 2;
      if (left > 1) bytes[write++] = alphabet[(triple >> 6) & 63] as number;
      if (left > 2) bytes[write++] = alphabet[triple & 63] as number;
    }
    this.length = write;
  }

  /** A whole number, in decimal; `value` is within 53 bits. */
  number(value: number): void {
    if (value < 0 || value > 999_999_999) {
      this.text(String(value));
      return;
    }
    const bytes = this.room(9);
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits += 1;
    let left = value | 0;
    for (let at = this.length + digits - 1; at >= this.length; at -= 1) {
      const tenth = (left / 10) | 0;
      bytes[at] = zero + left - tenth * 10;
      left = tenth;
    }
    this.length += digits;
  }

  /** An IPv4 address, dotted. */
  ipv4(address: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) {
      this.number((address >>> shift) & 255);
      if (shift > 0) this.byte(dot);
    }
  }

  /** `YYYY-MM-DD HH:MM:SS`. */
  time(seconds: number): void {
    const day = Math.floor(seconds / daySeconds);
    let date = this.dates.get(day);
    if (date === undefined) {
      date = formatTime((day * daySeconds) as UnixSeconds).slice(0, 10);
      this.dates.set(day, date);
    }
    this.text(date);
    const clock = seconds - day * daySeconds;
    const hours = (clock / 3600) | 0;
    const minutes = ((clock - hours * 3600) / 60) | 0;
    this.pair(space, hours);
    this.pair(colon, minutes);
    this.pair(colon, clock - hours * 3600 - minutes * 60);
  }

  private pair(before: number, value: number): void {
    const bytes = this.room(3);
    const tens = (value / 10) | 0;
    bytes[this.length] = before;
    bytes[this.length + 1] = zero + tens;
    bytes[this.length + 2] = zero + value - tens * 10;
    this.length += 3;
  }
}
