/** Documents as lines for diffs: where each begins, and which of them are equal. No line becomes a text. */

/** The lines of a document: line `index` (from 0) is the bytes `[starts[index], starts[index + 1] - 1)`, without its LF. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly count: number;
  readonly starts: Uint32Array;
}

/** Why a document cannot be cut into lines. */
export interface BadLine {
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
  readonly found: string;
}

/** tor takes a longer line for damage (its CONSENSUS_LINE_MAX_LEN). */
export const diffLineBytesMax: number = 2 ** 20;

/** Cuts a document into its lines; each must end in LF, have at most 1 MiB, and no NUL byte. */
export function splitLines(bytes: Uint8Array): Lines | BadLine {
  const lines = linesOf(bytes);
  const { count, starts, nul } = lines;
  if (nul >= 0) return { line: lineAt(lines, nul), expected: 'no NUL byte', found: 'one' };
  for (let line = 0; line < count; line += 1) {
    const length = (starts[line + 1] as number) - (starts[line] as number) - 1;
    if (length <= diffLineBytesMax) continue;
    const expected = `a line of at most ${diffLineBytesMax} bytes`;
    return { line: line + 1, expected, found: `${length} bytes` };
  }
  if (starts[count] !== bytes.length)
    return { line: count + 1, expected: 'LF at the end of the document', found: 'none' };
  return lines;
}

/** The line, from 1, in which the byte at this offset stands. */
function lineAt({ starts, count }: Lines, offset: number): number {
  let line = 0;
  while (line < count && (starts[line + 1] as number) <= offset) line += 1;
  return line + 1;
}

/** The lines of any bytes; behind the last LF there may be more. `nul` is where the first NUL byte stands, or −1. */
export function linesOf(bytes: Uint8Array): Lines & { readonly nul: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let starts = new Uint32Array((bytes.length >> 5) + 8);
  let count = 0;
  // The high bit of a byte of `word - ones & ~word` is set when that byte is zero, and never when no byte is.
  let zeros = 0;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    const word = view.getInt32(at, true);
    const line = word ^ 0x0a0a_0a0a;
    zeros |= (word - 0x0101_0101) & ~word;
    if (((line - 0x0101_0101) & ~line & 0x8080_8080) === 0) continue;
    if (count + 8 > starts.length) starts = larger(starts);
    if ((line & 0xff) === 0) starts[(count += 1)] = at + 1;
    if ((line & 0xff00) === 0) starts[(count += 1)] = at + 2;
    if ((line & 0xff_0000) === 0) starts[(count += 1)] = at + 3;
    if ((line & 0xff00_0000) === 0) starts[(count += 1)] = at + 4;
  }
  if (count + 8 > starts.length) starts = larger(starts);
  for (; at < bytes.length; at += 1) {
    if (bytes[at] === 10) starts[(count += 1)] = at + 1;
    if (bytes[at] === 0) zeros = -1;
  }
  const nul = (zeros & 0x8080_8080) === 0 ? -1 : bytes.indexOf(0);
  return { bytes, view, count, starts, nul };
}

function larger(starts: Uint32Array): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(starts.length * 2);
  copy.set(starts);
  return copy;
}

/** Whether line `x` of one document has the bytes of line `y` of another. */
export function sameLine(a: Lines, x: number, b: Lines, y: number): boolean {
  const from = a.starts[x] as number;
  const other = b.starts[y] as number;
  const length = (a.starts[x + 1] as number) - from;
  return (b.starts[y + 1] as number) - other === length && sameRange(a, from, b, other, length);
}

/** Whether `length` bytes at `from` in one document are those at `other` in another. */
export function sameRange(a: Lines, from: number, b: Lines, other: number, length: number): boolean {
  const { view } = a;
  const { view: otherView } = b;
  const wholeEnd = length - 3;
  let at = 0;
  for (; at < wholeEnd; at += 4) {
    if (view.getInt32(from + at) !== otherView.getInt32(other + at)) return false;
  }
  for (; at < length; at += 1) {
    if (a.bytes[from + at] !== b.bytes[other + at]) return false;
  }
  return true;
}

/** Whether a line begins with this ASCII text. */
export function lineBegins({ bytes, starts }: Lines, line: number, ascii: string): boolean {
  const start = starts[line] as number;
  if ((starts[line + 1] as number) - 1 - start < ascii.length) return false;
  for (let at = 0; at < ascii.length; at += 1) {
    if (bytes[start + at] !== ascii.charCodeAt(at)) return false;
  }
  return true;
}
