/** What a running lab is to its callers, and the state that it keeps. Types only. */
import type { Authority, AuthorityState } from './authority.ts';
import type { SharedKeys } from './descriptor.ts';
import type { TorPrograms } from './find-tor.ts';
import type { LabPlan } from './plan.ts';
import type { Relay } from './relay.ts';
import type { Round } from './schedule.ts';

/** Something that goes wrong (or right again) in a lab, as data: for scenarios and the control socket. */
export type Fault =
  | { readonly fault: 'hang'; readonly authority: string }
  | { readonly fault: 'resume'; readonly authority: string }
  | { readonly fault: 'kill'; readonly authority: string }
  | { readonly fault: 'restart'; readonly authority: string }
  | { readonly fault: 'drop-vote'; readonly authority: string }
  | { readonly fault: 'freeze-bandwidth'; readonly authority: string }
  | { readonly fault: 'thaw-bandwidth'; readonly authority: string }
  | { readonly fault: 'renew-certificate'; readonly authority: string; readonly lifetimeSeconds: number }
  | { readonly fault: 'change-relay'; readonly relay: string | number }
  | { readonly fault: 'hibernate-relay'; readonly relay: string | number }
  | { readonly fault: 'add-relays'; readonly count: number }
  | { readonly fault: 'reject-relay'; readonly authority: string; readonly relay: string | number }
  | { readonly fault: 'accept-relay'; readonly authority: string; readonly relay: string | number }
  | { readonly fault: 'bad-exit'; readonly authority: string; readonly relay: string | number }
  | { readonly fault: 'withhold-vote'; readonly authority: string; readonly others: readonly string[] }
  | { readonly fault: 'deliver-vote'; readonly authority: string }
  | { readonly fault: 'equivocate'; readonly authority: string; readonly others: readonly string[] }
  | { readonly fault: 'tear-relays'; readonly count: number }
  | { readonly fault: 'mend-relays' };

/** An authority as DIR/authorities.json lists it. */
export interface AuthorityEntry {
  readonly nickname: string;
  readonly v3ident: string;
  readonly fingerprint: string;
  readonly ipv4: string;
  readonly dirPort: number;
  readonly orPort: number;
  readonly ipv6?: string;
  readonly scanner: boolean;
}

/** A consensus as one authority serves it. */
export interface PublishedConsensus {
  readonly validAfter: Date;
  /** Nickname of the authority that served it. */
  readonly authority: string;
  readonly relayCount: number;
  readonly signatureCount: number;
  readonly text: string;
}

/** How a lab is doing, as JSON. */
export interface LabStatus {
  readonly directory: string;
  readonly driver: number;
  readonly isolated: boolean;
  readonly torVersion: string;
  readonly votingIntervalSeconds: number;
  readonly voteDelaySeconds: number;
  readonly distDelaySeconds: number;
  /** valid-after of the round in progress. */
  readonly nextValidAfter: string;
  readonly relayCount: number;
  readonly authorities: readonly {
    readonly nickname: string;
    readonly state: AuthorityState;
    readonly pid?: number;
    readonly scanner: 'none' | 'working' | 'frozen';
    readonly certificateExpires: string;
  }[];
}

/** What waitForConsensus() waits for. */
export interface ConsensusWish {
  /** At least as new as this. */
  readonly validAfter?: Date;
  /** With at least so many relays, the authorities themselves included. */
  readonly relayCount?: number;
  /** Served by this authority; default any. */
  readonly authority?: string;
  /** Default six intervals. */
  readonly timeoutMs?: number;
}

/** A running lab. Relays are named by fingerprint or index, authorities by nickname. */
export interface Lab {
  readonly directory: string;
  readonly plan: LabPlan;
  readonly authorities: readonly AuthorityEntry[];
  /** Resolves when the lab has ended, however it ended. */
  readonly ended: Promise<void>;
  relays(): readonly Relay[];
  status(): LabStatus;
  /** The round in progress, or that of another moment. */
  roundAt(now?: Date): Round;
  waitForConsensus(wish?: ConsensusWish): Promise<PublishedConsensus>;
  /** SIGSTOP: connections are accepted and never answered. */
  hang(authority: string): Promise<void>;
  resume(authority: string): Promise<void>;
  /** SIGKILL: connections are refused. */
  kill(authority: string): Promise<void>;
  /** Starts it again, whether it is up, hung or down. */
  restart(authority: string): Promise<void>;
  /**
   * Makes its vote of the next voting round missing; returns at once with that round, the rest happens by itself. The
   * others compute without it. When it goes on it makes its vote all the same, is refused for being late, computes
   * nothing and signs nothing; some others, still asking for that vote, then keep it and serve it beside the counted ones.
   */
  dropVote(authority: string): Promise<Round>;
  freezeBandwidth(authority: string): Promise<void>;
  thawBandwidth(authority: string): Promise<void>;
  /**
   * Gives it a new key certificate that lives so many seconds (or years), and restarts it, because tor reads the
   * certificate only then. Returns when it expires; from that moment the authority does not vote.
   */
  renewCertificate(authority: string, lifetimeSeconds: number): Promise<Date>;
  /** A newer descriptor that differs in more than cosmetics. */
  changeRelay(relay: string | number): Promise<Relay>;
  /** A descriptor that says it sleeps: the relay leaves the consensus until it is changed again. */
  hibernateRelay(relay: string | number): Promise<Relay>;
  /** New relays join, without history. */
  addRelays(count: number): Promise<readonly Relay[]>;
  rejectRelay(authority: string, relay: string | number): Promise<void>;
  /** Takes a rejection back; the relay is uploaded again before the next vote. */
  acceptRelay(authority: string, relay: string | number): Promise<void>;
  badExit(authority: string, relay: string | number): Promise<void>;
  /**
   * From now on its vote does not reach those others, neither from itself nor, since they can then fetch nothing that
   * belongs to a round, from anybody else: they compute without it, and so another consensus than the rest.
   */
  withholdVote(authority: string, others: readonly string[]): Promise<void>;
  /** Its votes reach everybody again. */
  deliverVote(authority: string): Promise<void>;
  /**
   * In the next voting round the authority gives two votes: one to the others named, and one to everybody else. Both are
   * its last vote with the times of the new round; the one for the others leaves out every tenth relay. Returns at once
   * with that round; the authority itself is down from before the vote until the publication, and signs nothing.
   */
  equivocate(authority: string, others: readonly string[]): Promise<Round>;
  /** Before each vote so many relays give different authorities different descriptors of one and the same second. */
  tearRelays(count: number): Promise<void>;
  /** They give everybody one descriptor again. */
  mendRelays(): Promise<void>;
  /** Ends every tor and removes the control socket. */
  stop(): Promise<void>;
}

/** The state behind a Lab; only this package changes it. */
export interface LabState {
  readonly plan: LabPlan;
  readonly programs: TorPrograms;
  readonly authorities: readonly Authority[];
  readonly sharedKeys: SharedKeys;
  relays: readonly Relay[];
  /** So many of the first relays are torn. */
  tornCount: number;
  readonly log: (line: string) => void;
  /** Aborted when the lab stops. */
  readonly ending: AbortController;
}
