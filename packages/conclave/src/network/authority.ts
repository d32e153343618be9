/**
 * Who the authorities are. An `AuthoritySet` is a value: it comes from the public network's dated list, a torrc or
 * our JSON, and is handed to everything that has to know whose word counts.
 */
import { strictMajority, type Fingerprint } from '@conclave/netdoc';
import type { VotingSchedule } from './schedule.ts';

/** One directory authority, as configured (dir-spec 1.1; tor.1 `DirAuthority`). */
export interface Authority {
  readonly nickname: string;
  /** SHA-1 of its v3 identity key; absent for an authority that does not vote (the bridge authority). */
  readonly v3ident?: Fingerprint;
  /** SHA-1 of its relay identity key. */
  readonly fingerprint?: Fingerprint;
  /** Dotted IPv4 address of its DirPort and ORPort; absent where only its signatures matter, never its servers. */
  readonly ipv4?: string;
  readonly dirPort?: number;
  readonly orPort?: number;
  /** IPv6 ORPort, without brackets. */
  readonly ipv6?: { readonly address: string; readonly orPort: number };
  /** Known to run a bandwidth scanner; otherwise its votes tell (`bandwidth-file-headers`). */
  readonly scanner?: boolean;
}

/** A voting authority: its `v3ident` is known. */
export type Voter = Authority & { readonly v3ident: Fingerprint };

/** An authority that can be asked: the address of its DirPort is known. */
export type Reachable = Authority & { readonly ipv4: string; readonly dirPort: number };

/** The authorities of one network at one time, in the order in which they are shown. */
export interface AuthoritySet {
  /** What people call this network, for example `public Tor network`. */
  readonly network: string;
  readonly authorities: readonly Authority[];
  /** How they vote, where the list says it; a consensus says it better. */
  readonly schedule?: VotingSchedule;
}

/** Whether the authority votes. */
export function isVoter(authority: Authority): authority is Voter {
  return authority.v3ident !== undefined;
}

/** Whether we know where to ask the authority. */
export function isReachable(authority: Authority): authority is Reachable {
  return authority.ipv4 !== undefined && authority.dirPort !== undefined;
}

/** The authorities that can be asked, in the set's order. */
export function reachableOf(set: AuthoritySet): readonly Reachable[] {
  return set.authorities.filter(isReachable);
}

/** The voting authorities, in the set's order. */
export function votersOf(set: AuthoritySet): readonly Voter[] {
  return set.authorities.filter(isVoter);
}

/** How many votes, or signatures of distinct authorities, a consensus needs: more than half (dir-spec 3.4.1, 3.10). */
export function majorityOf(set: AuthoritySet): number {
  return strictMajority(votersOf(set).length);
}

/** The identities whose signatures count. */
export function identitiesOf(set: AuthoritySet): ReadonlySet<Fingerprint> {
  return new Set(votersOf(set).map((voter) => voter.v3ident));
}
