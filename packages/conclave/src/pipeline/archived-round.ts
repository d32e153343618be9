/**
 * A round out of an archive, judged on its own: the same functions as for a round that was watched, over a memory that begins
 * and ends with it. What follows depends on what is handed in alone, so it may be computed ahead, and in another thread.
 */
import { certificateRing, parseConsensus, parseKeyCertificates } from '@conclave/netdoc';
import type { KeyCertificate, Profile, RouterTable } from '@conclave/netdoc';
import type { Limits } from '../analysis/index.ts';
import type { Observation, Subject } from '../collect/index.ts';
import type { AuthoritySet } from '../network/index.ts';
import { Batch } from '../store/index.ts';
import type { Row, Store, TableName } from '../store/index.ts';
import { viaArchive } from './archive-memory.ts';
import type { SeenRound } from './archive-memory.ts';
import { documentRow } from './document-row.ts';
import { emptyHealthShelf, updateHealth } from './health.ts';
import type { ListedRelays } from './history.ts';
import { judge } from './judge.ts';
import type { Shelf } from './judge.ts';
import { certificateKey, emptyMemory, roundOf, signatureKey } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';
import { voteText } from './own-documents.ts';
import { proveFlavor } from './proofs.ts';
import { closeRound } from './rounds.ts';

/** What an archive has of a round. */
export type ArchivedKind = 'consensus' | 'microdesc' | 'vote';

/** All that the judgement of an archived round rests on. Plain data. */
export interface ArchivedWork {
  readonly validAfter: number;
  /** When it was imported, in ms. */
  readonly at: number;
  /** The authorities of its own time. */
  readonly set: AuthoritySet;
  /** SHA-256 of certificates that archives had. */
  readonly certificates: readonly string[];
  /** Certificates that authorities served to us. */
  readonly served: readonly Uint8Array[];
  readonly documents: readonly NamedDocument[];
  /** The round as it was seen; with signatures that are on none of these documents: detached before publication. */
  readonly seen?: SeenRound | undefined;
  /** The round held before it, with which it is compared when it is the one directly before. */
  readonly before: Pick<ArchivedWork, 'validAfter' | 'set' | 'documents'> | undefined;
  readonly limits: Limits;
}

/** A document of a round. */
export interface NamedDocument {
  readonly kind: ArchivedKind;
  readonly sha256: string;
  /** When it was first seen where it was published, in ms; absent for what archives alone have. */
  readonly seen?: number;
}

/** A row, and the table that it is of. */
export interface KeyedRow {
  readonly table: TableName;
  readonly key: string;
  readonly row: Row<TableName>;
}

/** What came of it. Plain data. */
export interface ArchivedJudgement {
  readonly rows: readonly KeyedRow[];
  /** The figures of the round; undefined without an accepted ns consensus. */
  readonly round: Row<'rounds'> | undefined;
  readonly routers: ListedRelays | undefined;
  /** Bandwidth files that genuine votes name, by their digest (SHA-256, base64 without padding), and the vote in words. */
  readonly named: readonly { readonly identity: string; readonly digest: string; readonly vote: string }[];
  /** Documents that the archive of bytes should hold and does not. */
  readonly lost: readonly string[];
}

/** Judges rounds; certificates that were read once are remembered by the function that this returns. */
export type JudgeArchived = (work: ArchivedWork) => Promise<ArchivedJudgement>;

/** More than are of use at any time, many times over. */
const certificatesKept = 500;

/** Makes the judge over an archive's `read`; `breathe` is awaited between two documents, where somebody waits for answers. */
export function archivedJudge(
  read: (sha256: string) => Promise<Uint8Array | undefined>,
  breathe: () => Promise<void> = async () => {},
): JudgeArchived {
  const known = new Map<string, readonly KeyCertificate[]>();
  const certificatesOf = async (sha256: string): Promise<readonly KeyCertificate[]> => {
    const before = known.get(sha256);
    if (before) return before;
    const found = certificatesIn((await read(sha256)) ?? new Uint8Array(0));
    if (known.size >= certificatesKept) known.clear();
    known.set(sha256, found);
    return found;
  };
  const bytesOf = (documents: readonly NamedDocument[]): Promise<HeldDocument[]> =>
    Promise.all(documents.map(async (one) => ({ ...one, bytes: await read(one.sha256) })));
  const kept = emptyHealthShelf();
  let last: { readonly name: string; readonly round: RoundNote } | undefined;
  return async (work) => {
    const certificates = [
      ...(await Promise.all(work.certificates.map(certificatesOf))).flat(),
      ...work.served.flatMap(certificatesIn),
    ];
    const now = await closed(work, certificates, await bytesOf(work.documents), breathe);
    const { before } = work;
    if (before && now.round.row && before.validAfter + intervalOf(now.round) === work.validAfter) {
      if (last?.name !== nameOf(before)) {
        const documents = await bytesOf(before.documents);
        const then = await closed({ ...before, at: work.at }, certificates, documents, breathe);
        for (const [sha256, parsed] of [...then.shelf.consensuses, ...now.shelf.consensuses])
          now.shelf.consensuses.set(sha256, parsed);
        for (const [sha256, parsed] of then.shelf.votes) now.shelf.votes.set(sha256, parsed);
        last = { name: nameOf(before), round: then.round };
      }
      now.memory.rounds.set(before.validAfter, last.round);
    }
    const { memory, shelf, batch } = now;
    const archive = { read, async *entries() {} };
    const options = { store: noStore, archive, limits: work.limits };
    await updateHealth(now.round, options, kept, { memory, shelf, batch });
    for (const flavor of ['ns', 'microdesc'] as const) {
      await breathe();
      proveFlavor(now.round, flavor, { memory, shelf, batch }, work.at);
    }
    last = { name: nameOf(work), round: now.round };
    return { ...judgementOf(shelf, batch), named: namedIn(memory), lost: now.lost };
  };
}

/** All that a comparison needs is in mind: nothing is asked of a store. */
const noStore: Store = {
  write: () => Promise.reject(new Error('nothing is written here')),
  query: () => Promise.reject(new Error('nothing is asked here')),
  close: async () => {},
};

function nameOf({ validAfter, documents }: Pick<ArchivedWork, 'validAfter' | 'documents'>): string {
  return [validAfter, ...documents.map(({ sha256 }) => sha256)].join(' ');
}

function intervalOf({ row, validAfter }: RoundNote): number {
  return (row?.fresh_until ?? 0) - validAfter;
}

function certificatesIn(bytes: Uint8Array): readonly KeyCertificate[] {
  return parseKeyCertificates(bytes).flatMap(({ document }) => document ?? []);
}

interface HeldDocument extends NamedDocument {
  readonly bytes: Uint8Array | undefined;
}

/** Votes first: the consensus is held against them, and their certificates may be those that it is signed by. */
const order: readonly ArchivedKind[] = ['vote', 'consensus', 'microdesc'];

/** What of a work a round is closed with; of the round before, signatures are of no use. */
type ClosedWork = Pick<ArchivedWork, 'validAfter' | 'at' | 'set' | 'seen'>;

/** A round and what it was closed with. */
interface Closed {
  readonly round: RoundNote;
  readonly memory: Memory;
  readonly shelf: Shelf;
  readonly batch: Batch;
  readonly lost: readonly string[];
}

async function closed(
  { validAfter, at, set, seen }: ClosedWork,
  certificates: readonly KeyCertificate[],
  documents: readonly HeldDocument[],
  breathe: () => Promise<void>,
): Promise<Closed> {
  const memory: Memory = { ...emptyMemory(), set, ring: certificateRing(certificates) };
  for (const { certificate, signingKeyDigest } of memory.ring.trusted)
    noteKnown(memory, certificate, signingKeyDigest);
  const round = roundOf(memory, validAfter);
  for (const row of seen?.signatures ?? []) round.signatures.set(signatureKey(row), row);
  const shelf: Shelf = { consensuses: new Map(), votes: new Map() };
  const batch = new Batch();
  const lost: string[] = [];
  // Of several genuine consensuses the one that was seen first is shown; what nobody saw comes behind all of those.
  const unseen = Math.max(at, ...documents.map((one) => (one.seen ?? 0) + 1));
  for (const kind of order) {
    for (const { bytes, ...one } of documents.filter((document) => document.kind === kind)) {
      if (!bytes) {
        lost.push(one.sha256);
        continue;
      }
      await breathe();
      const row = judgeDocument({ ...one, bytes }, one.seen ?? unseen, memory, shelf, batch);
      memory.documents.set(one.sha256, row);
      batch.put('documents', one.sha256, row);
    }
  }
  // Where relays were in their day, the table of countries of today does not say.
  closeRound(round, memory, shelf, batch, undefined);
  return { round, memory, shelf, batch, lost };
}

/** So that the same certificate in a vote is not checked again. */
function noteKnown(memory: Memory, certificate: KeyCertificate, signingKeyDigest: string): void {
  const row: Row<'certificates'> = {
    identity: certificate.fingerprint,
    signing_key_digest: signingKeyDigest,
    published: certificate.published,
    expires: certificate.expires,
    identity_key_bits: null,
    signing_key_bits: null,
    faults: '',
    sha256: null,
    first_seen: null,
  };
  memory.certificates.set(certificateKey(row), row);
  memory.keyCertificates.set(certificateKey(row), certificate);
}

/**
 * By the rules of its own day, whoever made it: an archive goes back to authorities whose documents tor now refuses. What
 * was seen is read as it was read then.
 */
function profileOf({ seen }: NamedDocument): Profile {
  return seen === undefined ? 'archive' : 'tor-0.4.9';
}

function judgeDocument(
  document: HeldDocument & { readonly bytes: Uint8Array },
  at: number,
  memory: Memory,
  shelf: Shelf,
  batch: Batch,
): Row<'documents'> {
  const { kind, sha256, bytes } = document;
  const profile = profileOf(document);
  const subject: Subject =
    kind === 'vote'
      ? { kind: 'vote', period: 'current', of: '' }
      : { kind: 'consensus', flavor: kind === 'microdesc' ? 'microdesc' : 'ns' };
  const observation: Observation = {
    at,
    vantage: '',
    authority: '',
    subject,
    outcome: 'received',
    timings: { totalMs: 0 },
  };
  const arrival = { observation, sha256, bytes, profile } as const;
  if (kind !== 'vote') shelf.consensuses.set(sha256, parseConsensus(bytes, { profile }));
  const { row } = judge(arrival, memory, shelf, batch);
  if (
    kind === 'vote' ||
    row.valid_after === null ||
    row.flavor === (kind === 'consensus' ? 'ns' : 'microdesc')
  )
    return row;
  return documentRow(arrival, 'consensus', {
    flavor: row.flavor ?? 'ns',
    validAfter: row.valid_after,
    verdict: `Not what its name says: a consensus of flavour ${row.flavor}.`,
    judged: { outcome: 'rejected', digest: undefined },
  });
}

function namedIn(memory: Memory): ArchivedJudgement['named'] {
  return [...memory.namedFiles].flatMap(([identity, files]) =>
    files.map((one) => ({ identity, digest: one.digest, vote: voteText(memory, identity, one) })),
  );
}

/** Rows of tables that say what was seen when: of a document out of an archive nobody saw it. */
function judgementOf(shelf: Shelf, batch: Batch): Omit<ArchivedJudgement, 'named' | 'lost'> {
  const rows: KeyedRow[] = [];
  let figures: Row<'rounds'> | undefined;
  for (const { table, key, row } of batch.keyed()) {
    switch (table) {
      case 'rounds':
        figures = { ...(row as Row<'rounds'>), first_seen: null, digests: null };
        rows.push({ table, key, row: figures });
        break;
      case 'votes':
        rows.push({ table, key, row: { ...(row as Row<'votes'>), first_seen: null, via: viaArchive } });
        break;
      case 'signatures':
        rows.push({ table, key, row: { ...(row as Row<'signatures'>), first_seen: null } });
        break;
      case 'certificates':
        break;
      default:
        rows.push({ table, key, row });
    }
  }
  const consensus = shelf.consensuses.get(figures?.ns_sha256 ?? '')?.document;
  // The bytes of the document are no part of the answer: it may be handed from thread to thread.
  return { rows, round: figures, routers: consensus && listedOf(consensus.routers) };
}

/** No more of the table than is put into the store: it may be handed from thread to thread. */
function listedOf(routers: RouterTable): ListedRelays {
  const { count, identity, flags, knownFlags, present, version, versions } = routers;
  const { policy, policies, bandwidth, ipv4, orPort } = routers;
  const listed = { count, identity, flags, knownFlags, present, version, versions };
  return { ...listed, policy, policies, bandwidth, ipv4, orPort };
}
