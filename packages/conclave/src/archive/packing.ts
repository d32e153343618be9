/**
 * Packing: documents that are files of their own go into packs. A pack is written under another name, fsynced, read back
 * document by document, renamed; only then are the files removed. Whatever the moment of a crash, every document is in a
 * file or in a pack, or in both.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { makeDirectory, syncDirectory } from './disk.ts';
import { pathOf, readLoose } from './documents.ts';
import { ArchiveError, archiveError, errnoOf } from './errors.ts';
import type { PlacedEntry } from './journal.ts';
import { namedBy, type NamedDocument } from './named.ts';
import { beginPack, openPack } from './pack-file.ts';
import { nextPackPath, packDirectory, packDraft, type Packs } from './packs.ts';

/** Settings of packing. */
export interface PackOptions {
  /** A pack is whole when its documents have so many bytes. By default 1.5 GiB: about a day of the public network. */
  readonly packBytes?: number;
  /** Packs also what does not fill a pack yet. */
  readonly all?: boolean;
  /** Called between pieces of work of some milliseconds: others get a turn. It may throw to end the packing. */
  readonly breathe?: () => Promise<void>;
  /** Told of each pack when it is in its place. */
  readonly onPack?: (pack: PackMade) => void;
}

/** One pack that was made. */
export interface PackMade {
  readonly path: string;
  readonly documents: number;
  /** Of the documents themselves, of the files that they were, and of the pack. */
  readonly bytes: number;
  readonly looseBytes: number;
  readonly packBytes: number;
}

/** What packing did. */
export interface Packing {
  readonly packs: readonly PackMade[];
  /** Documents that are files of their own still. */
  readonly left: number;
  /** Files that cannot be read as the documents they are named for; they stay where they are. */
  readonly damaged: readonly ArchiveError[];
}

/** What packing works on: only whoever has the lock of the directory may. */
export interface Packable {
  /** The directory of the documents. */
  readonly documents: string;
  readonly packs: Packs;
  entries(from: number): AsyncIterable<PlacedEntry>;
}

/** Packs the documents that the journal names, in the order in which they were seen first. */
export async function packDocuments(where: Packable, options: PackOptions = {}): Promise<Packing> {
  const { packBytes = 1.5 * 2 ** 30, all = false, breathe = async () => {}, onPack = () => {} } = options;
  const { documents, packs } = where;
  const damaged: ArchiveError[] = [];
  const made: PackMade[] = [];
  const loose = await looseDocuments(where, breathe);
  let left = loose.length;
  for (let from = 0; from < loose.length;) {
    let end = from;
    for (let bytes = 0; end < loose.length && bytes < packBytes; end += 1) bytes += loose[end]?.bytes ?? 0;
    const isWhole = end < loose.length || sizeOf(loose.slice(from, end)) >= packBytes;
    if (!isWhole && !all) break;
    const batch = loose.slice(from, end);
    const read = async (sha256: string): Promise<Uint8Array | undefined> =>
      readLoose(documents, sha256).catch((error: unknown) => {
        if (!(error instanceof ArchiveError)) throw error;
        damaged.push(error);
        return undefined;
      });
    const { path, taken, packed } = await writePack(packDirectory(documents), batch, read, breathe);
    from += taken;
    if (path === undefined) continue;
    await packs.refresh();
    await removeLoose(documents, packed);
    left -= packed.length;
    const pack = {
      path,
      documents: packed.length,
      bytes: sizeOf(packed),
      looseBytes: packed.reduce((sum, { looseBytes }) => sum + looseBytes, 0),
      packBytes: (await stat(path)).size,
    };
    made.push(pack);
    onPack(pack);
  }
  return { packs: made, left, damaged };
}

interface Loose extends NamedDocument {
  readonly bytes: number;
  readonly looseBytes: number;
}

function sizeOf(documents: readonly { readonly bytes: number }[]): number {
  return documents.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Files that are in a pack already were left there by a crash: they are removed. All others, in the journal's order. */
async function looseDocuments(where: Packable, breathe: () => Promise<void>): Promise<readonly Loose[]> {
  const { documents, packs } = where;
  await packs.refresh();
  const seen = new Set<string>();
  const loose: Loose[] = [];
  const doubled: Loose[] = [];
  for await (const { entry } of where.entries(0)) {
    const named = namedBy(entry);
    if (!named || seen.has(named.sha256)) continue;
    seen.add(named.sha256);
    const looseBytes = await sizeOfFile(pathOf(documents, named.sha256));
    if (looseBytes === undefined) continue;
    // Where the journal does not say how large it is, gzip makes a quarter of it.
    const document = { ...named, bytes: named.bytes ?? looseBytes * 4, looseBytes };
    const isPacked =
      packs.has(named.sha256) && (await packs.read(named.sha256).catch(() => undefined)) !== undefined;
    (isPacked ? doubled : loose).push(document);
    await breathe();
  }
  await removeLoose(documents, doubled);
  return loose;
}

async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw archiveError(error, path, 'could not look at');
  }
}

async function removeLoose(documents: string, gone: readonly { readonly sha256: string }[]): Promise<void> {
  for (const { sha256 } of gone) {
    const path = pathOf(documents, sha256);
    await rm(path, { force: true }).catch((error: unknown) => {
      throw archiveError(error, path, 'could not remove');
    });
  }
}

/** The table of all strings is read before any document: beyond this a pack is closed. */
const mostTableBytes = 8 * 2 ** 20;

/**
 * Writes one pack of documents, as many of the first as a pack takes, and puts it into its place. What `read` does not have
 * is left out. Without any document there is no pack.
 */
export async function writePack<D extends NamedDocument>(
  directory: string,
  batch: readonly D[],
  read: (sha256: string) => Promise<Uint8Array | undefined>,
  breathe: () => Promise<void>,
): Promise<{ readonly path?: string; readonly taken: number; readonly packed: readonly D[] }> {
  const draft = join(directory, `${packDraft}${randomUUID()}`);
  const packed: D[] = [];
  let taken = 0;
  try {
    await makeDirectory(directory);
    const handle = await open(draft, 'wx');
    try {
      const writer = await beginPack(handle, breathe);
      for (const document of batch) {
        if (packed.length > 0 && writer.tableBytes > mostTableBytes) break;
        taken += 1;
        const bytes = await read(document.sha256);
        if (!bytes) continue;
        await writer.add(document.sha256, bytes, document.series);
        packed.push(document);
        await breathe();
      }
      if (packed.length > 0) await writer.finish();
    } finally {
      await handle.close();
    }
    if (packed.length === 0) {
      await rm(draft, { force: true });
      return { taken, packed };
    }
    await readBack(draft, breathe);
    const path = await nextPackPath(directory);
    await rename(draft, path);
    await syncDirectory(directory);
    return { path, taken, packed };
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw archiveError(error, draft, 'could not write');
  }
}

/** Reads every document of a pack; what is wrong is thrown. */
async function readBack(path: string, breathe: () => Promise<void>): Promise<void> {
  const pack = await openPack(path);
  for (const index of pack.documents.keys()) {
    await pack.read(index);
    await breathe();
  }
}
