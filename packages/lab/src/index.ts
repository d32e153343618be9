/** A private Tor network of real tor authorities with synthetic relays: for tests, recordings and the demo. */
export type { AuthorityState } from './authority.ts';
export { readFault, sendToLab, type ControlAnswer, type ControlRequest } from './control.ts';
export { writeDescriptor, type DescriptorPair, type SharedKeys } from './descriptor.ts';
export { applyFault } from './faults.ts';
export { findTor, type TorPrograms } from './find-tor.ts';
export { forgeRounds, type ForgedRound, type ForgeOptions } from './forge.ts';
export { keepForgedRound } from './forge-folder.ts';
export { enterNamespace, isIsolated, type Isolation } from './isolation.ts';
export { startLab } from './lab.ts';
export type { AuthorityEntry, ConsensusWish, Fault, Lab, LabStatus, PublishedConsensus } from './model.ts';
export { planLab, publicNicknames, type AuthorityPlan, type LabOptions, type LabPlan } from './plan.ts';
export type { Relay } from './relay.ts';
export { makePopulation, type Population } from './relays-of-lab.ts';
export { badDay, runScenario, type ScenarioOptions, type ScenarioStep } from './scenario.ts';
export {
  laterRound,
  nextValidAfter,
  nextVotingRound,
  roundAt,
  roundOf,
  type Round,
  type VotingTiming,
} from './schedule.ts';
export {
  writeVote,
  type SharedRandomPart,
  type VoteEntry,
  type VoteHeader,
  type VoteModel,
  type Voter,
} from './vote.ts';
export { makeVoter } from './voter.ts';
