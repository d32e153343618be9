/** One document names another by its digest: is it this one? */
import { toBase64, toHex } from '../base/index.ts';
import { sha1, sha256 } from '../crypto/index.ts';
import type { Consensus, Vote } from '../documents/index.ts';

/**
 * Whether a document is the one that another names:
 * - `same`, `different`: the digests were compared;
 * - `not-listed`: the other does not name its author at all;
 * - `not-stated`: the author is there, but no digest.
 */
export type MatchOutcome = 'same' | 'different' | 'not-listed' | 'not-stated';

/** The outcome, with both digests in the form in which documents state them. */
export interface Match {
  readonly outcome: MatchOutcome;
  readonly digest: string;
  readonly stated: string | undefined;
}

/** Whether a vote is the one that a consensus was computed from: its `vote-digest` (dir-spec 3.4.1). */
export function voteMatches(consensus: Consensus, vote: Vote): Match {
  const digest = toHex(sha1(vote.bytes.subarray(vote.signed.start, vote.signed.end)));
  // A legacy entry has the identity of a former key and no vote of its own.
  const source = consensus.authorities.find(({ identity }) => identity === vote.source.identity);
  return { ...compare(digest, source?.voteDigest), ...(source ? {} : { outcome: 'not-listed' }) };
}

/** Whether a bandwidth file is the one that an authority voted with: `bandwidth-file-digest` (dir-spec 3.4.1). */
export function bandwidthFileMatches(vote: Vote, file: Uint8Array): Match {
  const stated = vote.bandwidthFileDigest?.replace(/=+$/, '');
  return compare(toBase64(sha256(file)), stated);
}

function compare(digest: string, stated: string | undefined): Match {
  return {
    outcome: stated === undefined ? 'not-stated' : stated === digest ? 'same' : 'different',
    digest,
    stated,
  };
}
