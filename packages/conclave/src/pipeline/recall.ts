/** The memory of the pipeline, as the store keeps it: what is saved with each commit, and how all of it is found again. */
import { certificateRing, parseKeyCertificates, parseServerDescriptors } from '@conclave/netdoc';
import { nothingSeenOfIt } from '../analysis/index.ts';
import type { ArchiveReader } from '../archive/index.ts';
import { probeSecondsOf } from '../collect/index.ts';
import type { VotingSchedule } from '../network/index.ts';
import type { Row, Store } from '../store/index.ts';
import { loadArchive, savedArchive, viaArchive } from './archive-memory.ts';
import type { SavedArchive, SeenRound } from './archive-memory.ts';
import { recallFacts } from './feed-memory.ts';
import { loadHistory, savedHistory } from './history.ts';
import type { SavedHistory } from './history.ts';
import {
  certificateKey,
  emptyMemory,
  pendingKey,
  roundOf,
  roundsKept,
  scheduleKnown,
  signatureKey,
} from './memory.ts';
import type { Memory, NamedFile, OwnDocuments, Refused, RoundNote, Served, VotesAsked } from './memory.ts';
import { alertOfRow, authorityOfRow } from './rows.ts';

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
