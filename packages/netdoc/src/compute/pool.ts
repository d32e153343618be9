/**
 * The texts that repeat in entries (versions, protocol lists, policies) of all votes in one numbering, with their order
 * computed once, so that choosing among a relay's is comparing small numbers.
 */
import { endOfLine } from '../metaformat/index.ts';
import { present } from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';
import { byteText, byteTextAt, compareByteTexts, lost } from './byte-text.ts';
import type { Ballot } from './ballot.ts';
import { rankVersions } from './version-order.ts';

/** Texts by number, in one character for each byte. */
export interface TextPool {
  readonly texts: readonly string[];
  /** Each as the whole line of an entry, keyword and line feed included. */
  readonly lines: readonly Uint8Array[];
  /** Place in the order; the same for texts that compare equal. */
  readonly ranks: Int32Array;
  /** For each vote: number in its table to number here. */
  readonly ids: readonly Int32Array[];
  /** 1 for a text that compares equal to another one. */
  readonly ambiguous: Uint8Array;
}

/** The columns that are pooled, the texts that their numbers mean, and the keyword of the line. */
const columns = {
  version: { texts: 'versions', bit: present.v, keyword: 'v' },
  protocols: { texts: 'protocolLists', bit: present.pr, keyword: 'pr' },
  policy: { texts: 'policies', bit: present.p, keyword: 'p' },
} as const;

type Column = keyof typeof columns;

/** Versions in version order. */
export function versionPool(ballots: readonly Ballot[]): TextPool {
  const { texts, ids } = collected(ballots, 'version');
  const { rankOf } = rankVersions(texts);
  const ranks = Int32Array.from(texts, (text) => rankOf.get(text) as number);
  const sharers = new Map<number, number>();
  for (const rank of ranks) sharers.set(rank, (sharers.get(rank) ?? 0) + 1);
  const ambiguous = Uint8Array.from(ranks, (rank) => ((sharers.get(rank) as number) > 1 ? 1 : 0));
  return { texts, lines: linesOf(texts, 'v'), ranks, ids, ambiguous };
}

/** Protocol lists or policies in order of bytes. */
export function textPool(ballots: readonly Ballot[], column: 'protocols' | 'policy'): TextPool {
  const { texts, ids } = collected(ballots, column);
  const sorted = texts
    .map((_, id) => id)
    .sort((a, b) => compareByteTexts(texts[a] as string, texts[b] as string));
  const ranks = new Int32Array(texts.length);
  for (const [rank, id] of sorted.entries()) ranks[id] = rank;
  const lines = linesOf(texts, columns[column].keyword);
  return { texts, lines, ranks, ids, ambiguous: new Uint8Array(texts.length) };
}

function linesOf(texts: readonly string[], keyword: string): readonly Uint8Array[] {
  return texts.map((text) => Uint8Array.from(`${keyword} ${text}\n`, (byte) => byte.charCodeAt(0)));
}

function collected(
  ballots: readonly Ballot[],
  column: Column,
): { readonly texts: readonly string[]; readonly ids: readonly Int32Array[] } {
  const idOf = new Map<string, number>();
  const ids = ballots.map(({ entries: { table } }) =>
    Int32Array.from(exactTexts(table, column), (text) => {
      const known = idOf.get(text) ?? idOf.size;
      idOf.set(text, known);
      return known;
    }),
  );
  return { texts: [...idOf.keys()], ids };
}

/** The texts of a table by their bytes; those that were no UTF-8 are read again where they stand first. */
function exactTexts(table: RouterTable, column: Column): readonly string[] {
  const { texts, bit, keyword } = columns[column];
  const decoded = table[texts];
  if (!decoded.some((text) => text.includes(lost))) return decoded.map(byteText);
  const exact = decoded.map((text) => (text.includes(lost) ? undefined : byteText(text)));
  for (let row = 0; row < table.count; row += 1) {
    const id = table[column][row] as number;
    if (((table.present[row] as number) & bit) === 0 || exact[id] !== undefined) continue;
    exact[id] = lineOf(table, row, keyword);
  }
  return exact.map((text, id) => text ?? byteText(decoded[id] as string));
}

/** What stands behind a keyword in an entry. */
function lineOf({ bytes, start }: RouterTable, row: number, keyword: string): string {
  const stop = start[row + 1] as number;
  for (let at = start[row] as number; at < stop;) {
    const end = endOfLine(bytes, at, stop);
    const [, word, rest = ''] =
      /^[ \t\r]*(?:opt [ \t\r]*)?([^ \t\r\0#]*)[ \t\r]*([^]*)$/.exec(byteTextAt(bytes, at, end)) ?? [];
    if (word === keyword) return rest;
    at = end + 1;
  }
  return '';
}
