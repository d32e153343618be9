/** Key certificates: an authority's long-lived identity key certifies its signing key (dir-spec 3.1). */
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import {
  argument,
  atMostOnce,
  exactlyOnce,
  readFingerprint,
  readObject,
  readTable,
  readTime,
  wholeLine,
  withObject,
} from '../metaformat/index.ts';
import type { Item, Parsed, ProblemList, Profile } from '../metaformat/index.ts';
import { pieces } from './sequence.ts';

/** A key certificate as it claims to be; `checkCertificate` tells whether it holds. */
export interface KeyCertificate {
  readonly kind: 'key-certificate';
  /** Claimed SHA-1 of the identity key. */
  readonly fingerprint: Fingerprint;
  readonly published: UnixSeconds;
  readonly expires: UnixSeconds;
  /** DER of the PKCS#1 RSAPublicKey of the identity key and of the signing key. */
  readonly identityKey: Uint8Array;
  readonly signingKey: Uint8Array;
  /** `IPV4:PORT` of the DirPort, where it says so. */
  readonly address: string | undefined;
  /** The signing key's signature over the identity fingerprint; some certificates of 2008 have none. */
  readonly crosscert: Uint8Array | undefined;
  /** The identity key's signature over the certificate. */
  readonly certification: Uint8Array;
  readonly bytes: Uint8Array;
  /** The whole certificate. */
  readonly span: Span;
  /** What `certification` signs: up to the LF after `dir-key-certification`. */
  readonly signed: Span;
}

const table = {
  version: exactlyOnce(
    'dir-key-certificate-version',
    argument('3', (text) => (text === '3' ? 3 : undefined)),
  ),
  address: atMostOnce('dir-address', wholeLine),
  fingerprint: exactlyOnce('fingerprint', readFingerprint),
  published: exactlyOnce('dir-key-published', readTime),
  expires: exactlyOnce('dir-key-expires', readTime),
  identityKey: withObject(exactlyOnce('dir-identity-key', readObject('RSA PUBLIC KEY'))),
  signingKey: withObject(exactlyOnce('dir-signing-key', readObject('RSA PUBLIC KEY'))),
  crosscert: withObject(atMostOnce('dir-key-crosscert', readObject('ID SIGNATURE', 'SIGNATURE'))),
  certification: withObject(exactlyOnce('dir-key-certification', readObject('SIGNATURE'))),
};

const first = 'dir-key-certificate-version';
const last = 'dir-key-certification';

/** Reads one certificate from its items, first to last. */
export function readCertificate(
  bytes: Uint8Array,
  items: readonly Item[],
  problems: ProblemList,
): Parsed<KeyCertificate> {
  const before = problems.kept.length;
  const errorsBefore = problems.errors;
  const { values, complete, unrecognized } = readTable(table, items, problems);
  const start = items[0]?.start ?? 0;
  const closing = items.at(-1);
  if (closing && closing.keyword !== last) {
    problems.add({
      severity: 'error',
      code: 'misplaced-item',
      line: closing.line,
      offset: closing.start,
      keyword: closing.keyword,
      expected: `${last} as the last item`,
      found: closing.keyword,
    });
  }
  const { version: _, ...rest } = values;
  const partial = {
    ...rest,
    kind: 'key-certificate' as const,
    bytes,
    span: { start, end: closing?.end ?? start },
    signed: { start, end: closing?.lineEnd ?? start },
  };
  return {
    document: complete ? (partial as KeyCertificate) : undefined,
    partial: partial,
    problems: problems.kept.slice(before),
    errors: problems.errors - errorsBefore,
    unrecognized,
  };
}

/** Parses a file of any number of key certificates, as `/tor/keys/all` or `cached-certs` has them. */
export function parseKeyCertificates(
  bytes: Uint8Array,
  _options: { readonly profile?: Profile } = {},
): readonly Parsed<KeyCertificate>[] {
  // Annotations may stand between certificates (CollecTor concatenates documents).
  return Array.from(pieces(bytes, first, 'archive'))
    .filter(({ items }) => items.length > 0)
    .map(({ items, problems }) => {
      const read = readCertificate(bytes, items, problems);
      return { ...read, problems: problems.inOrder(), errors: problems.errors };
    });
}

/** The first and last keywords of a certificate, for those who find one inside a vote. */
export const certificateKeywords = { first, last } as const;
