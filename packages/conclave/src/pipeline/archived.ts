/**
 * The line for what comes out of archives. It stands beside the live one and never leans into it: an archived document is no
 * observation, so it moves no state, raises no alert and is no round that the live line has in mind. Both meet in the store.
 * A round that was watched stays as it was seen.
 */
import {
  checkCertificate,
  parseBandwidthFile,
  parseKeyCertificates,
  parseServerDescriptors,
  sha1,
  sha256 as digestOf,
  toBase64,
  toHex,
  verifyServerDescriptor,
} from '@conclave/netdoc';
import type { KeyCertificate } from '@conclave/netdoc';
import type { Limits } from '../analysis/index.ts';
import type { ArchiveReader, JournalEntry } from '../archive/index.ts';
import { identitiesOf, publicAuthoritiesAt } from '../network/index.ts';
import type { AuthoritySet } from '../network/index.ts';
import type { Batch, Row, Store } from '../store/index.ts';
import { viaArchive } from './archive-memory.ts';
import type {
  ArchivedJudgement,
  ArchivedKind,
  ArchivedWork,
  JudgeArchived,
  NamedDocument,
} from './archived-round.ts';
import { documentRow } from './document-row.ts';
import type { Arrival, RowParts } from './document-row.ts';
import { putFigures, takeEntries } from './history.ts';
import type { Memory } from './memory.ts';
import { checksText } from './verdict-text.ts';

/** Lines of the journal that are about archives. */
export type ArchivedEntry = Extract<
  JournalEntry,
  { readonly type: 'backfilling' | 'archived' | 'archived-file' | 'archived-round' }
>;

/** Whether a line of the journal is about archives. */
export function isArchivedEntry(entry: JournalEntry): entry is ArchivedEntry {
  return (
    entry.type === 'archived' ||
    entry.type === 'archived-round' ||
    entry.type === 'archived-file' ||
    entry.type === 'backfilling'
  );
}

/** What was taken of archives and is not in the store yet. A class because it has a life: from one commit to the next. */
export class Unsettled {
  /** Up to where in the journal the store has what archives brought. */
  place: number;
  /** Rounds that were judged. */
  readonly rounds = new Set<number>();
  /** Lines that a round may rest on. */
  private lines = false;

  constructor(place: number) {
    this.place = place;
  }

  /** All of it is in the store, up to this place. */
  settle(place: number): void {
    this.place = place;
    this.lines = false;
    this.rounds.clear();
  }

  /** Whether this line can be taken only when the store has what was taken before: a round is judged by what it has. */
  comesBefore(entry: ArchivedEntry): boolean {
    return entry.type === 'archived-round' && (this.lines || this.rounds.has(entry.validAfter));
  }

  /** A line was taken. */
  note(entry: ArchivedEntry): void {
    if (entry.type === 'archived-round') this.rounds.add(entry.validAfter);
    else this.lines = true;
  }
}

/** What the line works with. */
export interface ArchivedParts {
  readonly memory: Memory;
  readonly batch: Batch;
  readonly store: Store;
  readonly archive: ArchiveReader;
  readonly judge: JudgeArchived;
  readonly limits: Limits;
}

/** Takes a line of the journal. An `archived-round` needs all lines before it to be in the store. */
export async function takeArchived(entry: ArchivedEntry, parts: ArchivedParts): Promise<void> {
  const { memory, batch } = parts;
  switch (entry.type) {
    case 'backfilling':
      memory.archive.network = entry.network;
      memory.archive.authorities = entry.authorities;
      return;
    case 'archived-file': {
      const { type: _, ...row } = entry;
      batch.put('archived_files', `${row.source}/${row.name}/${row.sha256}/${row.since}/${row.until}`, row);
      return;
    }
    case 'archived': {
      const { sha256, source, name, kind, at, validAfter } = entry;
      const row = { sha256, source, name, kind, valid_after: validAfter ?? null, at };
      batch.put('archived', `${sha256}/${source}/${name}`, row);
      if (validAfter === undefined) await takeAlone(entry, parts);
      return;
    }
    case 'archived-round':
      await takeRound(entry, parts);
  }
}

/** The authorities of a time; undefined where no list of them is known. */
function judgesAt({ archive }: Memory, at: number): AuthoritySet | undefined {
  return archive.authorities
    ? { network: archive.network, authorities: archive.authorities }
    : publicAuthoritiesAt(at);
}

// --- documents of no round ----------------------------------------------------------------------------------------------

type ArchivedDocument = Extract<ArchivedEntry, { readonly type: 'archived' }>;

async function takeAlone(entry: ArchivedDocument, parts: ArchivedParts): Promise<void> {
  const { store, archive, batch } = parts;
  const { sha256, at } = entry;
  const bytes = await archive.read(sha256);
  if (!bytes) return;
  const row = rowAlone(entry, bytes, parts);
  const [old] = await store.query('document', { sha256 });
  // What was judged already, by more than is at hand here, stays so.
  if (old) batch.put('documents', sha256, { ...old, last_seen: Math.max(old.last_seen ?? 0, at) });
  else batch.put('documents', sha256, row);
  const [copy] = (await store.query('otherCopiesOf', { sha256 })).filter(({ via }) => via === viaArchive);
  putCopy(batch, sha256, Math.min(copy?.first_seen ?? Infinity, at), at);
}

function putCopy(batch: Batch, sha256: string, first: number, last: number): void {
  const row = { sha256, authority: '', via: viaArchive, first_seen: first, last_seen: last };
  batch.put('copies', `${sha256}/${viaArchive}`, row);
}

function rowAlone(entry: ArchivedDocument, bytes: Uint8Array, parts: ArchivedParts): Row<'documents'> {
  const { sha256, at } = entry;
  const make = (kind: string, more: RowParts): Row<'documents'> =>
    documentRow({ observation: { at } as Arrival['observation'], sha256, bytes }, kind, more);
  if (entry.kind === 'certificate') return certificateRow(entry, bytes, parts, make);
  if (entry.kind === 'bandwidth') return bandwidthRow(bytes, make);
  if (entry.kind === 'server-descriptor') return descriptorRow(bytes, parts.memory, make);
  return make(entry.kind === 'vote' ? 'vote' : 'consensus', {
    verdict: 'Unreadable: it does not say of which round it is.',
    judged: { outcome: 'rejected', digest: undefined },
  });
}

type Make = (kind: string, more: RowParts) => Row<'documents'>;

function certificateRow(
  { sha256, at }: ArchivedDocument,
  bytes: Uint8Array,
  { memory, batch }: ArchivedParts,
  make: Make,
): Row<'documents'> {
  const all = parseKeyCertificates(bytes);
  const sound = all.flatMap(({ document }) =>
    document && checkCertificate(document).faults.length === 0 ? [document] : [],
  );
  const [first] = sound;
  if (first) {
    const span = spanOf(sound);
    const row = { sha256, identity: first.fingerprint, ...span, at };
    memory.archive.certificates.set(sha256, row);
    batch.put('archived_certificates', sha256, row);
  }
  const problems = all.reduce((sum, { errors }) => sum + errors, 0);
  const verdict = `${sound.length} of ${all.length} certificates hold.`;
  const refused = sound.length < all.length || all.length === 0;
  return make('certificates', {
    identity: first?.fingerprint,
    verdict,
    problems,
    ...(refused ? { judged: { outcome: 'rejected', digest: undefined } } : {}),
  });
}

function spanOf(certificates: readonly KeyCertificate[]): { published: number; expires: number } {
  return {
    published: Math.min(...certificates.map(({ published }) => published)),
    expires: Math.max(...certificates.map(({ expires }) => expires)),
  };
}

function bandwidthRow(bytes: Uint8Array, make: Make): Row<'documents'> {
  const { errors: problems } = parseBandwidthFile(bytes, { profile: 'archive' });
  const digest = toBase64(digestOf(bytes));
  if (problems > 0) {
    const verdict = `Not genuine: it is malformed (${problems} ${problems === 1 ? 'error' : 'errors'}).`;
    return make('bandwidth-file', { verdict, judged: { outcome: 'rejected', digest }, problems });
  }
  const verdict = 'Undecided: no vote that is held names this file, and nothing else says whose it is.';
  return make('bandwidth-file', { verdict, judged: { outcome: 'undecided', digest } });
}

function descriptorRow(bytes: Uint8Array, memory: Memory, make: Make): Row<'documents'> {
  const kind = 'server-descriptor';
  const [parsed] = parseServerDescriptors(bytes, { profile: 'archive' });
  const { verdict, verified } = parsed ? verifyServerDescriptor(parsed) : {};
  if (!parsed || !verdict) {
    const judged = { outcome: 'rejected', digest: undefined } as const;
    return make(kind, { verdict: 'Not genuine: no server descriptor is in it.', judged });
  }
  const key = parsed.partial.signingKey;
  const fingerprint = key ? toHex(sha1(key)) : '';
  const set = judgesAt(memory, parsed.partial.published ?? 0);
  const owner = set?.authorities.find((one) => one.fingerprint === fingerprint);
  const whose = owner ? `the fingerprint is that of ${owner.nickname}` : 'of no authority of its time';
  return make(kind, {
    identity: verified ? owner?.v3ident : undefined,
    verdict: checksText(verdict, verified ? `signed by its own keys; ${whose}` : ''),
    judged: verdict,
    problems: parsed.errors,
  });
}

// --- rounds -------------------------------------------------------------------------------------------------------------

/** A certificate is looked at when its time is within so many seconds of the round: what is just over is told as such. */
const margin = 30 * 86_400;

/** What the judgement of a round rests on; undefined where nobody knows whose word counted then. */
export async function archivedWork(
  validAfter: number,
  at: number,
  { memory, store, limits }: Pick<ArchivedParts, 'memory' | 'store' | 'limits'>,
): Promise<ArchivedWork | undefined> {
  const set = judgesAt(memory, validAfter);
  if (!set) return undefined;
  const identities: ReadonlySet<string> = identitiesOf(set);
  const ofUse = (identity: string | null, published: number | null, expires: number | null): boolean =>
    identities.has(identity ?? '') &&
    (published ?? 0) <= validAfter + margin &&
    (expires ?? 0) >= validAfter - margin;
  return {
    validAfter,
    at,
    set,
    certificates: [...memory.archive.certificates.values()]
      .filter(({ identity, published, expires }) => ofUse(identity, published, expires))
      .map(({ sha256 }) => sha256 ?? '')
      .sort(),
    served: [...memory.keyCertificates.values()]
      .filter(({ fingerprint, published, expires }) => ofUse(fingerprint, published, expires))
      .map(({ bytes, span }) => bytes.slice(span.start, span.end)),
    documents: await documentsOf(validAfter, store),
    before: await roundBefore(validAfter, memory, store),
    limits,
  };
}

async function documentsOf(validAfter: number, store: Store): Promise<NamedDocument[]> {
  const rows = await store.query('archivedOfRound', { valid_after: validAfter });
  return byName(rows.map(({ sha256, kind }) => ({ sha256: sha256 ?? '', kind: kind as ArchivedKind })));
}

function byName(documents: readonly NamedDocument[]): NamedDocument[] {
  const once = new Map(documents.map((one) => [one.sha256, one]));
  return [...once.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

/** The round held before this one, watched or out of archives. */
async function roundBefore(
  validAfter: number,
  memory: Memory,
  store: Store,
): Promise<ArchivedWork['before']> {
  const [found] = await store.query('heldBefore', { valid_after: validAfter });
  const at = Math.max(found?.watched ?? 0, found?.archived ?? 0);
  const set = at > 0 ? judgesAt(memory, at) : undefined;
  if (!set) return undefined;
  if (at !== found?.watched) return { validAfter: at, set, documents: await documentsOf(at, store) };
  const documents = (await store.query('watchedDocumentsOf', { valid_after: at })).flatMap(
    ({ sha256, kind, flavor, outcome }): NamedDocument[] => {
      if (sha256 === null || outcome !== 'accepted') return [];
      if (kind === 'vote') return [{ kind, sha256 }];
      return kind === 'consensus' ? [{ kind: flavor === 'microdesc' ? 'microdesc' : kind, sha256 }] : [];
    },
  );
  return { validAfter: at, set, documents: byName(documents) };
}

async function takeRound(
  { validAfter, at }: Extract<ArchivedEntry, { readonly type: 'archived-round' }>,
  parts: ArchivedParts,
): Promise<void> {
  const { memory, batch, store, judge } = parts;
  const note = (outcome: string): void =>
    batch.put('archived_rounds', String(validAfter), { valid_after: validAfter, judged_at: at, outcome });
  const [held] = await store.query('round', { valid_after: validAfter });
  if (memory.rounds.get(validAfter)?.row || (held && held.first_seen !== null)) return note('watched');
  const work = await archivedWork(validAfter, at, parts);
  if (!work) return note('no-authorities');
  const judgement = await judge(work);
  await putJudgement(judgement, work, parts);
  const { round, routers } = judgement;
  if (round) {
    putFigures(round, batch);
    if (routers && held?.ns_sha256 !== round.ns_sha256)
      await takeEntries(memory.history, validAfter, routers, store, batch);
  }
  note(round ? 'accepted' : outcomeOf(judgement));
}

/** What became of the consensus of a round that has no accepted one. */
function outcomeOf({ rows }: ArchivedJudgement): string {
  const outcomes = rows.flatMap(({ table, row }) => {
    const { kind, flavor, outcome } = row as Row<'documents'>;
    return table === 'documents' && kind === 'consensus' && flavor === 'ns' ? [outcome] : [];
  });
  if (outcomes.length === 0) return 'no-consensus';
  return outcomes.includes('undecided') ? 'undecided' : 'rejected';
}

/** Puts the rows; of what authorities had served, when it was seen stays as it was. */
async function putJudgement(
  judgement: ArchivedJudgement,
  { validAfter }: ArchivedWork,
  parts: ArchivedParts,
): Promise<void> {
  const { store, batch } = parts;
  const round = { valid_after: validAfter };
  const documents = byKey(await store.query('documentsOfRound', round), ({ sha256 }) => sha256 ?? '');
  const votes = byKey(await store.query('votesOf', round), ({ sha256 }) => sha256 ?? '');
  const signatures = byKey(await store.query('signaturesOf', round), signatureOf);
  for (const { table, key, row } of judgement.rows) {
    if (table === 'documents') {
      const next = row as Row<'documents'>;
      const old = documents.get(next.sha256 ?? '');
      const last = Math.max(old?.last_seen ?? 0, next.last_seen ?? 0);
      batch.put('documents', key, {
        ...next,
        first_seen: old?.first_seen ?? next.first_seen,
        last_seen: last,
      });
    } else if (table === 'votes') {
      const next = row as Row<'votes'>;
      const old = votes.get(next.sha256 ?? '');
      batch.put('votes', key, old ? { ...next, first_seen: old.first_seen, via: old.via } : next);
    } else if (table === 'signatures') {
      const next = row as Row<'signatures'>;
      const first = signatures.get(signatureOf(next))?.first_seen ?? null;
      batch.put('signatures', key, { ...next, first_seen: first });
    } else batch.put(table, key, row);
  }
  for (const [sha256, times] of timesOf(await store.query('archivedOfRound', round)))
    putCopy(batch, sha256, Math.min(...times), Math.max(...times));
  await noteNamedFiles(judgement, parts);
}

/** When each document was imported, from whichever archive. */
function timesOf(rows: readonly Row<'archived'>[]): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { sha256, at } of rows) times.set(sha256 ?? '', [...(times.get(sha256 ?? '') ?? []), at ?? 0]);
  return times;
}

function byKey<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function signatureOf({ flavor, digest, identity }: Row<'signatures'>): string {
  return `${flavor}/${digest}/${identity}`;
}

/** Bandwidth files out of archives that a genuine vote of the round names. */
async function noteNamedFiles(judgement: ArchivedJudgement, { store, batch }: ArchivedParts): Promise<void> {
  if (judgement.named.length === 0) return;
  const digests = judgement.named.map(({ digest }) => digest).join(',');
  for (const row of await store.query('openBandwidthFiles', { digests })) {
    const named = judgement.named.find(({ digest }) => digest === row.digest);
    if (!named) continue;
    const verdict = `Genuine: ${named.vote} names it.`;
    batch.put('documents', row.sha256 ?? '', {
      ...row,
      identity: named.identity,
      outcome: 'accepted',
      verdict,
    });
  }
}
