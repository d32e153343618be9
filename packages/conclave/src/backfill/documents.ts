/** What a file of an archive holds, as documents: without what the archive wrote before them, and with their own times. */
import {
  checkCertificate,
  digestToSign,
  parseKeyCertificates,
  parseServerDescriptors,
  parseTime,
  sha1,
  sha256,
  skipAnnotations,
  toHex,
} from '@conclave/netdoc';
import type { KeyCertificate } from '@conclave/netdoc';
import type { ArchivedDocumentKind } from '../archive/index.ts';
import type { DocumentName } from './names.ts';

/** A document on its way from an archive into ours. */
export interface FoundDocument {
  readonly kind: ArchivedDocumentKind;
  /** As the archive names it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of which round it is: what it says itself, or, where it cannot be read, what its name says. */
  readonly validAfter?: number;
  /** What stood before it. */
  readonly annotation?: string;
}

/** Kinds of which each document is of one round. */
export const roundKinds: ReadonlySet<ArchivedDocumentKind> = new Set(['consensus', 'microdesc', 'vote']);

/** Longer than CollecTor's `@type` lines. */
const annotationMost = 200;

/** The document in a file of one. */
export function documentIn(name: string, { kind, at }: DocumentName, file: Uint8Array): FoundDocument {
  const start = skipAnnotations(file).at;
  const bytes = start === 0 ? file : file.slice(start);
  const before = Buffer.from(file.buffer, file.byteOffset, start).toString('latin1').trimEnd();
  const validAfter = roundKinds.has(kind) ? (validAfterIn(bytes) ?? at) : undefined;
  return {
    kind,
    name,
    bytes,
    ...(validAfter === undefined ? {} : { validAfter }),
    ...(before === '' || before.length > annotationMost ? {} : { annotation: before }),
  };
}

/** Where the head of a status document surely has its times. */
const headBytes = 4096;

/** What a status document says of its round, without reading it whole; undefined where it does not say it. */
export function validAfterIn(bytes: Uint8Array): number | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headBytes)).toString(
    'latin1',
  );
  const found = /^valid-after (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})$/m.exec(head);
  return found ? parseTime(found[1] ?? '') : undefined;
}

/** The digest by which signatures on a consensus are made, without reading it whole; undefined where nothing is signed. */
export function signedDigest(kind: 'consensus' | 'microdesc', bytes: Uint8Array): string | undefined {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\ndirectory-signature ');
  if (end < 0) return undefined;
  return digestToSign(kind === 'consensus' ? 'ns' : kind, bytes.subarray(0, end + 1));
}

/**
 * The digest that a document has, where its name says another: SHA-256 of a bandwidth file, SHA-1 of the signed part of a server
 * descriptor. Undefined where they agree or the name has none.
 */
export function otherDigest({ kind, name, bytes }: FoundDocument): string | undefined {
  const named = digestNames.get(kind)?.exec(name)?.[1];
  if (named === undefined) return undefined;
  const digest = toHex(kind === 'bandwidth' ? sha256(bytes) : sha1(signedByRouter(bytes)));
  return digest === named.toUpperCase() ? undefined : digest;
}

const digestNames: ReadonlyMap<ArchivedDocumentKind, RegExp> = new Map([
  ['bandwidth', /-([0-9A-F]{64})$/],
  ['server-descriptor', /^([0-9a-f]{40})$/],
]);

function signedByRouter(bytes: Uint8Array): Uint8Array {
  const mark = '\nrouter-signature\n';
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(mark);
  return end < 0 ? bytes : bytes.subarray(0, end + mark.length);
}

/** How CollecTor names a certificate. */
export function certificateName({ fingerprint, published }: KeyCertificate): string {
  const time = new Date(published * 1000).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  return `${fingerprint}-${time}`;
}

/** The certificate in a vote, when it holds: CollecTor's own are cut out of votes as well. */
export function certificateInVote(
  vote: Uint8Array,
  known: (name: string) => boolean,
): FoundDocument | undefined {
  const text = Buffer.from(vote.buffer, vote.byteOffset, vote.length);
  const from = text.indexOf('\ndir-key-certificate-version ') + 1;
  const last = text.indexOf('\ndir-key-certification\n', from);
  const mark = '-----END SIGNATURE-----\n';
  const end = last < 0 ? -1 : text.indexOf(mark, last);
  if (from === 0 || end < 0 || end - from > certificateMost) return undefined;
  const bytes = vote.slice(from, end + mark.length);
  if (known(nameInText(text.subarray(from, end).toString('latin1')))) return undefined;
  const [parsed] = parseKeyCertificates(bytes);
  if (!parsed?.document || checkCertificate(parsed.document).faults.length > 0) return undefined;
  return { kind: 'certificate', name: certificateName(parsed.document), bytes };
}

/** Some times what a certificate has. */
const certificateMost = 64 * 1024;

function nameInText(text: string): string {
  const identity = /^fingerprint ([0-9A-F]{40})$/m.exec(text)?.[1] ?? '';
  const published = /^dir-key-published (\S+) (\S+)$/m.exec(text);
  return `${identity}-${published?.[1]}-${published?.[2]?.replaceAll(':', '-')}`;
}

/** The identities that certificates in a file are of. */
export function identitiesIn(bytes: Uint8Array): readonly string[] {
  return parseKeyCertificates(bytes).flatMap(({ partial }) => partial.fingerprint ?? []);
}

/** Of one or many server descriptors those of these relays. */
export function descriptorsOf(
  name: string,
  file: Uint8Array,
  fingerprints: ReadonlySet<string>,
): readonly FoundDocument[] {
  return parseServerDescriptors(file, { profile: 'archive' }).flatMap(({ document }) => {
    const key = document?.signingKey;
    if (!document || !key || !fingerprints.has(toHex(sha1(key)))) return [];
    const bytes = file.slice(document.span.start, document.span.end);
    return [{ kind: 'server-descriptor' as const, name, bytes }];
  });
}
