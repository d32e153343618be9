/**
 * What the pipeline works on between two commits: its memory, the documents of the rounds under way, and the rows to be
 * written. All of it is a projection of the store and can be thrown away: after a failure it is laid anew.
 */
import { parseConsensus } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import type { Limits, Places } from '../analysis/index.ts';
import type { ArchiveReader } from '../archive/index.ts';
import { Batch } from '../store/index.ts';
import type { Row, Store } from '../store/index.ts';
import { emptyHealthShelf } from './health.ts';
import type { HealthShelf } from './health.ts';
import type { Shelf } from './judge.ts';
import type { Memory } from './memory.ts';

/** What work at the desk needs from outside; without tables of places they are not counted. */
export interface DeskOptions extends Places {
  readonly archive: ArchiveReader;
  readonly store: Store;
  readonly limits?: Limits;
  /** Awaited between two long computations, so that whoever waits for an answer gets it in between. */
  readonly breathe?: () => Promise<void>;
}

/** The desk. `memory` and `batch` are others after a failure or a commit: take them from here each time. */
export class Desk {
  readonly options: DeskOptions;
  memory: Memory;
  batch: Batch = new Batch();
  shelf: Shelf = emptyShelf();
  readonly healthShelf: HealthShelf = emptyHealthShelf();
  /** By what the undecided consensuses were last judged. */
  judgedBy: readonly unknown[] = [];

  constructor(options: DeskOptions, memory: Memory) {
    this.options = options;
    this.memory = memory;
  }

  /** Laid anew, from what the store has. */
  clear(memory: Memory): void {
    this.memory = memory;
    this.batch = new Batch();
    this.shelf = emptyShelf();
    this.judgedBy = [];
  }

  /** The bytes of a document; undefined when the archive does not hold it. */
  read(sha256: string): Promise<Uint8Array | undefined> {
    return this.options.archive.read(sha256);
  }

  /** Keeps what was said of a document, in mind and in the rows to be written. */
  putDocument(row: Row<'documents'>): void {
    this.memory.documents.set(row.sha256 ?? '', row);
    this.batch.put('documents', row.sha256 ?? '', row);
  }

  /** The row of a document that is in the store and not in mind. */
  async recallDocument(sha256: string): Promise<Row<'documents'> | undefined> {
    if (this.memory.complete) return undefined;
    return (await this.options.store.query('watchedDocument', { sha256 }))[0];
  }

  /** Copies that are in the store and not in mind: of documents that came before a restart, or long ago. */
  async recallCopies(sha256: string): Promise<void> {
    if (this.memory.complete || this.memory.recalled.has(sha256)) return;
    this.memory.recalled.add(sha256);
    for (const row of await this.options.store.query('copiesOf', { sha256 })) {
      const key = `${sha256}/${row.authority}`;
      if (!this.memory.copies.has(key)) this.memory.copies.set(key, row);
    }
  }

  /** A consensus from the shelf or, after a restart, from the archive. */
  async consensus(sha256: string): Promise<Consensus | undefined> {
    const known = this.shelf.consensuses.get(sha256);
    const bytes = known ? undefined : await this.read(sha256);
    const parsed = known ?? (bytes && parseConsensus(bytes, { profile: 'tor-0.4.9' }));
    if (parsed) this.shelf.consensuses.set(sha256, parsed);
    return parsed?.document;
  }
}

function emptyShelf(): Shelf {
  return { consensuses: new Map(), votes: new Map() };
}
