/**
 * Tor's network documents, parsed and verified from bytes.
 *
 * `parse…` never throws and never verifies: it returns what it understood and what was wrong. `verify…` never fetches and
 * reads no clock: it returns a verdict, and a `Verified` document when there is one. Nothing here does I/O.
 *
 * @example
 * const parsed = parseConsensus(bytes);
 * const ring = certificateRing(parseKeyCertificates(certificateBytes).flatMap(({ document }) => document ?? []));
 * const { verdict } = verifyConsensus(parsed, { authorities, certificates: ring });
 */
export {
  bytesOf,
  compareBytes,
  compareText,
  concatBytes,
  formatTime,
  fromBase64,
  fromHex,
  parseFingerprint,
  parseTime,
  sameBytes,
  textOf,
  toBase64,
  toHex,
  unixSeconds,
} from './base/index.ts';
export type { Fingerprint, Span, UnixSeconds } from './base/index.ts';
export { sha1, sha256, sha3_256 } from './crypto/index.ts';
export { describeProblem } from './metaformat/index.ts';
export type { Parsed, Problem, ProblemCode, Profile, UnrecognizedLine } from './metaformat/index.ts';
export {
  detectKind,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  skipAnnotations,
} from './documents/index.ts';
export type {
  Consensus,
  ConsensusSource,
  DetachedSignature,
  DetachedSignatures,
  DirectorySignature,
  DirSource,
  DocumentKind,
  Flavor,
  KeyCertificate,
  SharedRandomCommit,
  SharedRandomValue,
  Vote,
  VotingDelay,
} from './documents/index.ts';
export {
  compareIdentity,
  ed25519State,
  findRouter,
  fingerprintOf,
  flagsOf,
  formatIpv4,
  formatIpv6,
  hasFlag,
  nicknameOf,
  parseIpv4,
  parseIpv6,
  present,
  routerAt,
} from './routers/index.ts';
export type { Router, RouterTable, VotedMicrodescs } from './routers/index.ts';
export {
  certificateRing,
  checkCertificate,
  strictMajority,
  validAt,
  verifyConsensus,
  verifyKeyCertificate,
  verifyVote,
} from './verify/index.ts';
export type {
  Assessment,
  CertificateCheck,
  CertificateFault,
  CertificateRing,
  Refusal,
  SignatureCheck,
  SignatureFate,
  TrustedCertificate,
  TrustOptions,
  Verdict,
  Verified,
  VoteTrustOptions,
} from './verify/index.ts';
