/**
 * The places of a document that somebody wants to see: its beginning, every line with a problem or a word that nobody
 * knows, where the signed part ends, and the signatures. Bounded, however large the document.
 */
import type { Problem, Span, UnrecognizedLine } from '@conclave/netdoc';
import type { DocumentPage } from '../api/index.ts';

type Excerpt = DocumentPage['excerpts'][number];
type Line = Excerpt['lines'][number];

/** What is marked. */
export interface Marks {
  readonly problems: readonly Problem[];
  readonly unrecognized: readonly UnrecognizedLine[];
  /** What the signatures are over. */
  readonly signed: Span | undefined;
}

const beginning = 40;
const around = 2;
/** From the first signature on: as many lines as nine signatures take, and some. */
const signatureLines = 90;
const linesMax = 400;
const textMax = 240;

/** Cuts the excerpts out of a document. */
export function excerptsOf(bytes: Uint8Array, marks: Marks): Excerpt[] {
  const starts = lineStarts(bytes);
  const notes = notesOf(marks, starts);
  const wanted = wantedLines(marks, starts, notes);
  const excerpts: { lines: Line[] }[] = [];
  let last = -1;
  for (const index of wanted.slice(0, linesMax)) {
    if (index !== last + 1 || excerpts.length === 0) excerpts.push({ lines: [] });
    excerpts.at(-1)?.lines.push(lineAt(bytes, starts, index, marks.signed, notes.get(index)));
    last = index;
  }
  return excerpts;
}

/** Offset of each line's first byte; one more entry for the end. */
function lineStarts(bytes: Uint8Array): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  if (starts.at(-1) !== bytes.length) starts.push(bytes.length);
  return starts;
}

type Note = Pick<Line, 'mark' | 'note'>;

function notesOf({ problems, unrecognized }: Marks, starts: readonly number[]): Map<number, Note> {
  const notes = new Map<number, Note>();
  const put = (line: number, note: Note): void => {
    if (line >= 1 && line < starts.length && !notes.has(line - 1)) notes.set(line - 1, note);
  };
  for (const { line, expected, found } of problems)
    put(line, { mark: 'problem', note: `expected ${expected}, found ${found}` });
  for (const { line } of unrecognized)
    put(line, { mark: 'unrecognized', note: 'nobody here knows this line' });
  return notes;
}

/** The lines to show, ascending, by index from 0. */
function wantedLines(
  { signed }: Marks,
  starts: readonly number[],
  notes: ReadonlyMap<number, Note>,
): number[] {
  const count = starts.length - 1;
  const wanted = new Set<number>();
  const range = (from: number, to: number): void => {
    for (let index = Math.max(0, from); index < Math.min(count, to); index += 1) wanted.add(index);
  };
  range(0, beginning);
  for (const index of notes.keys()) range(index - around, index + around + 1);
  if (signed) {
    const end = lineOf(starts, signed.end - 1);
    range(end - around, end + signatureLines);
  }
  return [...wanted].toSorted((a, b) => a - b);
}

/** The index of the line that an offset lies in. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? Infinity) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineAt(
  bytes: Uint8Array,
  starts: readonly number[],
  index: number,
  signed: Span | undefined,
  note: Note | undefined,
): Line {
  const start = starts[index] ?? 0;
  const end =
    (starts[index + 1] ?? bytes.length) - (bytes[(starts[index + 1] ?? bytes.length) - 1] === 10 ? 1 : 0);
  const cut = Math.min(end, start + textMax);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, cut - start).toString('utf8');
  const ownNote = note ?? { mark: null, note: null };
  const inside = signed !== undefined && start >= signed.start && start < signed.end;
  return {
    number: index + 1,
    text: cut < end ? `${text}… (${end - start} bytes)` : text,
    signed: inside,
    ...ownNote,
  };
}
