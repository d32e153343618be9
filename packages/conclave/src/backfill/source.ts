/**
 * Where an archive is: a folder in CollecTor's layout, or any folder with its files, or CollecTor itself over HTTP. Either
 * way a list of files, of which each can be had as a local file whose SHA-256 was compared with the index, where there is one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fetchFile, fetchIndex } from './fetch.ts';
import { readIndex } from './index-file.ts';
import type { IndexedFile } from './index-file.ts';
import { archiveName } from './names.ts';
import type { ArchiveName } from './names.ts';
import { FileProblem } from './problem.ts';

/** A file of an archive. */
export interface ArchiveFile extends ArchiveName {
  /** Below the source. */
  readonly path: string;
  readonly size: number;
  /** As the index has it, in hexadecimal digits; undefined without an index. */
  readonly sha256: string | undefined;
}

/** A file at hand. */
export interface HeldFile {
  readonly path: string;
  /** What its bytes really have. */
  readonly sha256: string;
  /** Lets go of it; a file that was fetched is removed. */
  readonly done: () => Promise<void>;
}

/** An archive that can be read. */
export interface ArchiveSource {
  /** As the journal names it. */
  readonly name: string;
  /** Whether there is an index with digests. */
  readonly indexed: boolean;
  readonly files: readonly ArchiveFile[];
  /** Files whose names are none of CollecTor's. */
  readonly strangers: readonly string[];
  /** Makes a file of it a local file whose bytes are those of the index. Throws `FileProblem`. */
  hold(file: ArchiveFile): Promise<HeldFile>;
}

/** How an archive is reached. */
export interface SourceOptions {
  /** Where files that are fetched lie until they were read. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** Opens an archive: a folder, or an address that begins with `http`. Throws `FileProblem`. */
export async function openSource(from: string, options: SourceOptions): Promise<ArchiveSource> {
  return /^https?:\/\//.test(from) ? openAddress(from, options) : openFolder(from);
}

/** Deeper than CollecTor's tree, and more than it has files. */
const depthMost = 8;
const filesMost = 1_000_000;

async function openFolder(folder: string): Promise<ArchiveSource> {
  const root = resolve(folder);
  const status = await stat(root).catch(() => undefined);
  if (!status?.isDirectory()) throw new FileProblem(`${folder}: expected a folder, found none`);
  const paths = await walk(root);
  const index = await folderIndex(root, paths);
  const files: ArchiveFile[] = [];
  const strangers: string[] = [];
  for (const path of paths) {
    if (/(?:^|\/)index\.json(?:\.gz|\.xz|\.bz2)?$/.test(path)) continue;
    const name = archiveName(path);
    if (!name) {
      strangers.push(path);
      continue;
    }
    const { size } = await stat(join(root, path));
    files.push({ ...name, path, size, sha256: index?.get(path)?.sha256 });
  }
  return {
    name: root,
    indexed: index !== undefined,
    files,
    strangers,
    hold: async (file) => {
      const path = join(root, file.path);
      const sha256 = await digestOfFile(path);
      checkDigest(file, sha256);
      return { path, sha256, done: async () => {} };
    },
  };
}

/** Paths of all files below a folder, in an order that does not depend on the disk. */
async function walk(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < depthMost) await visit(path, depth + 1);
      else if (entry.isFile()) found.push(relative(root, path));
      if (found.length > filesMost) throw new FileProblem(`${root}: more than ${filesMost} files`);
    }
  };
  await visit(root, 0);
  return found;
}

/** The index of a folder by path, where it has one as plain JSON; paths are those below the folder. */
async function folderIndex(
  root: string,
  paths: readonly string[],
): Promise<Map<string, IndexedFile> | undefined> {
  const path = ['index/index.json', 'index.json'].find((one) => paths.includes(one));
  if (path === undefined) return undefined;
  const reading = readIndex(await readFile(join(root, path)));
  if (!reading.ok) throw new FileProblem(`${join(root, path)}: ${reading.detail}`);
  return new Map(reading.files.map((file) => [file.path, file]));
}

async function openAddress(address: string, options: SourceOptions): Promise<ArchiveSource> {
  const base = address.endsWith('/') ? address : `${address}/`;
  const reading = readIndex(await fetchIndex(base, options.signal));
  if (!reading.ok) throw new FileProblem(`${base}index/index.json: ${reading.detail}`);
  const files = reading.files.flatMap((file) => {
    const name = archiveName(file.path);
    return name ? [{ ...name, ...file }] : [];
  });
  return {
    name: base,
    indexed: true,
    files,
    strangers: [],
    hold: async (file) => {
      await mkdir(options.scratch, { recursive: true });
      const url = new URL(file.path.split('/').map(encodeURIComponent).join('/'), base).href;
      const path = join(options.scratch, createHash('sha256').update(url).digest('hex'));
      await fetchFile(url, path, file.size, options.signal);
      const done = (): Promise<void> => rm(path, { force: true });
      const sha256 = await digestOfFile(path);
      try {
        checkDigest(file, sha256);
      } catch (error) {
        await done();
        throw error;
      }
      return { path, sha256, done };
    },
  };
}

function checkDigest(file: ArchiveFile, sha256: string): void {
  if (file.sha256 !== undefined && file.sha256 !== sha256)
    throw new FileProblem(`expected the SHA-256 of the index (${file.sha256}), found ${sha256}`);
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(piece);
  } catch (error) {
    throw new FileProblem(error instanceof Error ? error.message : String(error));
  }
  return hash.digest('hex');
}
