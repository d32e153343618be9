/**
 * The journal on disk: `journal/000001.jsonl` and on, one entry a line, a new file when one is large. Entries that are
 * appended at the same time share one write and one fsync; what a call resolved for is on disk.
 */
import { createReadStream } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, syncDirectory, writeFully } from './disk.ts';
import { ArchiveError, archiveError, errnoOf } from './errors.ts';
import type { JournalEntry, JournalPosition, PlacedEntry } from './journal.ts';

/** What was cut off at the end of a journal when it was opened: the remains of a write that nobody was told of. */
export interface Repair {
  readonly file: string;
  readonly bytes: number;
}

/** The journal of one archive, open for appending. */
export interface JournalFiles {
  append(entries: readonly JournalEntry[]): Promise<JournalPosition>;
  entries(from: JournalPosition): AsyncIterable<PlacedEntry>;
  close(): Promise<void>;
  readonly repaired?: Repair;
}

/** One file of the journal: the bytes from position `start` on. */
export interface Segment {
  readonly path: string;
  readonly start: JournalPosition;
  readonly size: number;
}

/** Opens a journal that is ours alone, and cuts off a torn end. */
export async function openJournal(directory: string, rollBytes: number): Promise<JournalFiles> {
  await makeDirectory(directory);
  const segments = [...(await listSegments(directory))];
  const last = segments.pop() ?? { path: fileOf(directory, 1), start: 0, size: 0 };
  const handle = await openSegment(directory, last.path);
  const size = await wholeSize(handle, last);
  const tail = last.size - size;
  if (tail > 0) await truncate(handle, last.path, size);
  const writer = journalWriter({ directory, rollBytes, segments, last: { ...last, size }, handle });
  return tail > 0 ? { ...writer, repaired: { file: last.path, bytes: tail } } : writer;
}

/** The files of a journal in order, as they are now. */
export async function listSegments(directory: string): Promise<readonly Segment[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{6}\.jsonl$/.test(name)).sort();
  const segments: Segment[] = [];
  let start = 0;
  for (const [index, name] of names.entries()) {
    const path = join(directory, name);
    if (path !== fileOf(directory, index + 1)) {
      throw new ArchiveError('CORRUPT', path, `expected ${fileOf(directory, index + 1)}, found ${name}`);
    }
    const { size } = await stat(path);
    segments.push({ path, start, size });
    start += size;
  }
  return segments;
}

/** The entries of these files from a position on. An unfinished line at the very end is not there yet. */
export async function* readEntries(
  segments: readonly Segment[],
  from: JournalPosition,
): AsyncIterable<PlacedEntry> {
  for (const segment of segments) {
    if (segment.start + segment.size <= from) continue;
    const offset = Math.max(0, from - segment.start);
    let position = segment.start + offset;
    for await (const line of linesOf(segment, offset)) {
      const at = position - segment.start;
      position += line.length + 1;
      yield { entry: parseLine(line, segment.path, at), position };
    }
  }
}

async function* linesOf({ path, size }: Segment, offset: number): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const stream: AsyncIterable<Buffer> = createReadStream(path, { start: offset, end: size - 1 });
  try {
    for await (const piece of stream) {
      let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline)) {
        yield bytes.subarray(0, end);
        bytes = bytes.subarray(end + 1);
      }
      rest = bytes;
    }
  } catch (error) {
    throw archiveError(error, path, 'could not read');
  }
}

const newline = 0x0a;

function parseLine(line: Buffer, path: string, offset: number): JournalEntry {
  const entry = entryOf(line);
  if (entry !== undefined) return entry;
  const found = JSON.stringify(line.subarray(0, 40).toString('latin1'));
  throw new ArchiveError(
    'CORRUPT',
    path,
    `${path}: byte ${offset}: expected a journal entry, found ${found}`,
  );
}

/** The entry on a line; its shape is ours, because only we write here. */
export function entryOf(line: Buffer): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null && 'type' in value
      ? (value as JournalEntry)
      : undefined;
  } catch {
    return undefined;
  }
}

interface WriterState {
  readonly directory: string;
  readonly rollBytes: number;
  readonly segments: Segment[];
  last: Segment;
  handle: FileHandle;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly resolve: (position: JournalPosition) => void;
  readonly reject: (error: ArchiveError) => void;
}

/** The only one who writes: it takes everything that waits, writes it, syncs it, and tells everyone. */
function journalWriter(state: WriterState): JournalFiles {
  let waiting: Waiting[] = [];
  let pump: Promise<void> | undefined;
  let refusal: ArchiveError | undefined;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (refusal !== undefined) throw refusal;
        let position = await commit(state, Buffer.concat(batch.map(({ bytes }) => bytes)));
        for (const { bytes, resolve } of batch) resolve((position += bytes.length));
      } catch (error) {
        const failure = archiveError(error, state.last.path, 'could not append to');
        if (failure.code === 'BROKEN') refusal = failure;
        for (const { reject } of batch) reject(failure);
      }
    }
    pump = undefined;
  };

  return {
    append(entries) {
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      return new Promise((resolve, reject) => {
        waiting.push({ bytes: Buffer.from(text), resolve, reject });
        pump ??= run();
      });
    },
    entries: (from) => readEntries([...state.segments, state.last], from),
    async close() {
      await pump;
      refusal ??= new ArchiveError('CLOSED', state.last.path, 'the archive is closed');
      await state.handle.close();
    },
  };
}

/** Writes and syncs, and returns the position before the first byte. After a failure the file is as it was. */
async function commit(state: WriterState, bytes: Buffer): Promise<JournalPosition> {
  if (state.last.size > 0 && state.last.size + bytes.length > state.rollBytes) await roll(state);
  const { last, handle } = state;
  try {
    await writeFully(handle, bytes, last.size);
    await handle.datasync();
  } catch (error) {
    await truncate(handle, last.path, last.size);
    throw error;
  }
  state.last = { ...last, size: last.size + bytes.length };
  return last.start + last.size;
}

async function roll(state: WriterState): Promise<void> {
  const { directory, last, segments } = state;
  const path = fileOf(directory, segments.length + 2);
  const handle = await openSegment(directory, path);
  await state.handle.close();
  segments.push(last);
  state.handle = handle;
  state.last = { path, start: last.start + last.size, size: 0 };
}

async function openSegment(directory: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw archiveError(error, path, 'could not open');
  }
  try {
    const handle = await open(path, 'wx+');
    await syncDirectory(directory);
    return handle;
  } catch (error) {
    throw archiveError(error, path, 'could not make');
  }
}

/** When even this fails nobody knows what is on the disk, and nothing more may be appended. */
async function truncate(handle: FileHandle, path: string, size: number): Promise<void> {
  try {
    await handle.truncate(size);
    await handle.sync();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArchiveError('BROKEN', path, `could not undo a failed write to ${path}: ${reason}`, error);
  }
}

/** The size without a torn end: up to the last line that is whole. */
async function wholeSize(handle: FileHandle, { path, size }: Segment): Promise<number> {
  let end = size;
  for (let window = 64 * 1024; ; window *= 4) {
    const start = Math.max(0, size - window);
    const bytes = Buffer.alloc(size - start);
    try {
      await handle.read(bytes, 0, bytes.length, start);
    } catch (error) {
      throw archiveError(error, path, 'could not read');
    }
    end = start + bytes.lastIndexOf(newline) + 1;
    if (end > start || start === 0) return end;
  }
}

function fileOf(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(6, '0')}.jsonl`);
}
