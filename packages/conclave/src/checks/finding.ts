/** What checks say, and what they are told. A check is a pure function of the situation and never throws. */
import type { Growth, Invariant, Limits, StateOfAuthority } from '../analysis/index.ts';
import type { Authority, AuthoritySet } from '../network/index.ts';

/** How much it matters. Severity of what endangers the consensus follows the margin above the quorum (S2.1.22). */
export type Severity = 'info' | 'warning' | 'high' | 'critical';

/** What it is about (S2.1.25); `observatory` is about ourselves. */
export type Category =
  'authority_connectivity' | 'authority_performance' | 'consensus_health' | 'observatory';

/** A check's statement about now. The same check and authority again is the same finding. */
export interface Finding {
  readonly check: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly title: string;
  /** What was found, with the value and the limit it was held against. */
  readonly message: string;
  readonly authority?: string;
  /** Path of the evidence on the site. */
  readonly link?: string;
}

/** What is known of one authority at a tick. */
export interface AuthoritySituation {
  readonly authority: Authority;
  readonly state: StateOfAuthority;
  /** Whether the newest accepted consensus lists its vote; undefined when there is none, or it does not vote. */
  readonly voted: boolean | undefined;
  /** Whether it signed the newest accepted consensus; undefined as above. */
  readonly signed: boolean | undefined;
  /** valid-after of the newest consensus it was seen to serve, in seconds, and when that was seen. */
  readonly serves: { readonly validAfter: number; readonly at: number } | undefined;
  /** Median of the newest clock differences, in seconds. */
  readonly clockSkewSeconds: number | undefined;
  /** End of the certificate it signs with, in seconds. */
  readonly certificateExpires: number | undefined;
  /** What its newest vote says of its scanner; undefined when it runs none. */
  readonly scan:
    | {
        readonly fileTime: number | null;
        readonly measured: number;
        readonly running: number | null;
        readonly validAfter: number;
        readonly usualAgeSeconds: number | undefined;
      }
    | undefined;
  /** Where the consensus contradicts the configuration (S2.1.9). */
  readonly differences: readonly string[];
}

/** A group of authorities that serve the same consensus. */
export interface ServedGroup {
  readonly digest: string;
  readonly authorities: readonly string[];
}

/** How one flavour of the newest consensus fared when it was recomputed. */
export interface ProofSituation {
  readonly flavor: string;
  readonly verdict: 'identical' | 'differs' | 'undecided';
  readonly cause: string;
  readonly explanation: string;
  readonly differences: number;
  /** The first of them, in words. */
  readonly named: readonly string[];
}

/** An authority whose properly signed votes for one round differ. */
export interface VotesOfOne {
  readonly authority: string;
  readonly validAfter: number;
  /** The later published took the place of the earlier, and nobody serves the earlier any more. */
  readonly replaced: boolean;
  readonly votes: readonly {
    readonly digest: string;
    readonly published: number;
    readonly servedBy: readonly string[];
  }[];
}

/** Authorities that show the same digest before publication, each with its own good signature on it. */
export interface ShownGroup extends ServedGroup {
  readonly flavor: string;
  /** Of which votes this digest comes, where that was found. */
  readonly explanation: string | undefined;
}

/** The coming round. */
export interface ComingSituation {
  readonly validAfter: number;
  readonly voteSeconds: number;
  readonly distSeconds: number;
  readonly needed: number;
  /** Whose vote is held. */
  readonly held: readonly string[];
  /** Who said that it has none; who gave no proper answer; whom we have not asked. */
  readonly absent: readonly string[];
  readonly silent: readonly string[];
  readonly unasked: readonly string[];
  /** What the votes held make of the round. */
  readonly preview:
    | {
        readonly outcome: 'computed' | 'unsupported' | 'impossible';
        readonly explanation: string;
        readonly removed: number;
        readonly relaysBefore: number | undefined;
      }
    | undefined;
  readonly shown: readonly ShownGroup[];
}

/** One thing that a source beside the authorities is asked for. */
export interface SourceSituation {
  readonly feed: string;
  readonly subject: string;
  /** Failed tries in a row, and why the last of them failed. */
  readonly failures: number;
  readonly detail: string | undefined;
  readonly lastSuccessMs: number | undefined;
  /** Of when what it serves is, where it should be of now; in seconds. */
  readonly asOf: number | undefined;
}

/** The health of the newest round. */
export interface HealthSituation {
  readonly validAfter: number;
  /** Rules that its consensus or a vote of it breaks. */
  readonly broken: readonly Invariant[];
  /** New relays that look alike. */
  readonly growth: readonly Growth[];
}

/** Everything that checks may look at. Times are in seconds unless their name says otherwise. */
export interface Situation {
  readonly nowMs: number;
  readonly set: AuthoritySet;
  readonly limits: Limits;
  readonly intervalSeconds: number;
  readonly authorities: readonly AuthoritySituation[];
  /** The newest accepted ns consensus. */
  readonly consensus:
    | {
        readonly validAfter: number;
        readonly freshUntil: number;
        readonly validUntil: number;
        readonly votes: number;
        readonly signers: number;
        readonly needed: number;
      }
    | undefined;
  /** When the observatory first saw any authority answer, in ms; before that nothing is overdue. */
  readonly watchingSinceMs: number;
  /** When somebody was last asked for a consensus, in ms: one that we did not ask for is not overdue. */
  readonly consensusAskedMs: number | undefined;
  /** Which ns consensus of the newest valid-after is served by whom. */
  readonly served: readonly ServedGroup[];
  /** The proofs of the newest consensus. */
  readonly proofs: readonly ProofSituation[];
  /** Those who voted twice, differently, for the newest round or the coming one. */
  readonly votedTwice: readonly VotesOfOne[];
  /** The coming round, as far as anything of it was seen. */
  readonly coming: ComingSituation | undefined;
  /** Of the sources that are configured, what was asked at least once. */
  readonly sources: readonly SourceSituation[];
  /** The health of the newest round, once it is computed. */
  readonly health: HealthSituation | undefined;
  /** Documents that do not verify and that an authority serves now: what, who, why. */
  readonly refused: readonly {
    readonly sha256: string;
    readonly kind: string;
    readonly authority: string;
    readonly why: string;
  }[];
}

/** A check. */
export type Check = (situation: Situation) => readonly Finding[];

/** `9,871 relays`, `1 relay`: digits in groups, as on the pages. */
export function counted(value: number, one: string): string {
  const digits = String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 ? '−' : ''}${digits} ${value === 1 ? one : `${one}s`}`;
}

/** `moria1, tor26 and dizum`. */
export function listing(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A number of seconds as people say it: `90 s`, `12 min`, `5.5 h`, `3 d`. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  const round = (value: number): string =>
    value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
  if (size < 120) return `${round(seconds)} s`;
  if (size < 7200) return `${round(seconds / 60)} min`;
  // Whole days that are really left or past: "5 d" is never said of less.
  return size < 172_800 ? `${round(seconds / 3600)} h` : `${Math.trunc(seconds / 86_400)} d`;
}

/** `2026-07-27T14:00:00Z` of a time in seconds: how permalinks name a round. */
export function roundName(validAfter: number): string {
  return new Date(validAfter * 1000).toISOString().replace('.000Z', 'Z');
}
