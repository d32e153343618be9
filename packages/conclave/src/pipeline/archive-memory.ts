/** What the pipeline has in mind of archives: a part of its memory, and like it a projection of the store. */
import type { Authority } from '../network/index.ts';
import type { Row, Store } from '../store/index.ts';

/** The way by which a document came that no authority was seen to serve: the value of `via` in `copies` and `votes`. */
export const viaArchive = 'archive';

/** What this line has in mind; a part of the memory. */
export interface ArchiveMemory {
  /** Up to where in the journal lines about archives were taken. */
  place: number;
  network: string;
  /** Whose documents are read; undefined for the public network's, by the time of each document. */
  authorities: readonly Authority[] | undefined;
  /** Certificates out of archives, by SHA-256 and place within. */
  readonly certificates: Map<string, Row<'archived_certificates'>>;
}

/** A memory of nothing. */
export function emptyArchiveMemory(): ArchiveMemory {
  return { place: 0, network: 'public Tor network', authorities: undefined, certificates: new Map() };
}

/** What of it is saved in `meta`: the rest is in a table. */
export interface SavedArchive {
  readonly place: number;
  readonly network: string;
  readonly authorities: readonly Authority[] | null;
}

/** What is saved of it. */
export function savedArchive({ place, network, authorities }: ArchiveMemory): SavedArchive {
  return { place, network, authorities: authorities ?? null };
}

/** Loads it from the store. */
export async function loadArchive(store: Store, saved: SavedArchive | undefined): Promise<ArchiveMemory> {
  const memory = emptyArchiveMemory();
  if (!saved) return memory;
  for (const row of await store.query('archivedCertificates')) memory.certificates.set(row.sha256 ?? '', row);
  return Object.assign(memory, {
    place: saved.place,
    network: saved.network,
    authorities: saved.authorities ?? undefined,
  });
}
