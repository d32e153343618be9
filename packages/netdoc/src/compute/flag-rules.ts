/**
 * Does an authority assign flags by its own rules? A vote carries the thresholds it used and, of each relay, most of what
 * they are held against, so that much of it can be checked from the vote alone (dir-spec 3.4.2). What the vote does not
 * tell is undecidable; a relay that breaks a rule is inconsistent, which may also mean that its operator set an option.
 */
import type { Vote } from '../documents/index.ts';
import { fingerprintOf, nicknameOf } from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';
import { ruleChecks } from './flag-rule-checks.ts';
import type { FlagFinding, FlagRule, RuleCheck } from './flag-rule-checks.ts';
import { evidenceOf } from './flag-evidence.ts';

/** What is needed of a vote. */
export type FlagVote = Pick<
  Vote,
  'published' | 'knownFlags' | 'flagThresholds' | 'params' | 'bandwidthFileHeaders' | 'routers'
>;

/** What a rule says of a relay, as numbers in a column. */
export const flagOutcome = { consistent: 0, inconsistent: 1, undecidable: 2 } as const;

/** One rule over all relays of a vote. */
export interface FlagRuleReport {
  readonly rule: FlagRule;
  readonly consistent: number;
  readonly inconsistent: number;
  readonly undecidable: number;
  /** Why the rule decides nothing in this vote at all; undefined when it can. */
  readonly because: string | undefined;
  /** `flagOutcome` of each relay, by row. */
  readonly outcomes: Uint8Array;
  /** The inconsistent relays in the order of the vote; at most 100, all are counted. */
  readonly findings: readonly FlagFinding[];
}

/** Values that an authority may set and does not publish; tor's defaults unless given. */
export interface FlagRuleOptions {
  /** An MTBF that is always enough for Stable, in seconds: 5 days. */
  readonly stableMtbfSeconds?: number;
  /** A bandwidth that is always enough for Guard, in kB (AuthDirGuardBWGuarantee): 2097. */
  readonly guardBandwidthKb?: number;
  /** Seconds between assigning flags and reading the statistics of the `stats` lines: 60 at most. */
  readonly slackSeconds?: number;
}

const mostFindings = 100;

/** Checks all rules over all relays of a vote. */
export function checkFlagRules(vote: FlagVote, options: FlagRuleOptions = {}): readonly FlagRuleReport[] {
  const evidence = evidenceOf(vote, {
    stableMtbfSeconds: options.stableMtbfSeconds ?? 432_000,
    guardBandwidthKb: options.guardBandwidthKb ?? 2097,
    slackSeconds: options.slackSeconds ?? 60,
  });
  return ruleChecks(evidence).map((check) => reportOn(vote.routers, check, olderRules(vote)));
}

/** Authorities that do not tell who is a sybil take flags away without saying so, and some of their rules were others. */
function olderRules({ knownFlags }: FlagVote): string | undefined {
  return knownFlags.includes('Sybil')
    ? undefined
    : 'known-flags has no Sybil: an older tor, which had other rules';
}

function reportOn(
  routers: RouterTable,
  { rule, because: own, judge, explain }: RuleCheck,
  older: string | undefined,
): FlagRuleReport {
  const because = older ?? own;
  const outcomes = new Uint8Array(routers.count);
  const counts: [consistent: number, inconsistent: number, undecidable: number] = [0, 0, 0];
  const findings: FlagFinding[] = [];
  if (because !== undefined) outcomes.fill(flagOutcome.undecidable);
  for (let router = 0; router < routers.count; router += 1) {
    const outcome = because === undefined ? judge(router) : flagOutcome.undecidable;
    outcomes[router] = outcome;
    counts[outcome] += 1;
    if (outcome !== flagOutcome.inconsistent || findings.length >= mostFindings) continue;
    findings.push({
      router,
      fingerprint: fingerprintOf(routers, router),
      nickname: nicknameOf(routers, router),
      ...explain(router),
    });
  }
  const [consistent, inconsistent, undecidable] = counts;
  return { rule, consistent, inconsistent, undecidable, because, outcomes, findings };
}
