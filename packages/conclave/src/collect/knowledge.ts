/**
 * What has been learned so far, as far as it decides what to ask next. The pipeline makes it from the documents; the plan
 * only reads it. A plain value: every tick gets a fresh one.
 */
import type { VotingSchedule } from '../network/index.ts';

/** The newest consensus of each flavour that an authority was seen to serve: its valid-after, in seconds. */
export interface ServedConsensuses {
  readonly ns?: number;
  readonly microdesc?: number;
}

/** A vote that a consensus names and that we do not hold. */
export interface WantedVote {
  /** Its digest as the consensus names it: 40 hex digits. */
  readonly digest: string;
  /** The identity of its author. */
  readonly of: string;
}

/** Authorities that show the digest of a text that no set of the votes we hold gives: they may hold other votes. */
export interface DoubtedGroup {
  /** The round, by its valid-after in seconds. */
  readonly validAfter: number;
  /** The digest that they show. */
  readonly digest: string;
  /** Their nicknames. */
  readonly members: readonly string[];
  /** Identities whose votes no member has given us, those first who more likely gave others another one. */
  readonly authors: readonly string[];
}

/** A certificate that a signature needs and that we do not hold. */
export interface WantedCertificate {
  readonly identity: string;
  /** The digest of the signing key. */
  readonly signingKey: string;
}

/** Server descriptors that the newest genuine ns consensus names and that are not held. */
export interface MissingDescriptors {
  /** SHA-256 of that consensus. */
  readonly consensus: string;
  /** SHA-1 digests, 40 upper-case hexadecimal digits, in ascending order. */
  readonly digests: ReadonlySet<string>;
}

/** What the plan has to know. */
export interface Knowledge {
  readonly schedule: VotingSchedule;
  /** No consensus has said the schedule yet: it is what we were told, or the public network's. */
  readonly scheduleAssumed: boolean;
  /** By nickname. */
  readonly consensuses: ReadonlyMap<string, ServedConsensuses>;
  /** Whose votes of which round are held, as `heldVoteKey` writes it. */
  readonly heldVotes: ReadonlySet<string>;
  readonly wantedVotes: readonly WantedVote[];
  readonly doubted: readonly DoubtedGroup[];
  readonly wantedCertificates: readonly WantedCertificate[];
  /** Absent until there is a consensus. */
  readonly missingDescriptors?: MissingDescriptors;
  /** Nicknames of authorities whose votes rest on a bandwidth file. */
  readonly scanners: ReadonlySet<string>;
}

/** The knowledge of an observatory that has just been started for the first time. */
export function nothingKnown(schedule: VotingSchedule): Knowledge {
  return {
    schedule,
    scheduleAssumed: true,
    consensuses: new Map(),
    heldVotes: new Set(),
    wantedVotes: [],
    doubted: [],
    wantedCertificates: [],
    scanners: new Set(),
  };
}

/** How `Knowledge.heldVotes` names the vote of an identity for the round with this valid-after. */
export function heldVoteKey(validAfter: number, identity: string): string {
  return `${validAfter}/${identity}`;
}
