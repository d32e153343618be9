/** The door of the archive room: the ground state, and recordings of it. */
export { openArchive, openArchiveReader, type ArchiveOptions, type OpenedArchive } from './archive.ts';
export { ArchiveError } from './errors.ts';
export type { Repair } from './journal-files.ts';
export { archivedKinds } from './journal.ts';
export type {
  Archive,
  ArchivedDocumentKind,
  ArchiveReader,
  JournalEntry,
  JournalPosition,
  PlacedEntry,
} from './journal.ts';
export { openRecording, packRecording, type Recording, type RecordingOptions } from './packed.ts';
export { namedBy, type NamedDocument } from './named.ts';
export type { PackMade, Packing, PackOptions } from './packing.ts';
export { checkArchive, type ArchiveFault, type ArchiveReport, type FsckOptions } from './fsck.ts';
export { removedByPolicy, type Removal, type RetentionOptions, type RetentionPolicy } from './retention.ts';
