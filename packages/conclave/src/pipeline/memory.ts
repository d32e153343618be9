/**
 * What the pipeline has in mind between two ticks: a projection of the store, so that a tick costs inserts and no queries.
 * It is loaded from the store once (`recall.ts`) and kept by the pipeline alone; nothing is in it that the store does not hold.
 */
import { certificateRing } from '@conclave/netdoc';
import type { CertificateRing, KeyCertificate, ServerDescriptor } from '@conclave/netdoc';
import type { StateOfAuthority } from '../analysis/index.ts';
import type { Alert } from '../alert/index.ts';
import type { Outcome } from '../collect/index.ts';
import { publicSchedule, scheduleOf } from '../network/index.ts';
import type { AuthoritySet, VotingSchedule } from '../network/index.ts';
import type { Row } from '../store/index.ts';
import { emptyArchiveMemory } from './archive-memory.ts';
import type { ArchiveMemory } from './archive-memory.ts';
import { emptyFeedMemory } from './feed-memory.ts';
import type { FeedMemory } from './feed-memory.ts';
import { emptyHistory, pruneHistory } from './history.ts';
import type { History } from './history.ts';

/** How many rounds are kept in mind; older ones are only in the store. */
export const roundsKept = 30;
/** How many of an authority's clock differences make its median. */
export const skewsKept = 9;

/** The newest consensus of a flavour that an authority was seen to serve. */
export interface Served {
  readonly validAfter: number;
  readonly sha256: string;
  readonly digest: string;
  readonly at: number;
}

/** A document that an authority serves and that does not verify. */
export interface Refused {
  readonly sha256: string;
  readonly kind: string;
  readonly authority: string;
  readonly why: string;
  /** When it was last seen to serve it. */
  readonly at: number;
}

/** SHA-256 of what an authority says of itself: of each the one that counts, and of which others are judged by. */
export interface OwnDocuments {
  readonly descriptor?: string;
  readonly extraInfo?: string;
  readonly bandwidthFile?: string;
}

/** A bandwidth file that a genuine vote names. */
export interface NamedFile {
  readonly validAfter: number;
  /** SHA-256, base64 without padding. */
  readonly digest: string;
}

/** How the authorities answered when they were asked for their votes of the round in progress. */
export interface VotesAsked {
  readonly validAfter: number;
  /** By identity. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
}

/** What is known of one round. */
export interface RoundNote {
  readonly validAfter: number;
  row: Row<'rounds'> | undefined;
  health: Row<'health'> | undefined;
  /** By identity: the digest of the vote that the consensus names. */
  readonly sources: Map<string, Row<'sources'>>;
  /** By SHA-256. */
  readonly votes: Map<string, Row<'votes'>>;
  /** By flavour, digest and identity. */
  readonly signatures: Map<string, Row<'signatures'>>;
  /** Distinct digests of the ns consensus, and who serves each. */
  readonly served: Map<string, Set<string>>;
  /** By flavour. */
  readonly proofs: Map<string, Row<'proofs'>>;
  /** In the order in which they were taken. */
  readonly previews: Row<'previews'>[];
  /** By authority and digest of the ns consensus. */
  readonly pending: Map<string, Row<'pending'>>;
  /** By which digests and votes the shown digests were last explained; made anew after a restart. */
  explainedBy: string | undefined;
  /** Something came that changes the figures of the round. */
  dirty: boolean;
  /** Rules that have fired once for this round. */
  readonly told: Set<string>;
}

/** The pipeline's memory. Mutable, and owned by one pipeline. */
export interface Memory {
  set: AuthoritySet;
  vantage: string;
  /** Undefined where the schedule decides it. */
  probeSeconds: number | undefined;
  /** How the network votes until a consensus says it; undefined where the public network's schedule is assumed. */
  schedule: VotingSchedule | undefined;
  watchingSince: number | undefined;
  /** When a question for a consensus was last put that came to an end while we could see, in ms. */
  consensusAskedMs: number | undefined;
  lastTick: { at: number; blind: boolean } | undefined;
  readonly states: Map<string, StateOfAuthority>;
  readonly skews: Map<string, number[]>;
  readonly certificates: Map<string, Row<'certificates'>>;
  readonly keyCertificates: Map<string, KeyCertificate>;
  ring: CertificateRing;
  readonly documents: Map<string, Row<'documents'>>;
  readonly copies: Map<string, Row<'copies'>>;
  readonly rounds: Map<number, RoundNote>;
  readonly served: Map<string, { ns?: Served; microdesc?: Served }>;
  /** By authority and subject: what it serves there now, while that does not verify. */
  readonly refused: Map<string, Refused>;
  /** By identity: ages of the bandwidth files in past votes, in seconds, oldest first. */
  readonly fileAges: Map<string, number[]>;
  /** By nickname. */
  readonly own: Map<string, OwnDocuments>;
  /** By nickname: the descriptor of `own`. */
  readonly descriptors: Map<string, ServerDescriptor>;
  /** By identity: the bandwidth files that its last votes name, in the order in which the votes came. */
  readonly namedFiles: Map<string, readonly NamedFile[]>;
  /** Nicknames of those of whom something came since the last tick by which their own documents can be judged. */
  readonly reopened: Set<string>;
  votesAsked: VotesAsked | undefined;
  /** Of sources beside the authorities. */
  readonly feeds: FeedMemory;
  /** Of archives; the live line does not look at it. */
  archive: ArchiveMemory;
  /** Consensuses that wait for certificates. */
  readonly undecided: Set<string>;
  firing: readonly Alert[];
  /** Numbers of relays and texts, and which entries are in order. */
  history: History;
  /** Everything in the store is in mind too: nothing has to be asked of it. */
  complete: boolean;
  /** Documents whose copies were asked of the store already. */
  readonly recalled: Set<string>;
  /** Grows with every committed tick that changed something. */
  revision: number;
}

/** A memory of nothing. */
export function emptyMemory(): Memory {
  return {
    set: { network: 'unknown network', authorities: [] },
    vantage: 'here',
    probeSeconds: undefined,
    schedule: undefined,
    watchingSince: undefined,
    consensusAskedMs: undefined,
    lastTick: undefined,
    states: new Map(),
    skews: new Map(),
    certificates: new Map(),
    keyCertificates: new Map(),
    ring: certificateRing([]),
    documents: new Map(),
    copies: new Map(),
    rounds: new Map(),
    served: new Map(),
    refused: new Map(),
    fileAges: new Map(),
    own: new Map(),
    descriptors: new Map(),
    namedFiles: new Map(),
    reopened: new Set(),
    votesAsked: undefined,
    feeds: emptyFeedMemory(),
    archive: emptyArchiveMemory(),
    undecided: new Set(),
    firing: [],
    history: emptyHistory(),
    complete: true,
    recalled: new Set(),
    revision: 0,
  };
}

/** The note of a round, made when it is first asked for; when there are too many, one is let go. */
export function roundOf(memory: Memory, validAfter: number): RoundNote {
  const known = memory.rounds.get(validAfter);
  if (known) return known;
  const note: RoundNote = {
    validAfter,
    row: undefined,
    health: undefined,
    sources: new Map(),
    votes: new Map(),
    signatures: new Map(),
    served: new Map(),
    proofs: new Map(),
    previews: [],
    pending: new Map(),
    explainedBy: undefined,
    dirty: false,
    told: new Set(),
  };
  memory.rounds.set(validAfter, note);
  if (memory.rounds.size > roundsKept) memory.rounds.delete(dispensable(memory, validAfter));
  return note;
}

/**
 * Which round to forget: of those without a consensus the one farthest from the newest, else the oldest. Anybody can sign
 * a vote for the year 3000; that must not push out the rounds that were held.
 */
function dispensable(memory: Memory, wanted: number): number {
  const newest = newestRound(memory)?.validAfter ?? 0;
  const others = [...memory.rounds.values()].filter(({ validAfter }) => validAfter !== wanted);
  const empty = others.filter(({ row, validAfter }) => !row && Math.abs(validAfter - newest) > 86_400);
  const far = empty
    .map(({ validAfter }) => validAfter)
    .sort((a, b) => Math.abs(b - newest) - Math.abs(a - newest));
  return far[0] ?? Math.min(...others.map(({ validAfter }) => validAfter));
}

/** Lets go of documents and copies that no kept round speaks of; the store has them all. */
export function prune(memory: Memory): void {
  pruneHistory(memory.history);
  if (memory.documents.size < 2000) return;
  memory.complete = false;
  memory.recalled.clear();
  const oldest = Math.min(
    ...[...memory.rounds.values()].filter(({ row }) => row).map(({ validAfter }) => validAfter),
  );
  const dayAgo = (memory.lastTick?.at ?? 0) - 86_400_000;
  for (const [sha256, { valid_after, last_seen }] of memory.documents) {
    const old = valid_after === null ? (last_seen ?? 0) < dayAgo : valid_after < oldest;
    if (old) memory.documents.delete(sha256);
  }
  for (const [key, { sha256 }] of memory.copies)
    if (!memory.documents.has(sha256 ?? '')) memory.copies.delete(key);
  for (const [key, { sha256 }] of memory.feeds.copies)
    if (!memory.documents.has(sha256 ?? '')) memory.feeds.copies.delete(key);
}

/** How the network votes, by its newest consensus; what is assumed until there is one. */
export function scheduleKnown(memory: Memory): VotingSchedule {
  const assumed = memory.schedule ?? publicSchedule;
  const row = newestRound(memory)?.row;
  if (!row) return assumed;
  return scheduleOf(
    {
      validAfter: row.valid_after ?? 0,
      freshUntil: row.fresh_until ?? 0,
      voteSeconds: row.vote_seconds ?? assumed.voteSeconds,
      distSeconds: row.dist_seconds ?? assumed.distSeconds,
    },
    assumed.startOffset,
  );
}

/** The newest round with an accepted ns consensus. */
export function newestRound(memory: Memory): RoundNote | undefined {
  let newest: RoundNote | undefined;
  for (const note of memory.rounds.values()) {
    if (note.row && note.validAfter > (newest?.validAfter ?? 0)) newest = note;
  }
  return newest;
}

/** The nickname under which an identity is configured; its first digits when it is not. */
export function nicknameOfIdentity(memory: Memory, identity: string): string {
  return memory.set.authorities.find(({ v3ident }) => v3ident === identity)?.nickname ?? identity.slice(0, 8);
}

/** How a certificate is named in memory. */
export function certificateKey(
  row: Pick<Row<'certificates'>, 'identity' | 'signing_key_digest' | 'published'>,
): string {
  return `${row.identity}/${row.signing_key_digest}/${row.published}`;
}

/** How what an authority shows before publication is named in a round. */
export function pendingKey(row: Pick<Row<'pending'>, 'authority' | 'ns_digest'>): string {
  return `${row.authority}/${row.ns_digest}`;
}

/** How a signature is named in a round. */
export function signatureKey(row: Pick<Row<'signatures'>, 'flavor' | 'digest' | 'identity'>): string {
  return `${row.flavor}/${row.digest}/${row.identity}`;
}
