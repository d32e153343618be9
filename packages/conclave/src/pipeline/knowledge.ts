/** What the collector is told: what is held already, what is missing, who runs a scanner, when the next round is. */
import { heldVoteKey } from '../collect/index.ts';
import type {
  DoubtedGroup,
  Knowledge,
  MissingDescriptors,
  ServedConsensuses,
  WantedCertificate,
  WantedVote,
} from '../collect/index.ts';
import { isVoter, votersOf } from '../network/index.ts';
import { newestRound, scheduleKnown } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';
import { lastShown, unexplained } from './pending.ts';

/** What the memory says about what to ask next. */
export function knowledgeOf(memory: Memory, missingDescriptors?: MissingDescriptors): Knowledge {
  const newest = newestRound(memory);
  const consensuses = new Map<string, ServedConsensuses>();
  for (const [nickname, { ns, microdesc }] of memory.served) {
    consensuses.set(nickname, {
      ...(ns ? { ns: ns.validAfter } : {}),
      ...(microdesc ? { microdesc: microdesc.validAfter } : {}),
    });
  }
  const heldVotes = new Set<string>();
  const heldDigests = new Set<string>();
  const scanners = new Set<string>();
  for (const round of memory.rounds.values()) {
    for (const { identity, digest, valid_after, scanner, outcome } of round.votes.values()) {
      // What somebody serves as another's vote and is none must not keep us from asking for the real one.
      if (outcome !== 'accepted') continue;
      heldVotes.add(heldVoteKey(valid_after ?? 0, identity ?? ''));
      if (digest !== null) heldDigests.add(digest);
      const author = memory.set.authorities.find((one) => isVoter(one) && one.v3ident === identity);
      if (scanner === true && author) scanners.add(author.nickname);
    }
  }
  const wantedVotes: WantedVote[] = [...(newest?.sources.values() ?? [])].flatMap(
    ({ identity, vote_digest }) =>
      vote_digest !== null && identity !== null && !heldDigests.has(vote_digest)
        ? [{ digest: vote_digest, of: identity }]
        : [],
  );
  return {
    schedule: scheduleKnown(memory),
    scheduleAssumed: newest === undefined,
    consensuses,
    heldVotes,
    wantedVotes,
    doubted: doubtedGroups(memory, scheduleKnown(memory).intervalSeconds),
    wantedCertificates: wantedCertificates(memory),
    ...(missingDescriptors ? { missingDescriptors } : {}),
    scanners,
  };
}

/**
 * Who shows an unexplained digest, and whose votes no member has given us. Those of whom nobody knows what they sign, or
 * who have not given us their vote themselves, come first. The first hour of an observatory has two rounds to catch up
 * with, and no room for more.
 */
function doubtedGroups(memory: Memory, intervalSeconds: number): DoubtedGroup[] {
  const since = (memory.watchingSince ?? Infinity) / 1000 + 1.5 * intervalSeconds;
  const newest = newestRound(memory)?.validAfter ?? Infinity;
  return [...memory.rounds.values()]
    .filter(({ validAfter, pending }) => pending.size > 1 && validAfter >= newest && validAfter > since)
    .flatMap((round) => doubtedIn(round, memory));
}

function doubtedIn(round: RoundNote, memory: Memory): DoubtedGroup[] {
  const shown = lastShown(round.pending.values()).filter(({ own_ns }) => own_ns === 'good');
  const unclear = shown.filter(({ explanation }) => explanation === unexplained);
  const digests = [...new Set(unclear.map(({ ns_digest }) => ns_digest ?? ''))];
  const given = (nickname: string, identity: string): boolean =>
    [...round.votes.values()].some(
      (vote) =>
        vote.identity === identity &&
        vote.outcome === 'accepted' &&
        memory.copies.has(`${vote.sha256}/${nickname}`),
    );
  return digests.map((digest) => {
    const members = unclear
      .filter(({ ns_digest }) => ns_digest === digest)
      .map(({ authority }) => authority ?? '');
    const open = votersOf(memory.set).filter(
      ({ v3ident }) => !members.some((member) => given(member, v3ident)),
    );
    const signs = (nickname: string): boolean => shown.some(({ authority }) => authority === nickname);
    const trusted = ({ nickname, v3ident }: (typeof open)[number]): number =>
      Number(signs(nickname)) + Number(given(nickname, v3ident));
    const authors = open.toSorted((a, b) => trusted(a) - trusted(b)).map(({ v3ident }) => v3ident);
    return { validAfter: round.validAfter, digest, members, authors };
  });
}

function wantedCertificates(memory: Memory): WantedCertificate[] {
  const wanted = new Map<string, WantedCertificate>();
  for (const round of memory.rounds.values()) {
    for (const { fate, identity, signing_key_digest } of round.signatures.values()) {
      if (fate !== 'certificate-missing' || identity === null || signing_key_digest === null) continue;
      wanted.set(`${identity}/${signing_key_digest}`, { identity, signingKey: signing_key_digest });
    }
  }
  return [...wanted.values()];
}
