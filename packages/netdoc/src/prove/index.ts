/** Floor 4: a published consensus held against the votes that it names. */
export { digestToSign, proveConsensus, unsignedText } from './prove.ts';
export { matchVotes } from './votes.ts';
export type { MatchedVotes } from './votes.ts';
export type {
  Assumptions,
  ExtraVote,
  MissingVote,
  NamedVote,
  Proof,
  ProofCause,
  ProofOptions,
  ProofVerdict,
} from './proof.ts';
