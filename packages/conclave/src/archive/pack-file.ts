/**
 * A pack: many documents in one file, each written against one before it, none more than a few steps from one that stands
 * for itself. docs/data-directory.md has the form. A pack is written once and never changed.
 */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { writeFully } from './disk.ts';
import { ArchiveError, archiveError } from './errors.ts';
import { byteReader, byteWriter, decode, encode } from './pack-code.ts';
import { gap, stringTable, type Pieces } from './pack-strings.ts';

/** One document of a pack, as the pack's index has it. */
export interface PackedDocument {
  readonly sha256: string;
  /** The size of the document itself. */
  readonly bytes: number;
  /** Where in the file its writing is. */
  readonly at: number;
  readonly length: number;
  /** The number of the first string of the table that no document before it has. */
  readonly fresh: number;
  /** Against which document of the pack it is written, by its place in the index; absent for one that stands for itself. */
  readonly base?: number;
}

/** A pack that is being written. */
export interface PackWriter {
  /** Adds a document; those of one series are written against each other. */
  add(sha256: string, bytes: Uint8Array, series: string): Promise<void>;
  /** Bytes of the strings that all documents share: what has to be read before any of them. */
  readonly tableBytes: number;
  /** Writes table and index, and fsyncs. Nothing may be added afterwards. */
  finish(): Promise<readonly PackedDocument[]>;
}

const magic = Buffer.from('conclave-pack 1\n');
/** `index AT LENGTH SHA256`: where the index is, and what it must be, because brotli does not notice every wrong bit. */
const trailerBytes = 97;

/** Begins a pack in an empty file. `breathe` is called between pieces of work, so that whoever waits gets a turn. */
export async function beginPack(handle: FileHandle, breathe: () => Promise<void>): Promise<PackWriter> {
  const table = stringTable();
  const chains = seriesChains();
  const documents: PackedDocument[] = [];
  let position = 0;
  const write = async (bytes: Uint8Array): Promise<{ at: number; length: number }> => {
    await writeFully(handle, bytes, position);
    position += bytes.length;
    return { at: position - bytes.length, length: bytes.length };
  };
  await write(magic);
  return {
    async add(sha256, bytes, series) {
      const fresh = table.strings.length;
      const pieces = await table.cut(bytes, breathe);
      const base = chains.baseOf(series);
      await breathe();
      const code = encode(pieces, base?.pieces, table.gaps, fresh);
      const place = await write(await compress(code, 10));
      chains.put(series, { index: documents.length, pieces }, bytes.length);
      documents.push({
        sha256,
        bytes: bytes.length,
        ...place,
        fresh,
        ...(base === undefined ? {} : { base: base.index }),
      });
    },
    get tableBytes() {
      return table.bytes;
    },
    async finish() {
      const strings = await write(await compress(tableOf(table.strings, table.gaps), 9));
      const list = await compress(Buffer.from(JSON.stringify({ strings, documents })), 9);
      const { at, length } = await write(list);
      const number = (value: number): string => String(value).padStart(12, '0');
      await write(Buffer.from(`index ${number(at)} ${number(length)} ${hashOf(list)}\n`));
      await handle.sync();
      return documents;
    },
  };
}

interface Link {
  readonly index: number;
  readonly pieces: Pieces;
}

/**
 * Which document another is written against: the one before it in its series. But after each run of some it is an earlier one:
 * of the n-th run, the first of the run whose number is n without its lowest bit: of run 12 (1100) that of run 8 (1000). So a few
 * steps lead from any document to the first. How long a run is follows from what a step costs, which is the size of a document.
 * The first of a series is written against the first of another of its kind: the votes of two authorities of one hour are alike.
 */
function seriesChains(): {
  baseOf(series: string): Link | undefined;
  put(series: string, link: Link, bytes: number): void;
} {
  const all = new Map<string, { count: number; run: number; links: { number: number; link: Link }[] }>();
  const firsts = new Map<string, Link>();
  const kindOf = (series: string): string => series.split(' ', 1)[0] ?? '';
  return {
    baseOf(series) {
      const chain = all.get(series);
      if (!chain) return firsts.get(kindOf(series));
      const { count, run, links } = chain;
      const runs = count / run;
      const base = Number.isInteger(runs) ? run * (runs & (runs - 1)) : count - 1;
      while ((links.at(-1)?.number ?? base) !== base) links.pop();
      return links.at(-1)?.link;
    },
    put(series, link, bytes) {
      const run = 2 ** Math.floor(Math.log2(Math.max(1, bytesOfRun / Math.max(1, bytes))));
      const chain = all.get(series) ?? { count: 0, run: Math.min(run, mostOfRun), links: [] };
      all.set(series, chain);
      chain.links.push({ number: chain.count, link });
      chain.count += 1;
      const kind = kindOf(series);
      if (!firsts.has(kind)) firsts.set(kind, link);
    },
  };
}

/** Four votes of the public network: reading the last of a run takes three steps more than reading the first. */
const bytesOfRun = 24 * 2 ** 20;
const mostOfRun = 64;

/** A pack that is open for reading. */
export interface PackReader {
  readonly path: string;
  readonly documents: readonly PackedDocument[];
  /** The bytes of a document, checked against its name. */
  read(index: number): Promise<Uint8Array>;
}

/** Opens a pack: reads its index and nothing more. The file is opened anew for each document, and no longer than that. */
export async function openPack(path: string): Promise<PackReader> {
  const { strings, documents } = await withFile(path, readIndex);
  let table: Promise<Table> | undefined;
  // The documents that others are written against, those used last: reading the next hour then takes one step.
  const held = new Map<number, Promise<Pieces>>();
  const piecesOf = async (file: FileHandle, index: number): Promise<Pieces> => {
    const before = held.get(index);
    held.delete(index);
    const job = before ?? build(file, index);
    held.set(index, job);
    for (const oldest of held.keys()) if (held.size > mostHeld) held.delete(oldest);
    job.catch(() => held.delete(index));
    return job;
  };
  const build = async (file: FileHandle, index: number): Promise<Pieces> => {
    const document = documents[index];
    if (!document || (document.base ?? -1) >= index) throw new RangeError('a document that is not there');
    const code = await unpack(await slice(file, document));
    const base = document.base === undefined ? undefined : await piecesOf(file, document.base);
    return decode(code, base, (await tableIn(file)).gaps, document.fresh);
  };
  const tableIn = (file: FileHandle): Promise<Table> => {
    table ??= slice(file, strings)
      .then(unpack)
      .then(readTable)
      .catch((error: unknown) => {
        table = undefined;
        throw error;
      });
    return table;
  };
  return {
    path,
    documents,
    read: (index) =>
      withFile(path, async (file) => {
        // Together, because both wait for brotli; to the end of both, because the file is closed then.
        const [strings, parts] = await Promise.allSettled([tableIn(file), piecesOf(file, index)]);
        if (strings.status === 'rejected') throw strings.reason;
        if (parts.status === 'rejected') throw parts.reason;
        const bytes = textOf(parts.value, strings.value, documents[index]?.bytes ?? 0);
        const sha256 = documents[index]?.sha256 ?? '';
        if (hashOf(bytes) !== sha256)
          throw new ArchiveError(
            'CORRUPT',
            path,
            `${path}: expected the document ${sha256}, found other bytes`,
          );
        return bytes;
      }),
  };
}

/** More than there are series of votes and consensuses, so that reading one hour after another takes one step each. */
const mostHeld = 32;

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw archiveError(error, path, 'could not open');
  }
  try {
    return await use(file);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArchiveError('CORRUPT', path, `${path}: expected a pack, found other bytes (${reason})`, error);
  } finally {
    await file.close();
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Place {
  readonly at: number;
  readonly length: number;
}

async function readIndex(
  file: FileHandle,
): Promise<{ readonly strings: Place; readonly documents: readonly PackedDocument[] }> {
  const { size } = await file.stat();
  const head = await slice(file, { at: 0, length: magic.length });
  const trailer = await slice(file, { at: size - trailerBytes, length: trailerBytes });
  const found = /^index (\d{12}) (\d{12}) ([0-9a-f]{64})\n$/.exec(Buffer.from(trailer).toString('latin1'));
  if (!magic.equals(head) || !found) throw new RangeError('no index');
  const list = await slice(file, { at: Number(found[1]), length: Number(found[2]) });
  if (hashOf(list) !== found[3]) throw new RangeError('another index');
  const text = await unpack(list);
  return JSON.parse(Buffer.from(text).toString('utf8')) as {
    readonly strings: Place;
    readonly documents: readonly PackedDocument[];
  };
}

async function slice(file: FileHandle, { at, length }: Place): Promise<Uint8Array> {
  if (!(at >= 0 && length >= 0 && length < 1 << 30)) throw new RangeError('a place that cannot be');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  if (bytesRead !== length) throw new RangeError('the end comes too early');
  return bytes;
}

/** The strings of a pack, ready for use. */
interface Table {
  readonly bytes: Uint8Array;
  /** Where each string begins; one more than there are strings. */
  readonly starts: Uint32Array;
  readonly gaps: Uint8Array;
}

function tableOf(strings: readonly string[], gaps: readonly number[]): Buffer {
  const out = byteWriter();
  out.varint(strings.length);
  for (const [id, text] of strings.entries()) out.varint(text.length * 2 + ((gaps[id] ?? 0) > 0 ? 1 : 0));
  return Buffer.concat([out.bytes(), Buffer.from(strings.join(''), 'latin1')]);
}

function readTable(packed: Uint8Array): Table {
  const input = byteReader(packed);
  const count = input.count();
  const starts = new Uint32Array(count + 1);
  const isForm = new Uint8Array(count);
  for (let id = 0; id < count; id += 1) {
    const code = input.varint();
    starts[id + 1] = (starts[id] ?? 0) + (code >>> 1);
    isForm[id] = code & 1;
  }
  const bytes = input.take(starts[count] ?? 0);
  input.end();
  const gaps = new Uint8Array(count);
  for (let id = 0; id < count; id += 1) {
    if (isForm[id] === 0) continue;
    for (let at = starts[id] ?? 0; at < (starts[id + 1] ?? 0); at += 1)
      if (bytes[at] === gap.charCodeAt(0)) gaps[id] = (gaps[id] ?? 0) + 1;
  }
  return { bytes, starts, gaps };
}

/** The document itself, of which the size is known. */
function textOf({ ids, figures }: Pieces, { bytes, starts, gaps }: Table, size: number): Uint8Array {
  if (size > 1 << 30) throw new RangeError('a size that cannot be');
  const out = Buffer.alloc(size);
  let [to, next] = [0, 0];
  for (const id of ids) {
    const start = starts[id] ?? 0;
    const end = starts[id + 1] ?? 0;
    if (gaps[id] === 0) {
      out.set(bytes.subarray(start, end), to);
      to += end - start;
      continue;
    }
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte === 0) to = writeFigure(out, to, figures[next++] ?? 0);
      else out[to++] = byte;
    }
  }
  if (to !== size) throw new RangeError('another size');
  return out;
}

function writeFigure(out: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.trunc(rest / 10)) digits += 1;
  let rest = value;
  for (let index = at + digits - 1; index >= at; index -= 1) {
    out[index] = 48 + (rest % 10);
    rest = Math.trunc(rest / 10);
  }
  return at + digits;
}

const brotli = promisify<Uint8Array, { params: Record<number, number> }, Buffer>(brotliCompress);
const unpack = promisify<Uint8Array, Uint8Array>(brotliDecompress);

/** Quality 10 makes a document a twelfth smaller. The table would be a twentieth smaller, and take half as long again to read. */
function compress(bytes: Uint8Array, quality: 9 | 10): Promise<Buffer> {
  return brotli(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}
