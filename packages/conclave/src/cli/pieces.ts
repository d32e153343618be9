/**
 * Where the documents of a file begin: several may stand one after another, with CollecTor's `@type` lines between them or
 * without. A run of what one parser reads together (descriptors, certificates) stays in one piece.
 */
import { detectKind, type DocumentKind } from '@conclave/netdoc';

/** A part of a file that one parser reads. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly linesBefore: number;
}

const LF = 10;
const AT = 64;

/** Words at the beginning of a line that open a document, and what they open. */
const openers = [
  ['network-status-version ', 'status'],
  ['router ', 'router'],
  ['extra-info ', 'extra-info'],
  ['@type ', '@type'],
] as const;

/** Of these every one is a piece of its own. */
const alone: ReadonlySet<string> = new Set(['status', 'bandwidth-file', 'detached-signature-3']);

/** How a file may begin whose first line opens nothing, by its kind. */
const runOfKind: Readonly<Partial<Record<DocumentKind, string>>> = {
  consensus: 'status',
  vote: 'status',
  'server-descriptor': 'router',
  'key-certificate': 'dir-key-certificate-3',
  'detached-signatures': 'detached-signature-3',
};

/** Cuts a file into its pieces. */
export function piecesOf(bytes: Uint8Array): Piece[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = detectKind(bytes);
  // What a diff or a packed body holds may look like the beginning of anything.
  const cuts = kind === 'consensus-diff' || kind === 'diff-cache-item' ? [0] : cutsIn(buffer, kind);
  let linesBefore = 0;
  return cuts.map((start, index) => {
    const end = cuts[index + 1] ?? bytes.length;
    const piece = { bytes: bytes.subarray(start, end), linesBefore };
    linesBefore += linesIn(buffer, start, end);
    return piece;
  });
}

/** How many lines end between two offsets. */
export function linesIn(buffer: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let at = buffer.indexOf(LF, start); at >= 0 && at < end; at = buffer.indexOf(LF, at + 1)) lines += 1;
  return lines;
}

function cutsIn(buffer: Buffer, kind: DocumentKind | undefined): number[] {
  const cuts = [0];
  let run = kind === undefined ? undefined : (runOfKind[kind] ?? kind);
  // Whatever stands before the first status document, a damaged line above all, belongs to it.
  let opened = run !== 'status';
  for (const { at, name } of openingsIn(buffer)) {
    const start = startOfAnnotations(buffer, at);
    const goesOn = run === undefined || (name === run && (!alone.has(name) || !opened));
    if (start > (cuts.at(-1) ?? 0) && !goesOn) cuts.push(start);
    if (name === 'status') opened = true;
    run = name;
  }
  return cuts;
}

/** Every line that opens a document, in order. */
function openingsIn(buffer: Buffer): { readonly at: number; readonly name: string }[] {
  const found: { at: number; name: string }[] = [];
  for (const [word, name] of openers) {
    const first = Buffer.from(word);
    const further = Buffer.from(`\n${word}`);
    const add = (at: number): number =>
      found.push({ at, name: name === '@type' ? typeAt(buffer, at) : name });
    if (buffer.subarray(0, first.length).equals(first)) add(0);
    for (let at = buffer.indexOf(further); at >= 0; at = buffer.indexOf(further, at + 1)) add(at + 1);
  }
  return found.sort((a, b) => a.at - b.at);
}

/** What an `@type` line announces, by the name that its documents' own first lines have here. */
function typeAt(buffer: Buffer, at: number): string {
  const [, type = ''] = /^@type (\S{1,64})/.exec(buffer.toString('latin1', at, at + 80)) ?? [];
  if (type.startsWith('network-status-')) return 'status';
  const plain = type.replace(/^bridge-/, '');
  return plain === 'server-descriptor' ? 'router' : plain;
}

/** The `@…` lines right above a document belong to it. */
function startOfAnnotations(buffer: Buffer, at: number): number {
  let start = at;
  while (start >= 2) {
    const lineStart = buffer.lastIndexOf(LF, start - 2) + 1;
    if (buffer[lineStart] !== AT) break;
    start = lineStart;
  }
  return start;
}
