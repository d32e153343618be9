/** An archive is a directory: a lock, documents, a journal. This file puts the three together. */
import { join } from 'node:path';
import { makeDirectory } from './disk.ts';
import { openDocuments, readDocument } from './documents.ts';
import { archiveError } from './errors.ts';
import { listSegments, openJournal, readEntries, type Repair } from './journal-files.ts';
import type { Archive, ArchiveReader } from './journal.ts';
import { lockDirectory } from './lock.ts';
import { packDocuments, type Packing, type PackOptions } from './packing.ts';
import { packsIn } from './packs.ts';
import { removeByPolicy, type Removal, type RetentionOptions } from './retention.ts';

/** Settings of an archive. */
export interface ArchiveOptions {
  /** A journal file that would grow beyond this is followed by another. By default 64 MiB. */
  readonly rollBytes?: number;
}

/** An open archive, with what had to be repaired to open it. */
export interface OpenedArchive extends Archive {
  /** Set when the last process died while it was appending: the torn end that was cut off. */
  readonly repaired?: Repair;
  /** Puts documents that are files of their own into packs, while everything else goes on; one call after another. */
  pack(options?: PackOptions): Promise<Packing>;
  /** Removes documents as a policy says, after it has said so in the journal. */
  removeByPolicy(options: RetentionOptions): Promise<Removal>;
}

/** Opens, or makes, the archive in a directory. Throws `ArchiveError` when another process has it. */
export async function openArchive(directory: string, options: ArchiveOptions = {}): Promise<OpenedArchive> {
  try {
    await makeDirectory(directory);
  } catch (error) {
    throw archiveError(error, directory, 'could not make');
  }
  const unlock = await lockDirectory(directory);
  try {
    const packs = packsIn(join(directory, 'documents'));
    const documents = await openDocuments(join(directory, 'documents'), packs);
    const journal = await openJournal(join(directory, 'journal'), options.rollBytes ?? 64 * 1024 * 1024);
    const place = {
      documents: join(directory, 'documents'),
      packs,
      entries: (from: number) => journal.entries(from),
    };
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(job: () => Promise<T>): Promise<T> => {
      const turn = last.then(job);
      last = turn.catch(() => {});
      return turn;
    };
    return {
      ...documents,
      append: (entries) => journal.append(entries),
      entries: (from) => journal.entries(from),
      pack: (packOptions) => inTurn(() => packDocuments(place, packOptions)),
      removeByPolicy: (policy) =>
        inTurn(() => removeByPolicy(place, (lines) => journal.append(lines), policy)),
      async close() {
        await last;
        await journal.close();
        await unlock();
      },
      ...(journal.repaired === undefined ? {} : { repaired: journal.repaired }),
    };
  } catch (error) {
    await unlock();
    throw archiveError(error, directory, 'could not open');
  }
}

/** Reads an archive without its lock: also one that another process is writing to, up to what is whole. */
export function openArchiveReader(directory: string): ArchiveReader {
  const documents = join(directory, 'documents');
  const packs = packsIn(documents);
  return {
    read: (sha256) => readDocument(documents, packs, sha256),
    async *entries(from) {
      const journal = join(directory, 'journal');
      try {
        yield* readEntries(await listSegments(journal), from);
      } catch (error) {
        throw archiveError(error, journal, 'could not read');
      }
    },
  };
}
