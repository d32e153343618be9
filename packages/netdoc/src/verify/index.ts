/** Floor 3: who signed this, and is that enough? The only maker of `Verified<D>`. */
export { certificateRing, checkCertificate, validAt } from './certificate.ts';
export type {
  CertificateCheck,
  CertificateFault,
  CertificateRing,
  TrustedCertificate,
} from './certificate.ts';
export { verifyConsensus } from './consensus.ts';
export type { TrustOptions } from './consensus.ts';
export { verifyVote } from './vote.ts';
export type { VoteTrustOptions } from './vote.ts';
export { verifyKeyCertificate } from './key-certificate.ts';
export { strictMajority } from './verdict.ts';
export type { Assessment, Refusal, SignatureCheck, SignatureFate, Verdict, Verified } from './verdict.ts';
export { verifyServerDescriptor, descriptorDigests } from './server-descriptor.ts';
export type { DescriptorDigests } from './server-descriptor.ts';
export { verifyExtraInfo } from './extra-info.ts';
export type { ExtraInfoTrust } from './extra-info.ts';
export type { CheckOutcome, DescriptorVerdict, DocumentCheck } from './checks.ts';
export { findMicrodescriptors, microdescriptorDigest } from './microdescriptors.ts';
export type { FoundMicrodescriptors } from './microdescriptors.ts';
export { checkDiffCacheItem } from './cache.ts';
export { bandwidthFileMatches, bandwidthHeadersMatch, voteMatches } from './matches.ts';
export type { HeaderDifference, HeadersMatch, Match, MatchOutcome } from './matches.ts';
export { verifyDetachedSignatures } from './detached-signatures.ts';
export type { DetachedTrustOptions, DetachedVerdict, FlavorVerdict } from './detached-signatures.ts';
