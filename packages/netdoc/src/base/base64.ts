/**
 * Base64 with the standard alphabet. Digests in `r`, `m` and `id` lines come without padding (27 characters for 20 bytes,
 * 43 for 32); objects come in lines with padding, which tor reads leniently (dir-spec 1.2).
 */
import { bytesOf } from './bytes.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The value of each base64 character; −1, which survives every bitwise or, for bytes that are none. */
export const base64Values: Int32Array = new Int32Array(256).fill(-1);
for (let value = 0; value < 64; value += 1) base64Values[alphabet.charCodeAt(value)] = value;

/**
 * Decodes exactly the unpadded characters `[from, to)` of `source` into `target` at `at`; false when one of them is
 * not of the alphabet or their number is impossible. Unused low bits of the last character are not looked at, as in tor.
 */
export function decodeBase64Into(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): boolean {
  const values = base64Values;
  let seen = 0;
  let read = from;
  let write = at;
  for (const last = to - 3; read < last; read += 4, write += 3) {
    const quad =
      ((values[source[read] as number] as number) << 18) |
      ((values[source[read + 1] as number] as number) << 12) |
      ((values[source[read + 2] as number] as number) << 6) |
      (values[source[read + 3] as number] as number);
    seen |= quad;
    target[write] = quad >> 16;
    target[write + 1] = quad >> 8;
    target[write + 2] = quad;
  }
  const rest = to - read;
  if (rest === 1) return false;
  if (rest >= 2) {
    const third = rest === 3 ? (values[source[read + 2] as number] as number) : 0;
    const tail =
      ((values[source[read] as number] as number) << 18) |
      ((values[source[read + 1] as number] as number) << 12) |
      (third << 6);
    seen |= tail;
    target[write] = tail >> 16;
    if (rest === 3) target[write + 1] = tail >> 8;
  }
  return seen >= 0;
}

/** Decodes base64 text; white space is skipped and padding optional, as tor reads objects. Undefined when it is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return fromBase64Bytes(bytesOf(text));
}

/** The same from the bytes `[from, to)` of a document. */
export function fromBase64Bytes(
  source: Uint8Array,
  from = 0,
  to: number = source.length,
): Uint8Array<ArrayBuffer> | undefined {
  const compact = new Uint8Array(to - from);
  let length = 0;
  for (let at = from; at < to; at += 1) {
    const code = source[at] as number;
    if (code === 10 || code === 32 || code === 9 || code === 13) continue;
    compact[length] = code;
    length += 1;
  }
  while (length > 0 && compact[length - 1] === 61) length -= 1;
  const target = new Uint8Array(Math.floor((length * 3) / 4));
  return decodeBase64Into(compact, 0, length, target, 0) ? target : undefined;
}

/** Encodes without padding, as digests are written. */
export function toBase64(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = '';
  for (let at = start; at < end; at += 3) {
    const left = end - at;
    const triple =
      ((bytes[at] as number) << 16) |
      ((left > 1 ? (bytes[at + 1] as number) : 0) << 8) |
      (left > 2 ? (bytes[at + 2] as number) : 0);
    text += alphabet.charAt(triple >> 18) + alphabet.charAt((triple >> 12) & 63);
    if (left > 1) text += alphabet.charAt((triple >> 6) & 63);
    if (left > 2) text += alphabet.charAt(triple & 63);
  }
  return text;
}
