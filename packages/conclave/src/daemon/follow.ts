/** Reads a journal into a pipeline, from where the store stands to where the journal ends. */
import type { ArchiveReader, JournalEntry, JournalPosition } from '../archive/index.ts';
import type { Pipeline } from '../pipeline/index.ts';

/** Where following a journal has come to. */
export interface Following {
  /** Just after the last entry fed. */
  readonly position: JournalPosition;
  readonly entries: number;
  /** Whether rows were committed. */
  readonly committed: boolean;
}

/** Feeds what the journal holds after `from`; `onEntry` is told of each. */
export async function follow(
  archive: ArchiveReader,
  pipeline: Pipeline,
  from: JournalPosition,
  onEntry: (entry: JournalEntry) => void = () => {},
): Promise<Following> {
  let position = from;
  let entries = 0;
  let committed = false;
  for await (const placed of archive.entries(from)) {
    if (await pipeline.feed(placed)) committed = true;
    onEntry(placed.entry);
    position = placed.position;
    entries += 1;
  }
  return { position, entries, committed };
}
