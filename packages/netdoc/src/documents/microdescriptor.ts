/**
 * Microdescriptors: what a client needs of a relay, made by authorities out of its descriptor and known only by its digest
 * (dir-spec 3.3). They carry no signature: a consensus that names the digest vouches for them (`findMicrodescriptors`).
 */
import type { Span } from '../base/index.ts';
import {
  anyNumber,
  argumentsOf,
  atMostOnce,
  exactlyOnce,
  quoteText,
  readTable,
  readTableLeniently,
  refuseObject,
  wholeLine,
  withObject,
} from '../metaformat/index.ts';
import type { Item, Parsed, Profile, Read } from '../metaformat/index.ts';
import { readPortPolicy } from './policy.ts';
import type { PortPolicy } from './policy.ts';
import { parseBytes, readBytes, readRsaKey, relayKeyBits } from './readers.ts';
import { checkEnds, pieces } from './sequence.ts';
import type { Annotation, Piece } from './sequence.ts';

/** One `id` line: whose identity this is. */
export interface MicrodescriptorId {
  readonly type: string;
  /** The 32 bytes of an ed25519 identity, or the 20 of an RSA one; undefined for a type nobody here knows. */
  readonly identity: Uint8Array | undefined;
}

/** A microdescriptor as it says. */
export interface Microdescriptor {
  readonly kind: 'microdescriptor';
  readonly bytes: Uint8Array;
  readonly annotations: readonly Annotation[];
  /** From `onion-key` to the next document: what its SHA-256 digest is of. */
  readonly span: Span;
  /** DER of the RSA onion key; undefined where the line stands alone. */
  readonly onionKey: Uint8Array | undefined;
  readonly ntorOnionKey: Uint8Array | undefined;
  /** Further addresses `ADDRESS:PORT`. */
  readonly addresses: readonly string[];
  readonly family: readonly string[] | undefined;
  /** `ed25519:KEY` each (prop321). */
  readonly familyIds: readonly string[] | undefined;
  readonly protocols: string | undefined;
  readonly policy: PortPolicy | undefined;
  readonly ipv6Policy: PortPolicy | undefined;
  readonly ids: readonly MicrodescriptorId[];
}

const idSizes: Readonly<Record<string, number | undefined>> = { ed25519: 32, rsa1024: 20 };

const readId: Read<MicrodescriptorId> = (item, wrong) => {
  const [type, text] = argumentsOf(item);
  if (type === undefined || text === undefined) return wrong('a type and an identity');
  const size = idSizes[type];
  const identity = size === undefined ? undefined : parseBytes(text, size);
  return size === undefined || identity
    ? { type, identity }
    : wrong(`an ${type} identity in base64`, quoteText(text));
};

const readKey = readRsaKey(relayKeyBits);

/** A key, or nothing: authorities stop writing it once no client needs it. */
const readOnionKey: Read<{ readonly key: Uint8Array | undefined }> = (item, wrong) => {
  if (!item.object) return { key: undefined };
  const key = readKey(item, wrong);
  return key && { key };
};

const words: Read<readonly string[]> = (item) => argumentsOf(item);

const table = {
  onionKey: withObject(exactlyOnce('onion-key', readOnionKey)),
  ntorOnionKey: atMostOnce('ntor-onion-key', readBytes(32, 'a curve25519 key')),
  family: atMostOnce('family', words),
  familyIds: atMostOnce('family-ids', words),
  policy: atMostOnce('p', readPortPolicy),
  ipv6Policy: atMostOnce('p6', readPortPolicy),
  ids: anyNumber('id', readId),
};

const address = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;

const readAddress: Read<string> = (item, wrong) => {
  const [text = ''] = argumentsOf(item);
  return address.test(text) ? text : wrong('ADDRESS:PORT');
};

const lenientTable = {
  addresses: anyNumber('a', readAddress),
  protocols: atMostOnce('pr', wholeLine),
};

/** Parses a file of any number of microdescriptors, with or without annotations. */
export function parseMicrodescriptors(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): readonly Parsed<Microdescriptor>[] {
  const profile = options.profile ?? 'archive';
  return Array.from(pieces(bytes, 'onion-key', profile), (piece) =>
    readMicrodescriptor(bytes, piece, profile),
  );
}

function readMicrodescriptor(bytes: Uint8Array, piece: Piece, profile: Profile): Parsed<Microdescriptor> {
  const { items, problems } = piece;
  const hard: Item[] = [];
  const soft: Item[] = [];
  for (const item of items) {
    if (item.keyword === 'a') refuseObject(item, problems);
    (item.keyword === 'a' || item.keyword === 'pr' ? soft : hard).push(item);
  }
  const begins = checkEnds(piece, 'onion-key', undefined);
  const main = readTable(table, hard, problems);
  const { values: more } = readTableLeniently(lenientTable, soft, problems);
  const { onionKey, ...values } = main.values;
  checkIds(values.ids ?? [], piece, profile);
  const partial = {
    kind: 'microdescriptor' as const,
    bytes,
    annotations: piece.annotations,
    span: { start: piece.start, end: piece.end },
    onionKey: onionKey?.key,
    ...values,
    ...more,
  };
  return {
    document: main.complete && begins ? (partial as unknown as Microdescriptor) : undefined,
    partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: main.unrecognized,
  };
}

/** At most one identity of a type (dir-spec 3.3); tor 0.4.9 makes none without an ntor key. */
function checkIds(ids: readonly MicrodescriptorId[], piece: Piece, profile: Profile): void {
  const { problems, start } = piece;
  const place = { line: piece.items[0]?.line ?? 1, offset: start };
  if (new Set(ids.map(({ type }) => type)).size < ids.length) {
    const expected = 'at most one id of a type';
    problems.add({ severity: 'error', code: 'duplicate', ...place, keyword: 'id', expected, found: 'two' });
  }
  // A line of another type is to be ignored; but then one that we know must be there.
  if (ids.length > 0 && !ids.some(({ identity }) => identity)) {
    const expected = 'id ed25519 or id rsa1024';
    const found = quoteText(`id ${ids[0]?.type ?? ''}`);
    problems.add({ severity: 'error', code: 'missing-item', ...place, keyword: 'id', expected, found });
  }
  const ntor = piece.items.some(({ keyword }) => keyword === 'ntor-onion-key');
  if (profile === 'tor-0.4.9' && !ntor) {
    const keyword = 'ntor-onion-key';
    const expected = `${keyword} in a microdescriptor`;
    problems.add({ severity: 'error', code: 'missing-item', ...place, keyword, expected, found: 'none' });
  }
}
