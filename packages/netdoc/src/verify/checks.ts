/** The words of a verdict on what a relay signs itself: a list of checks, each with its outcome and why. */
import { bytesOf, concatBytes, toHex } from '../base/index.ts';
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import { ed25519Verify, rsaKey, sha1, sha256 } from '../crypto/index.ts';
import type { RsaKey } from '../crypto/index.ts';
import type { Ed25519Certificate } from '../ed25519/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import { signs } from './certificate.ts';

/**
 * What became of one check:
 * - `good`: it was made, and holds;
 * - `wrong`: it was made, and does not;
 * - `expired`: it held until before the time asked about;
 * - `absent`: the document has nothing to check there, and in its day needed nothing;
 * - `unchecked`: what it takes to tell was not given, or was taken out of the document.
 */
export type CheckOutcome = 'good' | 'wrong' | 'expired' | 'absent' | 'unchecked';

/** One check: what was looked at, by the keyword of its item, and what became of it. */
export interface DocumentCheck {
  readonly name: string;
  readonly outcome: CheckOutcome;
  /** In words; empty where there is nothing to say. */
  readonly detail: string;
}

/**
 * The verdict on a server descriptor or an extra-info.
 * - `accepted`: every check that can be made holds;
 * - `rejected`: one does not;
 * - `undecided`: none fails, but one could not be made.
 */
export interface DescriptorVerdict {
  readonly outcome: 'accepted' | 'rejected' | 'undecided';
  readonly checks: readonly DocumentCheck[];
  /** The time at which certificates were judged. */
  readonly at: UnixSeconds | undefined;
  /** SHA-1 of the signed part, upper-case hex: how a consensus or `extra-info-digest` names it. */
  readonly digest: string | undefined;
}

/** Checks as they are made. */
export class CheckList {
  readonly checks: DocumentCheck[] = [];

  /** Adds one. */
  add(name: string, outcome: CheckOutcome, detail = ''): void {
    this.checks.push({ name, outcome, detail });
  }

  /** Adds `good`, or `wrong` and why. */
  holds(name: string, good: boolean, detail: string): void {
    this.add(name, good ? 'good' : 'wrong', good ? '' : detail);
  }

  /** The verdict over all of them. */
  verdict(at: UnixSeconds | undefined, digest: string | undefined): DescriptorVerdict {
    const has = (...outcomes: readonly CheckOutcome[]): boolean =>
      this.checks.some(({ outcome }) => outcomes.includes(outcome));
    const outcome = has('wrong', 'expired') ? 'rejected' : has('unchecked') ? 'undecided' : 'accepted';
    return { outcome, checks: this.checks, at, digest };
  }
}

/** Whether the document was read without an error (`form`). */
export function checkForm(list: CheckList, parsed: Parsed<unknown>): void {
  const errors = parsed.problems.find(({ severity }) => severity === 'error');
  const detail = errors
    ? `line ${errors.line}: expected ${errors.expected}, found ${errors.found}`
    : 'incomplete';
  list.holds('form', parsed.errors === 0 && parsed.document !== undefined, detail);
}

/** A relay's RSA identity key, which has 1024 bits, and its SHA-1. */
export interface RelayKey {
  readonly key: RsaKey;
  /** 20 bytes. */
  readonly digest: Uint8Array;
  readonly fingerprint: Fingerprint;
}

/** Reads a relay's RSA key; undefined when it is none of 1024 bits. */
export function relayKey(der: Uint8Array): RelayKey | undefined {
  const key = rsaKey(der);
  if (key?.bits !== 1024) return undefined;
  const digest = sha1(der);
  return { key, digest, fingerprint: toHex(digest) as Fingerprint };
}

/** What a descriptor and an extra-info have of their signature by RSA. */
interface RouterSigned {
  readonly bytes?: Uint8Array;
  readonly signed?: Span | undefined;
  readonly signature?: Uint8Array | undefined;
  /** Of a bridge's, whose signatures CollecTor takes away. */
  readonly routerDigest?: Fingerprint | undefined;
}

/** Checks `router-signature`: the identity key over the SHA-1 of the signed part. The digest comes back. */
export function checkRouterSignature(
  list: CheckList,
  key: RelayKey | undefined,
  { bytes, signed: span, signature, routerDigest }: RouterSigned,
): Uint8Array | undefined {
  const name = 'router-signature';
  const signed = bytesIn(bytes, span);
  const digest = signed && sha1(signed);
  if (!signature && routerDigest !== undefined) list.add(name, 'unchecked', 'the signature was taken away');
  else if (!signature || !digest) list.add(name, 'wrong', 'unsigned');
  else if (!key) list.add(name, 'unchecked', 'no identity key to check it by');
  else list.holds(name, signs(key.key, signature, digest), 'not by this key over these bytes');
  return digest;
}

/** Checks a certificate: signed by this key, and not expired at `at`. */
export function checkEd25519Certificate(
  list: CheckList,
  name: string,
  certificate: Ed25519Certificate,
  key: Uint8Array | undefined,
  at: UnixSeconds | undefined,
): void {
  if (!key || !ed25519Verify(key, certificate.signed, certificate.signature))
    list.add(name, 'wrong', 'not signed by its key');
  else if (at === undefined) list.add(name, 'unchecked', 'no time to judge it at');
  else if (at > certificate.expires) list.add(name, 'expired', 'past its hour');
  else list.add(name, 'good');
}

const prefix = bytesOf('Tor router descriptor signature v1');

/** Checks `router-sig-ed25519`: the signing key over the SHA-256 of the prefix and the signed part (dir-spec 2.1.1). */
export function checkEd25519Signature(
  list: CheckList,
  certificate: Ed25519Certificate,
  signature: Uint8Array | undefined,
  signed: Uint8Array | undefined,
): void {
  const name = 'router-sig-ed25519';
  if (!signature || !signed) {
    list.add(name, 'wrong', 'no signature by the certified key');
    return;
  }
  const good = ed25519Verify(certificate.certifiedKey, sha256(concatBytes(prefix, signed)), signature);
  list.holds(name, good, 'not by the certified key over these bytes');
}

/** The bytes of a span; undefined where there is none. */
export function bytesIn(bytes: Uint8Array | undefined, span: Span | undefined): Uint8Array | undefined {
  return bytes && span && bytes.subarray(span.start, span.end);
}
