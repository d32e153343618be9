/** Documents as JSON, in pieces: a vote's columns become rows one by one, never one string of a hundred megabytes. */
import {
  bandwidthRow,
  ed25519State,
  formatTime,
  present,
  routerAt,
  textOf,
  toBase64,
  toHex,
  type BandwidthTable,
  type ConsensusDiff,
  type RouterTable,
  type UnixSeconds,
} from '@conclave/netdoc';
import type { FileDocument } from './documents.ts';
import { computedJson } from './summary-computed.ts';

/** Fields that are times; written as the spec writes them. */
const times: ReadonlySet<string> = new Set([
  'published',
  'expires',
  'validAfter',
  'freshUntil',
  'validUntil',
  'timestamp',
  'time',
  'geoipStartTime',
]);

/** The JSON of a parsed document in pieces, without a line end. */
export function* documentJson(document: FileDocument): Generator<string> {
  const { file, line, linesBefore, kind, parsed } = document;
  const ofFile = <T extends { readonly line: number }>(one: T): T => ({
    ...one,
    line: linesBefore + one.line,
  });
  const head = { file, line, kind, complete: parsed.document !== undefined, errors: parsed.errors };
  yield JSON.stringify(head).slice(0, -1);
  yield `,"problems":${JSON.stringify(parsed.problems.map(ofFile))}`;
  yield `,"unrecognized":${JSON.stringify(parsed.unrecognized.map(ofFile))},"document":{`;
  const partial = parsed.partial as Readonly<Record<string, unknown>>;
  let comma = '';
  for (const [name, value] of Object.entries(partial)) {
    if (name === 'kind' || name === 'bytes' || value === undefined) continue;
    yield `${comma}${JSON.stringify(name)}:`;
    if (name === 'routers') {
      const table = value as RouterTable;
      yield* listJson(routerRows(table, linesBefore));
    } else if (name === 'relays') yield* listJson(bandwidthRows(value as BandwidthTable, linesBefore));
    else if (name === 'commands')
      yield* listJson(commandRows(document.bytes, value as ConsensusDiff['commands'], linesBefore));
    else yield JSON.stringify(plain(name, value));
    comma = ',';
  }
  const computed = computedJson(document);
  yield computed === undefined ? '}}' : `},"computed":${JSON.stringify(computed)}}`;
}

/** A value of a document as JSON has it: maps as objects, bytes as base64, times as text. */
export function plain(name: string, value: unknown): unknown {
  if (typeof value === 'number' && times.has(name)) return formatTime(value as UnixSeconds);
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  if (Array.isArray(value)) return value.map((one: unknown) => plain('', one));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([key]) => key !== 'bytes');
    // `end` is an offset in a span and a time in an interval of statistics.
    const isInterval = 'intervalSeconds' in value;
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, plain(isInterval && key === 'end' ? 'time' : key, inner)]),
    );
  }
  return value;
}

function base64(bytes: Uint8Array): string {
  const text = toBase64(bytes);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Rows are written in pieces of about this many characters. */
const pieceCharacters = 65_536;

function* listJson(rows: Iterable<object>): Generator<string> {
  let piece = '[';
  let comma = '';
  for (const row of rows) {
    piece += comma + JSON.stringify(row);
    comma = ',';
    if (piece.length > pieceCharacters) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]`;
}

function* routerRows(table: RouterTable, linesBefore: number): Generator<object> {
  let microdesc = 0;
  for (let row = 0; row < table.count; row += 1) {
    const { votedMicrodescs: voted } = table;
    const first = microdesc;
    while (microdesc < voted.count && voted.router[microdesc] === row) microdesc += 1;
    yield { line: linesBefore + (table.line[row] ?? 0), ...rowOf(table, row, first, microdesc) };
  }
}

/** One entry: what the row view has, and what only votes or a few entries have. */
function rowOf(table: RouterTable, row: number, firstMicrodesc: number, endMicrodesc: number): object {
  const has = table.present[row] as number;
  const voted = table.votedMicrodescs;
  const microdescs = Array.from({ length: endMicrodesc - firstMicrodesc }, (_, index) => {
    const at = firstMicrodesc + index;
    const methods = voted.methodLists[voted.methods[at] as number];
    return voted.hasSha256[at] === 1
      ? { methods, sha256: toBase64(voted.sha256, at * 32, at * 32 + 32) }
      : { methods };
  });
  return {
    ...routerAt(table, row),
    ...((has & present.guardFraction) === 0 ? {} : { guardFraction: table.guardFraction[row] }),
    ...((has & present.measuredButAuthority) === 0 ? {} : { measuredButAuthority: true }),
    ...(table.ed25519State[row] === ed25519State.none ? { ed25519: 'none' } : {}),
    ...((has & present.stats) === 0 ? {} : { wfu: table.wfu[row], tk: table.tk[row], mtbf: table.mtbf[row] }),
    ...(microdescs.length === 0 ? {} : { microdescs }),
  };
}

/** A relay's line of a bandwidth file: what a vote takes of it, and everything that it says. */
function* bandwidthRows(table: BandwidthTable, linesBefore: number): Generator<object> {
  for (let row = 0; row < table.count; row += 1) {
    yield {
      line: linesBefore + (table.line[row] ?? 0),
      identity: toHex(table.identity, row * 20, row * 20 + 20),
      bandwidth: table.bandwidth[row],
      voted: table.voted[row] === 1,
      values: Object.fromEntries(bandwidthRow(table, row) ?? []),
    };
  }
}

/** A command of a diff, with the lines that it brings. */
function* commandRows(
  bytes: Uint8Array,
  commands: ConsensusDiff['commands'],
  linesBefore: number,
): Generator<object> {
  for (const { action, from, to, text, line } of commands) {
    const lines = text.end > text.start ? textOf(bytes, text.start, text.end - 1).split('\n') : [];
    yield { line: linesBefore + line, action, from, to, lines };
  }
}
