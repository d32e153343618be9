/** Consensuses that came with votes of their round, recomputed: does the text follow from the votes that it names? */
import { formatTime, proveConsensus, type Consensus, type Proof, type Vote } from '@conclave/netdoc';
import type { FileDocument, FileDocumentOf } from './documents.ts';
import { placeOf } from './documents.ts';
import type { FindJudges } from './judges.ts';
import type { Outcome } from './told.ts';
import { isMalformed } from './told.ts';
import { plural } from './words.ts';

/** A consensus held against the votes that came with it. */
export interface Recomputed {
  readonly place: string;
  readonly consensus: Consensus;
  readonly proof: Proof;
  /** How many authorities were taken to be configured, and why so many. */
  readonly from: string;
}

/** Of a proof, in the words of a verdict. */
export const proofOutcomes: Readonly<Record<Proof['verdict'], Outcome>> = {
  identical: 'accepted',
  differs: 'rejected',
  undecided: 'undecided',
};

/** Holds each whole consensus among these documents against the votes of its round, where there are any. */
export function recompute(
  documents: readonly FileDocument[],
  findJudges: FindJudges,
  goOn: () => boolean,
): Recomputed[] {
  const votes = documents.flatMap((document): readonly Vote[] =>
    document.kind === 'vote' && !isMalformed(document) && document.parsed.document
      ? [document.parsed.document]
      : [],
  );
  return documents.flatMap((document) => {
    if (document.kind !== 'consensus' || isMalformed(document)) return [];
    const ofRound = votes.filter(({ validAfter }) => validAfter === document.parsed.document?.validAfter);
    return ofRound.length === 0 || !goOn() ? [] : proved(document, ofRound, findJudges);
  });
}

function proved(
  document: FileDocumentOf<'consensus'>,
  votes: readonly Vote[],
  findJudges: FindJudges,
): Recomputed[] {
  const consensus = document.parsed.document;
  if (!consensus) return [];
  const judges = findJudges(
    consensus.validAfter,
    consensus.signatures.map(({ identity }) => identity),
  );
  const authorities = judges?.identities.size ?? consensus.authorities.length;
  const from = judges ? judges.from : 'as many as the consensus names, because no list for its time is known';
  const proof = proveConsensus(consensus, votes, { authorities });
  return [{ place: placeOf(document), consensus, proof, from: `${authorities}, ${from}` }];
}

/** What was assumed and used, line by line. */
export function basisOf({ proof, from }: Recomputed): string[] {
  const { method, votesNamed, votesUsed, assumptions, extra, digest, recomputedDigest } = proof;
  return [
    `Method: ${method ?? 'none that the votes agree on'}.`,
    `Votes: ${votesUsed} of the ${votesNamed} that it names.`,
    ...(extra.length === 0 ? [] : [`${plural(extra.length, 'further vote')} not named by it, not used.`]),
    `Authorities configured: ${from}.`,
    `Shared random value: taken to be ${assumptions.sharedRandomFresh ? 'freshly computed' : 'carried on'}.`,
    `Digest of the signed part: ${digest}; recomputed: ${recomputedDigest ?? 'nothing could be computed'}.`,
  ];
}

/** `ns consensus of 2024-05-01 12:00:00`. */
export function nameOf({ consensus: { flavor, validAfter } }: Recomputed): string {
  return `${flavor} consensus of ${formatTime(validAfter)}`;
}
