/** Whose signatures on the coming consensus does an authority hold, and would they be enough? (dir-spec 3.10) */
import { bytesOf, concatBytes, fromHex, toHex } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import { sha1, sha256 } from '../crypto/index.ts';
import type { Consensus, DetachedSignatures } from '../documents/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import type { CertificateRing } from './certificate.ts';
import { checkSignatures, unique } from './consensus.ts';
import { assess, strictMajority } from './verdict.ts';
import type { Assessment, SignatureCheck } from './verdict.ts';

/** What verification of detached signatures has to be told. */
export interface DetachedTrustOptions {
  readonly authorities: ReadonlySet<Fingerprint>;
  readonly certificates: CertificateRing;
  /** Consensuses to compare the digests with, one of each flavour at most. */
  readonly consensuses?: readonly Consensus[];
  /** When certificates are judged; the document's own valid-after unless given. */
  readonly at?: UnixSeconds;
}

/** The verdict on the signatures of one flavour. */
export interface FlavorVerdict {
  /** `ns`, `microdesc`. */
  readonly flavor: string;
  /** Enough signers; too few; or too few unless certificates that we lack are good. */
  readonly outcome: 'accepted' | 'rejected' | 'undecided';
  /** The digest that is signed, upper-case hex; undefined where the document states none for this flavour. */
  readonly digest: string | undefined;
  readonly signers: readonly Fingerprint[];
  readonly needed: number;
  readonly signatures: readonly SignatureCheck[];
  /** Whether a consensus that was given has this digest and these times. */
  readonly consensus: 'same' | 'different' | 'not-given';
}

/** The verdict on a document of detached signatures: the worst of its flavours'. */
export interface DetachedVerdict {
  readonly outcome: 'accepted' | 'rejected' | 'undecided';
  readonly flavors: readonly FlavorVerdict[];
  readonly at: UnixSeconds | undefined;
  /** Errors of form, which alone reject it. */
  readonly errors: number;
}

/**
 * Verifies parsed detached signatures, flavour by flavour. Early in the round an authority holds few, which is no fault:
 * `rejected` says that they would not make a consensus, the checks of the signatures say why.
 */
export function verifyDetachedSignatures(
  parsed: Parsed<DetachedSignatures>,
  trust: DetachedTrustOptions,
): Assessment<DetachedSignatures, DetachedVerdict> {
  const { partial } = parsed;
  const at = trust.at ?? partial.validAfter;
  const named = [...(partial.additionalDigests?.keys() ?? [])].map((name) => name.split(' ', 1)[0] ?? '');
  const signed = (partial.signatures ?? []).map(({ flavor }) => flavor);
  const flavors = [...new Set(['ns', ...named, ...signed])].map((flavor) =>
    judgeFlavor(partial, flavor, trust, at),
  );
  const malformed = parsed.errors > 0 || !parsed.document;
  const refused = flavors.some(
    ({ outcome, consensus }) => outcome === 'rejected' || consensus === 'different',
  );
  const undecided = flavors.some(({ outcome }) => outcome === 'undecided');
  const outcome = malformed || refused ? 'rejected' : undecided ? 'undecided' : 'accepted';
  return assess(parsed.document, { outcome, flavors, at, errors: parsed.errors });
}

function judgeFlavor(
  document: Partial<DetachedSignatures>,
  flavor: string,
  trust: DetachedTrustOptions,
  at: UnixSeconds | undefined,
): FlavorVerdict {
  const digestHex = (algorithm: string): string | undefined =>
    flavor === 'ns' && algorithm === 'sha1'
      ? document.consensusDigest
      : document.additionalDigests?.get(`${flavor} ${algorithm}`);
  const signatures = checkSignatures(
    (document.signatures ?? []).filter((signature) => signature.flavor === flavor),
    trust,
    at,
    (algorithm) => fromHex(digestHex(algorithm) ?? '-'),
  );
  const signers = unique(signatures.filter(({ fate }) => fate === 'good'));
  const lacking = unique(signatures.filter(({ fate }) => fate === 'certificate-missing'));
  const needed = strictMajority(trust.authorities.size);
  const reachable = new Set([...signers, ...lacking]).size >= needed;
  const digest = digestHex(flavor === 'ns' ? 'sha1' : 'sha256');
  return {
    flavor,
    outcome: signers.length >= needed ? 'accepted' : reachable ? 'undecided' : 'rejected',
    digest,
    signers,
    needed,
    signatures,
    consensus: compare(document, flavor, digest, trust.consensuses ?? []),
  };
}

/** What is or would be signed: of an unsigned text the whole, with the word that the signatures begin with behind it. */
function signedPart({ bytes, signed }: Consensus): Uint8Array {
  return signed
    ? bytes.subarray(signed.start, signed.end)
    : concatBytes(bytes, bytesOf('directory-signature '));
}

function compare(
  document: Partial<DetachedSignatures>,
  flavor: string,
  digest: string | undefined,
  consensuses: readonly Consensus[],
): FlavorVerdict['consensus'] {
  const consensus = consensuses.find((one) => one.flavor === flavor);
  if (!consensus) return 'not-given';
  const signed = signedPart(consensus);
  const is = toHex(flavor === 'ns' ? sha1(signed) : sha256(signed));
  const sameTimes =
    document.validAfter === consensus.validAfter &&
    document.freshUntil === consensus.freshUntil &&
    document.validUntil === consensus.validUntil;
  return is === digest && sameTimes ? 'same' : 'different';
}
