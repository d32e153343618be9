/**
 * The line for what comes out of archives. It stands beside the live one and never leans into it: an archived document is no
 * observation, so it moves no state, raises no alert and is no round that the live line has in mind. Both meet in the store,
 * where a round is whole: what was seen of it and what archives have (`archived-rows.ts`).
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
import type { ArchiveReader, JournalEntry } from '../archive/index.ts';
import type { Row } from '../store/index.ts';
import { viaArchive } from './archive-memory.ts';
import { putArchiveCopy, takeRound } from './archived-rows.ts';
import type { RoundParts } from './archived-rows.ts';
import { authoritiesOf, noteAuthorities } from './authority-lines.ts';
import { documentRow } from './document-row.ts';
import type { Arrival, RowParts } from './document-row.ts';
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
export interface ArchivedParts extends RoundParts {
  readonly archive: ArchiveReader;
}

/** Takes a line of the journal. An `archived-round` needs all lines before it to be in the store. */
export async function takeArchived(entry: ArchivedEntry, parts: ArchivedParts): Promise<void> {
  const { memory, batch } = parts;
  switch (entry.type) {
    case 'backfilling': {
      const { at, network, authorities } = entry;
      noteAuthorities({ kind: 'backfilling', at, network, authorities }, memory.archive.lines, batch);
      return;
    }
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
  putArchiveCopy(batch, sha256, Math.min(copy?.first_seen ?? Infinity, at), at);
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
  // Votes are read when their round is judged: those of rounds that were judged before were not asked for this file.
  const verdict =
    'Undecided: no vote that was judged after it came names this file, and nothing else says whose it is.';
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
  const set = authoritiesOf(memory.archive.lines, parsed.partial.published ?? 0, undefined);
  const owner = set?.authorities.find((one) => one.fingerprint === fingerprint);
  const whose = owner ? `the fingerprint is that of ${owner.nickname}` : 'of no authority of its time';
  return make(kind, {
    identity: verified ? owner?.v3ident : undefined,
    verdict: checksText(verdict, verified ? `signed by its own keys; ${whose}` : ''),
    judged: verdict,
    problems: parsed.errors,
  });
}
