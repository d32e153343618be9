/** What follows from a document by itself, beside what it says: its flags by its own rules, its weights by its entries. */
import {
  bandwidthWeightsOf,
  checkFlagRules,
  type Consensus,
  type ConsensusWeights,
  type FlagRuleReport,
  type Vote,
} from '@conclave/netdoc';
import type { FileDocument } from './documents.ts';
import { count, plural } from './output.ts';

/** The row on a vote's flags; none where the vote has no entries. */
export function flagRuleRows(vote: Partial<Vote>): string[][] {
  const reports = reportsOn(vote);
  return reports ? [['flag rules', flagRulesText(reports)]] : [];
}

/** The reports on what can be read of a vote; undefined where it has no entries, flags or time. */
function reportsOn(vote: Partial<Vote>): readonly FlagRuleReport[] | undefined {
  const { routers, knownFlags, published, flagThresholds, params, bandwidthFileHeaders } = vote;
  if (!routers || !knownFlags || published === undefined) return undefined;
  return checkFlagRules({ routers, knownFlags, published, flagThresholds, params, bandwidthFileHeaders });
}

function flagRulesText(reports: readonly FlagRuleReport[]): string {
  const sum = (key: 'consistent' | 'inconsistent' | 'undecidable'): number =>
    reports.reduce((total, report) => total + report[key], 0);
  const [broken, decided] = [sum('inconsistent'), sum('consistent') + sum('inconsistent')];
  const reasons = new Set(reports.map(({ because }) => because));
  const [why] = [...reasons].filter((because) => because !== undefined);
  if (decided === 0) return why === undefined ? 'no relays' : `not told: ${why}`;
  const each = reports
    .filter(({ inconsistent }) => inconsistent > 0)
    .map(({ rule, inconsistent }) => `${rule} ${count(inconsistent)}`);
  const told = broken === 0 ? 'none broken' : `${count(broken)} against a rule: ${each.join(', ')}`;
  return `${told}; ${plural(sum('undecidable'), 'question')} of ${count(decided + sum('undecidable'))} cannot be told`;
}

/** The row on a consensus's bandwidth weights; none where it has no entries. */
export function weightRows(consensus: Partial<Consensus>): string[][] {
  return isWeighed(consensus) ? [['weights', weightsText(bandwidthWeightsOf(consensus))]] : [];
}

function isWeighed(consensus: Partial<Consensus>): consensus is Consensus {
  return consensus.routers !== undefined && consensus.bytes !== undefined;
}

function weightsText(weights: ConsensusWeights): string {
  switch (weights.outcome) {
    case 'equal':
      return weights.computed.outcome === 'computed'
        ? `as its entries give them, case ${weights.computed.case}`
        : `none, rightly: ${weights.because}`;
    case 'differs':
      return weights.published === undefined
        ? 'none, though its entries give some'
        : 'not those that its entries give';
    case 'undecided':
    case 'unsupported':
      return `not told: ${weights.because}`;
  }
}

/** The same for programs, as a member of the document's JSON; undefined for kinds from which nothing is computed. */
export function computedJson({ kind, parsed }: FileDocument): Readonly<Record<string, unknown>> | undefined {
  if (kind === 'vote') {
    const flagRules = reportsOn(parsed.partial)?.map(({ because, outcomes: _outcomes, ...report }) => ({
      ...report,
      because: because ?? null,
    }));
    return flagRules && { flagRules };
  }
  if (kind !== 'consensus' || !isWeighed(parsed.partial)) return undefined;
  const weights = bandwidthWeightsOf(parsed.partial);
  const common = {
    outcome: weights.outcome,
    because: weights.because ?? null,
    published: weights.published ?? null,
  };
  if (weights.outcome === 'unsupported') return { bandwidthWeights: common };
  const { computed, totals, scale } = weights;
  const line = computed.outcome === 'computed' ? computed.line : null;
  return {
    bandwidthWeights: {
      ...common,
      case: computed.case ?? null,
      line,
      scale,
      // Sums of 64 bits, as text, because JSON's readers take numbers for floating point.
      totals: Object.fromEntries(Object.entries(totals).map(([name, value]) => [name, String(value)])),
    },
  };
}
