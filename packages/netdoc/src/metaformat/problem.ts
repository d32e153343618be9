/** What was wrong with a document, and where. Problems are data; parsing never throws (dir-spec 1.2). */
import { textOf } from '../base/index.ts';

/**
 * How strictly a document is read:
 * - `tor-0.4.9`: as tor 0.4.9.11 accepts it today from an authority;
 * - `archive`: as some tor accepted it in its day (no `pr` lines before 2015, annotations before the first line).
 */
export type Profile = 'tor-0.4.9' | 'archive';

/** The kinds of problem, one for each thing that can be wrong with a line. */
export type ProblemCode =
  | 'not-this-document'
  | 'missing-item'
  | 'repeated-item'
  | 'misplaced-item'
  | 'missing-object'
  | 'bad-object'
  | 'bad-argument'
  | 'bad-order'
  | 'duplicate'
  | 'bad-line'
  | 'too-long'
  | 'nul-byte'
  | 'truncated'
  | 'trailing-bytes'
  | 'contradiction';

/** One problem. `error`: tor would refuse the document (under the profile); `warning`: it is odd, but tor takes it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  /** Line in the document, from 1. */
  readonly line: number;
  /** Byte offset of that line's first byte. */
  readonly offset: number;
  readonly keyword?: string;
  readonly expected: string;
  readonly found: string;
}

/** How many problems of one document are kept; the rest is only counted, so hostile input costs bounded memory. */
export const problemsKept = 200;

/** Collects problems while a document is read. */
export class ProblemList {
  readonly kept: Problem[] = [];
  /** All problems of severity `error`, kept or not. */
  errors = 0;
  /** All problems, kept or not. */
  count = 0;
  private readonly limit: number;

  /** A list that keeps at most `limit` problems: less where many documents of one file share a bound. */
  constructor(limit: number = problemsKept) {
    this.limit = limit;
  }

  /** Adds a problem; beyond the bound it is only counted. */
  add(problem: Problem): void {
    this.count += 1;
    if (problem.severity === 'error') this.errors += 1;
    if (this.kept.length < this.limit) this.kept.push(short(problem));
  }

  /** The problems that were kept, in the order of the document. */
  inOrder(): readonly Problem[] {
    return this.kept.toSorted((a, b) => a.offset - b.offset);
  }
}

/** More of what stands in a document is never kept of one problem, so 200 of them are small whatever they quote. */
const charactersKept = 600;

/** The same problem with its texts cut to what is kept. */
function short(problem: Problem): Problem {
  const { keyword, expected, found } = problem;
  if (Math.max(keyword?.length ?? 0, expected.length, found.length) <= charactersKept) return problem;
  const cut = (text: string): string =>
    text.length > charactersKept ? `${text.slice(0, charactersKept)} … (${text.length} characters)` : text;
  const texts = { expected: cut(expected), found: cut(found) };
  return keyword === undefined ? { ...problem, ...texts } : { ...problem, keyword: cut(keyword), ...texts };
}

/** What a parser returns: what it understood, and what was wrong. */
export interface Parsed<D> {
  /** The document, when every part that its type promises could be read; it may still have problems. */
  readonly document: D | undefined;
  /** The parts that could be read, whether or not the whole could. */
  readonly partial: Partial<D>;
  /** In the order of the document; at most `problemsKept`. */
  readonly problems: readonly Problem[];
  /** How many problems of severity `error` there were in all. */
  readonly errors: number;
  /** Lines whose keyword this version does not know, kept as they are. */
  readonly unrecognized: readonly UnrecognizedLine[];
}

/** A line nobody here knows; dir-spec 1.2 says to ignore it, an observatory shows it. */
export interface UnrecognizedLine {
  readonly line: number;
  readonly offset: number;
  readonly text: string;
}

/** `line 12: valid-after: expected a time, found "x"`, for people. */
export function describeProblem(problem: Problem): string {
  const keyword = problem.keyword === undefined ? '' : ` ${problem.keyword}:`;
  return `line ${problem.line}:${keyword} expected ${problem.expected}, found ${problem.found}`;
}

/** Bytes as they are quoted in problems: at most 80 of them, control characters escaped. */
export function quote(bytes: Uint8Array, start: number, end: number): string {
  const cut = Math.min(end, start + 80);
  return JSON.stringify(textOf(bytes, start, cut)) + (cut < end ? ` … (${end - start} bytes)` : '');
}

/** Text as it is quoted in problems. */
export function quoteText(text: string): string {
  return text.length > 80
    ? `${JSON.stringify(text.slice(0, 80))} … (${text.length} characters)`
    : JSON.stringify(text);
}
