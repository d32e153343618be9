/**
 * The metaformat: a document is a sequence of items, an item a keyword line and perhaps an object (dir-spec 1.2). This
 * lexer is for everything but router entries, which have their own scanner (routers/).
 */
import { fromBase64Bytes, startsAt, textOf } from '../base/index.ts';
import { quote } from './problem.ts';
import type { Problem, ProblemCode, ProblemList } from './problem.ts';

/** An object: `-----BEGIN LABEL-----` … `-----END LABEL-----`. */
export interface ItemObject {
  readonly label: string;
  /** The decoded bytes; undefined when they are not base64. */
  readonly bytes: Uint8Array | undefined;
}

/** A keyword line with its object. */
export interface Item {
  readonly keyword: string;
  /** Everything after the keyword and the white space behind it, to the end of the line: trailing bytes are kept. */
  readonly rest: string;
  readonly object: ItemObject | undefined;
  /** Line number, from 1. */
  readonly line: number;
  /** Offset of the keyword line's first byte. */
  readonly start: number;
  /** Offset just after the keyword line's LF (or the end of input). */
  readonly lineEnd: number;
  /** Offset just after the item, its object and the LF of its last line included. */
  readonly end: number;
}

/** Longest line tor reads (dir-spec has no limit; tor's tokenizer stops at 128 KiB). */
export const lineBytesMax: number = 128 * 1024;

const LF = 10;

/** Where the line that begins at `at` ends: the offset of its LF, or the end of input. */
export function endOfLine(bytes: Uint8Array, at: number, end: number): number {
  const lf = bytes.indexOf(LF, at);
  return lf < 0 || lf > end ? end : lf;
}

/** Space, tab, CR, NUL or `#`: what ends a keyword in tor's tokenizer, besides LF. */
function endsKeyword(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13 || byte === 0 || byte === 35;
}

/** Where a lexer stands. */
export interface Lexer {
  readonly bytes: Uint8Array;
  /** Input ends here. */
  readonly end: number;
  readonly problems: ProblemList;
  /** Offset of the next line. */
  at: number;
  /** Number of the next line. */
  line: number;
}

/** A lexer over `[start, end)`; `line` is the number of the first line. */
export function lexer(
  bytes: Uint8Array,
  problems: ProblemList,
  start = 0,
  end: number = bytes.length,
  line = 1,
): Lexer {
  return { bytes, end, problems, at: start, line };
}

/** Reports a problem at the line the lexer is at, or at an earlier one. */
function report(
  lex: Lexer,
  code: ProblemCode,
  expected: string,
  found: string,
  place: Place = here(lex),
): void {
  const problem: Problem = { severity: 'error', code, ...place, expected, found };
  lex.problems.add(problem);
}

/** A line: its number and the offset of its first byte. */
interface Place {
  readonly line: number;
  readonly offset: number;
}

function here({ line, at }: Lexer): Place {
  return { line, offset: at };
}

/** tor reads a last line without its LF; it is odd nevertheless. */
function checkLastLine(lex: Lexer, lineEnd: number): void {
  if (lineEnd < lex.end) return;
  const found = quote(lex.bytes, lex.at, lineEnd);
  const expected = 'a line ended by LF';
  lex.problems.add({
    severity: 'warning',
    code: 'truncated',
    line: lex.line,
    offset: lex.at,
    expected,
    found,
  });
}

/** The keyword of the line at `at` without lexing it: what comes before the first white space. */
export function peekKeyword(bytes: Uint8Array, at: number, end: number): string {
  let stop = at;
  while (stop < end && stop - at < 64 && bytes[stop] !== LF && !endsKeyword(bytes[stop] as number)) stop += 1;
  return textOf(bytes, at, stop);
}

/**
 * Lexes items until the end of input or until `stop` says that the line with this keyword belongs to somebody else.
 * Blank lines and `#` comments between items are skipped, a leading `opt` too, as tor does.
 */
export function lexItems(lex: Lexer, stop: (keyword: string) => boolean = () => false): Item[] {
  const items: Item[] = [];
  while (lex.at < lex.end) {
    const lineEnd = endOfLine(lex.bytes, lex.at, lex.end);
    const first = lex.bytes[lex.at] as number;
    if (lineEnd - lex.at > lineBytesMax) {
      report(lex, 'too-long', `a line of at most ${lineBytesMax} bytes`, `${lineEnd - lex.at} bytes`);
      skipLine(lex, lineEnd);
    } else if (first === LF || first === 35 || isBlank(lex.bytes, lex.at, lineEnd)) {
      skipLine(lex, lineEnd);
    } else {
      if (stop(peekKeyword(lex.bytes, lex.at, lineEnd))) break;
      items.push(lexItem(lex, lineEnd));
    }
  }
  return items;
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  }
  return true;
}

function skipLine(lex: Lexer, lineEnd: number): void {
  lex.at = Math.min(lineEnd + 1, lex.end);
  lex.line += 1;
}

function lexItem(lex: Lexer, lineEnd: number): Item {
  const { bytes, at: start, line } = lex;
  checkLastLine(lex, lineEnd);
  if (bytes.subarray(start, lineEnd).includes(0)) report(lex, 'nul-byte', 'no NUL byte', 'one');
  let from = start;
  if (startsAt(bytes, from, 'opt ')) from += 4;
  let keywordEnd = from;
  while (keywordEnd < lineEnd && !endsKeyword(bytes[keywordEnd] as number)) keywordEnd += 1;
  let rest = keywordEnd;
  while (rest < lineEnd && (bytes[rest] === 32 || bytes[rest] === 9 || bytes[rest] === 13)) rest += 1;
  const keyword = textOf(bytes, from, keywordEnd);
  const text = textOf(bytes, rest, lineEnd);
  skipLine(lex, lineEnd);
  const afterLine = lex.at;
  const object =
    startsAt(bytes, lex.at, '-----BEGIN ') && lex.at < lex.end ? lexObject(lex, keyword) : undefined;
  return { keyword, rest: text, object, line, start, lineEnd: afterLine, end: lex.at };
}

function lexObject(lex: Lexer, keyword: string): ItemObject | undefined {
  const { bytes } = lex;
  const beginEnd = endOfLine(bytes, lex.at, lex.end);
  const match = /^-----BEGIN ([A-Za-z0-9 ]+)-----$/.exec(
    textOf(bytes, lex.at, Math.min(beginEnd, lex.at + 200)),
  );
  if (!match) {
    report(lex, 'bad-object', `an object after ${keyword.slice(0, 64)}`, quote(bytes, lex.at, beginEnd));
    skipLine(lex, beginEnd);
    return undefined;
  }
  const label = match[1] as string;
  const begin = here(lex);
  const closing = `-----END ${label}-----`;
  skipLine(lex, beginEnd);
  const bodyStart = lex.at;
  while (lex.at < lex.end && lex.at - bodyStart <= lineBytesMax) {
    const lineEnd = endOfLine(bytes, lex.at, lex.end);
    if (bytes[lex.at] === 45) {
      const closes = lineEnd - lex.at === closing.length && startsAt(bytes, lex.at, closing);
      if (!closes) break;
      const decoded = fromBase64Bytes(bytes, bodyStart, lex.at);
      if (!decoded) report(lex, 'bad-object', `base64 in ${label}`, quote(bytes, bodyStart, lex.at), begin);
      checkLastLine(lex, lineEnd);
      skipLine(lex, lineEnd);
      return { label, bytes: decoded };
    }
    skipLine(lex, lineEnd);
  }
  const found = lex.at < lex.end ? quote(bytes, lex.at, endOfLine(bytes, lex.at, lex.end)) : 'the end';
  report(lex, 'bad-object', closing, found, begin);
  return { label, bytes: undefined };
}

/** The arguments of an item: what stands between runs of white space; a `#` cuts, as in tor. */
export function argumentsOf(item: Item): string[] {
  return item.rest.split(/[ \t\r#]+/).filter((argument) => argument !== '');
}
