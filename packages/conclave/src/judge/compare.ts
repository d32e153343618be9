/** Is a vote the one that the consensus of its round was computed from? */
import { formatTime, voteMatches, type MatchOutcome } from '@conclave/netdoc';
import type { FileDocumentOf } from './documents.ts';
import type { Outcome } from './told.ts';
import type { Backing } from './backing.ts';

/** What the consensuses given along say of a vote. */
export interface VoteComparison {
  readonly outcome: Outcome;
  /** Why the outcome is not `accepted`. */
  readonly sentence: string;
  /** One line for each consensus of its round. */
  readonly lines: readonly string[];
  readonly json: readonly object[];
}

const told: Readonly<Record<MatchOutcome, string>> = {
  same: 'names this very vote',
  different: 'names another vote of this authority',
  'not-listed': 'does not name this authority among those that voted',
  'not-stated': 'names no digest of its vote',
};

/** Compares a vote with the consensuses of its round; undefined when none was given, or the vote has no round. */
export function compareWithConsensuses(
  { parsed }: FileDocumentOf<'vote'>,
  { consensuses }: Backing,
): VoteComparison | undefined {
  const { document: vote } = parsed;
  if (consensuses.length === 0 || !vote) return undefined;
  const matches = consensuses.flatMap(({ file, parsed: { document } }) =>
    document?.validAfter === vote.validAfter
      ? [{ file, flavor: document.flavor, ...voteMatches(document, vote) }]
      : [],
  );
  const time = formatTime(vote.validAfter);
  const lines = matches.map(
    ({ file, flavor, outcome, stated }) =>
      `The ${flavor} consensus of ${time} ${told[outcome]}${stated === undefined ? '' : ` (${stated})`}: ${file}; it is not judged here.`,
  );
  if (matches.length === 0) {
    const sentence = `the vote is genuine, but none of the consensuses given is of its round, ${time}`;
    return { outcome: 'undecided', sentence, lines, json: matches };
  }
  const bad = matches.find(({ outcome }) => outcome === 'different' || outcome === 'not-listed');
  const sentence = bad ? `the consensus of ${time} ${told[bad.outcome]}` : '';
  return { outcome: bad ? 'rejected' : 'accepted', sentence, lines, json: matches };
}
