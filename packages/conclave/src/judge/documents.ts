/**
 * From the bytes of a file to its documents: what kind they are, parsed, with problems told as `FILE:LINE: …`. Nothing of
 * Node: a browser reads files in the same way.
 */
import {
  detectKind,
  parseBandwidthFile,
  parseConsensus,
  parseConsensusDiff,
  parseDetachedSignatures,
  parseDiffCacheItem,
  parseExtraInfos,
  parseKeyCertificates,
  parseMicrodescriptors,
  parseServerDescriptors,
  parseVote,
  skipAnnotations,
  type BandwidthFile,
  type Consensus,
  type ConsensusDiff,
  type DetachedSignatures,
  type DiffCacheItem,
  type DocumentKind,
  type ExtraInfo,
  type KeyCertificate,
  type Microdescriptor,
  type Parsed,
  type Problem,
  type Profile,
  type ServerDescriptor,
  type Vote,
} from '@conclave/netdoc';
import { linesIn, type Piece } from './pieces.ts';
import { printable } from './words.ts';

/** What each kind is parsed to. */
export interface DocumentOfKind {
  readonly consensus: Consensus;
  readonly vote: Vote;
  readonly 'key-certificate': KeyCertificate;
  readonly 'detached-signatures': DetachedSignatures;
  readonly 'server-descriptor': ServerDescriptor;
  readonly 'extra-info': ExtraInfo;
  readonly microdescriptor: Microdescriptor;
  readonly 'bandwidth-file': BandwidthFile;
  readonly 'consensus-diff': ConsensusDiff;
  readonly 'diff-cache-item': DiffCacheItem;
}

/** A parsed document of one kind. */
export interface FileDocumentOf<Kind extends DocumentKind> {
  readonly file: string;
  /** The line of the file at which it begins, from 1. */
  readonly line: number;
  /** What has to be added to the lines that its problems name. */
  readonly linesBefore: number;
  readonly bytes: Uint8Array;
  readonly kind: Kind;
  readonly parsed: Parsed<DocumentOfKind[Kind]>;
  /** What the body of an item of tor's diff cache unpacks to, where somebody unpacked it. */
  readonly content?: Uint8Array;
}

/** A parsed document of any kind. */
export type FileDocument = { readonly [Kind in DocumentKind]: FileDocumentOf<Kind> }[DocumentKind];

/** What kinds are called in messages. */
export const kindNames: Readonly<Record<DocumentKind, readonly [one: string, many: string]>> = {
  consensus: ['consensus', 'consensuses'],
  vote: ['vote', 'votes'],
  'key-certificate': ['key certificate', 'key certificates'],
  'detached-signatures': ['detached signatures', 'detached signatures'],
  'server-descriptor': ['server descriptor', 'server descriptors'],
  'extra-info': ['extra-info', 'extra-infos'],
  microdescriptor: ['microdescriptor', 'microdescriptors'],
  'bandwidth-file': ['bandwidth file', 'bandwidth files'],
  'consensus-diff': ['consensus diff', 'consensus diffs'],
  'diff-cache-item': ['diff-cache item', 'diff-cache items'],
};

/** The documents of a piece of a file; undefined when it is of no kind known here. */
export function documentsIn(
  file: string,
  piece: Piece,
  profile: Profile,
): readonly FileDocument[] | undefined {
  const { bytes, linesBefore } = piece;
  const kind = detectKind(bytes);
  const place = { file, linesBefore, line: linesBefore + 1, bytes };
  switch (kind) {
    case 'consensus':
      return [{ ...place, kind, parsed: parseConsensus(bytes, { profile }) }];
    case 'vote':
      return [{ ...place, kind, parsed: parseVote(bytes, { profile }) }];
    case 'detached-signatures':
      return [{ ...place, kind, parsed: parseDetachedSignatures(bytes) }];
    case 'key-certificate':
      return each(kind, place, parseKeyCertificates(bytes, { profile }));
    case 'server-descriptor':
      return each(kind, place, parseServerDescriptors(bytes, { profile }));
    case 'extra-info':
      return each(kind, place, parseExtraInfos(bytes, { profile }));
    case 'microdescriptor':
      return each(kind, place, parseMicrodescriptors(bytes, { profile }));
    case 'bandwidth-file': {
      const bare = withoutAnnotations(place);
      return [{ ...bare, kind, parsed: parseBandwidthFile(bare.bytes, { profile }) }];
    }
    case 'consensus-diff': {
      const bare = withoutAnnotations(place);
      return [{ ...bare, kind, parsed: parseConsensusDiff(bare.bytes) }];
    }
    case 'diff-cache-item':
      return [{ ...place, kind, parsed: parseDiffCacheItem(bytes) }];
    case undefined:
      return undefined;
  }
}

type Place = Omit<FileDocumentOf<DocumentKind>, 'kind' | 'parsed'>;

/** The kinds of which one piece holds many. */
type ManyKind = 'key-certificate' | 'server-descriptor' | 'extra-info' | 'microdescriptor';

/** The documents of one piece, each with the line at which it begins. */
function each<Kind extends ManyKind>(
  kind: Kind,
  place: Place,
  list: readonly Parsed<DocumentOfKind[Kind]>[],
): FileDocument[] {
  let { line } = place;
  let counted = 0;
  return list.map((parsed) => {
    const { span } = parsed.partial as { readonly span?: { readonly start: number } };
    const start = Math.max(span?.start ?? 0, counted);
    line += linesIn(place.bytes, counted, start);
    counted = start;
    return { ...place, line, kind, parsed } as unknown as FileDocument;
  });
}

/** These are named by the digest of all their bytes, to which CollecTor's line does not belong. */
function withoutAnnotations(place: Place): Place {
  const { at, line } = skipAnnotations(place.bytes);
  const linesBefore = place.linesBefore + line - 1;
  return { ...place, linesBefore, line: linesBefore + 1, bytes: place.bytes.subarray(at) };
}

/** How the bodies of tor's diff cache are packed that can be unpacked here. */
const unpackable: ReadonlySet<string | undefined> = new Set([undefined, 'none', 'deflate', 'gzip', 'x-zstd']);

/** Whether the body of an item of the diff cache can be unpacked here. */
export function isUnpackable({ compression }: Partial<DiffCacheItem>): boolean {
  return unpackable.has(compression);
}

/** What is said of bytes that are of no kind known here. */
export function unknownKind(bytes: Uint8Array): string {
  const found = bytes.length === 0 ? 'an empty file' : JSON.stringify(firstLine(bytes));
  return `expected a consensus, a vote, descriptors or another directory document of Tor, found ${found}`;
}

function firstLine(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 80));
  return text.split('\n', 1)[0] ?? '';
}

/** Documents of one kind that follow each other in a file: people are told of them together. */
export function groupsOf(documents: readonly FileDocument[]): FileDocument[][] {
  const groups: FileDocument[][] = [];
  for (const document of documents) {
    const last = groups.at(-1);
    if (togetherKinds.has(document.kind) && last?.[0]?.kind === document.kind) last.push(document);
    else groups.push([document]);
  }
  return groups;
}

const togetherKinds: ReadonlySet<DocumentKind> = new Set<ManyKind>([
  'key-certificate',
  'server-descriptor',
  'extra-info',
  'microdescriptor',
]);

/** The file, and the line where it does not begin at the first. */
export function placeOf({ file, line }: Pick<FileDocument, 'file' | 'line'>): string {
  return printable(line > 1 ? `${file}:${line}` : file);
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
