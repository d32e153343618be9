/**
 * The journal: everything the observatory ever saw, in order, one JSON line each. With the documents beside it, it is
 * the ground state: the store is derived from it, and a recording for the demo is nothing but a journal with its documents.
 */
import type { Authority, VotingSchedule } from '../network/index.ts';
import type { Observation, UnixMs } from '../collect/index.ts';
import type { FeedObservation, WatchedFeed } from '../feeds/index.ts';

/** Kinds of documents that are read out of archives; a microdesc consensus is a kind of its own, as it is a file of its own. */
export const archivedKinds = [
  'consensus',
  'microdesc',
  'vote',
  'certificate',
  'bandwidth',
  'server-descriptor',
] as const;
/** A kind of document out of an archive. */
export type ArchivedDocumentKind = (typeof archivedKinds)[number];

/** One line of the journal. */
export type JournalEntry =
  /** The observatory began to look at this network; all entries up to the next such line are about it. */
  | {
      readonly type: 'watching';
      readonly at: UnixMs;
      readonly network: string;
      readonly vantage: string;
      readonly authorities: readonly Authority[];
      /** Seconds between two liveness requests to one authority. */
      readonly probeSeconds: number;
      /** The schedule decides them: they are others when a consensus says another schedule. */
      readonly probeBySchedule?: true;
      /** How the network votes until a consensus says it; absent where the public network's schedule was assumed. */
      readonly schedule?: VotingSchedule;
      /** Sources beside the authorities that are asked as well; absent where there is none. */
      readonly feeds?: readonly WatchedFeed[];
    }
  | ({ readonly type: 'observation' } & Observation)
  /** The same of a source beside the authorities: it says nothing about any of them. */
  | ({ readonly type: 'feed' } & FeedObservation)
  /**
   * Documents of this network are read out of archives from here on: all `archived…` lines up to the next such line.
   * `authorities` is absent where the public network's are meant, those of each document's own time.
   */
  | {
      readonly type: 'backfilling';
      readonly at: UnixMs;
      readonly source: string;
      readonly network: string;
      readonly authorities?: readonly Authority[];
    }
  // A document out of an archive: what its name says, and of which round it is, where it is of one. `annotation` is what
  // stood before it in the file, CollecTor's `@type` line.
  | {
      readonly type: 'archived';
      readonly at: UnixMs;
      readonly source: string;
      readonly kind: ArchivedDocumentKind;
      readonly sha256: string;
      readonly name: string;
      readonly validAfter?: number;
      readonly annotation?: string;
    }
  // A file of an archive was read to its end, as far as documents of this span (seconds) are in it; `documents` of it are in
  // ours, whenever they came.
  | {
      readonly type: 'archived-file';
      readonly at: UnixMs;
      readonly source: string;
      readonly name: string;
      readonly sha256: string;
      readonly since: number;
      readonly until: number;
      readonly documents: number;
    }
  /** All that the archives at hand have of a round is in the journal: it is judged. */
  | { readonly type: 'archived-round'; readonly at: UnixMs; readonly validAfter: number }
  /**
   * Documents that a policy of the configuration removes, in its words: written before they are removed, so that whoever
   * misses one knows why. What was derived from them stays in the store, and cannot be derived again.
   */
  | {
      readonly type: 'removed';
      readonly at: UnixMs;
      readonly policy: string;
      readonly documents: readonly string[];
    }
  /**
   * The end of a cycle. Judgement (state, alerts, events) is passed at ticks only, so that the same journal always gives
   * the same rows. `blind`: every request of the cycle failed, so we judge ourselves, not them.
   */
  | { readonly type: 'tick'; readonly at: UnixMs; readonly blind: boolean }
  /** The observatory stopped in good order; after a crash there is no such line. */
  | { readonly type: 'stopped'; readonly at: UnixMs };

/** A place in the journal, just after an entry: the number of bytes before it over all its files. */
export type JournalPosition = number;

/** An entry with the place just after it. */
export interface PlacedEntry {
  readonly entry: JournalEntry;
  readonly position: JournalPosition;
}

/** Where documents and journal entries are read from: a data directory or a packed recording. */
export interface ArchiveReader {
  /** The raw bytes of a document, or undefined when the archive does not hold it. */
  read(sha256: string): Promise<Uint8Array | undefined>;
  /** The journal from a position on (0: from the start), up to what is there now. */
  entries(from: JournalPosition): AsyncIterable<PlacedEntry>;
}

/** An archive that can be written to. What a call has resolved for is on disk (fsync) and survives kill −9. */
export interface Archive extends ArchiveReader {
  /** Keeps a document once; resolves to its SHA-256 (64 lowercase hex digits). Keeping it again is cheap and harmless. */
  keep(bytes: Uint8Array): Promise<string>;
  /** Appends entries in this order; concurrent calls share one fsync. Resolves to the position after the last. */
  append(entries: readonly JournalEntry[]): Promise<JournalPosition>;
  /** Flushes and releases the directory's lock. */
  close(): Promise<void>;
}
