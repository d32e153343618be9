/**
 * The health of a round, read back as the pipeline kept it; of a round that it did not count, because it came out of an archive,
 * counted now from the documents that are held.
 */
import { parseConsensus } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import type { Declined } from '../api/index.ts';
import { countRound, opinionOf } from '../analysis/index.ts';
import type { RoundCounted, RoundToCount } from '../analysis/index.ts';
import type { Row } from '../store/index.ts';
import { fromJson } from './context.ts';
import type { AnswerSources } from './context.ts';
import type { DescribedView } from './described.ts';
import { readVotes, roundVotes } from './round-votes.ts';
import type { Workshop } from './workshop.ts';

/** A round's health, and the round that it was compared with. */
export interface CountedHealth extends RoundCounted {
  readonly against: number | null;
}

/** What the health of a round is told from. */
export interface RoundHealth extends CountedHealth {
  readonly round: Row<'rounds'>;
  /** The round held after it. */
  readonly following: Row<'rounds'> | undefined;
  readonly voters: readonly string[];
  /** What server descriptors tell of its relays. */
  readonly descriptors: DescribedView;
}

/** The health of a round; declined when its consensus is not held or too much is being computed already. */
export async function countedHealth(
  sources: AnswerSources,
  workshop: Workshop,
  round: Row<'rounds'>,
): Promise<CountedHealth | Declined> {
  const [row] = await sources.store.query('health', { valid_after: round.valid_after ?? 0 });
  if (row) return readBack(row);
  return workshop.run(`health ${round.valid_after} ${sources.revision()}`, () => countNow(sources, round));
}

function readBack(row: Row<'health'>): CountedHealth {
  return {
    against: row.against,
    facts: JSON.parse(row.facts ?? '{}') as RoundCounted['facts'],
    methods: fromJson(row.methods, []),
    countries: fromJson<RoundCounted['countries']>(row.places, null),
    networks: fromJson<RoundCounted['networks']>(row.networks, null),
    invariants: fromJson(row.invariants, []),
    churn: fromJson<RoundCounted['churn']>(row.churn, null),
    withdrawals: fromJson<RoundCounted['withdrawals']>(row.withdrawals, null),
    growth: fromJson<RoundCounted['growth']>(row.growth, null),
  };
}

async function countNow(sources: AnswerSources, round: Row<'rounds'>): Promise<CountedHealth | Declined> {
  const at = round.valid_after ?? 0;
  const consensus = await consensusOf(sources, round);
  if (!consensus) return { declined: 'not-yet', message: 'The consensus of this round is not held.' };
  const earlier = at - Math.max(1, (round.fresh_until ?? 0) - at);
  const [before] = await sources.store.query('round', { valid_after: earlier });
  const old = before && (await consensusOf(sources, before));
  const oldVotes = before && old ? await votesOf(sources, earlier) : [];
  const counted = countRound(
    { consensus, votes: await votesOf(sources, at) },
    old && {
      consensus: old,
      votes: oldVotes.map(({ authority, vote }) => ({ authority, opinion: vote && opinionOf(vote) })),
    },
    sources.limits,
    // Where relays were in their day, the tables of today do not say.
  );
  return { against: old ? earlier : null, ...counted };
}

async function consensusOf(sources: AnswerSources, round: Row<'rounds'>): Promise<Consensus | undefined> {
  const bytes = round.ns_sha256 === null ? undefined : await sources.archive.read(round.ns_sha256);
  await sources.breathe?.();
  return bytes && parseConsensus(bytes).document;
}

/** The votes that the consensus names, by the names of their authorities. */
async function votesOf(sources: AnswerSources, at: number): Promise<RoundToCount['votes']> {
  const round = await roundVotes(sources, at);
  if (!round) return [];
  const nameOf = (identity: string): string =>
    round.voters.find(({ v3ident }) => v3ident === identity)?.nickname ?? identity.slice(0, 8);
  const votes = await readVotes(sources, round.held);
  return [
    ...votes.map((vote) => ({ authority: nameOf(vote.source.identity), vote })),
    ...round.unheld.map((identity) => ({ authority: nameOf(identity), vote: undefined })),
  ];
}
