/**
 * The table language: a document's items, described once as rows in the spec's own words. The parser, its problems and
 * the TypeScript type of the result all follow from the table (dir-spec 1.2: "Exactly once", "At most once", …).
 */
import { argumentsOf } from './lex.ts';
import type { Item } from './lex.ts';
import { ProblemList, quoteText } from './problem.ts';
import type { ProblemCode, UnrecognizedLine } from './problem.ts';

/** How often an item may stand in a document. */
export type Multiplicity = 'exactlyOnce' | 'atMostOnce' | 'anyNumber';

/** Reads the value of an item, or says by `wrong` what was expected and returns undefined. */
export type Read<T> = (item: Item, wrong: (expected: string, found?: string) => undefined) => T | undefined;

/** A row of a table. */
export interface Row<T, M extends Multiplicity> {
  readonly keyword: string;
  readonly multiplicity: M;
  readonly read: Read<T>;
  /** An object may follow the line. tor refuses a document with an object behind any other item that it knows. */
  readonly carriesObject?: true;
}

/** The type that a table of rows describes. */
export type Values<Rows> = {
  readonly [Name in keyof Rows]: Rows[Name] extends Row<infer T, infer M>
    ? M extends 'exactlyOnce'
      ? T
      : M extends 'atMostOnce'
        ? T | undefined
        : readonly T[]
    : never;
};

/** The item must stand there once. */
export function exactlyOnce<T>(keyword: string, read: Read<T>): Row<T, 'exactlyOnce'> {
  return { keyword, multiplicity: 'exactlyOnce', read };
}

/** The item may stand there once. */
export function atMostOnce<T>(keyword: string, read: Read<T>): Row<T, 'atMostOnce'> {
  return { keyword, multiplicity: 'atMostOnce', read };
}

/** The item may stand there any number of times. */
export function anyNumber<T>(keyword: string, read: Read<T>): Row<T, 'anyNumber'> {
  return { keyword, multiplicity: 'anyNumber', read };
}

/** The row of an item that has an object behind its line. */
export function withObject<T, M extends Multiplicity>(row: Row<T, M>): Row<T, M> {
  return { ...row, carriesObject: true };
}

type AnyRow = Row<unknown, Multiplicity>;

/** What became of a table: the values; `complete` when every mandatory row has one. */
export interface TableReading<Rows> {
  readonly values: Partial<Values<Rows>>;
  readonly complete: boolean;
  readonly unrecognized: readonly UnrecognizedLine[];
}

/** Where in the document a missing item is reported. */
interface Place {
  readonly line: number;
  readonly offset: number;
}

/** Reads items by a table; items of no row are returned as unrecognized. */
export function readTable<Rows extends Readonly<Record<string, AnyRow>>>(
  rows: Rows,
  items: readonly Item[],
  problems: ProblemList,
): TableReading<Rows> {
  const byKeyword = namesOf(rows);
  const found = new Map<string, unknown[]>();
  const unrecognized: UnrecognizedLine[] = [];
  for (const item of items) {
    const name = byKeyword.get(item.keyword);
    if (name === undefined) {
      unrecognized.push({
        line: item.line,
        offset: item.start,
        text: `${item.keyword} ${item.rest}`.trimEnd(),
      });
      continue;
    }
    readRow(rows[name] as AnyRow, name, item, found, problems);
  }
  const place: Place = { line: items[0]?.line ?? 1, offset: items[0]?.start ?? 0 };
  return { ...collect(rows, items, found, place, problems), unrecognized };
}

/** The rows of each table by keyword, made once: a file may hold ten thousand documents of one table. */
const names = new WeakMap<object, ReadonlyMap<string, string>>();

function namesOf(rows: Readonly<Record<string, AnyRow>>): ReadonlyMap<string, string> {
  const known = names.get(rows);
  if (known) return known;
  const made = new Map(Object.entries(rows).map(([name, row]) => [row.keyword, name]));
  names.set(rows, made);
  return made;
}

/**
 * Reads items of which tor itself reads none: what is wrong with one is odd, but no reason to refuse the document, so
 * every problem is a warning.
 */
export function readTableLeniently<Rows extends Readonly<Record<string, AnyRow>>>(
  rows: Rows,
  items: readonly Item[],
  problems: ProblemList,
): TableReading<Rows> {
  const own = new ProblemList();
  const reading = readTable(rows, items, own);
  for (const problem of own.kept) problems.add({ ...problem, severity: 'warning' });
  return reading;
}

function readRow(
  row: AnyRow,
  name: string,
  item: Item,
  found: Map<string, unknown[]>,
  problems: ProblemList,
): void {
  const earlier = found.get(name);
  if (earlier && row.multiplicity !== 'anyNumber') {
    complain(problems, item, 'repeated-item', `${row.keyword} only once`, 'another');
    return;
  }
  if (row.carriesObject !== true) refuseObject(item, problems);
  const value = row.read(item, (expected, what) =>
    complain(problems, item, 'bad-argument', expected, what ?? quoteText(item.rest)),
  );
  const list = earlier ?? [];
  if (value !== undefined) list.push(value);
  found.set(name, list);
}

function collect<Rows extends Readonly<Record<string, AnyRow>>>(
  rows: Rows,
  items: readonly Item[],
  found: ReadonlyMap<string, readonly unknown[]>,
  place: Place,
  problems: ProblemList,
): { values: Partial<Values<Rows>>; complete: boolean } {
  const values: Record<string, unknown> = {};
  let complete = true;
  for (const [name, row] of Object.entries(rows)) {
    const list = found.get(name);
    if (row.multiplicity === 'anyNumber') values[name] = list ?? [];
    else if (list && list.length > 0) values[name] = list[0];
    else if (row.multiplicity === 'exactlyOnce') {
      complete = false;
      // An item that is there but unreadable has had its problem already.
      if (!list) {
        const expected = `${row.keyword} exactly once`;
        problems.add({
          severity: 'error',
          code: 'missing-item',
          ...place,
          keyword: row.keyword,
          expected,
          found: items.length === 0 ? 'no item at all' : 'none',
        });
      }
    }
  }
  return { values: values as Partial<Values<Rows>>, complete };
}

/** Adds a problem about an item; returns undefined so that a reader can return it. */
export function complain(
  problems: ProblemList,
  item: Item,
  code: ProblemCode,
  expected: string,
  found: string,
): undefined {
  problems.add({
    severity: 'error',
    code,
    line: item.line,
    offset: item.start,
    keyword: item.keyword,
    expected,
    found,
  });
  return undefined;
}

/** Complains of an object behind an item that has none (tor: `NO_OBJ`). */
export function refuseObject(item: Item, problems: ProblemList): void {
  if (item.object) complain(problems, item, 'bad-object', 'no object behind the line', item.object.label);
}

/** Reads the one argument by `parse`; `what` says what it should be. Further arguments are ignored (dir-spec 1.2). */
export function argument<T>(what: string, parse: (text: string) => T | undefined): Read<T> {
  return (item, wrong) => {
    const [first] = argumentsOf(item);
    const value = first === undefined ? undefined : parse(first);
    return value === undefined ? wrong(what) : value;
  };
}

/** Reads all that stands behind the keyword, as one text. */
export const wholeLine: Read<string> = (item) => item.rest;

/** Reads the arguments as a list. */
export const argumentList: Read<readonly string[]> = (item) => argumentsOf(item);
