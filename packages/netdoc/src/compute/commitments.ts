/** Do the commitments in a vote hold what they promised? (srv-spec 4.1) */
import { bytesOf, fromBase64, sameBytes } from '../base/index.ts';
import { sha3_256 } from '../crypto/index.ts';
import type { SharedRandomCommit, Vote } from '../documents/index.ts';

/**
 * What became of one `shared-rand-commit` line:
 * - `committed`: a commitment, not yet revealed;
 * - `revealed`: the reveal is what was committed to;
 * - `wrong`: it is not, or one of the two cannot be read;
 * - `unknown-algorithm`: not version 1 by SHA3-256, so nobody here can tell;
 * - `repeated`: a further line of the same authority; tor takes the first.
 */
export type CommitOutcome = 'committed' | 'revealed' | 'wrong' | 'unknown-algorithm' | 'repeated';

/** A commitment and what became of it. */
export interface CommitCheck {
  readonly commit: SharedRandomCommit;
  readonly outcome: CommitOutcome;
  readonly detail: string;
}

/** Checks all commitments that a vote carries, its own and those of others that it relays. */
export function checkSharedRandom(vote: Pick<Vote, 'sharedRandomCommits'>): readonly CommitCheck[] {
  const seen = new Set<string>();
  return vote.sharedRandomCommits.map((commit) => {
    if (seen.has(commit.identity)) return { commit, outcome: 'repeated', detail: '' };
    seen.add(commit.identity);
    return { commit, ...checkCommit(commit) };
  });
}

/**
 * Checks one line by itself. COMMIT is a timestamp and the SHA3-256 of REVEAL's text; REVEAL is the same timestamp and 32
 * random bytes.
 */
export function checkCommit({
  version,
  algorithm,
  commit,
  reveal,
}: SharedRandomCommit): Omit<CommitCheck, 'commit'> {
  if (version !== 1 || algorithm !== 'sha3-256')
    return { outcome: 'unknown-algorithm', detail: `${version} ${algorithm}` };
  const committed = decode(commit);
  if (!committed) return { outcome: 'wrong', detail: 'the commitment is not 40 bytes in base64' };
  if (reveal === undefined) return { outcome: 'committed', detail: '' };
  const revealed = decode(reveal);
  if (!revealed) return { outcome: 'wrong', detail: 'the reveal is not 40 bytes in base64' };
  if (!sameBytes(committed.subarray(0, 8), revealed.subarray(0, 8)))
    return { outcome: 'wrong', detail: 'commitment and reveal have different timestamps' };
  // Over the text as it stands, not over the bytes that it encodes.
  return sameBytes(sha3_256(bytesOf(reveal)), committed.subarray(8))
    ? { outcome: 'revealed', detail: '' }
    : { outcome: 'wrong', detail: 'the reveal is not what was committed to' };
}

function decode(text: string): Uint8Array | undefined {
  const bytes = fromBase64(text);
  return bytes?.length === 40 ? bytes : undefined;
}
