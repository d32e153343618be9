/**
 * Texts with one character for each byte. tor copies and compares bytes; in such a text the order of characters is the
 * order of bytes, and nothing is lost, whatever the encoding was meant to be.
 */
import { bytesOf, textOf } from '../base/index.ts';
import { lexer, lexItems, ProblemList } from '../metaformat/index.ts';
import type { Vote } from '../documents/index.ts';

/** The bytes `[start, end)`, one character each. */
export function byteTextAt(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] as number);
  return text;
}

// Control characters are what this looks past.
// oxlint-disable-next-line no-control-regex
const ascii = /^[\0-\x7f]*$/;

/** The UTF-8 bytes of a text, one character each. */
export function byteText(text: string): string {
  if (ascii.test(text)) return text;
  const bytes = bytesOf(text);
  return byteTextAt(bytes, 0, bytes.length);
}

/** What stands in a decoded text for bytes that were no UTF-8. */
export const lost = '\u{fffd}';

/** Order of two such texts as C's strcmp. */
export function compareByteTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The value of a header line of a vote as its bytes. The parser's text will do unless it lost something; then the lines
 * with this keyword are read again.
 */
export function headerTexts(vote: Vote, keyword: string, decoded: readonly string[]): readonly string[] {
  if (!decoded.some((text) => text.includes(lost))) return decoded.map(byteText);
  const end = vote.routers.start[0] ?? vote.bytes.length;
  const items = lexItems(lexer(vote.bytes, new ProblemList(), vote.signed.start, end));
  return items
    .filter((item) => item.keyword === keyword)
    .map(({ start, lineEnd }) => {
      const line = byteTextAt(vote.bytes, start, lineEnd).replace(/\n$/, '');
      return line.replace(/^(?:opt )?[^ \t\r\0#]*[ \t\r]*/, '');
    });
}

/** A text of one character for each byte as UTF-8 has it: what people read. */
export function readable(text: string): string {
  return ascii.test(text) ? text : textOf(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
}
