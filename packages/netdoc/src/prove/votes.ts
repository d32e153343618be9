/** Which votes a consensus was made of, and which of them are at hand. */
import { toHex } from '../base/index.ts';
import { sha1 } from '../crypto/index.ts';
import type { Consensus, ConsensusSource, Vote } from '../documents/index.ts';
import { verifyVote } from '../verify/index.ts';
import type { ExtraVote, MissingVote } from './proof.ts';

/** The votes of a consensus. */
export interface MatchedVotes {
  /** How many it names. */
  readonly named: number;
  /** Those of them that are at hand, in the order in which they were given. */
  readonly used: readonly Vote[];
  readonly missing: readonly MissingVote[];
  readonly extra: readonly ExtraVote[];
}

/** Finds the votes that a consensus names among those given, by the digest of what their authorities signed. */
export function matchVotes(consensus: Consensus, votes: readonly Vote[]): MatchedVotes {
  const sources = consensus.authorities.filter(isVoter);
  const wanted = new Set<string>(sources.flatMap(({ voteDigest }) => voteDigest ?? []));
  const given = new Map<string, Vote>();
  const extra = new Map<string, ExtraVote>();
  const unsigned = new Set<string>();
  for (const vote of votes) {
    const voteDigest = digestOf(vote);
    if (given.has(voteDigest)) continue;
    if (!wanted.has(voteDigest)) {
      const { nickname, identity } = vote.source;
      const named = sources.find((source) => source.identity === identity)?.voteDigest;
      extra.set(voteDigest, { nickname, identity, voteDigest, named });
    } else if (isSigned(vote)) given.set(voteDigest, vote);
    else unsigned.add(voteDigest);
  }
  const others = new Set([...extra.values()].map(({ identity }) => identity));
  const missing = sources.flatMap(({ nickname, identity, voteDigest = '' }): MissingVote[] => {
    if (given.has(voteDigest)) return [];
    const because = unsigned.has(voteDigest)
      ? 'not-signed'
      : others.has(identity)
        ? 'other-vote'
        : 'not-given';
    return [{ nickname, identity, voteDigest, because }];
  });
  return { named: sources.length, used: [...given.values()], missing, extra: [...extra.values()] };
}

/** A former key has an entry of its own, and no vote (dir-spec 3.4.1 `legacy-dir-key`). */
function isVoter({ nickname, voteDigest }: ConsensusSource): boolean {
  return voteDigest !== undefined || !nickname.endsWith('-legacy');
}

/** SHA-1 of what the authority signed: the vote's name in `vote-digest` (dir-spec 3.4.1). */
function digestOf({ bytes, signed }: Vote): string {
  return toHex(sha1(bytes.subarray(signed.start, signed.end)));
}

/** tor counts no vote without its authority's signature; whether the certificate had expired is another question. */
function isSigned(vote: Vote): boolean {
  const parsed = { document: vote, partial: vote, problems: [], errors: 0, unrecognized: [] };
  return verifyVote(parsed).verdict.signatures.some(
    ({ fate }) => fate === 'good' || fate === 'certificate-expired' || fate === 'certificate-not-yet-valid',
  );
}
