/** Floor 3: what follows from documents: the consensus from its votes, and what goes into both. */
export { bandwidthWeights } from './bandwidth-weights.ts';
export type { BandwidthWeights, WeightCase, WeightFault, WeightTotals } from './bandwidth-weights.ts';
export { bandwidthWeightsOf } from './consensus-weights.ts';
export type { ConsensusWeights } from './consensus-weights.ts';
export { checkSharedRandom } from './commitments.ts';
export type { CommitCheck, CommitOutcome } from './commitments.ts';
export { compareSharedRandom, computeSharedRandom } from './shared-random.ts';
export type {
  Committer,
  RevealOutcome,
  SharedRandomComparison,
  SharedRandomConsensus,
  SharedRandomOptions,
  SharedRandomRun,
  SharedRandomVote,
  Sighting,
} from './shared-random.ts';
export { makeMicrodescriptor } from './microdescriptor.ts';
export type { MadeMicrodescriptor } from './microdescriptor.ts';
export { summarizePolicy } from './policy-summary.ts';
export { computeConsensus } from './consensus.ts';
export type { Computation, ComputedConsensus, ComputeOptions, Impossible, Tie } from './types.ts';
export { methods } from './methods.ts';
export type { MethodRules } from './methods.ts';
export { checkFlagRules, flagOutcome } from './flag-rules.ts';
export type { FlagRuleOptions, FlagRuleReport, FlagVote } from './flag-rules.ts';
export type { FlagFinding, FlagRule, FlagValues } from './flag-rule-checks.ts';
export { explain, explainer } from './explain.ts';
export type { Explanation, ExplainSubject, Given } from './types.ts';
