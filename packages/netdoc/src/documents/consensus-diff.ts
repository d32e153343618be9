/**
 * Consensus diffs: what makes a newer consensus out of one that the client has (dir-spec 3.4.2), in commands of `ed`. Read
 * here; made and applied in the room `diff`.
 */
import { startsAt, textOf } from '../base/index.ts';
import type { Span } from '../base/index.ts';
import { endOfLine, ProblemList, quote } from '../metaformat/index.ts';
import type { Parsed, ProblemCode, Profile } from '../metaformat/index.ts';
import { skipAnnotations } from './annotations.ts';
import { readLabels } from './cache.ts';

/** One command. Lines are counted from 1 in the older consensus; commands come from its end to its beginning. */
export interface DiffCommand {
  readonly action: 'append' | 'change' | 'delete';
  /** First line that it is about; lines are appended behind it. */
  readonly from: number;
  /** Last line, included; `end` is the last of the document. */
  readonly to: number | 'end';
  /** The new lines, each with its LF; empty where lines are deleted. */
  readonly text: Span;
  readonly textLines: number;
  /** Line of the command in the diff. */
  readonly line: number;
}

/** A diff as it says. */
export interface ConsensusDiff {
  readonly kind: 'consensus-diff';
  readonly bytes: Uint8Array;
  /** Labels that tor's cache put before it. */
  readonly labels: ReadonlyMap<string, string>;
  /** SHA3-256 of the signed part of the older consensus; upper-case hex. */
  readonly fromDigest: string;
  /** SHA3-256 of the whole of the newer one. */
  readonly toDigest: string;
  readonly commands: readonly DiffCommand[];
}

const commandBytesMax = 127;
/** tor takes a longer line for damage. */
const textLineBytesMax = 2 ** 20;

interface Cursor {
  readonly bytes: Uint8Array;
  readonly problems: ProblemList;
  at: number;
  line: number;
}

/** Parses a consensus diff, as an authority serves it, as tor's cache keeps it, or with CollecTor's line before it. */
export function parseConsensusDiff(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): Parsed<ConsensusDiff> {
  const problems = new ProblemList();
  const begin = options.profile === 'tor-0.4.9' ? { at: 0, line: 1 } : skipAnnotations(bytes);
  const labels = readLabels(bytes.subarray(begin.at));
  const at = begin.at + (labels?.body ?? 0);
  const cursor: Cursor = { bytes, problems, at, line: begin.line + (labels?.lines ?? 0) };
  const versionLine = cursor.line;
  const version = nextLine(cursor);
  if (version !== 'network-status-diff-version 1')
    fail(cursor, 'not-this-document', 'network-status-diff-version 1', at, versionLine);
  const hashAt = cursor.at;
  const hash = /^hash ([0-9A-Fa-f]{64}) ([0-9A-Fa-f]{64})$/.exec(nextLine(cursor) ?? '');
  if (!hash) fail(cursor, 'bad-argument', 'hash, and two SHA3-256 digests in hexadecimal', hashAt);
  const commands = readCommands(cursor);
  const partial = {
    kind: 'consensus-diff' as const,
    bytes,
    labels: labels?.labels ?? new Map<string, string>(),
    ...(hash
      ? { fromDigest: (hash[1] as string).toUpperCase(), toDigest: (hash[2] as string).toUpperCase() }
      : {}),
    commands: commands ?? [],
  };
  const complete = hash !== null && commands !== undefined && problems.errors === 0;
  return {
    document: complete ? (partial as ConsensusDiff) : undefined,
    partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: [],
  };
}

function fail(
  { bytes, problems, line }: Cursor,
  code: ProblemCode,
  expected: string,
  offset: number,
  at = Math.max(1, line - 1),
): undefined {
  const found =
    offset < bytes.length ? quote(bytes, offset, endOfLine(bytes, offset, bytes.length)) : 'the end';
  problems.add({ severity: 'error', code, line: at, offset, expected, found });
  return undefined;
}

/** The next line without its LF, at most as long as a command may be; undefined at the end. */
function nextLine(cursor: Cursor): string | undefined {
  const { bytes, at } = cursor;
  if (at >= bytes.length) return undefined;
  const end = endOfLine(bytes, at, bytes.length);
  if (end === bytes.length) fail(cursor, 'truncated', 'a line ended by LF', at, cursor.line);
  cursor.at = Math.min(end + 1, bytes.length);
  cursor.line += 1;
  // One character more than any line that is understood, so that a longer one never passes for it.
  return textOf(bytes, at, Math.min(end, at + 160));
}

const pattern = /^(\d{1,10})(?:,(\d{1,10}|\$))?([acd])$/;

/** All commands, or undefined at the first that is none: what follows it cannot be told apart from text. */
function readCommands(cursor: Cursor): DiffCommand[] | undefined {
  const commands: DiffCommand[] = [];
  let upper = Infinity;
  while (cursor.at < cursor.bytes.length) {
    const { at, line } = cursor;
    const text = nextLine(cursor) ?? '';
    const match = text.length <= commandBytesMax ? pattern.exec(text) : null;
    if (!match) return fail(cursor, 'bad-line', 'a command: Na, N[,M]c, N[,M]d or N,$d', at);
    const [, fromText, toText, letter] = match;
    const from = Number(fromText);
    const to = toText === '$' ? 'end' : Number(toText ?? fromText);
    const last = to === 'end' ? Infinity : to;
    if (toText !== undefined && (letter === 'a' || (to === 'end' && letter !== 'd') || last <= from))
      return fail(cursor, 'bad-argument', 'a range from a lower to a higher line, and none on a', at);
    if (from === 0 && letter !== 'a') return fail(cursor, 'bad-argument', 'a line from 1 on', at);
    if (commands.length > 0 && last >= upper)
      return fail(cursor, 'bad-order', `a command before line ${upper}`, at);
    upper = letter === 'a' ? from + 1 : from;
    const action = letter === 'a' ? 'append' : letter === 'c' ? 'change' : 'delete';
    const added = letter === 'd' ? { text: { start: at, end: at }, textLines: 0 } : readText(cursor);
    if (!added) return undefined;
    commands.push({ action, from, to, ...added, line });
  }
  return commands;
}

/** The new lines up to the `.` that ends them. */
function readText(cursor: Cursor): { readonly text: Span; readonly textLines: number } | undefined {
  const { bytes, at: start, line } = cursor;
  while (cursor.at < bytes.length) {
    const { at } = cursor;
    const end = endOfLine(bytes, at, bytes.length);
    cursor.at = Math.min(end + 1, bytes.length);
    cursor.line += 1;
    if (end === bytes.length) return fail(cursor, 'truncated', 'a line ended by LF', at);
    if (end - at > textLineBytesMax)
      return fail(cursor, 'too-long', `a line of at most ${textLineBytesMax} bytes`, at);
    if (end - at !== 1 || !startsAt(bytes, at, '.')) continue;
    const textLines = cursor.line - line - 1;
    if (textLines === 0) return fail(cursor, 'missing-item', 'at least one line before .', at);
    return { text: { start, end: at }, textLines };
  }
  return fail(cursor, 'truncated', 'a line . behind the new lines', bytes.length);
}
