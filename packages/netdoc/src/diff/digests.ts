/** The two digests of a consensus that a diff names (dir-spec 3.4.2, 4.5). */
import { startsAt, toHex } from '../base/index.ts';
import type { Span } from '../base/index.ts';
import { sha3_256 } from '../crypto/index.ts';
import { linesOf } from './lines.ts';
import type { Lines } from './lines.ts';

/**
 * SHA3-256 of a consensus as signed, upper-case hexadecimal: how a diff names its base, and a client the consensus that it
 * has (`X-Or-Diff-From-Consensus`). It is over the bytes that the signatures are over, or, as tor does it, over the whole
 * document where there is no such part.
 */
export function digestAsSigned(bytes: Uint8Array): string {
  return digestOfSigned(linesOf(bytes));
}

/** The same of a document that is cut into lines. */
export function digestOfSigned(lines: Lines): string {
  const { bytes } = lines;
  const { start, end } = signedPart(lines) ?? { start: 0, end: bytes.length };
  return toHex(sha3_256(bytes.subarray(start, end)));
}

/** SHA3-256 of the whole document, signatures and all, upper-case hexadecimal: how a diff names its target. */
export function digestOfWhole(bytes: Uint8Array): string {
  return toHex(sha3_256(bytes));
}

/** From `network-status-version` up to and including the first space behind a line that begins `directory-signature`. */
function signedPart({ bytes, starts, count }: Lines): Span | undefined {
  let line = 0;
  while (line <= count && !startsAt(bytes, starts[line] as number, 'network-status-version')) line += 1;
  const start = starts[line];
  while (line <= count && !startsAt(bytes, starts[line] as number, 'directory-signature')) line += 1;
  const at = starts[line];
  if (start === undefined || at === undefined || line > count) return undefined;
  const space = bytes.indexOf(32, at + 'directory-signature'.length);
  return space < 0 ? undefined : { start, end: space + 1 };
}
