/**
 * Recordings: a journal with its documents in one `.tar.xz`, as the demo and the tests carry them. Documents lie in it
 * uncompressed and sorted by likeness, because xz then finds that one vote is nearly the next.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { extract, pack, type Pack } from 'tar-stream';
import xz from 'xz-decompress';
import { openArchiveReader } from './archive.ts';
import { isSha256 } from './documents.ts';
import { ArchiveError, archiveError, errnoOf } from './errors.ts';
import { entryOf, listSegments } from './journal-files.ts';
import type { ArchiveReader, JournalEntry, JournalPosition, PlacedEntry } from './journal.ts';

/** A recording that is open; closing it removes what was unpacked. */
export interface Recording extends ArchiveReader {
  close(): Promise<void>;
}

/** Settings of an open recording. */
export interface RecordingOptions {
  /** Documents beyond this many bytes are unpacked into a temporary directory. By default 64 MiB. */
  readonly memoryBytes?: number;
}

/** Opens a packed recording (`.tar.xz` or `.tar`), or the directory of an archive. */
export async function openRecording(path: string, options: RecordingOptions = {}): Promise<Recording> {
  try {
    if ((await stat(path)).isDirectory()) return { ...openArchiveReader(path), close: async () => {} };
  } catch (error) {
    throw archiveError(error, path, 'could not open');
  }
  const shelf = documentShelf(options.memoryBytes ?? 64 * 1024 * 1024);
  try {
    const journal = await unpack(path, shelf);
    return {
      read: (sha256) => shelf.take(sha256),
      entries: (from) => entriesOf(journal, from, path),
      close: () => shelf.clear(),
    };
  } catch (error) {
    await shelf.clear();
    throw archiveError(error, path, 'could not unpack');
  }
}

/** Packs the archive in a directory into a recording, with the system's `xz`. Returns the sizes. */
export async function packRecording(
  directory: string,
  outFile: string,
): Promise<{ readonly documents: number; readonly bytes: number; readonly packedBytes: number }> {
  const reader = openArchiveReader(directory);
  const { documents, journalBytes } = await inventory(reader);
  const draft = `${outFile}.writing`;
  const tar = pack();
  const packing = compress(tar, draft);
  try {
    await Promise.all([packing, fill(tar, { directory, reader, documents, journalBytes })]);
    await rename(draft, outFile);
  } catch (error) {
    tar.destroy();
    await packing.catch(() => {});
    await rm(draft, { force: true });
    throw archiveError(error, outFile, 'could not pack');
  }
  const bytes = documents.reduce((total, document) => total + document.bytes, journalBytes);
  return { documents: documents.length, bytes, packedBytes: (await stat(outFile)).size };
}

/** Documents held in memory while they are few, and in a temporary directory when they are many. */
interface DocumentShelf {
  put(sha256: string, bytes: Buffer): Promise<void>;
  take(sha256: string): Promise<Uint8Array | undefined>;
  clear(): Promise<void>;
}

function documentShelf(memoryBytes: number): DocumentShelf {
  const held = new Map<string, Buffer | string>();
  let heldBytes = 0;
  let directory: string | undefined;
  return {
    async put(sha256, bytes) {
      if (heldBytes + bytes.length <= memoryBytes) {
        heldBytes += bytes.length;
        held.set(sha256, bytes);
        return;
      }
      directory ??= await mkdtemp(join(tmpdir(), 'conclave-recording-'));
      const path = join(directory, sha256);
      await writeFile(path, bytes);
      held.set(sha256, path);
    },
    async take(sha256) {
      const where = held.get(sha256);
      return typeof where === 'string' ? readFile(where) : where;
    },
    async clear() {
      held.clear();
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Puts every document on the shelf, checked against its name, and returns the journal. */
async function unpack(path: string, shelf: DocumentShelf): Promise<Buffer> {
  const tar = extract();
  const feeding = pipeline(await tarBytes(path), tar);
  const journal: Buffer[] = [];
  let error: unknown;
  try {
    for await (const entry of tar) {
      const bytes = await collect(entry);
      const { name } = entry.header;
      if (/(^|\/)journal\/\d{6}\.jsonl$/.test(name)) journal.push(bytes);
      const sha256 = /(?:^|\/)documents\/([^/]+)$/.exec(name)?.[1] ?? '';
      if (!isSha256(sha256)) continue;
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new ArchiveError(
          'CORRUPT',
          path,
          `${path}: expected the document ${sha256}, found other bytes`,
        );
      }
      await shelf.put(sha256, bytes);
    }
  } catch (caught) {
    error = caught;
    tar.destroy();
  }
  await feeding.catch((caught: unknown) => (error ??= caught));
  if (error instanceof ArchiveError) throw error;
  if (error !== undefined) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    throw new ArchiveError('CORRUPT', path, `${path}: expected a recording (.tar.xz): ${reason}`, error);
  }
  if (journal.length === 0) {
    throw new ArchiveError('CORRUPT', path, `${path}: expected a recording, found no journal in it`);
  }
  return Buffer.concat(journal);
}

async function tarBytes(path: string): Promise<Readable> {
  const handle = await open(path, 'r');
  const magic = Buffer.alloc(6);
  try {
    await handle.read(magic, 0, 6, 0);
  } finally {
    await handle.close();
  }
  const file = createReadStream(path);
  if (magic.toString('hex') !== 'fd377a585a00') return file;
  // The types of web streams differ between the DOM and Node only in name.
  const web = Readable.toWeb(file) as unknown as ConstructorParameters<typeof xz.XzReadableStream>[0];
  const unpacked = new xz.XzReadableStream(web);
  return Readable.fromWeb(unpacked);
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* entriesOf(journal: Buffer, from: JournalPosition, path: string): AsyncIterable<PlacedEntry> {
  let start = from;
  for (let end = journal.indexOf(0x0a, start); end !== -1; end = journal.indexOf(0x0a, start)) {
    const entry = entryOf(journal.subarray(start, end));
    if (entry === undefined) {
      throw new ArchiveError('CORRUPT', path, `${path}: journal byte ${start}: expected an entry`);
    }
    start = end + 1;
    yield { entry, position: start };
  }
}

interface Packed {
  readonly sha256: string;
  readonly bytes: number;
  /** Documents with neighbouring keys are alike. */
  readonly likeness: string;
}

/** The documents that the journal names and the archive holds, those that are alike beside each other. */
async function inventory(
  reader: ArchiveReader,
): Promise<{ readonly documents: readonly Packed[]; readonly journalBytes: number }> {
  const documents = new Map<string, Packed>();
  let journalBytes = 0;
  for await (const { entry, position } of reader.entries(0)) {
    journalBytes = position;
    const named = namedIn(entry);
    if (named && !documents.has(named.sha256)) documents.set(named.sha256, named);
  }
  return {
    journalBytes,
    documents: [...documents.values()].toSorted((a, b) =>
      a.likeness < b.likeness ? -1 : a.likeness > b.likeness ? 1 : 0,
    ),
  };
}

/** The document that an entry names. */
function namedIn(entry: JournalEntry): Packed | undefined {
  if (entry.type === 'observation' && entry.document)
    return { sha256: entry.document.sha256, bytes: entry.document.bytes, likeness: likenessOf(entry) };
  if (entry.type !== 'feed' || entry.sha256 === undefined) return undefined;
  const { feed, subject, at, sha256, bytes = 0 } = entry;
  return { sha256, bytes, likeness: `${feed} ${subject} ${String(at).padStart(15, '0')}` };
}

function likenessOf({ subject, authority, at }: JournalEntry & { type: 'observation' }): string {
  const kind = subject.kind === 'consensus' ? `consensus-${subject.flavor}` : subject.kind;
  const author = subject.kind === 'vote' ? subject.of : authority;
  return `${kind} ${author} ${String(at).padStart(15, '0')}`;
}

interface Content {
  readonly directory: string;
  readonly reader: ArchiveReader;
  readonly documents: readonly Packed[];
  readonly journalBytes: number;
}

async function fill(tar: Pack, { directory, reader, documents, journalBytes }: Content): Promise<void> {
  const name = 'recording/journal/000001.jsonl';
  const journal = tar.entry({ name, size: journalBytes, mtime: noTime });
  await pipeline(Readable.from(rawJournal(directory, journalBytes)), journal);
  for (const { sha256 } of documents) {
    const bytes = await reader.read(sha256);
    if (bytes === undefined) {
      throw new ArchiveError(
        'CORRUPT',
        directory,
        `${directory}: expected the document ${sha256}, found none`,
      );
    }
    const entry = tar.entry({ name: `recording/documents/${sha256}`, size: bytes.length, mtime: noTime });
    entry.end(bytes);
    await finished(entry);
  }
  tar.finalize();
}

/** The same archive makes the same recording. */
const noTime = new Date(0);

async function* rawJournal(directory: string, bytes: number): AsyncIterable<Buffer> {
  for (const { path, start, size } of await listSegments(join(directory, 'journal'))) {
    const end = Math.min(size, bytes - start);
    if (end > 0) yield* createReadStream(path, { end: end - 1 }) as AsyncIterable<Buffer>;
  }
}

/** 64 MiB of dictionary, which `-9` has, is the most that the unpacker in `openRecording` takes. */
async function compress(tar: Pack, outFile: string): Promise<void> {
  const child = spawn('xz', ['-9e', '-T1', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new ArchiveError('NO_XZ', outFile, 'expected the program xz to pack a recording, found none');
  });
  const flow = Promise.all([
    pipeline(Readable.from(tar), child.stdin),
    pipeline(child.stdout, createWriteStream(outFile)),
  ]);
  // When xz is not there, the pipes break as well; its own error says more.
  const [end, pipes] = await Promise.allSettled([ended, flow]);
  if (end.status === 'rejected') throw end.reason;
  if (pipes.status === 'rejected') throw pipes.reason;
  if (child.exitCode !== 0) {
    throw new ArchiveError('EIO', outFile, `xz ended with ${child.exitCode ?? child.signalCode}`);
  }
}
