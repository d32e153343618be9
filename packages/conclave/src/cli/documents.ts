/** From the bytes of a file to its documents: what kind they are, parsed, with problems told as `FILE:LINE: …`. */
import {
  detectKind,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  type Consensus,
  type DetachedSignatures,
  type KeyCertificate,
  type Parsed,
  type Problem,
  type Profile,
  type Vote,
} from '@conclave/netdoc';
import type { Input } from './input.ts';
import { CommandError, exit } from './exit.ts';
import { printable } from './output.ts';

/** A parsed document of one of the kinds, and the line of the file at which it begins (0 for the first line). */
export type FileDocument = {
  readonly file: string;
  readonly linesBefore: number;
  readonly bytes: Uint8Array;
} & (
  | { readonly kind: 'consensus'; readonly parsed: Parsed<Consensus> }
  | { readonly kind: 'vote'; readonly parsed: Parsed<Vote> }
  | { readonly kind: 'key-certificate'; readonly parsed: Parsed<KeyCertificate> }
  | { readonly kind: 'detached-signatures'; readonly parsed: Parsed<DetachedSignatures> }
);

/** The documents of a file; throws a `CommandError` when it has none that is known here. */
export function documentsOf(input: Input, profile: Profile): readonly FileDocument[] {
  const list: FileDocument[] = [];
  for (const { bytes, linesBefore } of piecesOf(input.bytes)) {
    const kind = detectKind(bytes);
    const common = { file: input.name, linesBefore, bytes };
    switch (kind) {
      case 'consensus':
        list.push({ ...common, kind, parsed: parseConsensus(bytes, { profile }) });
        break;
      case 'vote':
        list.push({ ...common, kind, parsed: parseVote(bytes, { profile }) });
        break;
      case 'detached-signatures':
        list.push({ ...common, kind, parsed: parseDetachedSignatures(bytes) });
        break;
      case 'key-certificate':
        for (const parsed of parseKeyCertificates(bytes, { profile })) list.push({ ...common, kind, parsed });
        break;
      // Kinds that the library reads and the command line does not, yet.
      case 'server-descriptor':
      case 'extra-info':
      case 'microdescriptor':
      case 'bandwidth-file':
      case 'consensus-diff':
      case 'diff-cache-item':
      case undefined:
        throw unknownKind(input.name, linesBefore, bytes);
    }
  }
  return list;
}

function unknownKind(file: string, linesBefore: number, bytes: Uint8Array): CommandError {
  const found = bytes.length === 0 ? 'an empty file' : JSON.stringify(firstLine(bytes));
  const expected = 'a consensus, a vote, key certificates or detached signatures';
  return new CommandError(
    exit.unreadable,
    `${file}:${linesBefore + 1}: expected ${expected}, found ${found}`,
  );
}

function firstLine(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 80)).toString('latin1');
  return text.split('\n', 1)[0] ?? '';
}

const begin = Buffer.from('network-status-version ');
const beginOfLine = Buffer.from('\nnetwork-status-version ');
const LF = 10;

/** A file may hold several votes or consensuses, one after another, as `v3-status-votes` and CollecTor's files do. */
function piecesOf(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly linesBefore: number }[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const cuts = [0];
  let first = buffer.subarray(0, begin.length).equals(begin);
  for (let at = buffer.indexOf(beginOfLine); at >= 0; at = buffer.indexOf(beginOfLine, at + 1)) {
    // Whatever stands before the first one, annotations above all, belongs to it.
    if (first) cuts.push(startOfAnnotations(buffer, at + 1));
    first = true;
  }
  let linesBefore = 0;
  return cuts.map((start, index) => {
    const end = cuts[index + 1] ?? bytes.length;
    const piece = { bytes: bytes.subarray(start, end), linesBefore };
    for (let at = buffer.indexOf(LF, start); at >= 0 && at < end; at = buffer.indexOf(LF, at + 1))
      linesBefore += 1;
    return piece;
  });
}

/** The `@type …` lines right above a document belong to it. */
function startOfAnnotations(buffer: Buffer, at: number): number {
  let start = at;
  while (start >= 2) {
    const lineStart = buffer.lastIndexOf(LF, start - 2) + 1;
    if (buffer[lineStart] !== 64) break;
    start = lineStart;
  }
  return start;
}

/** `FILE:LINE: keyword: expected …, found …`. */
export function describe(document: FileDocument, problem: Problem): string {
  const keyword = problem.keyword === undefined ? '' : ` ${problem.keyword}:`;
  const line = document.linesBefore + problem.line;
  const warning = problem.severity === 'warning' ? ' (tor takes it)' : '';
  return printable(
    `${document.file}:${line}:${keyword} expected ${problem.expected}, found ${problem.found}${warning}`,
  );
}
