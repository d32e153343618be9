/** The coming round as checks are told of it, and authorities that voted twice. */
import { relateVotes } from '../analysis/index.ts';
import type { VoteCopy } from '../analysis/index.ts';
import type { ComingSituation, ShownGroup, VotesOfOne } from '../checks/index.ts';
import type { Observation } from '../collect/index.ts';
import { isVoter, majorityOf, nextValidAfter, usableDelays, votersOf } from '../network/index.ts';
import type { Row } from '../store/index.ts';
import { newestRound, nicknameOfIdentity, scheduleKnown } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';
import { lastShown } from './pending.ts';

/** Notes how an authority answered when it was asked for its own vote of the round in progress. */
export function noteVoteAsked(memory: Memory, observation: Observation): void {
  const { subject, authority, outcome, at } = observation;
  if (subject.kind !== 'vote' || subject.period !== 'next' || outcome === 'not-asked') return;
  if (memory.set.authorities.find(({ nickname }) => nickname === authority)?.v3ident !== subject.of) return;
  if (!newestRound(memory)) return;
  const validAfter = nextValidAfter(scheduleKnown(memory), at / 1000);
  const before = memory.votesAsked?.validAfter === validAfter ? memory.votesAsked.outcomes : {};
  memory.votesAsked = { validAfter, outcomes: { ...before, [subject.of]: outcome } };
}

/** The coming round at a tick at `nowMs`; undefined while no consensus says when it is. */
export function comingAt(memory: Memory, nowMs: number): ComingSituation | undefined {
  if (!newestRound(memory)) return undefined;
  const schedule = scheduleKnown(memory);
  const validAfter = nextValidAfter(schedule, nowMs / 1000);
  const round = memory.rounds.get(validAfter);
  const asked = memory.votesAsked?.validAfter === validAfter ? memory.votesAsked.outcomes : {};
  const accepted = [...(round?.votes.values() ?? [])].filter(({ outcome }) => outcome === 'accepted');
  const holding = new Set(accepted.map(({ identity }) => identity));
  const state = (identity: string): 'held' | 'absent' | 'silent' | 'unasked' => {
    if (holding.has(identity)) return 'held';
    const outcome = asked[identity];
    return outcome === undefined ? 'unasked' : outcome === 'absent' ? 'absent' : 'silent';
  };
  const those = (wanted: string): string[] =>
    votersOf(memory.set)
      .filter(({ v3ident }) => state(v3ident) === wanted)
      .map(({ nickname }) => nickname);
  const preview = round?.previews.at(-1);
  const delays = usableDelays(schedule);
  return {
    validAfter,
    voteSeconds: delays.voteSeconds,
    distSeconds: delays.distSeconds,
    needed: majorityOf(memory.set),
    held: those('held'),
    absent: those('absent'),
    silent: those('silent'),
    unasked: those('unasked'),
    preview: preview && {
      outcome: (preview.outcome ?? 'impossible') as 'computed' | 'unsupported' | 'impossible',
      explanation: preview.explanation ?? '',
      removed: preview.removed_count ?? 0,
      relaysBefore: preview.relays_before ?? undefined,
    },
    shown: round ? shownGroups(round.pending.values()) : [],
  };
}

/** Who shows which digest with a good signature of its own on it; the largest group of a flavour first. */
export function shownGroups(pending: Iterable<Row<'pending'>>): ShownGroup[] {
  const groups = new Map<string, { -readonly [K in keyof ShownGroup]: ShownGroup[K] }>();
  for (const row of lastShown(pending)) {
    for (const [flavor, digest, own] of [
      ['ns', row.ns_digest, row.own_ns],
      ['microdesc', row.microdesc_digest, row.own_microdesc],
    ] as const) {
      if (digest === null || own !== 'good') continue;
      const key = `${flavor} ${digest}`;
      const old = groups.get(key);
      groups.set(key, {
        flavor,
        digest,
        authorities: [...(old?.authorities ?? []), row.authority ?? ''],
        explanation: old?.explanation ?? row.explanation ?? undefined,
      });
    }
  }
  return [...groups.values()].sort(
    (a, b) =>
      (a.flavor > b.flavor ? -1 : a.flavor < b.flavor ? 1 : 0) ||
      b.authorities.length - a.authorities.length ||
      (a.digest < b.digest ? -1 : 1),
  );
}

/** Rounds in which somebody's voting twice still matters: the newest and what comes after it. */
export function openRounds(memory: Memory): RoundNote[] {
  const newest = newestRound(memory)?.validAfter ?? 0;
  return [...memory.rounds.values()]
    .filter(({ validAfter }) => validAfter >= newest)
    .sort((a, b) => a.validAfter - b.validAfter);
}

/** Votes of a round by their author, of those who have several genuine ones. */
export function severalVotes(round: RoundNote): Map<string, Row<'votes'>[]> {
  const byAuthor = new Map<string, Row<'votes'>[]>();
  for (const vote of round.votes.values()) {
    if (vote.outcome !== 'accepted') continue;
    byAuthor.set(vote.identity ?? '', [...(byAuthor.get(vote.identity ?? '') ?? []), vote]);
  }
  for (const [identity, votes] of byAuthor)
    if (new Set(votes.map(({ digest }) => digest)).size < 2) byAuthor.delete(identity);
  return byAuthor;
}

/** Who voted twice in the open rounds. */
export function votedTwice(memory: Memory): VotesOfOne[] {
  return openRounds(memory).flatMap((round) =>
    [...severalVotes(round)]
      .filter(([identity]) => memory.set.authorities.some((one) => isVoter(one) && one.v3ident === identity))
      .map(([identity, votes]) => votesOfOne(identity, votes, round, memory))
      .sort((a, b) => (a.authority < b.authority ? -1 : 1)),
  );
}

function votesOfOne(
  identity: string,
  votes: readonly Row<'votes'>[],
  round: RoundNote,
  memory: Memory,
): VotesOfOne {
  const copies = votes.map((vote) => copyOf(vote, memory));
  const relations = new Set(relateVotes(copies).values());
  const lastServed = new Map<string, { readonly digest: string | null; readonly at: number }>();
  for (const { digest, servedBy } of copies)
    for (const { authority, lastSeen } of servedBy)
      if ((lastServed.get(authority)?.at ?? -1) < lastSeen)
        lastServed.set(authority, { digest, at: lastSeen });
  const digests = [...new Set(copies.map(({ digest }) => digest ?? ''))];
  return {
    authority: nicknameOfIdentity(memory, identity),
    validAfter: round.validAfter,
    // One of them came by another source alone: that its author says two things to the others, nobody saw.
    replaced: relations.has('replacement') || relations.has('untold'),
    votes: digests
      .map((digest) => ({
        digest,
        published: copies.find((one) => one.digest === digest)?.published ?? 0,
        servedBy: [...lastServed]
          .filter(([, one]) => one.digest === digest)
          .map(([authority]) => authority)
          .sort(),
      }))
      .sort((a, b) => a.published - b.published || (a.digest < b.digest ? -1 : 1)),
  };
}

function copyOf(vote: Row<'votes'>, memory: Memory): VoteCopy {
  const sha256 = vote.sha256 ?? '';
  return {
    sha256,
    digest: vote.digest,
    published: vote.published,
    outcome: vote.outcome,
    firstSeen: vote.first_seen ?? undefined,
    servedBy: [...memory.copies.values()]
      .filter((copy) => copy.sha256 === sha256)
      .map(({ authority, first_seen, last_seen }) => ({
        authority: authority ?? '',
        firstSeen: first_seen ?? 0,
        lastSeen: last_seen ?? 0,
      })),
  };
}
