/** The door of the checks room: one file for each question, and the list of them all. */
import { authorityDiffers } from './authority-differs.ts';
import { authorityLagging } from './authority-lagging.ts';
import { authorityOffline } from './authority-offline.ts';
import { authoritySlow } from './authority-slow.ts';
import { certificateExpiring } from './certificate-expiring.ts';
import { clockSkew } from './clock-skew.ts';
import { consensusSplit } from './consensus-split.ts';
import { consensusStale } from './consensus-stale.ts';
import { consensusUnproven } from './consensus-unproven.ts';
import { documentRefused } from './document-refused.ts';
import type { Check, Finding, Situation } from './finding.ts';
import { healthInvariantBroken } from './health-invariant-broken.ts';
import { previewWarns } from './preview-warns.ts';
import { scannerSilent } from './scanner-silent.ts';
import { sourceFailing } from './source-failing.ts';
import { splitAhead } from './split-ahead.ts';
import { suddenGrowthCheck } from './sudden-growth.ts';
import { voteEquivocation } from './vote-equivocation.ts';
import { signatureMissing, voteMissing } from './vote-missing.ts';

export type {
  AuthoritySituation,
  Category,
  Check,
  ComingSituation,
  Finding,
  HealthSituation,
  ProofSituation,
  ServedGroup,
  Severity,
  ShownGroup,
  Situation,
  SourceSituation,
  VotesOfOne,
} from './finding.ts';
export { counted, duration, listing, roundName } from './finding.ts';
export { severityByMargin } from './authority-offline.ts';
export { fileAgeLimit, scanFault } from './scanner-silent.ts';
export { sourceFault, sourceTitles } from './source-failing.ts';

/** All checks. */
export const checks: readonly Check[] = [
  consensusStale,
  consensusSplit,
  consensusUnproven,
  splitAhead,
  previewWarns,
  voteEquivocation,
  healthInvariantBroken,
  suddenGrowthCheck,
  documentRefused,
  authorityOffline,
  authoritySlow,
  authorityLagging,
  authorityDiffers,
  voteMissing,
  signatureMissing,
  scannerSilent,
  clockSkew,
  certificateExpiring,
  sourceFailing,
];

/** Everything that the checks find in a situation. */
export function findAll(situation: Situation): Finding[] {
  return checks.flatMap((check) => check(situation));
}
