/**
 * Files of many documents, one after another, as authorities serve them, CollecTor keeps them and tor caches them: where
 * each begins and ends, and the annotation lines before it. What the documents say is no business of this file.
 */
import { startsAt, textOf } from '../base/index.ts';
import { endOfLine, lexer, lexItems, ProblemList, problemsKept } from '../metaformat/index.ts';
import type { Item, Profile } from '../metaformat/index.ts';

/** A line that CollecTor or tor's cache put before a document: `@type server-descriptor 1.0`, `@downloaded-at …`. */
export interface Annotation {
  /** Without the `@`. */
  readonly keyword: string;
  readonly value: string;
  readonly line: number;
}

/** One document of a file. */
export interface Piece {
  readonly annotations: readonly Annotation[];
  readonly items: readonly Item[];
  /** Where its first item begins (its annotations do not belong to it) … */
  readonly start: number;
  /** … and where the next document, or its annotations, begin. */
  readonly end: number;
  readonly problems: ProblemList;
}

/** Problems kept over all the documents of one file; each document keeps at most `problemsKept` of them. */
const keptOfFile = 20 * problemsKept;

/** Takes a file apart at the items `first`, with which a document of this kind begins, and at annotations. */
export function* pieces(
  bytes: Uint8Array,
  first: string,
  profile: Profile,
): Generator<Piece, undefined, undefined> {
  const bound = { left: keptOfFile };
  let at = 0;
  let line = 1;
  while (at < bytes.length) {
    const problems = new ProblemList(Math.min(problemsKept, bound.left));
    const annotations = readAnnotations(bytes, at, line);
    const lex = lexer(bytes, problems, annotations.at, bytes.length, annotations.line);
    if (profile === 'tor-0.4.9' && annotations.list.length > 0) {
      const found = `@${annotations.list[0]?.keyword ?? ''}`;
      const expected = 'no annotation in what an authority serves';
      problems.add({ severity: 'error', code: 'misplaced-item', line, offset: at, expected, found });
    }
    let begun = false;
    const items = lexItems(lex, (keyword) => {
      const ends = keyword.startsWith('@') || (begun && keyword === first);
      begun = true;
      return ends;
    });
    const start = items[0]?.start ?? annotations.at;
    if (items.length > 0 || annotations.list.length > 0)
      yield { annotations: annotations.list, items, start, end: lex.at, problems };
    bound.left -= problems.kept.length;
    at = lex.at;
    line = lex.line;
  }
  return undefined;
}

const annotationBytesMax = 1024;

function readAnnotations(
  bytes: Uint8Array,
  from: number,
  fromLine: number,
): { list: Annotation[]; at: number; line: number } {
  const list: Annotation[] = [];
  let at = from;
  let line = fromLine;
  while (at < bytes.length && (bytes[at] === 64 || bytes[at] === 10)) {
    const end = endOfLine(bytes, at, bytes.length);
    if (startsAt(bytes, at, '@')) {
      const text = textOf(bytes, at + 1, Math.min(end, at + annotationBytesMax));
      const [, keyword = '', value = ''] = /^(\S*)\s*([^]*)$/.exec(text) ?? [];
      list.push({ keyword, value: value.trimEnd(), line });
    }
    at = Math.min(end + 1, bytes.length);
    line += 1;
  }
  return { list, at, line };
}

/** Adds a problem unless the items begin with `first` and end with `last` (dir-spec 1.2: "first", "last"). */
export function checkEnds(
  { items, problems, start }: Piece,
  first: string,
  last: string | undefined,
): boolean {
  const [opening] = items;
  const closing = items.at(-1);
  if (!opening || opening.keyword !== first) {
    problems.add({
      severity: 'error',
      code: 'not-this-document',
      line: opening?.line ?? 1,
      offset: opening?.start ?? start,
      keyword: first,
      expected: `${first} as the first item`,
      found: JSON.stringify(opening?.keyword.slice(0, 64) ?? ''),
    });
    return false;
  }
  if (last === undefined || !closing || closing.keyword === last) return true;
  problems.add({
    severity: 'error',
    code: items.some(({ keyword }) => keyword === last) ? 'misplaced-item' : 'truncated',
    line: closing.line,
    offset: closing.start,
    keyword: last,
    expected: `${last} as the last item`,
    found: JSON.stringify(closing.keyword.slice(0, 64)),
  });
  return false;
}
