/** Documents of a round, read again to answer a question: the votes that its consensus names, and the consensus. */
import { parseConsensus, parseVote } from '@conclave/netdoc';
import type { Consensus, ConsensusChanges, Vote } from '@conclave/netdoc';
import type { DiffAnswer } from '../api/index.ts';
import { isVoter } from '../network/index.ts';
import type { Voter } from '../network/index.ts';
import type { Row } from '../store/index.ts';
import { fromJson, isoOfMs, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { authoritiesThen, readAuthorities } from './past.ts';

/** What every answer carries. */
export async function stampOf(
  sources: AnswerSources,
): Promise<{ readonly network: string; readonly now: string; readonly revision: number }> {
  const { network } = await metaOf(sources);
  return { network, now: isoOfMs(sources.now()), revision: sources.revision() };
}

/** A round with the votes that its consensus names. */
export interface RoundVotes {
  readonly round: Row<'rounds'>;
  readonly voters: readonly Voter[];
  /** The rows of those that are held, by identity. */
  readonly held: readonly Row<'votes'>[];
  /** Identities of the others. */
  readonly unheld: readonly string[];
  /** How many authorities whoever computed has configured, and whether it had just computed a new shared random value. */
  readonly authorities: number;
  readonly sharedRandomFresh: boolean;
}

/** The votes of a round; undefined when it is not known. */
export async function roundVotes(
  { store }: AnswerSources,
  validAfter: number | undefined,
): Promise<RoundVotes | undefined> {
  const [round] =
    validAfter === undefined
      ? await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 })
      : await store.query('round', { valid_after: validAfter });
  if (!round) return undefined;
  const at = { valid_after: round.valid_after ?? 0 };
  const voters = authoritiesThen(await readAuthorities(store), round).filter(isVoter);
  const named = await store.query('sourcesOf', at);
  const votes = (await store.query('votesOf', at)).filter(({ outcome }) => outcome === 'accepted');
  const held = named.flatMap(
    ({ identity, vote_digest }) =>
      votes.find((vote) => vote.identity === identity && vote.digest === vote_digest) ?? [],
  );
  const holding = new Set(held.map(({ identity }) => identity));
  const proof = (await store.query('proofsOf', at)).find(({ flavor }) => flavor === 'ns');
  return {
    round,
    voters,
    held,
    unheld: named.flatMap(({ identity }) => (identity === null || holding.has(identity) ? [] : [identity])),
    ...fromJson(proof?.assumptions, { authorities: voters.length, sharedRandomFresh: false }),
  };
}

/** Reads and parses the votes, letting others have their turn between two. */
export async function readVotes(sources: AnswerSources, held: readonly Row<'votes'>[]): Promise<Vote[]> {
  const votes: Vote[] = [];
  for (const { sha256 } of held) {
    const bytes = await sources.archive.read(sha256 ?? '');
    const { document } = bytes ? parseVote(bytes, { profile: 'tor-0.4.9' }) : {};
    if (document) votes.push(document);
    await sources.breathe?.();
  }
  return votes;
}

/** The consensus of the ns flavour that counts in a round; undefined where the archive has lost it. */
export async function readConsensus(
  sources: AnswerSources,
  round: Row<'rounds'>,
): Promise<Consensus | undefined> {
  const bytes = await sources.archive.read(round.ns_sha256 ?? '');
  await sources.breathe?.();
  return bytes && parseConsensus(bytes, { profile: 'tor-0.4.9' }).document;
}

/** A changed value of a header. */
export function changeView({
  keyword,
  before,
  after,
}: ConsensusChanges['header'][number]): DiffAnswer['header'][number] {
  return { name: keyword, before: before ?? null, after: after ?? null };
}
