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
