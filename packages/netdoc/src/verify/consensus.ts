/** Is a consensus what the authorities agreed on? (dir-spec 3.10, 5.1; tor's networkstatus_check_consensus_signature) */
import { toHex } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import { sha1, sha256 } from '../crypto/index.ts';
import type { Consensus, DirectorySignature } from '../documents/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import { signs, validAt } from './certificate.ts';
import type { CertificateRing } from './certificate.ts';
import { assess, strictMajority } from './verdict.ts';
import type { Assessment, Refusal, SignatureCheck, SignatureFate, Verdict } from './verdict.ts';

/** What verification has to be told; it fetches nothing and reads no clock. */
export interface TrustOptions {
  /** The identities (v3ident) of the authorities whose word counts. */
  readonly authorities: ReadonlySet<Fingerprint>;
  readonly certificates: CertificateRing;
  /** When certificates and the lifetime are judged; the document's own valid-after unless given. */
  readonly at?: UnixSeconds;
}

/** The digests of the signed part of a document; each is computed when it is first asked for. */
function digests(bytes: Uint8Array): (algorithm: string) => Uint8Array | undefined {
  const known = new Map<string, Uint8Array>();
  return (algorithm) => {
    if (algorithm !== 'sha1' && algorithm !== 'sha256') return undefined;
    const digest = known.get(algorithm) ?? (algorithm === 'sha1' ? sha1(bytes) : sha256(bytes));
    known.set(algorithm, digest);
    return digest;
  };
}

/**
 * Verifies a parsed consensus: counts distinct trusted signers, not signatures, against a strict majority of the
 * authorities; each signature by the algorithm its line names, with the certificate of its identity *and* signing key.
 * A consensus that tor would refuse as malformed is rejected whoever signed it.
 */
export function verifyConsensus(parsed: Parsed<Consensus>, trust: TrustOptions): Assessment<Consensus> {
  const { partial } = parsed;
  const at = trust.at ?? partial.validAfter;
  const needed = strictMajority(trust.authorities.size);
  const signatures = partial.signatures ?? [];
  const signedPart =
    partial.bytes && partial.signed
      ? partial.bytes.subarray(partial.signed.start, partial.signed.end)
      : undefined;
  const digestOf = signedPart ? digests(signedPart) : () => undefined;
  const checks = checkSignatures(signatures, trust, at, digestOf);
  const signers = unique(checks.filter(({ fate }) => fate === 'good'));
  const missing = checks.filter(({ fate }) => fate === 'certificate-missing');
  const refusals: Refusal[] = [];
  if (parsed.errors > 0 || !parsed.document) refusals.push({ code: 'malformed', errors: parsed.errors });
  if (trust.at !== undefined && !alive(partial, trust.at)) refusals.push({ code: 'not-alive', at: trust.at });
  if (signers.length < needed) refusals.push({ code: 'too-few-signers', signers: signers.length, needed });
  const reachable = new Set([...signers, ...unique(missing)]).size;
  const digest = digestOf(partial.flavor === 'microdesc' ? 'sha256' : 'sha1');
  const verdict: Verdict = {
    outcome: outcomeOf(refusals, reachable >= needed),
    signers,
    needed,
    authorities: trust.authorities.size,
    signatures: checks,
    missing: missing.map(({ identity, signingKeyDigest }) => ({ identity, signingKeyDigest })),
    refusals,
    at,
    digest: digest && toHex(digest),
  };
  return assess(parsed.document, verdict);
}

/** Whether it is the network's consensus at this time; what has no readable times is refused as malformed anyway. */
function alive({ validAfter, validUntil }: Partial<Consensus>, at: UnixSeconds): boolean {
  return (validAfter ?? at) <= at && at <= (validUntil ?? at);
}

function outcomeOf(refusals: readonly Refusal[], reachable: boolean): Verdict['outcome'] {
  if (refusals.length === 0) return 'accepted';
  const onlyTooFew = refusals.every(({ code }) => code === 'too-few-signers');
  return onlyTooFew && reachable ? 'undecided' : 'rejected';
}

/** The distinct identities of these checks. */
export function unique(checks: readonly SignatureCheck[]): Fingerprint[] {
  return [...new Set(checks.map(({ identity }) => identity))];
}

/** The fate of each signature. An authority's first signature of an algorithm is the one that counts, as in tor. */
export function checkSignatures(
  signatures: readonly DirectorySignature[],
  trust: TrustOptions,
  at: UnixSeconds | undefined,
  digestOf: (algorithm: string) => Uint8Array | undefined,
): SignatureCheck[] {
  const seen = new Set<string>();
  return signatures.map((signature) => {
    const { identity, signingKeyDigest, algorithm, line } = signature;
    const name = `${identity} ${algorithm}`;
    const fate = seen.has(name) ? 'repeated' : fateOf(signature, trust, at, digestOf);
    seen.add(name);
    return { identity, signingKeyDigest, algorithm, fate, line };
  });
}

function fateOf(
  signature: DirectorySignature,
  trust: TrustOptions,
  at: UnixSeconds | undefined,
  digestOf: (algorithm: string) => Uint8Array | undefined,
): SignatureFate {
  const { identity, signingKeyDigest, algorithm } = signature;
  if (!trust.authorities.has(identity)) return 'unknown-authority';
  if (algorithm !== 'sha1' && algorithm !== 'sha256') return 'unknown-algorithm';
  const digest = digestOf(algorithm);
  if (at === undefined || !digest) return 'wrong';
  const trusted = trust.certificates.find(identity, signingKeyDigest, at);
  if (!trusted) return 'certificate-missing';
  if (!signs(trusted.key, signature.signature, digest)) return 'wrong';
  if (validAt(trusted.certificate, at)) return 'good';
  return at > trusted.certificate.expires ? 'certificate-expired' : 'certificate-not-yet-valid';
}
