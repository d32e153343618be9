/**
 * Numbers, times and addresses read straight from bytes, in exactly the form in which tor writes them. Each reader says
 * by −1 that the form is another one; the patient readers (`entry.ts`, `odd.ts`) then decide what it is.
 */
import { daysInMonth } from '../base/index.ts';

const LF = 10;

/** Days from 1970-01-01 to the first of a month, at `(year - 1970) * 12 + month - 1`, for the years that are read fast. */
const monthStarts: Int32Array = Int32Array.from(
  { length: 200 * 12 },
  (_, month) => Date.UTC(1970, month, 1) / 86_400_000,
);

/** Two decimal digits at `at`; a negative number when they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 48;
  const ones = (bytes[at + 1] as number) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -100_000;
}

/** `YYYY-MM-DD HH:MM:SS` at `at`, in seconds since 1970; −1 when it is none, or of a year out of reach. */
export function timeAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45 || bytes[at + 10] !== 32) return -1;
  if (bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return -1;
  const year = pair(bytes, at) * 100 + pair(bytes, at + 2);
  const month = pair(bytes, at + 5);
  const day = pair(bytes, at + 8);
  const hour = pair(bytes, at + 11);
  const minute = pair(bytes, at + 14);
  const second = pair(bytes, at + 17);
  if (year < 1970 || year > 2169 || month < 1 || month > 12 || day < 1) return -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
  if (day > 28 && day > daysInMonth(year, month)) return -1;
  const first = monthStarts[(year - 1970) * 12 + month - 1] as number;
  return (first + day - 1) * 86_400 + hour * 3600 + minute * 60 + second;
}

/** Per byte: the value of a hexadecimal digit; −1 for others. */
const hexValues: Int8Array = new Int8Array(256).fill(-1);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  hexValues[digit.charCodeAt(0)] = value;
  hexValues[digit.toUpperCase().charCodeAt(0)] = value;
}

const words = new Uint16Array(8);

/**
 * `[IPV6]:PORT` LF at `at`: writes the sixteen bytes to `target` and returns the port; −1 when it is none, or has a
 * dotted part.
 */
export function ipv6PortAt(bytes: Uint8Array, at: number, target: Uint8Array, to: number): number {
  if (bytes[at] !== 91) return -1;
  let here = at + 1;
  let count = 0;
  let gap = -1;
  if (bytes[here] === 58) {
    if (bytes[here + 1] !== 58) return -1;
    gap = 0;
    here += 2;
  }
  while (bytes[here] !== 93) {
    let value = hexValues[bytes[here] as number] as number;
    if (value < 0 || count === 8) return -1;
    here += 1;
    for (let digits = 1; digits < 4; digits += 1) {
      const digit = hexValues[bytes[here] as number] as number;
      if (digit < 0) break;
      value = value * 16 + digit;
      here += 1;
    }
    words[count] = value;
    count += 1;
    if (bytes[here] === 93) break;
    if (bytes[here] !== 58) return -1;
    here += 1;
    if (bytes[here] === 58) {
      if (gap >= 0) return -1;
      gap = count;
      here += 1;
    } else if (bytes[here] === 93) return -1;
  }
  if (gap < 0 ? count !== 8 : count > 7) return -1;
  const port = portAt(bytes, here + 1);
  if (port > 0) writeWords(count, gap < 0 ? count : gap, target, to);
  return port;
}

/** `:PORT` LF at `at`, from 1 to 65535; −1 when it is none. */
function portAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 58) return -1;
  let here = at + 1;
  let port = 0;
  for (; bytes[here] !== LF; here += 1) {
    const digit = (bytes[here] as number) - 48;
    if (!(digit >= 0 && digit <= 9) || here - at > 5) return -1;
    port = port * 10 + digit;
  }
  return port >= 1 && port <= 65_535 ? port : -1;
}

function writeWords(count: number, gap: number, target: Uint8Array, to: number): void {
  const zeros = 8 - count;
  for (let word = 0; word < 8; word += 1) {
    const value =
      word < gap ? (words[word] as number) : word < gap + zeros ? 0 : (words[word - zeros] as number);
    target[to + word * 2] = value >> 8;
    target[to + word * 2 + 1] = value & 255;
  }
}
