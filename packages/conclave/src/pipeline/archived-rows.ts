/**
 * What came of the judgement of a round, put beside what was seen of it: when and where something was seen stays as it was,
 * whatever archives bring; what follows from the documents follows from all of them.
 */
import type { Batch, Row, Store } from '../store/index.ts';
import { viaArchive } from './archive-memory.ts';
import type { DueRound } from './archive-memory.ts';
import type { ArchivedJudgement, ArchivedWork, JudgeArchived } from './archived-round.ts';
import { archivedWork } from './archived-work.ts';
import type { WorkParts } from './archived-work.ts';
import { putFigures, takeEntries } from './history.ts';
import { signatureKey } from './memory.ts';
import type { Memory } from './memory.ts';
import { isSeenAsKept, keepSeenRound, seenRound } from './seen-rounds.ts';

/** What a round is judged with, and where its rows go. */
export interface RoundParts extends WorkParts {
  readonly batch: Batch;
  readonly judge: JudgeArchived;
}

/**
 * Judges a round once more that the live line wrote rows of. Where it wrote what it had written before, as it does after a
 * restart, what was said then is said again, and as of then.
 */
export async function takeDueRound({ validAfter, at }: DueRound, parts: RoundParts): Promise<void> {
  const { memory, store } = parts;
  const seen = await seenRound(validAfter, memory, store);
  const [judged] = await store.query('archivedRound', { valid_after: validAfter });
  const same = seen !== undefined && (await isSeenAsKept(validAfter, seen, store));
  await takeRound({ validAfter, at: same ? (judged?.judged_at ?? at) : at }, parts);
}

/** Judges a round by all that is held of it. All lines before this one need to be in the store. */
export async function takeRound({ validAfter, at }: DueRound, parts: RoundParts): Promise<void> {
  const { memory, batch, store, judge } = parts;
  const work = await archivedWork(validAfter, at, parts);
  const archived = await store.query('archivedOfRound', { valid_after: validAfter });
  const note = (outcome: string): void => {
    batch.put('archived_rounds', String(validAfter), { valid_after: validAfter, judged_at: at, outcome });
    if (outcome !== 'watched') memory.archive.judged.add(validAfter);
  };
  if (!work) return note('no-authorities');
  const judgement = await judge(work);
  const [shown] = await store.query('round', { valid_after: validAfter });
  const round = await putJudgement(judgement, work, archived, parts);
  if (work.seen && !isLacking(judgement, work)) await keepSeenRound(validAfter, work.seen, store, batch);
  if (round) {
    putFigures(round, batch);
    if (judgement.routers && shown?.ns_sha256 !== round.ns_sha256)
      await takeEntries(memory.history, validAfter, judgement.routers, store, batch);
  }
  // A document that was seen is not in the archive any more: it stays as it was seen.
  if (archived.length === 0 || isLacking(judgement, work)) return note('watched');
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

/** Whether a document that was seen is not in the archive any more: nothing better can be said than was said then. */
function isLacking({ lost }: ArchivedJudgement, { documents }: ArchivedWork): boolean {
  return documents.some(({ sha256, seen }) => seen !== undefined && lost.includes(sha256));
}

/** Tables that need all documents of a round: where one that was seen is lost, they stay as they were. */
const ofAll: ReadonlySet<string> = new Set(['rounds', 'health', 'proofs', 'sources', 'signatures']);

/** Puts the rows, and gives that of the round. */
async function putJudgement(
  judgement: ArchivedJudgement,
  work: ArchivedWork,
  archived: readonly Row<'archived'>[],
  { store, batch }: RoundParts,
): Promise<Row<'rounds'> | undefined> {
  const beside = await besideOf(judgement, work, archived, store);
  let round: Row<'rounds'> | undefined;
  for (const { table, key, row } of judgement.rows) {
    if (beside.lacking && (ofAll.has(table) || beside.seenAt.has((row as Row<'votes'>).sha256 ?? '')))
      continue;
    switch (table) {
      case 'documents': {
        const put = documentBeside(row as Row<'documents'>, beside);
        if (put) batch.put('documents', key, put);
        break;
      }
      case 'votes':
        batch.put('votes', key, voteBeside(row as Row<'votes'>, beside));
        break;
      case 'signatures': {
        const next = row as Row<'signatures'>;
        const first = beside.signatures.get(signatureKey(next))?.first_seen ?? null;
        batch.put('signatures', key, { ...next, first_seen: first });
        break;
      }
      case 'proofs':
        batch.put('proofs', key, proofBeside(row as Row<'proofs'>, beside));
        break;
      case 'rounds':
        round = roundBeside(row as Row<'rounds'>, beside);
        batch.put('rounds', key, round);
        break;
      case 'health':
        batch.put('health', key, filled(row as Row<'health'>, beside.same ? work.seen?.health : null));
        break;
      default:
        batch.put(table, key, row);
    }
  }
  for (const [sha256, { first, last }] of beside.imported) putArchiveCopy(batch, sha256, first, last);
  await noteNamedFiles(judgement, store, batch);
  return round;
}

/** The copy that archives brought. */
export function putArchiveCopy(batch: Batch, sha256: string, first: number, last: number): void {
  const row = { sha256, authority: '', via: viaArchive, first_seen: first, last_seen: last };
  batch.put('copies', `${sha256}/${viaArchive}`, row);
}

/** What is known beside a judgement. */
interface Beside {
  readonly seen: ArchivedWork['seen'];
  /** Rows of documents as they are in the store. */
  readonly documents: ReadonlyMap<string, Row<'documents'>>;
  readonly votes: ReadonlyMap<string, Row<'votes'>>;
  readonly signatures: ReadonlyMap<string, Row<'signatures'>>;
  /** Proofs as they are in the store. */
  readonly proofs: readonly Row<'proofs'>[];
  /** When each document was first seen, in ms. */
  readonly seenAt: ReadonlyMap<string, number>;
  /** When each document was imported, from whichever archive. */
  readonly imported: ReadonlyMap<string, { readonly first: number; readonly last: number }>;
  /** The judgement shows the consensus that was seen, by what is signed of it. */
  readonly same: boolean;
  /** `isLacking` of it. */
  readonly lacking: boolean;
}

async function besideOf(
  judgement: ArchivedJudgement,
  work: ArchivedWork,
  archived: readonly Row<'archived'>[],
  store: Store,
): Promise<Beside> {
  const { validAfter, documents, seen } = work;
  const at = { valid_after: validAfter };
  const imported = new Map<string, { first: number; last: number }>();
  for (const { sha256, at: came } of archived) {
    const [time, old] = [came ?? 0, imported.get(sha256 ?? '')];
    const span = { first: Math.min(old?.first ?? time, time), last: Math.max(old?.last ?? time, time) };
    imported.set(sha256 ?? '', span);
  }
  const seenAt = new Map(
    documents.flatMap((one) => (one.seen === undefined ? [] : [[one.sha256, one.seen]])),
  );
  const digests = new Map<string | null, string | null>();
  for (const { table, row } of judgement.rows)
    if (table === 'documents')
      digests.set((row as Row<'documents'>).sha256, (row as Row<'documents'>).digest);
  const [shown, was] = [judgement.round?.ns_sha256, seen?.row?.ns_sha256];
  return {
    seen,
    documents: byKey(await store.query('documentsOfRound', at), ({ sha256 }) => sha256 ?? ''),
    votes: byKey(seen?.votes ?? [], ({ sha256 }) => sha256 ?? ''),
    signatures: byKey(seen?.signatures ?? [], signatureKey),
    proofs: await store.query('proofsOf', at),
    seenAt,
    imported,
    same: shown !== undefined && was !== undefined && digests.get(shown) === digests.get(was),
    lacking: isLacking(judgement, work),
  };
}

function byKey<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** The row of a document; undefined where it stays as it is: what was seen and decided is not decided again. */
function documentBeside(
  next: Row<'documents'>,
  { documents, seenAt, imported }: Beside,
): Row<'documents'> | undefined {
  const [old, span] = [documents.get(next.sha256 ?? ''), imported.get(next.sha256 ?? '')];
  if (!seenAt.has(next.sha256 ?? ''))
    return { ...next, first_seen: span?.first ?? next.first_seen, last_seen: span?.last ?? next.last_seen };
  if (old && old.outcome !== 'undecided') return undefined;
  return { ...next, first_seen: old?.first_seen ?? next.first_seen, last_seen: old?.last_seen ?? null };
}

function voteBeside(next: Row<'votes'>, { votes }: Beside): Row<'votes'> {
  const old = votes.get(next.sha256 ?? '');
  const { first_seen, via, usual_file_age } = old ?? next;
  return { ...next, first_seen, via, usual_file_age };
}

/** The same from the same: it was found out when it was. */
function proofBeside(next: Row<'proofs'>, { seen, proofs }: Beside): Row<'proofs'> {
  const own = seen?.proofs.find(({ flavor, inputs }) => flavor === next.flavor && inputs === next.inputs);
  if (own) return own;
  const old = proofs.find(({ flavor }) => flavor === next.flavor);
  const same = old?.verdict === next.verdict && old.explanation === next.explanation;
  return same ? { ...next, judged_at: old.judged_at } : next;
}

function roundBeside(next: Row<'rounds'>, { seen, seenAt, same }: Beside): Row<'rounds'> {
  const first = seen?.row?.first_seen ?? seenAt.get(next.ns_sha256 ?? '') ?? null;
  const digests = seen?.row?.digests ?? null;
  return { ...filled(next, same ? seen?.row : null), first_seen: first, digests };
}

/** What a round out of archives has nothing to say of, as it was said when it was seen: where relays are. */
function filled<T extends object>(next: T, old: T | null | undefined): T {
  const known = Object.entries(old ?? {}).filter(
    ([name]) => (next as Readonly<Record<string, unknown>>)[name] === null,
  );
  return { ...next, ...Object.fromEntries(known) };
}

/** Bandwidth files out of archives that a genuine vote of the round names. */
async function noteNamedFiles({ named }: ArchivedJudgement, store: Store, batch: Batch): Promise<void> {
  if (named.length === 0) return;
  const digests = named.map(({ digest }) => digest).join(',');
  for (const row of await store.query('openBandwidthFiles', { digests })) {
    const vote = named.find(({ digest }) => digest === row.digest);
    if (!vote) continue;
    batch.put('documents', row.sha256 ?? '', {
      ...row,
      identity: vote.identity,
      outcome: 'accepted',
      verdict: `Genuine: ${vote.vote} names it.`,
    });
  }
}

// --- after a tick -------------------------------------------------------------------------------------------------------

/** Tables whose rows of a round the live line writes from what was seen alone. */
const ofRounds: ReadonlySet<string> = new Set([
  'rounds',
  'health',
  'proofs',
  'sources',
  'votes',
  'signatures',
]);

/** The rounds that a batch of the live line touches and that archives have a part in, or in the round directly before. */
export function roundsDue(batch: Batch, memory: Memory, at: number): DueRound[] {
  const { judged } = memory.archive;
  if (judged.size === 0) return [];
  const due = new Set<number>();
  for (const { table, row } of batch.keyed()) {
    const { valid_after: validAfter } = row as Row<'rounds'>;
    if (!ofRounds.has(table) || validAfter === null) continue;
    const until = memory.rounds.get(validAfter)?.row?.fresh_until ?? validAfter;
    if (judged.has(validAfter) || judged.has(2 * validAfter - until)) due.add(validAfter);
  }
  return Array.from(due)
    .sort((a, b) => a - b)
    .map((validAfter) => ({ validAfter, at }));
}

/** A consensus that was decided by certificates out of archives stays decided, however often it is served undecided. */
export async function keepDecided(batch: Batch, memory: Memory, store: Store): Promise<void> {
  if (memory.archive.judged.size === 0) return;
  for (const { table, key, row } of batch.keyed()) {
    const fresh = row as Row<'documents'>;
    if (table !== 'documents' || fresh.kind !== 'consensus' || fresh.outcome !== 'undecided') continue;
    const [old] = await store.query('document', { sha256: fresh.sha256 ?? '' });
    if (!old || old.outcome === 'undecided') continue;
    const { first_seen, last_seen } = fresh;
    batch.put('documents', key, { ...old, first_seen, last_seen });
  }
}
