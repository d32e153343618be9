/**
 * Making consensus diffs (dir-spec 3.4.2): byte for byte those that tor's authorities serve. What the format leaves open,
 * where to cut the documents and which of several shortest scripts to write, is decided as tor decides it.
 */
import { bytesOf } from '../base/index.ts';
import { markChanges, sideOf } from './changes.ts';
import type { Side } from './changes.ts';
import { digestOfSigned, digestOfWhole } from './digests.ts';
import { lineBegins, sameRange, splitLines } from './lines.ts';
import type { Lines } from './lines.ts';
import { refuse } from './refusal.ts';
import type { DiffRefusal } from './refusal.ts';
import { advance, before, compareIdentities } from './routers.ts';

/** Between two relays that both documents list stand at most so many lines; tor refuses more (its MAX_LINE_COUNT). */
const sliceLinesMax = 10_000;

/**
 * Makes the diff that turns one consensus into another of its flavour, as tor 0.4.9 makes it. The base is named by its
 * signed part alone and its signatures are replaced whole, so any signatures on it serve. Documents must be bare, without
 * annotations. Refused are, as by tor, what is not lines of at most 1 MiB, relays out of order, more than 10,000 lines
 * between two relays in common, and a new line that is a single dot.
 */
export function makeDiff(
  base: Uint8Array,
  target: Uint8Array,
): { readonly ok: true; readonly diff: Uint8Array } | DiffRefusal {
  const older = splitLines(base);
  if (!('starts' in older)) return refuse('base', older.line, older.expected, older.found);
  const newer = splitLines(target);
  if (!('starts' in newer)) return refuse('target', newer.line, newer.expected, newer.found);
  const kept = linesBeforeSignatures(older);
  // tor would write `N,$d` with N the last line, which nobody takes, and so makes no diff.
  if (kept === older.count - 1) return refuse('base', older.count, 'more than one line of signatures', 'one');
  const marks = { base: sideOf(older, kept), target: sideOf(newer, newer.count) };
  const refusal = compare(marks.base, kept, marks.target, newer.count);
  if (refusal) return refusal;
  const runs = runsOf(marks.base.changed, marks.target.changed);
  if (!leadsTo(newer, older, kept, runs))
    return refuse('target', undefined, 'the same document from base and diff', 'another');
  const dot = dotIn(newer, runs);
  if (dot !== undefined) return refuse('target', dot, 'no new line that is a single dot', '"."');
  const commands = [
    'network-status-diff-version 1',
    `hash ${digestOfSigned(older)} ${digestOfWhole(target)}`,
    ...(kept < older.count ? [`${kept + 1},$d`] : []),
  ];
  return { ok: true, diff: write(`${commands.join('\n')}\n`, newer, runs) };
}

/** How many lines stand before the first signature; all, where there is none. */
function linesBeforeSignatures(lines: Lines): number {
  let line = 0;
  while (line < lines.count && !lineBegins(lines, line, 'directory-signature ')) line += 1;
  return line;
}

/** Compares the documents piece by piece; a piece ends before a relay that both list. */
function compare(base: Side, baseEnd: number, target: Side, targetEnd: number): DiffRefusal | undefined {
  const a = before(base.lines, baseEnd);
  const b = before(target.lines, targetEnd);
  let [aStart, bStart] = [0, 0];
  while (a.line < a.end || b.line < b.end) {
    const fault = meet(a, b);
    if (fault) return fault;
    for (const [part, start, place] of [
      ['base', aStart, a],
      ['target', bStart, b],
    ] as const) {
      const lines = place.line - start;
      if (lines > sliceLinesMax)
        return refuse(
          part,
          start + 1,
          `at most ${sliceLinesMax} lines up to a relay in common`,
          String(lines),
        );
    }
    markChanges(base, aStart, a.line, target, bStart, b.line);
    aStart = a.line;
    bStart = b.line;
  }
  return undefined;
}

type Place = ReturnType<typeof before>;

/** Moves both places on to the next relay that both documents list, or to the ends. */
function meet(a: Place, b: Place): DiffRefusal | undefined {
  if (a.line < a.end && !advance(a)) return misplaced('base', a);
  if (b.line < b.end && !advance(b)) return misplaced('target', b);
  if (a.line === a.end && b.line === b.end) return undefined;
  for (let order = compareIdentities(a, b); order !== 0; order = compareIdentities(a, b)) {
    const [part, lower, other] = order < 0 ? (['base', a, b] as const) : (['target', b, a] as const);
    if (lower.line < lower.end && !advance(lower)) return misplaced(part, lower);
    if (lower.line < lower.end) continue;
    other.line = other.end;
    return undefined;
  }
  return undefined;
}

function misplaced(part: 'base' | 'target', { line }: Place): DiffRefusal {
  return refuse(part, line + 1, 'relays in ascending order of identity, each once', 'another order');
}

/** Lines of the base replaced by lines of the target; indexes from 0. */
interface Run {
  readonly from: number;
  readonly deleted: number;
  readonly textFrom: number;
  readonly added: number;
}

/** The changes from the end of the documents to their beginning, as `ed` needs them. */
function runsOf(deleted: Uint8Array, added: Uint8Array): Run[] {
  const runs: Run[] = [];
  let a = deleted.length;
  let b = added.length;
  while (a > 0 || b > 0) {
    const [aEnd, bEnd] = [a, b];
    while (a > 0 && deleted[a - 1] === 1) a -= 1;
    while (b > 0 && added[b - 1] === 1) b -= 1;
    if (a < aEnd || b < bEnd) runs.push({ from: a, deleted: aEnd - a, textFrom: b, added: bEnd - b });
    if (a > 0) a -= 1;
    if (b > 0) b -= 1;
  }
  return runs;
}

/** Whether what the runs leave of the base is what they leave of the target: the diff leads where it should. */
function leadsTo(target: Lines, base: Lines, baseEnd: number, runs: readonly Run[]): boolean {
  let [a, b] = [baseEnd, target.count];
  const same = (aFrom: number, bFrom: number): boolean => {
    const at = base.starts[aFrom] as number;
    const other = target.starts[bFrom] as number;
    const length = (base.starts[a] as number) - at;
    return (target.starts[b] as number) - other === length && sameRange(base, at, target, other, length);
  };
  for (const { from, deleted, textFrom, added } of runs) {
    if (!same(from + deleted, textFrom + added)) return false;
    a = from;
    b = textFrom;
  }
  return same(0, 0);
}

/** The line, from 1, that would end the text in the midst of it. */
function dotIn({ bytes, starts }: Lines, runs: readonly Run[]): number | undefined {
  for (const { textFrom, added } of runs) {
    for (let line = textFrom + added - 1; line >= textFrom; line -= 1) {
      const start = starts[line] as number;
      if (bytes[start] === 46 && starts[line + 1] === start + 2) return line + 1;
    }
  }
  return undefined;
}

/** The longest command: two numbers, a comma, a letter, two line ends and the dot. */
const commandBytesMax = 26;

function write(head: string, { bytes, starts }: Lines, runs: readonly Run[]): Uint8Array {
  const size = (textFrom: number, added: number): number =>
    (starts[textFrom + added] as number) - (starts[textFrom] as number);
  const text = runs.reduce((sum, { textFrom, added }) => sum + size(textFrom, added), 0);
  const diff = new Uint8Array(head.length + text + runs.length * commandBytesMax);
  diff.set(bytesOf(head));
  let at = head.length;
  for (const { from, deleted, textFrom, added } of runs) {
    at = putNumber(diff, at, deleted === 0 ? from : from + 1);
    if (deleted > 1) {
      diff[at] = 44;
      at = putNumber(diff, at + 1, from + deleted);
    }
    diff[at] = added === 0 ? 100 : deleted === 0 ? 97 : 99;
    diff[at + 1] = 10;
    at += 2;
    if (added === 0) continue;
    const [start, end] = [starts[textFrom] as number, starts[textFrom + added] as number];
    diff.set(bytes.subarray(start, end), at);
    at += end - start;
    diff[at] = 46;
    diff[at + 1] = 10;
    at += 2;
  }
  return diff.slice(0, at);
}

/** Writes a number in decimal digits; returns where it ends. */
function putNumber(target: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end += 1;
  let rest = value;
  for (let place = end - 1; place >= at; place -= 1) {
    target[place] = 48 + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return end;
}
