/** Did the authority whose certificate a vote carries sign it? (dir-spec 3.4.1) */
import { toHex } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import { rsaKey, sha1 } from '../crypto/index.ts';
import type { DirectorySignature, Vote } from '../documents/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import { checkCertificate, signs, validAt } from './certificate.ts';
import type { CertificateCheck } from './certificate.ts';
import { assess } from './verdict.ts';
import type { Assessment, Refusal, SignatureFate, Verdict } from './verdict.ts';

/** What verification of a vote has to be told. */
export interface VoteTrustOptions {
  /** The identities of the authorities whose votes count; any identity when absent, which proves only consistency. */
  readonly authorities?: ReadonlySet<Fingerprint>;
  /**
   * When the certificate and the lifetime are judged; the vote's own valid-after unless given. A vote lives from when it is
   * published, before its consensus does, to its valid-until.
   */
  readonly at?: UnixSeconds;
}

/** Verifies a parsed vote by the certificate it carries. One good signature is enough, and needed. */
export function verifyVote(parsed: Parsed<Vote>, trust: VoteTrustOptions = {}): Assessment<Vote> {
  const { partial } = parsed;
  const at = trust.at ?? partial.validAfter;
  const check = partial.certificate && checkCertificate(partial.certificate);
  const digest =
    partial.bytes && partial.signed
      ? sha1(partial.bytes.subarray(partial.signed.start, partial.signed.end))
      : undefined;
  let counted = false;
  const signatures = (partial.signatures ?? []).map((signature) => {
    const { identity, signingKeyDigest, algorithm, line } = signature;
    const known = algorithm === 'sha1' || algorithm === 'sha256';
    // The first one of an algorithm that is known counts; a good one behind a wrong one does not heal it, as in tor.
    const fate = !known
      ? 'unknown-algorithm'
      : counted
        ? 'repeated'
        : fateOf(signature, check, digest, at, trust);
    counted ||= known;
    return { identity, signingKeyDigest, algorithm, line, fate } as const;
  });
  const signers = [
    ...new Set(signatures.filter(({ fate }) => fate === 'good').map(({ identity }) => identity)),
  ];
  const refusals: Refusal[] = [];
  if (parsed.errors > 0 || !parsed.document) refusals.push({ code: 'malformed', errors: parsed.errors });
  if (check && check.faults.length > 0) refusals.push({ code: 'certificate', faults: check.faults });
  const identity = partial.source?.identity;
  if (identity && trust.authorities && !trust.authorities.has(identity))
    refusals.push({ code: 'unknown-authority' });
  if (signers.length === 0) refusals.push({ code: 'no-signature' });
  if (trust.at !== undefined && (partial.validUntil ?? trust.at) < trust.at)
    refusals.push({ code: 'not-alive', at: trust.at });
  const verdict: Verdict = {
    outcome: refusals.length === 0 ? 'accepted' : 'rejected',
    signers,
    needed: 1,
    authorities: trust.authorities?.size ?? 1,
    signatures,
    missing: [],
    refusals,
    at,
    digest: digest && toHex(digest),
  };
  return assess(parsed.document, verdict);
}

/** The digest checked is SHA-1 whatever the line's word, as in tor. */
function fateOf(
  signature: DirectorySignature,
  check: CertificateCheck | undefined,
  digest: Uint8Array | undefined,
  at: UnixSeconds | undefined,
  trust: VoteTrustOptions,
): SignatureFate {
  if (trust.authorities && !trust.authorities.has(signature.identity)) return 'unknown-authority';
  if (!check || !digest || at === undefined || check.faults.length > 0) return 'wrong';
  const { certificate } = check;
  if (signature.identity !== certificate.fingerprint || signature.signingKeyDigest !== check.signingKeyDigest)
    return 'wrong';
  const key = rsaKey(certificate.signingKey);
  if (!key || !signs(key, signature.signature, digest)) return 'wrong';
  if (validAt(certificate, at)) return 'good';
  return at > certificate.expires ? 'certificate-expired' : 'certificate-not-yet-valid';
}
