/**
 * Looking an archive through: every document hashed, every line of the journal read, every name on it held against what is
 * there. Without `repair` it changes nothing.
 */
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeDirectory, syncDirectory } from './disk.ts';
import { isSha256, pathOf, readLoose } from './documents.ts';
import { ArchiveError, archiveError, errnoOf } from './errors.ts';
import { listSegments, readEntries, type Segment } from './journal-files.ts';
import { lockDirectory } from './lock.ts';
import type { PackReader } from './pack-file.ts';
import { packDirectory, packDraft, packsIn } from './packs.ts';
import { knownDocuments, rewritePack, type KnownDocument } from './retention.ts';
import type { Packable } from './packing.ts';

/** Something that is not as it should be. */
export interface ArchiveFault {
  /**
   * `torn`, `unfinished`, `doubled`, `leftover`: what a crash leaves behind; nothing is lost. `damaged`, `missing`: documents
   * are lost. `journal`: it cannot be read from some place on.
   */
  readonly kind: 'torn' | 'unfinished' | 'doubled' | 'leftover' | 'damaged' | 'missing' | 'journal';
  readonly path: string;
  /** One sentence for people. */
  readonly message: string;
  /** Documents that nothing else holds. */
  readonly lost: readonly string[];
  readonly repaired: boolean;
}

/** What an archive was found to be. */
export interface ArchiveReport {
  readonly faults: readonly ArchiveFault[];
  readonly journal: { readonly entries: number; readonly bytes: number };
  readonly documents: {
    /** Whole ones, in files of their own and in packs. */
    readonly loose: number;
    readonly packed: number;
    readonly packs: number;
    /** Bytes on the disk. */
    readonly looseBytes: number;
    readonly packBytes: number;
    /** Named by the journal, and removed by a policy. */
    readonly removed: number;
    /** Whole, but named by no line: kept in the moment of a crash. They are left alone. */
    readonly unnamed: number;
  };
}

/** Settings of a look. */
export interface FsckOptions {
  /** Mend what can be mended: nothing that may be somebody's only copy is deleted, damaged files are moved aside. */
  readonly repair?: boolean;
  readonly onProgress?: (documents: number) => void;
}

/** Looks an archive through. Throws `ArchiveError` when another process has it, or there is none. */
export async function checkArchive(directory: string, options: FsckOptions = {}): Promise<ArchiveReport> {
  await stat(join(directory, 'journal')).catch((error: unknown) => {
    throw archiveError(error, directory, 'expected a data directory with a journal:');
  });
  const unlock = await lockDirectory(directory);
  try {
    return await look(directory, options);
  } finally {
    await unlock();
  }
}

async function look(directory: string, { repair = false, onProgress }: FsckOptions): Promise<ArchiveReport> {
  const documents = join(directory, 'documents');
  const faults: ArchiveFault[] = [];
  const tell = (
    fault: Omit<ArchiveFault, 'lost' | 'repaired'> & { lost?: readonly string[]; repaired?: boolean },
  ) => void faults.push({ lost: [], repaired: false, ...fault });
  const journal = await lookAtJournal(join(directory, 'journal'), repair, tell);
  const packs = packsIn(documents);
  await packs.refresh();
  const where: Packable = { documents, packs, entries: journal.read };
  const scene = { where, known: journal.known, repair, tell, onProgress: onProgress ?? (() => {}) };
  const packed = await lookAtPacks(scene);
  const loose = await lookAtFiles(scene, packed.whole);
  if (!journal.isCut)
    lookForNames(
      scene,
      new Set([...packed.whole, ...loose.whole]),
      new Set(faults.flatMap(({ lost }) => lost)),
    );
  const all = new Set([...packed.whole, ...loose.whole]);
  return {
    faults,
    journal: { entries: journal.entries, bytes: journal.bytes },
    documents: {
      loose: loose.whole.size,
      packed: packed.whole.size,
      packs: packs.packs.length,
      looseBytes: loose.bytes,
      packBytes: packed.bytes,
      removed: [...journal.known.values()].filter(({ removed }) => removed).length,
      unnamed: journal.isCut ? 0 : [...all].filter((sha256) => !journal.known.has(sha256)).length,
    },
  };
}

type Tell = (
  fault: Omit<ArchiveFault, 'lost' | 'repaired'> & { lost?: readonly string[]; repaired?: boolean },
) => void;

interface Scene {
  readonly where: Packable;
  readonly known: ReadonlyMap<string, KnownDocument>;
  readonly repair: boolean;
  readonly tell: Tell;
  readonly onProgress: (documents: number) => void;
}

interface Journal {
  readonly entries: number;
  readonly bytes: number;
  readonly known: ReadonlyMap<string, KnownDocument>;
  /** Whether something of it cannot be read, so that names may be on what is missing. */
  readonly isCut: boolean;
  readonly read: Packable['entries'];
}

async function lookAtJournal(directory: string, repair: boolean, tell: Tell): Promise<Journal> {
  let segments: readonly Segment[] = [];
  let [entries, bytes, isCut] = [0, 0, false];
  async function* read(from: number): ReturnType<Packable['entries']> {
    try {
      for await (const placed of readEntries(segments, from)) {
        entries += 1;
        bytes = placed.position;
        yield placed;
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      isCut = true;
      tell({ kind: 'journal', path: error.path, message: error.message });
    }
  }
  try {
    segments = await listSegments(directory);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    isCut = true;
    tell({ kind: 'journal', path: error.path, message: error.message });
  }
  const known = await knownDocuments({ entries: read }, async () => {});
  const last = segments.at(-1);
  const torn = last && !isCut ? last.start + last.size - bytes : 0;
  if (last && torn > 0) {
    const message = `${last.path}: its last ${torn} bytes are no whole line: a write that nobody was told of`;
    if (repair) await cut(last.path, last.size - torn);
    tell({ kind: 'torn', path: last.path, message, repaired: repair });
  }
  return { entries, bytes, known, isCut, read };
}

async function cut(path: string, size: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Whole {
  readonly whole: ReadonlySet<string>;
  readonly bytes: number;
}

async function lookAtPacks(scene: Scene): Promise<Whole> {
  const { where, repair, tell } = scene;
  const whole = new Set<string>();
  let bytes = 0;
  await lookForDrafts(packDirectory(where.documents), packDraft, scene);
  const faulty: FaultyPack[] = [];
  for (const error of where.packs.broken) faulty.push({ error, bad: [] });
  for (const pack of where.packs.packs) {
    bytes += (await stat(pack.path)).size;
    const bad: string[] = [];
    let first: ArchiveError | undefined;
    for (const [index, { sha256 }] of pack.documents.entries()) {
      try {
        await pack.read(index);
        whole.add(sha256);
        scene.onProgress(whole.size);
      } catch (error) {
        first ??= archiveError(error, pack.path, 'could not read');
        bad.push(sha256);
      }
    }
    if (first) faulty.push({ error: first, pack, bad });
  }
  for (const { error, pack, bad } of faulty) {
    const lost = await namesOf(where.documents, bad, whole);
    const what = pack
      ? `${bad.length} of its ${pack.documents.length} documents cannot be read`
      : 'it cannot be opened';
    const good = new Set(
      pack?.documents.map(({ sha256 }) => sha256).filter((sha256) => !bad.includes(sha256)),
    );
    const aside = (path: string): Promise<void> => setAside(where.documents, path);
    if (repair && pack)
      await rewritePack(where, pack, (sha256) => good.has(sha256), scene.known, { discard: aside });
    else if (repair) await aside(error.path);
    tell({ kind: 'damaged', path: error.path, message: `${what}: ${error.message}`, lost, repaired: repair });
  }
  return { whole, bytes };
}

interface FaultyPack {
  readonly error: ArchiveError;
  readonly pack?: PackReader;
  readonly bad: readonly string[];
}

/** Those that no file and no other pack has. */
async function namesOf(
  documents: string,
  bad: readonly string[],
  whole: ReadonlySet<string>,
): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const sha256 of bad) {
    if (whole.has(sha256)) continue;
    if ((await readLoose(documents, sha256).catch(() => undefined)) === undefined) lost.push(sha256);
  }
  return lost;
}

async function lookAtFiles(scene: Scene, packed: ReadonlySet<string>): Promise<Whole> {
  const { where, known, repair, tell } = scene;
  const { documents } = where;
  const whole = new Set<string>();
  let bytes = 0;
  for (const parent of (await readdir(documents)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
    await lookForDrafts(join(documents, parent), '.writing-', scene);
    for (const name of (await readdir(join(documents, parent))).sort()) {
      const sha256 = name.replace(/\.gz$/, '');
      const path = join(documents, parent, name);
      if (!isSha256(sha256) || path !== pathOf(documents, sha256)) continue;
      try {
        await readLoose(documents, sha256);
      } catch (error) {
        if (!(error instanceof ArchiveError)) throw error;
        if (repair) await setAside(documents, path);
        const lost = packed.has(sha256) ? [] : [sha256];
        tell({ kind: 'damaged', path, message: error.message, lost, repaired: repair });
        continue;
      }
      scene.onProgress(packed.size + whole.size);
      const spare = packed.has(sha256)
        ? 'doubled'
        : known.get(sha256)?.removed === true
          ? 'leftover'
          : undefined;
      if (spare === undefined || !repair) {
        whole.add(sha256);
        bytes += (await stat(path)).size;
      }
      if (spare === undefined) continue;
      if (repair) await rm(path, { force: true });
      const why =
        spare === 'doubled' ? 'a pack has the same document' : 'the journal says that a policy removed it';
      tell({ kind: spare, path, message: `${path}: ${why}`, repaired: repair });
    }
  }
  return { whole, bytes };
}

/** Files under the name that a writer gives to what is not whole yet. */
async function lookForDrafts(directory: string, prefix: string, { repair, tell }: Scene): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw archiveError(error, directory, 'could not read');
  });
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const path = join(directory, name);
    if (repair) await rm(path, { force: true });
    tell({ kind: 'unfinished', path, message: `${path}: a crash left it half-written`, repaired: repair });
  }
}

function lookForNames(
  { known, where, tell }: Scene,
  there: ReadonlySet<string>,
  told: ReadonlySet<string>,
): void {
  for (const [sha256, { removed, kind, at }] of known) {
    if (removed || there.has(sha256) || told.has(sha256)) continue;
    const when = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
    const message = `${sha256}: the journal names it (${kind}, seen ${when} UTC), and it is nowhere`;
    tell({ kind: 'missing', path: pathOf(where.documents, sha256), message, lost: [sha256] });
  }
}

/** Out of the way, but not away: a person may want to look at it. The document can then be kept anew when it comes again. */
async function setAside(documents: string, path: string): Promise<void> {
  const directory = join(documents, 'damaged');
  await makeDirectory(directory);
  await rename(path, join(directory, basename(path)));
  await syncDirectory(directory);
}
