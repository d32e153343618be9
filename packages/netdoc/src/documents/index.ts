/** Floor 2: one file for each kind of document. */
export { parseConsensus } from './consensus.ts';
export type { Consensus, ConsensusSource, Flavor } from './consensus.ts';
export { parseVote } from './vote.ts';
export type { SharedRandomCommit, Vote } from './vote.ts';
export { parseKeyCertificates } from './key-certificate.ts';
export type { KeyCertificate } from './key-certificate.ts';
export { parseDetachedSignatures } from './detached-signatures.ts';
export type { DetachedSignature, DetachedSignatures } from './detached-signatures.ts';
export { detectKind } from './detect.ts';
export type { DocumentKind } from './detect.ts';
export { skipAnnotations } from './annotations.ts';
export type { DirectorySignature } from './signature.ts';
export type { DirSource, SharedRandomValue, VotingDelay } from './status.ts';
