/** What the pipeline has in mind of archives: a part of its memory, and like it a projection of the store. */
import type { Row, Store } from '../store/index.ts';
import { authorityLineOf } from './authority-lines.ts';
import type { AuthorityLine } from './authority-lines.ts';

/** The way by which a document came that no authority was seen to serve: the value of `via` in `copies` and `votes`. */
export const viaArchive = 'archive';

/** A round that the live line took up again although archives had brought something of it, and the tick at which it did. */
export interface DueRound {
  readonly validAfter: number;
  readonly at: number;
}

/** A round as it was seen. Plain data. */
export interface SeenRound {
  readonly row: Row<'rounds'> | null;
  readonly health: Row<'health'> | null;
  readonly sources: readonly Row<'sources'>[];
  readonly votes: readonly Row<'votes'>[];
  readonly signatures: readonly Row<'signatures'>[];
  readonly proofs: readonly Row<'proofs'>[];
  /** Consensuses that nothing that was seen decides; archives may. */
  readonly undecided: readonly Row<'documents'>[];
}

/** What this line has in mind; a part of the memory. */
export interface ArchiveMemory {
  /** Up to where in the journal lines about archives were taken. */
  place: number;
  /** Whose word counted when, oldest first. */
  readonly lines: AuthorityLine[];
  /** Certificates out of archives, by SHA-256 and place within. */
  readonly certificates: Map<string, Row<'archived_certificates'>>;
  /** Rounds that were judged by what archives brought of them. */
  readonly judged: Set<number>;
  /** To be judged once more before anything else is taken. */
  due: readonly DueRound[];
}

/** A memory of nothing. */
export function emptyArchiveMemory(): ArchiveMemory {
  return { place: 0, lines: [], certificates: new Map(), judged: new Set(), due: [] };
}

/** What of it is saved in `meta`: the rest is in tables. */
export interface SavedArchive {
  readonly place: number;
  readonly due: readonly DueRound[];
}

/** What is saved of it. */
export function savedArchive({ place, due }: ArchiveMemory): SavedArchive {
  return { place, due };
}

/** Loads it from the store. */
export async function loadArchive(store: Store, saved: SavedArchive | undefined): Promise<ArchiveMemory> {
  const memory = emptyArchiveMemory();
  if (!saved) return memory;
  for (const row of await store.query('authorityLines')) memory.lines.push(authorityLineOf(row));
  for (const row of await store.query('archivedCertificates')) memory.certificates.set(row.sha256 ?? '', row);
  for (const { valid_after } of await store.query('judgedByArchives')) memory.judged.add(valid_after);
  return Object.assign(memory, { place: saved.place, due: saved.due });
}
