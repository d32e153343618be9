/** The words of a proof: what a consensus was held against, what came of it, and what explains it. */
import type { Fingerprint } from '../base/index.ts';
import type { TextDifference } from '../compare/index.ts';
import type { Tie } from '../compute/index.ts';

/**
 * What the verdict is:
 * - `identical`: the votes that the consensus names give its text, byte for byte;
 * - `differs`: all of them are at hand, and they give another text under what the caller said;
 * - `undecided`: nobody can tell from what is at hand; `cause` says why.
 */
export type ProofVerdict = 'identical' | 'differs' | 'undecided';

/**
 * What explains the verdict, in the order in which it is looked for:
 * - `none`: the text came out at the first try;
 * - `missing-votes`: some that the consensus names are not at hand (undecided);
 * - `unsupported-method`: the votes agree on a method that is not known here (undecided);
 * - `shared-random-fresh`: it comes out when the authority had, or had not, just computed a new shared random value;
 * - `software`: it comes out by the rules of certain versions of tor;
 * - `authority-count`: it comes out with another number of authorities configured (differs);
 * - `tie`: only the order in which votes arrived decides (undecided);
 * - `split`: other authorities signed another text (differs);
 * - `unexplained`: none of these (differs).
 */
export type ProofCause =
  | 'none'
  | 'missing-votes'
  | 'authority-count'
  | 'shared-random-fresh'
  | 'unsupported-method'
  | 'software'
  | 'tie'
  | 'split'
  | 'unexplained';

/** What has to be told, because no document says it. What is left out is tried. */
export interface ProofOptions {
  /** How many voting authorities are configured where the consensus was computed. */
  readonly authorities: number;
  /** Whether it had just computed a new shared random value; unless given, as the place in the day says, then otherwise. */
  readonly sharedRandomFresh?: boolean;
  /** AuthDirSharedRandomness; unless given, on, then off. */
  readonly sharedRandomness?: boolean;
  /** Whether it looked up a misspelt `maxunmeasuredbw` (tor 0.4.6.1 to 0.4.8.7); unless given, no, then yes. */
  readonly misspeltMaxUnmeasured?: boolean;
  /** What else was seen to be signed for this round and flavour: who, and the digest of the signed part in hex. */
  readonly signed?: readonly { readonly identity: Fingerprint; readonly digest: string }[];
}

/** What the documents do not say, and by which a text was computed. */
export interface Assumptions {
  readonly authorities: number;
  readonly sharedRandomFresh: boolean;
  readonly sharedRandomness: boolean;
  readonly misspeltMaxUnmeasured: boolean;
  /** The methods that the authority supports, where the votes chose another; undefined: every one. */
  readonly supportedMethods: readonly number[] | undefined;
  /** `inverted`: written from method 34 on and not before, as tor 0.4.9.1 to 0.4.9.9 did. */
  readonly packageLines: 'by-method' | 'inverted';
  /** Whose votes are taken to have arrived in which order; it decides ties of the ns flavour only. */
  readonly arrival: readonly Fingerprint[];
}

/** A vote by its authority and its digest. */
export interface NamedVote {
  readonly nickname: string;
  readonly identity: Fingerprint;
  /** SHA-1 of the signed part, upper-case hex. */
  readonly voteDigest: string;
}

/**
 * A vote that the consensus names and that cannot be used:
 * - `not-given`: there is none of this authority;
 * - `other-vote`: there is one of this authority, with another digest;
 * - `not-signed`: it is there, but its authority's signature on it does not hold.
 */
export interface MissingVote extends NamedVote {
  readonly because: 'not-given' | 'other-vote' | 'not-signed';
}

/** A vote that the consensus does not name; `named` is the digest that it has instead of it, if any. */
export interface ExtraVote extends NamedVote {
  readonly named: string | undefined;
}

/** A published consensus held against what its votes give. */
export interface Proof {
  readonly verdict: ProofVerdict;
  readonly cause: ProofCause;
  /** What was found, and what explains it, in a sentence for people. */
  readonly explanation: string;
  /** The consensus method on which the votes agree; undefined when there are none. */
  readonly method: number | undefined;
  readonly votesNamed: number;
  readonly votesUsed: number;
  readonly missing: readonly MissingVote[];
  readonly extra: readonly ExtraVote[];
  /** Those under which the text comes out; where none does, the first tried. */
  readonly assumptions: Assumptions;
  /** Every number of authorities with which the text comes out, where it does not with the one that was said. */
  readonly authorityCounts: readonly number[];
  /** Where only the order in which votes arrived decides. */
  readonly ties: readonly Tie[];
  /** Line by line, between the published text and `recomputed`; none when identical. */
  readonly differences: readonly TextDifference[];
  /** What the votes give by the first assumptions tried, or the text itself when identical. */
  readonly recomputed: Uint8Array | undefined;
  /** Of the part that is signed, upper-case hex: SHA-1 of the ns flavour, SHA-256 of microdesc. */
  readonly digest: string;
  readonly recomputedDigest: string | undefined;
}
