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
export { ed25519CertificateType, readEd25519Certificate } from './ed25519/index.ts';
export type { Ed25519Certificate, Ed25519Extension } from './ed25519/index.ts';
export {
  bandwidthColumn,
  bandwidthRow,
  detectKind,
  parseBandwidthFile,
  parseConsensus,
  parseConsensusDiff,
  parseDetachedSignatures,
  parseDiffCacheItem,
  parseExtraInfos,
  parseKeyCertificates,
  parseMicrodescriptors,
  parseServerDescriptors,
  parseVote,
  parseVotes,
  skipAnnotations,
} from './documents/index.ts';
export type {
  Annotation,
  BandwidthFile,
  BandwidthHistory,
  BandwidthTable,
  ConnectionsBiDirect,
  Consensus,
  ConsensusDiff,
  ConsensusSource,
  DetachedSignature,
  DetachedSignatures,
  DiffCacheItem,
  DiffCommand,
  DirectorySignature,
  DirSource,
  DocumentKind,
  ExtraInfo,
  ExtraInfoDigest,
  ExtraInfoStatistics,
  Flavor,
  IntervalCounts,
  KeyCertificate,
  Microdescriptor,
  MicrodescriptorId,
  NoisyCount,
  NtorCrosscert,
  Overload,
  OverloadMark,
  OverloadRateLimits,
  PolicyRule,
  PortPolicy,
  PortRange,
  RelayBandwidth,
  RouterLine,
  ServerDescriptor,
  SharedRandomCommit,
  SharedRandomValue,
  StatsInterval,
  Transport,
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
export { applyDiff, digestAsSigned, makeDiff } from './diff/index.ts';
export type { DiffPart, DiffRefusal } from './diff/index.ts';
export { compareConsensuses, differencesBetween, hasChanges } from './compare/index.ts';
export type {
  ConsensusChanges,
  FieldChange,
  FlagChange,
  HeaderChange,
  RelayChange,
  RelayChanges,
  RelayField,
  RelayName,
  TextDifference,
} from './compare/index.ts';
export {
  bandwidthFileMatches,
  bandwidthHeadersMatch,
  certificateRing,
  checkCertificate,
  checkDiffCacheItem,
  descriptorDigests,
  findMicrodescriptors,
  microdescriptorDigest,
  strictMajority,
  validAt,
  verifyConsensus,
  verifyDetachedSignatures,
  verifyExtraInfo,
  verifyKeyCertificate,
  verifyServerDescriptor,
  verifyVote,
  voteMatches,
} from './verify/index.ts';
export type {
  Assessment,
  CertificateCheck,
  CertificateFault,
  CertificateRing,
  CheckOutcome,
  DescriptorDigests,
  DescriptorVerdict,
  DetachedTrustOptions,
  DetachedVerdict,
  DocumentCheck,
  ExtraInfoTrust,
  FlavorVerdict,
  FoundMicrodescriptors,
  HeaderDifference,
  HeadersMatch,
  Match,
  MatchOutcome,
  Refusal,
  SignatureCheck,
  SignatureFate,
  TrustedCertificate,
  TrustOptions,
  Verdict,
  Verified,
  VoteTrustOptions,
} from './verify/index.ts';
export {
  bandwidthWeights,
  bandwidthWeightsOf,
  checkSharedRandom,
  compareSharedRandom,
  computeConsensus,
  computeSharedRandom,
  makeMicrodescriptor,
  summarizePolicy,
} from './compute/index.ts';
export type {
  BandwidthWeights,
  CommitCheck,
  CommitOutcome,
  Committer,
  Computation,
  ComputedConsensus,
  ComputeOptions,
  ConsensusWeights,
  Impossible,
  MadeMicrodescriptor,
  RevealOutcome,
  SharedRandomComparison,
  SharedRandomConsensus,
  SharedRandomOptions,
  SharedRandomRun,
  SharedRandomVote,
  Sighting,
  Tie,
  WeightCase,
  WeightFault,
  WeightTotals,
} from './compute/index.ts';
export { digestToSign, matchVotes, proveConsensus, unsignedText } from './prove/index.ts';
export type {
  Assumptions,
  ExtraVote,
  MatchedVotes,
  MissingVote,
  NamedVote,
  Proof,
  ProofCause,
  ProofOptions,
  ProofVerdict,
} from './prove/index.ts';
