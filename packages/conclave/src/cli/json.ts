/** Documents as JSON, in pieces: a vote's columns become rows one by one, never one string of a hundred megabytes. */
import {
  ed25519State,
  formatTime,
  present,
  routerAt,
  toBase64,
  type RouterTable,
  type UnixSeconds,
} from '@conclave/netdoc';
import type { FileDocument } from './documents.ts';

/** Fields that are times; written as the spec writes them. */
const times: ReadonlySet<string> = new Set([
  'published',
  'expires',
  'validAfter',
  'freshUntil',
  'validUntil',
]);

/** The JSON of a parsed document in pieces, without a line end. */
export function* documentJson(document: FileDocument): Generator<string> {
  const { file, linesBefore, kind, parsed } = document;
  const head = {
    file,
    line: linesBefore + 1,
    kind,
    complete: parsed.document !== undefined,
    errors: parsed.errors,
  };
  yield JSON.stringify(head).slice(0, -1);
  yield `,"problems":${JSON.stringify(parsed.problems)}`;
  yield `,"unrecognized":${JSON.stringify(parsed.unrecognized)},"document":{`;
  const partial = parsed.partial as Readonly<Record<string, unknown>>;
  let comma = '';
  for (const [name, value] of Object.entries(partial)) {
    if (name === 'kind' || name === 'bytes' || value === undefined) continue;
    yield `${comma}${JSON.stringify(name)}:`;
    if (name === 'routers') yield* routersJson(value as RouterTable);
    else yield JSON.stringify(plain(name, value));
    comma = ',';
  }
  yield '}}';
}

/** A value of a document as JSON has it: maps as objects, bytes as base64, times as text. */
function plain(name: string, value: unknown): unknown {
  if (typeof value === 'number' && times.has(name)) return formatTime(value as UnixSeconds);
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  if (Array.isArray(value)) return value.map((one: unknown) => plain('', one));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([key]) => key !== 'bytes');
    return Object.fromEntries(entries.map(([key, inner]) => [key, plain(key, inner)]));
  }
  return value;
}

function base64(bytes: Uint8Array): string {
  const text = toBase64(bytes);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Rows are written in pieces of about this many characters. */
const pieceCharacters = 65_536;

function* routersJson(table: RouterTable): Generator<string> {
  let piece = '[';
  let microdesc = 0;
  for (let row = 0; row < table.count; row += 1) {
    const { votedMicrodescs: voted } = table;
    const first = microdesc;
    while (microdesc < voted.count && voted.router[microdesc] === row) microdesc += 1;
    piece += (row > 0 ? ',' : '') + JSON.stringify(rowOf(table, row, first, microdesc));
    if (piece.length > pieceCharacters) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]`;
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
    line: table.line[row],
    ...routerAt(table, row),
    ...((has & present.guardFraction) === 0 ? {} : { guardFraction: table.guardFraction[row] }),
    ...((has & present.measuredButAuthority) === 0 ? {} : { measuredButAuthority: true }),
    ...(table.ed25519State[row] === ed25519State.none ? { ed25519: 'none' } : {}),
    ...((has & present.stats) === 0 ? {} : { wfu: table.wfu[row], tk: table.tk[row], mtbf: table.mtbf[row] }),
    ...(microdescs.length === 0 ? {} : { microdescs }),
  };
}
