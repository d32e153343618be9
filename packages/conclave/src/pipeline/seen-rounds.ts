/**
 * Rounds as the observatory itself saw them, apart from what archives brought besides. Tables show a round whole; the live
 * line goes on from what was seen alone, before and after a restart, so that no archive moves a state or raises an alert.
 */
import type { Batch, Row, Store } from '../store/index.ts';
import { viaArchive } from './archive-memory.ts';
import type { SeenRound } from './archive-memory.ts';
import { roundsKept, signatureKey } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';

/** Older documents than this may be served when a watch begins: nothing of a round before that was ever seen. */
const earlyMs = 7 * 86_400_000;

/** Whether anything of a round can have been seen: somebody watched then. */
export function mayBeSeen(validAfter: number, { archive }: Memory): boolean {
  const began = archive.lines.find(({ kind }) => kind === 'watching')?.at;
  return began !== undefined && validAfter * 1000 >= began - earlyMs;
}

/** What was seen of a round; undefined where it was nothing. All that was committed counts, and what is in mind. */
export async function seenRound(
  validAfter: number,
  memory: Memory,
  store: Store,
): Promise<SeenRound | undefined> {
  const note = memory.rounds.get(validAfter);
  if (note?.row) return seenOfNote(note, memory);
  if (!mayBeSeen(validAfter, memory)) return undefined;
  const stored = await storedRound(validAfter, store);
  // A round may be in mind again by one late document: what the store has of it counts all the same.
  const seen = note ? merged(stored, seenOfNote(note, memory)) : stored;
  const found = seen.votes.length + seen.signatures.length + seen.undecided.length > 0;
  return seen.row || found ? seen : undefined;
}

async function storedRound(validAfter: number, store: Store): Promise<SeenRound> {
  const at = { valid_after: validAfter };
  const [kept] = await store.query('seenRound', at);
  if (kept?.seen) return JSON.parse(kept.seen) as SeenRound;
  const [found] = await store.query('round', at);
  const row = found && found.first_seen !== null ? found : null;
  return {
    row,
    health: row ? ((await store.query('health', at))[0] ?? null) : null,
    sources: row ? await store.query('sourcesOf', at) : [],
    votes: (await store.query('votesOf', at)).filter(({ via }) => via !== viaArchive),
    signatures: (await store.query('signaturesOf', at)).filter(({ first_seen }) => first_seen !== null),
    proofs: row ? await store.query('proofsOf', at) : [],
    undecided: (await store.query('watchedDocumentsOf', at)).flatMap(undecided),
  };
}

function merged(stored: SeenRound, { votes, signatures, undecided: open }: SeenRound): SeenRound {
  const both = <T>(old: readonly T[], fresh: readonly T[], keyOf: (row: T) => string): T[] => [
    ...new Map([...old, ...fresh].map((row) => [keyOf(row), row])).values(),
  ];
  return {
    ...stored,
    votes: both(stored.votes, votes, ({ sha256 }) => sha256 ?? ''),
    signatures: both(stored.signatures, signatures, signatureKey),
    undecided: both(stored.undecided, open, ({ sha256 }) => sha256 ?? ''),
  };
}

/** Without the time at which it was last seen: that goes on by itself, and changes nothing about the round. */
function undecided(row: Row<'documents'>): Row<'documents'>[] {
  return row.kind === 'consensus' && row.outcome === 'undecided' ? [{ ...row, last_seen: null }] : [];
}

function seenOfNote(note: RoundNote, memory: Memory): SeenRound {
  return {
    row: note.row ?? null,
    health: note.health ?? null,
    sources: [...note.sources.values()],
    votes: [...note.votes.values()],
    signatures: [...note.signatures.values()],
    proofs: [...note.proofs.values()],
    undecided: [...memory.documents.values()]
      .filter(({ valid_after }) => valid_after === note.validAfter)
      .flatMap(undecided),
  };
}

/** Whether a round was seen as it was when it was last kept: nothing new is to be said of it. */
export async function isSeenAsKept(validAfter: number, seen: SeenRound, store: Store): Promise<boolean> {
  const [kept] = await store.query('seenRound', { valid_after: validAfter });
  return kept?.seen === textOf(seen);
}

/** Keeps a round as it was seen, where a restart may ask for it; the rows of the tables are about to be others. */
export async function keepSeenRound(
  validAfter: number,
  seen: SeenRound,
  store: Store,
  batch: Batch,
): Promise<void> {
  const newest = await store.query('watchedRounds', { limit: roundsKept });
  if (newest.length === roundsKept && validAfter < (newest.at(-1)?.valid_after ?? 0)) return;
  batch.put('seen_rounds', String(validAfter), { valid_after: validAfter, seen: textOf(seen) });
}

/** One text for one round, in whatever order its rows came to mind. */
function textOf({ row, health, ...lists }: SeenRound): string {
  const ordered = <T extends object>(one: T | null): T | null =>
    one && (Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) as T);
  const sorted = Object.entries(lists).map(([name, rows]) => [
    name,
    rows
      .map((one) => ordered<object>(one))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  ]);
  return JSON.stringify({ row: ordered(row), health: ordered(health), ...Object.fromEntries(sorted) });
}
