/** Everything about the health of one round at once: its consensus, its votes, and what changed since the round before. */
import type { Consensus, Vote } from '@conclave/netdoc';
import type { CountryTable, NetworkTable } from '../geo/index.ts';
import { churnBetween } from './churn.ts';
import type { Churn, Opinion, OpinionPair, Withdrawal } from './churn.ts';
import { countriesOf, networksOf } from './diversity.ts';
import type { CountryShare, NetworkShares } from './diversity.ts';
import { suddenGrowth } from './growth.ts';
import type { Growth, GrowthLimits } from './growth.ts';
import { healthFacts } from './health.ts';
import type { HealthFacts } from './health.ts';
import { consensusInvariants, voteInvariants } from './invariants.ts';
import type { Invariant } from './invariants.ts';

/** A vote that a consensus names; undefined where it is not held. */
export interface NamedOpinion {
  readonly authority: string;
  readonly opinion: Opinion | undefined;
}

/** The round that is looked at. */
export interface RoundToCount {
  readonly consensus: Consensus;
  readonly votes: readonly { readonly authority: string; readonly vote: Vote | undefined }[];
}

/** The round directly before it: its consensus and what the votes that it names said. */
export interface RoundBefore {
  readonly consensus: Consensus;
  readonly votes: readonly NamedOpinion[];
}

/** The health of a round; churn, withdrawals and growth are null without the round before. Plain data. */
export interface RoundCounted {
  readonly facts: HealthFacts;
  readonly methods: readonly { readonly authority: string; readonly methods: readonly number[] | null }[];
  readonly countries: readonly CountryShare[] | null;
  readonly networks: NetworkShares | null;
  readonly invariants: readonly Invariant[];
  readonly churn: Churn | null;
  readonly withdrawals: readonly Withdrawal[] | null;
  readonly growth: readonly Growth[] | null;
}

/** What a vote says of flags, without its bytes. */
export function opinionOf({ routers, consensusMethods }: Vote): Opinion {
  const { identity, count, flags, knownFlags } = routers;
  return { identity, count, flags, knownFlags, methods: consensusMethods };
}

/** Where addresses are, by tables of today; without one nothing is said of what it would tell. */
export interface Places {
  readonly countries?: CountryTable | undefined;
  readonly networks?: NetworkTable | undefined;
}

/** Counts a round. */
export function countRound(
  { consensus, votes }: RoundToCount,
  before: RoundBefore | undefined,
  limits: GrowthLimits,
  { countries, networks }: Places = {},
): RoundCounted {
  const opinions = votes.map(({ authority, vote }) => ({ authority, opinion: vote && opinionOf(vote) }));
  const changes = before && churnBetween(before.consensus, consensus, pairsOf(before.votes, opinions));
  return {
    facts: healthFacts(consensus),
    methods: opinions.map(({ authority, opinion }) => ({ authority, methods: opinion?.methods ?? null })),
    countries: countries ? countriesOf(consensus.routers, countries) : null,
    networks: networks ? networksOf(consensus.routers, networks) : null,
    invariants: [
      ...consensusInvariants(consensus),
      ...votes.flatMap(({ authority, vote }) => (vote ? voteInvariants(authority, vote) : [])),
    ],
    churn: changes?.churn ?? null,
    withdrawals: changes?.withdrawals ?? null,
    growth: changes ? suddenGrowth(before.consensus, consensus, changes.changes.added, limits) : null,
  };
}

function pairsOf(before: readonly NamedOpinion[], after: readonly NamedOpinion[]): OpinionPair[] {
  const voteOf = (list: readonly NamedOpinion[], authority: string): OpinionPair['before'] => {
    const found = list.find((one) => one.authority === authority);
    return found ? found.opinion : 'absent';
  };
  const authorities = [...new Set([...before, ...after].map(({ authority }) => authority))];
  return authorities.map((authority) => ({
    authority,
    before: voteOf(before, authority),
    after: voteOf(after, authority),
  }));
}
