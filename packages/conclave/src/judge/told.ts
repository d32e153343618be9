/** How a judgement is told, whatever was judged: one sentence first, then tables, then by what it was judged. */
import type { DocumentKind, Parsed, Verdict } from '@conclave/netdoc';
import type { FileDocument, FileDocumentOf } from './documents.ts';
import { plural, type Tone } from './words.ts';

/** Yes, no, or something is missing. */
export type Outcome = Verdict['outcome'];

/** A cell of a table; the last one of a row may have a tone. */
export type Cell = string | readonly [tone: Tone, words: string];

/** A table below the sentence. */
export interface ToldTable {
  /** A line above it. */
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** How many rows there are in all, where they are not all here. */
  readonly of?: number;
}

/** What is said of one document, or of many that belong together. */
export interface Told {
  /** The first of the documents. */
  readonly document: FileDocument;
  readonly outcome: Outcome;
  /** The answer. */
  readonly sentence: string;
  readonly tables: readonly ToldTable[];
  /** By what it was judged. */
  readonly basis: readonly string[];
  /** One object for each document. */
  readonly json: () => Iterable<object>;
}

/** The exit code of each outcome, which JSON answers carry too. */
export const exitOf = { accepted: 0, rejected: 1, undecided: 2 } as const satisfies Record<Outcome, number>;

/** What of several outcomes counts: a no before something missing before a yes. */
export function worstOutcome(outcomes: Iterable<Outcome>): Outcome {
  const among = new Set(outcomes);
  return among.has('rejected') ? 'rejected' : among.has('undecided') ? 'undecided' : 'accepted';
}

/** A document of any kind, as far as it could be read. */
type Readable = Pick<FileDocumentOf<DocumentKind>, 'linesBefore'> & { readonly parsed: Parsed<unknown> };

/** Why a document could not be read as one: its first error, and how many more. */
export function malformedText({ parsed, linesBefore }: Readable): string {
  const first = parsed.problems.find(({ severity }) => severity === 'error');
  if (!first) return 'malformed (incomplete)';
  const keyword = first.keyword === undefined ? '' : `${first.keyword}: `;
  const more = parsed.errors - 1;
  const others = more > 0 ? `, and ${plural(more, 'more problem')}` : '';
  return `malformed (line ${linesBefore + first.line}: ${keyword}expected ${first.expected}, found ${first.found}${others})`;
}

/** Whether a document was read without an error. */
export function isMalformed({ parsed }: Readable): boolean {
  return parsed.errors > 0 || parsed.document === undefined;
}

/** What every JSON answer begins with. */
export function jsonHead(document: FileDocument, outcome: Outcome, sentence: string): object {
  const { file, line, kind } = document;
  return { file, line, kind, outcome, exitCode: exitOf[outcome], sentence };
}

/** What every JSON answer ends with. */
export function jsonProblems({ parsed, linesBefore }: FileDocument): object {
  return {
    problems: parsed.problems.map((problem) => ({ ...problem, line: linesBefore + problem.line })),
    errors: parsed.errors,
  };
}
