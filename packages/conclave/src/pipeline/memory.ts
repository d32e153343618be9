/**
 * What the pipeline has in mind between two ticks: a projection of the store, so that a tick costs inserts and no queries.
 * It is loaded from the store once and kept by the pipeline alone; nothing is in it that the store does not hold.
 */
import { nothingSeenOfIt } from '../analysis/index.ts';
import type { StateOfAuthority } from '../analysis/index.ts';
import type { Alert } from '../alert/index.ts';
import { probeSecondsOf } from '../collect/index.ts';
import type { Outcome } from '../collect/index.ts';
import { publicSchedule, scheduleOf } from '../network/index.ts';
import type { AuthoritySet, VotingSchedule } from '../network/index.ts';
import type { Row, Store } from '../store/index.ts';
import { emptyHistory, loadHistory, pruneHistory, savedHistory } from './history.ts';
import type { History, SavedHistory } from './history.ts';
import { emptyFeedMemory, recallFacts } from './feed-memory.ts';
import type { FeedMemory } from './feed-memory.ts';
import { emptyArchiveMemory, loadArchive, savedArchive, viaArchive } from './archive-memory.ts';
import type { ArchiveMemory, SavedArchive, SeenRound } from './archive-memory.ts';
import { alertOfRow, authorityOfRow } from './rows.ts';
import { certificateRing, parseKeyCertificates, parseServerDescriptors } from '@conclave/netdoc';
import type { CertificateRing, KeyCertificate, ServerDescriptor } from '@conclave/netdoc';
import type { ArchiveReader } from '../archive/index.ts';

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

/** What a memory keeps beside the state of an authority, in the `meta` table. */
interface SavedMeta {
  readonly position: number;
  readonly network: string;
  readonly vantage: string;
  /** As it is now, by the schedule that holds now. */
  readonly probeSeconds: number;
  /** Absent in a store that an earlier version made; the same of `schedule`, the one that is assumed. */
  readonly probeBySchedule?: boolean;
  readonly schedule?: VotingSchedule | null;
  readonly watchingSince: number | null;
  readonly consensusAskedMs: number | null;
  readonly skews: Record<string, number[]>;
  readonly fileAges: Record<string, number[]>;
  readonly served: Record<string, { ns?: Served; microdesc?: Served }>;
  readonly refused: Record<string, Refused>;
  /** Absent in a store that an earlier version made; the same of `namedFiles`. */
  readonly own?: Record<string, OwnDocuments>;
  readonly namedFiles?: Record<string, readonly NamedFile[]>;
  readonly votesAsked: VotesAsked | null;
  readonly strayFiles?: readonly string[];
  readonly bandwidthFiles?: readonly string[];
  readonly descriptorFiles?: readonly string[];
  readonly told: Record<string, string[]>;
  readonly history: SavedHistory;
  /** Absent in a store that an earlier version made. */
  readonly archive?: SavedArchive;
}

/** The row of `meta` that says where the store stands. */
export function metaRow(memory: Memory, position: number): Row<'meta'> {
  const saved: SavedMeta = {
    position,
    // Of one that has rounds out of archives alone: the network that they are of.
    network: memory.set.authorities.length > 0 ? memory.set.network : networkOfArchives(memory),
    vantage: memory.vantage,
    probeSeconds: probeSecondsOf(memory, scheduleKnown(memory)),
    probeBySchedule: memory.probeSeconds === undefined,
    schedule: memory.schedule ?? null,
    watchingSince: memory.watchingSince ?? null,
    consensusAskedMs: memory.consensusAskedMs ?? null,
    skews: Object.fromEntries(memory.skews),
    fileAges: Object.fromEntries(memory.fileAges),
    served: Object.fromEntries(memory.served),
    refused: Object.fromEntries(memory.refused),
    own: Object.fromEntries(memory.own),
    namedFiles: Object.fromEntries(memory.namedFiles),
    votesAsked: memory.votesAsked ?? null,
    strayFiles: [...memory.feeds.strayFiles],
    bandwidthFiles: [...memory.feeds.bandwidthFiles],
    descriptorFiles: [...memory.feeds.descriptorFiles],
    told: Object.fromEntries(
      [...memory.rounds].map(([validAfter, { told }]) => [String(validAfter), [...told]]),
    ),
    history: savedHistory(memory.history),
    archive: savedArchive(memory.archive),
  };
  return { name: 'pipeline', value: JSON.stringify(saved) };
}

function networkOfArchives({ set, archive }: Memory): string {
  return archive.lines.at(-1)?.network ?? set.network;
}

/** Loads the memory from the store; the position is where the journal has to be read on. */
export async function loadMemory(
  store: Store,
  archive: ArchiveReader,
): Promise<{ memory: Memory; position: number }> {
  const memory = emptyMemory();
  const [meta] = await store.query('meta');
  if (!meta?.value) return { memory, position: 0 };
  memory.complete = false;
  const saved = JSON.parse(meta.value) as SavedMeta;
  memory.vantage = saved.vantage;
  memory.probeSeconds = saved.probeBySchedule === true ? undefined : saved.probeSeconds;
  memory.schedule = saved.schedule ?? undefined;
  memory.watchingSince = saved.watchingSince ?? undefined;
  memory.consensusAskedMs = saved.consensusAskedMs ?? undefined;
  memory.set = {
    network: saved.network,
    authorities: (await store.query('authorities')).map(authorityOfRow),
  };
  for (const [name, values] of Object.entries(saved.skews)) memory.skews.set(name, values);
  for (const [name, values] of Object.entries(saved.fileAges)) memory.fileAges.set(name, values);
  for (const [name, values] of Object.entries(saved.served)) memory.served.set(name, values);
  for (const [name, values] of Object.entries(saved.refused)) memory.refused.set(name, values);
  for (const [name, values] of Object.entries(saved.own ?? {})) memory.own.set(name, values);
  for (const [name, values] of Object.entries(saved.namedFiles ?? {})) memory.namedFiles.set(name, values);
  memory.votesAsked = saved.votesAsked ?? undefined;
  await loadFeeds(memory, store, saved);
  const [tick] = await store.query('newestTick');
  if (tick) memory.lastTick = { at: tick.at ?? 0, blind: tick.blind === true };
  for (const row of await store.query('states')) {
    if (row.nickname !== null)
      memory.states.set(row.nickname, JSON.parse(row.state ?? 'null') ?? nothingSeenOfIt);
  }
  memory.firing = (await store.query('firingAlerts')).map(alertOfRow);
  await loadCertificates(memory, store, archive);
  await loadDescriptors(memory, archive);
  await loadRounds(memory, store, saved.told);
  memory.history = await loadHistory(store, saved.history);
  memory.archive = await loadArchive(store, saved.archive);
  memory.revision = 1;
  return { memory, position: saved.position };
}

async function loadFeeds({ feeds }: Memory, store: Store, saved: SavedMeta): Promise<void> {
  for (const row of await store.query('feeds')) feeds.rows.set(`${row.feed}/${row.subject}`, row);
  for (const row of await store.query('feedRelays')) feeds.relays.set(`${row.feed}/${row.fingerprint}`, row);
  const newest = Math.max(0, ...[...feeds.rows.values()].map(({ last_try }) => (last_try ?? 0) / 1000));
  for (const row of await store.query('feedRoundsSince', { since: Math.floor(newest) - 7 * 86_400 }))
    feeds.rounds.set(`${row.feed}/${row.valid_after}`, row);
  for (const row of await store.query('advertised')) recallFacts(feeds.advertised, row);
  for (const name of saved.descriptorFiles ?? []) feeds.descriptorFiles.add(name);
  for (const sha256 of saved.strayFiles ?? []) feeds.strayFiles.add(sha256);
  for (const sha256 of saved.bandwidthFiles ?? []) feeds.bandwidthFiles.add(sha256);
}

async function loadDescriptors(memory: Memory, archive: ArchiveReader): Promise<void> {
  for (const [nickname, { descriptor }] of memory.own) {
    const bytes = descriptor === undefined ? undefined : await archive.read(descriptor);
    const [parsed] = bytes ? parseServerDescriptors(bytes, { profile: 'tor-0.4.9' }) : [];
    if (parsed?.document) memory.descriptors.set(nickname, parsed.document);
  }
}

async function loadCertificates(memory: Memory, store: Store, archive: ArchiveReader): Promise<void> {
  for (const row of await store.query('certificates')) {
    const key = certificateKey(row);
    memory.certificates.set(key, row);
    const bytes = row.sha256 === null || row.faults !== '' ? undefined : await archive.read(row.sha256);
    if (!bytes) continue;
    for (const { document } of parseKeyCertificates(certificatePart(bytes))) {
      if (document && document.fingerprint === row.identity && document.published === row.published)
        memory.keyCertificates.set(key, document);
    }
  }
  memory.ring = certificateRing(memory.keyCertificates.values());
}

/** Certificates were seen in files of their own or inside votes; this finds them in either. */
function certificatePart(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const from = text.indexOf('dir-key-certificate-version ');
  const voteRouters = text.indexOf('\nvote-status vote');
  if (voteRouters < 0 || voteRouters > 400) return bytes;
  const end = text.indexOf('-----END SIGNATURE-----\n', text.indexOf('\ndir-key-certification', from));
  return bytes.subarray(from, end + '-----END SIGNATURE-----\n'.length);
}

/** How a certificate is named in memory. */
export function certificateKey(
  row: Pick<Row<'certificates'>, 'identity' | 'signing_key_digest' | 'published'>,
): string {
  return `${row.identity}/${row.signing_key_digest}/${row.published}`;
}

async function loadRounds(memory: Memory, store: Store, told: SavedMeta['told']): Promise<void> {
  // Only what was watched: what archives brought besides is no part of this memory, restarted or not.
  const rows = await store.query('watchedRounds', { limit: roundsKept });
  const since = rows.at(-1)?.valid_after ?? 0;
  const apart = new Map<number, SeenRound>();
  for (const { valid_after, seen } of await store.query('seenRoundsSince', { since }))
    apart.set(valid_after ?? 0, JSON.parse(seen ?? '') as SeenRound);
  for (const row of rows.toReversed()) {
    const note = roundOf(memory, row.valid_after ?? 0);
    if (!apart.has(note.validAfter)) note.row = row;
  }
  const watched = (row: { readonly valid_after: number | null }): RoundNote | undefined => {
    const note = apart.has(row.valid_after ?? 0) ? undefined : memory.rounds.get(row.valid_after ?? 0);
    return note?.row ? note : undefined;
  };
  for (const row of await store.query('healthSince', { since })) {
    const note = watched(row);
    if (note) note.health = row;
  }
  for (const row of await store.query('sourcesSince', { since }))
    watched(row)?.sources.set(row.identity ?? '', row);
  for (const row of await store.query('votesSince', { since })) {
    if (row.via === viaArchive || apart.has(row.valid_after ?? 0)) continue;
    roundOf(memory, row.valid_after ?? 0).votes.set(row.sha256 ?? '', row);
  }
  for (const row of await store.query('signaturesSince', { since })) {
    if (row.first_seen === null || apart.has(row.valid_after ?? 0)) continue;
    roundOf(memory, row.valid_after ?? 0).signatures.set(signatureKey(row), row);
  }
  for (const row of await store.query('proofsSince', { since }))
    watched(row)?.proofs.set(row.flavor ?? '', row);
  for (const [validAfter, seen] of apart) restoreSeenRound(roundOf(memory, validAfter), seen);
  for (const row of await store.query('previewsSince', { since })) {
    roundOf(memory, row.valid_after ?? 0).previews.push(row);
  }
  for (const row of await store.query('pendingSince', { since })) {
    roundOf(memory, row.valid_after ?? 0).pending.set(pendingKey(row), row);
  }
  const known = Array.from(memory.rounds.keys());
  for (const validAfter of known)
    await loadServed(memory, store, validAfter, apart.get(validAfter)?.undecided ?? []);
  for (const [validAfter, rules] of Object.entries(told)) {
    const note = memory.rounds.get(Number(validAfter));
    for (const rule of rules) note?.told.add(rule);
  }
}

/** Puts into a note what was seen of its round, as it was kept. */
function restoreSeenRound(note: RoundNote, seen: SeenRound): void {
  note.row = seen.row ?? undefined;
  note.health = seen.health ?? undefined;
  for (const row of seen.sources) note.sources.set(row.identity ?? '', row);
  for (const row of seen.votes) note.votes.set(row.sha256 ?? '', row);
  for (const row of seen.signatures) note.signatures.set(signatureKey(row), row);
  for (const row of seen.proofs) note.proofs.set(row.flavor ?? '', row);
}

async function loadServed(
  memory: Memory,
  store: Store,
  validAfter: number,
  undecided: readonly Row<'documents'>[],
): Promise<void> {
  for (const found of await store.query('watchedDocumentsOf', { valid_after: validAfter })) {
    const open = undecided.find(({ sha256 }) => sha256 === found.sha256);
    const row = open ? { ...open, last_seen: found.last_seen } : found;
    memory.documents.set(row.sha256 ?? '', row);
    if (row.kind === 'consensus' && row.outcome === 'undecided' && row.sha256)
      memory.undecided.add(row.sha256);
  }
  const note = roundOf(memory, validAfter);
  for (const copy of await store.query('servedConsensuses', { valid_after: validAfter })) {
    const key = `${copy.sha256}/${copy.authority}`;
    memory.copies.set(key, {
      sha256: copy.sha256,
      authority: copy.authority,
      via: '',
      first_seen: copy.first_seen,
      last_seen: copy.last_seen,
    });
    if (copy.flavor === 'ns' && memory.documents.get(copy.sha256)?.outcome === 'accepted')
      note.served.set(copy.digest, (note.served.get(copy.digest) ?? new Set()).add(copy.authority));
  }
}

/** How what an authority shows before publication is named in a round. */
export function pendingKey(row: Pick<Row<'pending'>, 'authority' | 'ns_digest'>): string {
  return `${row.authority}/${row.ns_digest}`;
}

/** How a signature is named in a round. */
export function signatureKey(row: Pick<Row<'signatures'>, 'flavor' | 'digest' | 'identity'>): string {
  return `${row.flavor}/${row.digest}/${row.identity}`;
}
