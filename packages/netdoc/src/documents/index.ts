/** Floor 2: one file for each kind of document. */
export { parseConsensus } from './consensus.ts';
export type { Consensus, ConsensusSource, Flavor } from './consensus.ts';
export { parseVote, parseVotes } from './vote.ts';
export type { SharedRandomCommit, Vote } from './vote.ts';
export { parseKeyCertificates } from './key-certificate.ts';
export type { KeyCertificate } from './key-certificate.ts';
export { parseDetachedSignatures } from './detached-signatures.ts';
export type { DetachedSignature, DetachedSignatures } from './detached-signatures.ts';
export { parseServerDescriptors } from './server-descriptor.ts';
export type {
  NtorCrosscert,
  Overload,
  RelayBandwidth,
  RouterLine,
  ServerDescriptor,
} from './server-descriptor.ts';
export { parseExtraInfos } from './extra-info.ts';
export type { ExtraInfo } from './extra-info.ts';
export type {
  ConnectionsBiDirect,
  ExtraInfoStatistics,
  IntervalCounts,
  NoisyCount,
  OverloadMark,
  OverloadRateLimits,
  Transport,
} from './extra-info-statistics.ts';
export { parseMicrodescriptors } from './microdescriptor.ts';
export type { Microdescriptor, MicrodescriptorId } from './microdescriptor.ts';
export { bandwidthColumn, bandwidthRow, parseBandwidthFile } from './bandwidth-file.ts';
export type { BandwidthFile, BandwidthTable } from './bandwidth-file.ts';
export { parseConsensusDiff } from './consensus-diff.ts';
export type { ConsensusDiff, DiffCommand } from './consensus-diff.ts';
export { parseDiffCacheItem } from './cache.ts';
export type { DiffCacheItem } from './cache.ts';
export type { PolicyRule, PortPolicy, PortRange } from './policy.ts';
export type { BandwidthHistory, ExtraInfoDigest, StatsInterval } from './readers.ts';
export type { Annotation } from './sequence.ts';
export { detectKind } from './detect.ts';
export type { DocumentKind } from './detect.ts';
export { skipAnnotations } from './annotations.ts';
export type { DirectorySignature } from './signature.ts';
export type { DirSource, SharedRandomValue, VotingDelay } from './status.ts';
