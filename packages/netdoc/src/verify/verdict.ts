/** The words of a verdict: who signed, does it count, is it enough. */
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import type { CertificateFault } from './certificate.ts';

/**
 * What became of one signature:
 * - `good`: it verifies, its signer is an authority, its certificate held at the time asked about;
 * - `repeated`: a further signature of an authority whose first one was already looked at; it is not counted;
 * - `unknown-authority`: not one of those we trust;
 * - `certificate-missing`: nobody gave us the certificate of this signing key, so we cannot say;
 * - `certificate-expired`, `certificate-not-yet-valid`: at the time asked about;
 * - `unknown-algorithm`: neither sha1 nor sha256;
 * - `wrong`: it does not verify.
 */
export type SignatureFate =
  | 'good'
  | 'repeated'
  | 'unknown-authority'
  | 'certificate-missing'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'unknown-algorithm'
  | 'wrong';

/** One signature and what became of it. */
export interface SignatureCheck {
  readonly identity: Fingerprint;
  readonly signingKeyDigest: Fingerprint;
  readonly algorithm: string;
  readonly fate: SignatureFate;
  readonly line: number;
}

/** Why a document was not accepted, besides too few signers. */
export type Refusal =
  | { readonly code: 'malformed'; readonly errors: number }
  | { readonly code: 'too-few-signers'; readonly signers: number; readonly needed: number }
  | { readonly code: 'certificate'; readonly faults: readonly CertificateFault[] }
  | { readonly code: 'certificate-time' }
  | { readonly code: 'unknown-authority' }
  | { readonly code: 'no-signature' }
  | { readonly code: 'not-alive'; readonly at: UnixSeconds };

/**
 * The verdict on a document.
 * - `accepted`: enough distinct authorities signed exactly these bytes;
 * - `rejected`: they did not, and no certificate that we lack could change that;
 * - `undecided`: it depends on certificates that we lack; `missing` names them.
 */
export interface Verdict {
  readonly outcome: 'accepted' | 'rejected' | 'undecided';
  /** Distinct trusted authorities with a good signature, in the order of the document. */
  readonly signers: readonly Fingerprint[];
  /** How many are needed: a strict majority of the authorities we trust. */
  readonly needed: number;
  /** How many authorities we trust. */
  readonly authorities: number;
  readonly signatures: readonly SignatureCheck[];
  readonly missing: readonly { readonly identity: Fingerprint; readonly signingKeyDigest: Fingerprint }[];
  readonly refusals: readonly Refusal[];
  /** The time at which certificates were judged. */
  readonly at: UnixSeconds | undefined;
  /** Digest of the signed part: SHA-1 of a ns consensus or vote, SHA-256 of a microdesc consensus; upper-case hex. */
  readonly digest: string | undefined;
}

declare const verified: unique symbol;

/** A document that was verified. Only this room makes one: to hold it is to know that its signatures were checked. */
export interface Verified<D, V = Verdict> {
  readonly document: D;
  readonly verdict: V;
  readonly [verified]: true;
}

/** What verification returns: always the verdict, and the verified document when it was accepted. */
export interface Assessment<D, V = Verdict> {
  readonly verdict: V;
  readonly verified: Verified<D, V> | undefined;
}

/** How many distinct signers a set of authorities demands: more than half. */
export function strictMajority(authorities: number): number {
  return Math.floor(authorities / 2) + 1;
}

/** Makes the assessment; the only place that mints `Verified`. Not exported from the room. */
export function assess<D, V extends Pick<Verdict, 'outcome'>>(
  document: D | undefined,
  verdict: V,
): Assessment<D, V> {
  const accepted = verdict.outcome === 'accepted' && document !== undefined;
  return { verdict, verified: accepted ? ({ document, verdict } as Verified<D, V>) : undefined };
}
