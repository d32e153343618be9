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
  ['dir-key-certificate-version ', 'dir-key-certificate-3'],
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
  const kind = detectKind(bytes);
  // What a diff or a packed body holds may look like the beginning of anything.
  const cuts = kind === 'consensus-diff' || kind === 'diff-cache-item' ? [0] : cutsIn(bytes, kind);
  let linesBefore = 0;
  return cuts.map((start, index) => {
    const end = cuts[index + 1] ?? bytes.length;
    const piece = { bytes: bytes.subarray(start, end), linesBefore };
    linesBefore += linesIn(bytes, start, end);
    return piece;
  });
}

/** How many lines end between two offsets. */
export function linesIn(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF, start); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) lines += 1;
  return lines;
}

/** How each document begins of the kinds of which a piece holds many. */
const firstWords: Readonly<Partial<Record<DocumentKind, string>>> = {
  'server-descriptor': 'router ',
  'extra-info': 'extra-info ',
  microdescriptor: 'onion-key',
  'key-certificate': 'dir-key-certificate-version ',
};

/** The first documents of a piece, at most so many, without parsing any; and how many it has. */
export function firstOf(
  piece: Piece,
  max: number,
): { readonly first: Piece | undefined; readonly count: number } {
  const kind = detectKind(piece.bytes);
  const word = kind === undefined ? undefined : firstWords[kind];
  let count = 0;
  let end = piece.bytes.length;
  if (word !== undefined) {
    for (let at = 0; at < piece.bytes.length; at = endOfLine(piece.bytes, at)) {
      if (!beginsWith(piece.bytes, at, word)) continue;
      count += 1;
      if (count === max + 1) end = startOfAnnotations(piece.bytes, at);
    }
  }
  const first = max <= 0 ? undefined : { ...piece, bytes: piece.bytes.subarray(0, end) };
  return { first, count: Math.max(1, count) };
}

function cutsIn(bytes: Uint8Array, kind: DocumentKind | undefined): number[] {
  const cuts = [0];
  let run = kind === undefined ? undefined : (runOfKind[kind] ?? kind);
  // Whatever stands before the first status document, a damaged line above all, belongs to it.
  let opened = run !== 'status';
  for (const { at, name } of openingsIn(bytes)) {
    const start = startOfAnnotations(bytes, at);
    const goesOn = run === undefined || (name === run && (!alone.has(name) || !opened));
    if (start > (cuts.at(-1) ?? 0) && !goesOn) cuts.push(start);
    if (name === 'status') opened = true;
    run = name;
  }
  return cuts;
}

/** Every line that opens a document, in order. */
function openingsIn(bytes: Uint8Array): { readonly at: number; readonly name: string }[] {
  const found: { at: number; name: string }[] = [];
  // The certificate in a vote stands before its signature, and is part of it; one behind a signature is on its own.
  let open = false;
  for (let at = 0; at < bytes.length; at = endOfLine(bytes, at)) {
    if (beginsWith(bytes, at, 'directory-signature ')) open = false;
    const name = opensAt(bytes, at);
    if (name === 'status') open = true;
    if (name !== undefined && !(open && name === 'dir-key-certificate-3'))
      found.push({ at, name: name === '@type' ? typeAt(bytes, at) : name });
  }
  return found;
}

/** The offset behind the end of the line. */
function endOfLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(LF, at);
  return end < 0 ? bytes.length : end + 1;
}

function opensAt(bytes: Uint8Array, at: number): string | undefined {
  return openers.find(([word]) => beginsWith(bytes, at, word))?.[1];
}

function beginsWith(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** What an `@type` line announces, by the name that its documents' own first lines have here. */
function typeAt(bytes: Uint8Array, at: number): string {
  const [, type = ''] = /^@type (\S{1,64})/.exec(String.fromCharCode(...bytes.subarray(at, at + 80))) ?? [];
  if (type.startsWith('network-status-')) return 'status';
  const plain = type.replace(/^bridge-/, '');
  return plain === 'server-descriptor' ? 'router' : plain;
}

/** The `@…` lines right above a document belong to it. */
function startOfAnnotations(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start >= 2) {
    const lineStart = bytes.lastIndexOf(LF, start - 2) + 1;
    if (bytes[lineStart] !== AT) break;
    start = lineStart;
  }
  return start;
}
