/** Figures of one round: formation, quality, diversity (S2.1.29 to S2.1.31, S5.1). */
import type { Status } from '../api/index.ts';
import { perFlagOverall, shareOf } from '../analysis/index.ts';
import type { CountryShare, FlagAgreement, NetworkShares, ScannerSpread } from '../analysis/index.ts';
import { phasesOf } from '../network/index.ts';
import type { PhaseName } from '../network/index.ts';
import { counted, duration } from '../checks/index.ts';
import type { Row } from '../store/index.ts';
import type { AuthorityFacts } from './authority-facts.ts';
import { fromJson, isoMsOrNull, isoOf, isoOfMs } from './context.ts';
import type { AnswerSources } from './context.ts';
import { describedView, networksView } from './described.ts';

type Phase = { name: string; due: string; seen: string | null; text: string };

/** The rows that the phases of a round are told from. */
export interface RoundRows {
  readonly votes: readonly Row<'votes'>[];
  readonly signatures: readonly Row<'signatures'>[];
}

const phaseNames: Readonly<Record<PhaseName, string>> = {
  vote: 'votes are made and sent',
  'fetch-votes': 'missing votes are asked for',
  compute: 'the consensus is computed',
  'fetch-signatures': 'missing signatures are asked for',
  publish: 'the consensus is published',
};

/** The five phases of a round: when each was due, and what we saw of it. What was not seen is unknown, not fine (S5.4). */
export function phaseRows(
  round: Pick<Row<'rounds'>, 'valid_after' | 'fresh_until' | 'vote_seconds' | 'dist_seconds' | 'first_seen'>,
  rows: RoundRows,
): Phase[] {
  const validAfter = round.valid_after ?? 0;
  const schedule = {
    intervalSeconds: (round.fresh_until ?? 0) - validAfter,
    voteSeconds: round.vote_seconds ?? 300,
    distSeconds: round.dist_seconds ?? 300,
  };
  const before = validAfter * 1000;
  const votes = rows.votes.flatMap(({ first_seen }) => first_seen ?? []).filter((at) => at < before);
  const signed = rows.signatures.filter(({ first_seen }) => (first_seen ?? Infinity) < before);
  const seen: Readonly<Record<PhaseName, { at: number | undefined; text: string }>> = {
    vote: {
      at: least(votes),
      text:
        votes.length === 0
          ? 'not observed'
          : `${votes.length} votes seen before publication, the last ${duration((Math.max(...votes) - Math.min(...votes)) / 1000)} after the first`,
    },
    'fetch-votes': { at: undefined, text: 'between authorities; not observable from outside' },
    compute: {
      at: least(signed.flatMap(({ first_seen }) => first_seen ?? [])),
      text:
        signed.length === 0
          ? 'not observed'
          : `first signature seen; ${counted(new Set(signed.map(({ identity }) => identity)).size, 'signer')} before publication`,
    },
    'fetch-signatures': { at: undefined, text: 'between authorities; not observable from outside' },
    publish: {
      at: round.first_seen ?? undefined,
      text:
        round.first_seen === null
          ? 'not observed'
          : `first served to us ${duration(Math.max(0, round.first_seen / 1000 - validAfter))} after it was due`,
    },
  };
  return phasesOf(schedule, validAfter).map(({ name, at }) => ({
    name: phaseNames[name],
    due: isoOf(at),
    seen: isoMsOrNull(seen[name].at),
    text: seen[name].text,
  }));
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}

/** How the newest consensus came about (S2.1.29). */
export function formationOf(round: Row<'rounds'>, facts: AuthorityFacts): Status['formation'] {
  const validAfter = round.valid_after ?? 0;
  const votes = facts.votes.filter((vote) => vote.valid_after === validAfter && vote.outcome === 'accepted');
  const signatures = facts.signatures.filter((row) => row.valid_after === validAfter);
  const early = votes.flatMap(({ first_seen }) => first_seen ?? []).filter((at) => at < validAfter * 1000);
  const overall = perFlagOverall([
    fromJson<{ agreement: FlagAgreement[] }>(round.flags, { agreement: [] }).agreement,
  ]);
  const total = overall.reduce(
    (sum, { equal, decisions }) => ({ equal: sum.equal + equal, decisions: sum.decisions + decisions }),
    { equal: 0, decisions: 0 },
  );
  const consistency = shareOf(total);
  return {
    votesFirstSeen:
      early.length === 0
        ? { value: null, reason: 'no vote was seen during the voting window' }
        : {
            value: {
              first: isoOfMs(Math.min(...early)),
              last: isoOfMs(Math.max(...early)),
              spreadSeconds: (Math.max(...early) - Math.min(...early)) / 1000,
            },
          },
    phases: phaseRows(round, { votes, signatures }),
    flagConsistency:
      consistency === undefined
        ? { value: null, reason: 'no vote of this round is held' }
        : { value: consistency },
    bandwidthVariance: fromJson<ScannerSpread[]>(round.scanners, []).map((spread) => ({ ...spread })),
  };
}

/** Counts of the newest consensus (S2.1.30). */
export function qualityOf(round: Row<'rounds'>): NonNullable<Status['quality']> {
  return {
    relays: round.relays ?? 0,
    guards: round.guards ?? 0,
    exits: round.exits ?? 0,
    exitsWithoutBadExit: round.exits_without_bad_exit ?? 0,
    guardExits: round.guard_exits ?? 0,
    weightSum: round.weight_sum ?? 0,
    method: round.method ?? 0,
  };
}

/** Where and whose the relays are, as far as tables of addresses and the relays' own descriptors tell (S2.1.31). */
export async function diversityOf(
  { store, geoSource }: AnswerSources,
  round: Row<'rounds'>,
): Promise<NonNullable<Status['diversity']>> {
  const at = { valid_after: round.valid_after ?? 0 };
  const [described] = await store.query('described', at);
  const [health] = await store.query('health', at);
  const { platforms, operators, ...view } = describedView(described);
  const countries = fromJson<CountryShare[] | null>(round.countries, null);
  const versions = fromJson<{ value: string; count: number }[]>(round.versions, []);
  return {
    countries: countries
      ? { value: countries.map((share) => ({ ...share })) }
      : { value: null, reason: 'no country table is configured (tor-geoipdb)' },
    geoSource: geoSource ?? 'none',
    versions: versions.map(({ value, count }) => ({ version: value.replace(/^Tor /, ''), relays: count })),
    networks: networksView(fromJson<NetworkShares | null>(health?.networks, null), round.relays ?? 0),
    described: view.described,
    platforms:
      platforms.value === null
        ? { ...platforms, value: null }
        : {
            value: platforms.value.map(({ name, relays, weightShare }) => ({
              platform: name,
              relays,
              weightShare,
            })),
          },
    operators: operators.value === null ? { ...operators, value: null } : { value: operators.value.distinct },
    largestOperators: operators,
  };
}
