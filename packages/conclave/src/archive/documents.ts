/**
 * Documents by the SHA-256 of their bytes: `documents/ab/abcd….gz`, written once under another name, fsynced, renamed; later
 * in packs, `documents/packs`.
 * A file that is there is whole; what is read is hashed again, so a rotten disk is noticed and never believed.
 */
import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip, type ZlibOptions } from 'node:zlib';
import { makeDirectory, syncDirectory, writeFully } from './disk.ts';
import { ArchiveError, archiveError, errnoOf } from './errors.ts';
import { packDirectory, sweepPacks, type Packs } from './packs.ts';

/** The documents of one archive. */
export interface Documents {
  keep(bytes: Uint8Array): Promise<string>;
  read(sha256: string): Promise<Uint8Array | undefined>;
}

/** Opens the documents below a directory that is ours alone, and sweeps away what a crash left half-written. */
export async function openDocuments(directory: string, packs: Packs): Promise<Documents> {
  await makeDirectory(directory);
  await sweep(directory);
  await sweepPacks(packDirectory(directory));
  await packs.refresh();
  // The same document often comes from nine authorities within one second.
  const underway = new Map<string, Promise<void>>();
  return {
    async keep(bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const before = underway.get(sha256);
      if (before !== undefined) {
        await before;
        return sha256;
      }
      if (packs.has(sha256)) return sha256;
      const job = write(pathOf(directory, sha256), bytes).finally(() => underway.delete(sha256));
      underway.set(sha256, job);
      await job;
      return sha256;
    },
    read: (sha256) => readDocument(directory, packs, sha256),
  };
}

/** Reads a document, wherever it is, and checks that it still is what its name says. */
export async function readDocument(
  directory: string,
  packs: Packs,
  sha256: string,
): Promise<Uint8Array | undefined> {
  if (!isSha256(sha256)) return undefined;
  // A file is removed only after the pack that has it is in its place, so it is in one of the two, in this order.
  return (await readLoose(directory, sha256)) ?? packs.read(sha256);
}

/** Reads a document that is a file of its own. */
export async function readLoose(directory: string, sha256: string): Promise<Uint8Array | undefined> {
  const path = pathOf(directory, sha256);
  let packed: Uint8Array;
  try {
    packed = await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw archiveError(error, path, 'could not read');
  }
  let bytes: Uint8Array | undefined;
  try {
    bytes = await unzip(packed, { chunkSize: unpackedSize(packed) });
  } catch {
    bytes = undefined;
  }
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new ArchiveError('CORRUPT', path, `${path}: expected the document ${sha256}, found other bytes`);
  }
  return bytes;
}

/** Whether the text is 64 lowercase hex digits; anything else must not become a path. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

const zip = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);
const unzip = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip);

/**
 * As a file of its own a document waits for its pack: half the time for a fourteenth more room. What comes out is handed over in
 * large pieces, because each is a way to a thread and back.
 */
const quickly: ZlibOptions = { level: constants.Z_BEST_SPEED, chunkSize: 512 * 1024 };

const pieceLeast = 16 * 1024;
const pieceMost = 8 * 1024 * 1024;

/** The size that gzip's last four bytes state, as the size of one piece; a wrong one costs only the number of pieces. */
function unpackedSize(packed: Uint8Array): number {
  const at = packed.length - 4;
  const stated = at < 0 ? 0 : new DataView(packed.buffer, packed.byteOffset + at, 4).getUint32(0, true);
  return Math.min(Math.max(stated + 1, pieceLeast), pieceMost);
}

/** Where a document is that is a file of its own. */
export function pathOf(directory: string, sha256: string): string {
  return join(directory, sha256.slice(0, 2), `${sha256}.gz`);
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const parent = dirname(path);
  const temporary = join(parent, `${temporaryPrefix}${randomUUID()}`);
  try {
    if (await exists(path)) return;
    const packed = await zip(bytes, quickly);
    await makeDirectory(parent);
    const handle = await open(temporary, 'wx');
    try {
      await writeFully(handle, packed, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(parent);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw archiveError(error, path, 'could not keep');
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const temporaryPrefix = '.writing-';

async function sweep(directory: string): Promise<void> {
  for (const parent of await readdir(directory)) {
    if (!/^[0-9a-f]{2}$/.test(parent)) continue;
    for (const name of await readdir(join(directory, parent))) {
      if (name.startsWith(temporaryPrefix)) await rm(join(directory, parent, name), { force: true });
    }
  }
}
