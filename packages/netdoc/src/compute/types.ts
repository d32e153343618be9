/** What a computation is given and what comes out of it. */
import type { Fingerprint } from '../base/index.ts';
import type { Flavor } from '../documents/index.ts';

/** What the computing authority knew besides the votes: none of it stands in them. */
export interface ComputeOptions {
  /** How many voting authorities are configured in the authority that computes. */
  readonly authorities: number;
  /**
   * The authority had computed a new shared random value and no consensus since: normally the first round of a run
   * (srv-spec 3.3). Default false.
   */
  readonly sharedRandomFresh?: boolean;
  /** `AuthDirSharedRandomness` of the authority; without it there are no shared random lines. Default true. */
  readonly sharedRandomness?: boolean;
  /** Which flavours to make; default both. */
  readonly flavors?: readonly Flavor[];
  /**
   * Methods that the computing authority supports. When the votes' method is none of them, it uses its largest: tor
   * 0.4.9 supports 32 to 35. Default: not known, so that every method of the table is used as it comes out of the votes,
   * and any other is `unsupported`.
   */
  readonly supportedMethods?: readonly number[];
  /** tor 0.4.6.1 to 0.4.8.7 looked up a misspelt `maxunmeasuredbw` under method 31 and later: always 20. Default false. */
  readonly misspeltMaxUnmeasured?: boolean;
}

/** What came out. */
export type Computation =
  | {
      readonly outcome: 'computed';
      readonly method: number;
      /** Present when asked for. */
      readonly ns?: ComputedConsensus;
      readonly microdesc?: ComputedConsensus;
      readonly ties: readonly Tie[];
    }
  /** The rules of the method that the votes chose are not known here; nothing is guessed. */
  | { readonly outcome: 'unsupported'; readonly method: number }
  | { readonly outcome: 'impossible'; readonly because: Impossible; readonly detail: string };

/**
 * Why an authority would make no consensus of these votes:
 *
 * - `too-few-votes`: not more than half of the configured authorities voted;
 * - `too-many-votes`: more votes than configured authorities, so the number is wrong;
 * - `same-authority`: two votes of one authority, of which tor would have kept one;
 * - `no-running`: no vote knows the flag Running (dir-spec 3.4.1).
 */
export type Impossible = 'too-few-votes' | 'too-many-votes' | 'same-authority' | 'no-running';

/** The text that the authorities sign. */
export interface ComputedConsensus {
  readonly flavor: Flavor;
  readonly method: number;
  /** All before the first `directory-signature` line. */
  readonly bytes: Uint8Array;
  readonly relays: number;
}

/** Where nothing but the order in which votes arrived, or stood in memory, decided. */
export interface Tie {
  /** `client-versions`, `server-versions`, `shared-rand-…-value`, or a fingerprint and `v`. */
  readonly subject: string;
  /** The values between which there was no other rule. */
  readonly values: readonly string[];
}

/** What is to be explained: a line of the computed text by its number from 1, or by what it is. */
export type ExplainSubject = { readonly flavor: Flavor } & (
  | { readonly line: number }
  /** A keyword of header or footer; `params NAME` is one parameter. */
  | { readonly keyword: string }
  /** 40 hexadecimal digits of a relay or, with `dir-source`, `contact` or `vote-digest`, of an authority. */
  | { readonly fingerprint: string; readonly keyword?: string }
);

/** What one authority gave. */
export interface Given {
  readonly identity: Fingerprint;
  readonly nickname: string;
  /** As its vote has it; undefined when it says nothing. */
  readonly value: string | undefined;
  /** It went into what the rule counted. */
  readonly counted: boolean;
  /** Why it did not count, or what it decided. */
  readonly note?: string;
}

/** Why a line, or a part of one, is what it is. */
export interface Explanation {
  /** Its number in the computed text; absent for a part of a line, and for a line that is not there. */
  readonly line?: number;
  /** The line; of a part the parameter or the flag; undefined when there is none, and the rule says why. */
  readonly text: string | undefined;
  /** The rule that decided, in words. */
  readonly rule: string;
  /** Where it stands, for example `dir-spec 3.8`. */
  readonly clause: string;
  /** One for each vote that could say something, in order of identity. */
  readonly given: readonly Given[];
}
