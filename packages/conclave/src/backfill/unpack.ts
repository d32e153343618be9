/**
 * Tarballs, entry by entry, in constant memory. The system's `xz` unpacks in a process of its own where there is one, and
 * WebAssembly does where there is none; no entry is held whole that is not asked for.
 */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import xz from 'xz-decompress';
import { FileProblem } from './problem.ts';

/** An entry of a tarball. */
export interface PackedEntry {
  readonly name: string;
  readonly size: number;
  /** Its bytes; only before the next entry is asked for. */
  readonly read: () => Promise<Uint8Array>;
}

/** The entries of a tarball, `.tar` or `.tar.xz`, told by its bytes. Throws `FileProblem` where it breaks off. */
export async function* entriesOf(path: string): AsyncGenerator<PackedEntry> {
  const tar = extract();
  let failure: unknown;
  const feeding = feed(path, tar).catch((error: unknown) => {
    failure = error;
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  const entries = tar[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await entries.next().catch((error: unknown) => {
        throw problemOf(failure ?? error);
      });
      if (next.done === true) break;
      const entry = next.value;
      const { name, size, type } = entry.header;
      if (type !== 'file' && type !== 'contiguous-file') {
        entry.resume();
        continue;
      }
      let taken = false;
      yield {
        name,
        size,
        read: async () => {
          taken = true;
          const pieces: Uint8Array[] = [];
          try {
            for await (const piece of entry as AsyncIterable<Uint8Array>) pieces.push(piece);
          } catch (error) {
            throw problemOf(failure ?? error);
          }
          return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
        },
      };
      if (!taken) entry.resume();
    }
  } finally {
    tar.destroy();
    await feeding;
  }
  if (failure !== undefined) throw problemOf(failure);
}

function problemOf(error: unknown): FileProblem {
  return new FileProblem(error instanceof Error ? error.message : String(error));
}

const xzMagic = 'fd377a585a00';

async function feed(path: string, tar: ReturnType<typeof extract>): Promise<void> {
  if ((await firstBytes(path, 6)).toString('hex') !== xzMagic) return pipeline(createReadStream(path), tar);
  const unpacked = await systemXz(path);
  if (!unpacked) return pipeline(webXz(createReadStream(path)), tar);
  const [piped, ended] = await Promise.allSettled([pipeline(unpacked.stdout, tar), unpacked.ended]);
  // What xz says of its file tells more than what the tarball then lacks.
  if (ended.status === 'rejected') throw ended.reason;
  if (piped.status === 'rejected') throw piped.reason;
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    const { bytesRead } = await handle.read(bytes, 0, count, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

interface Unpacking {
  readonly stdout: Readable;
  readonly ended: Promise<void>;
}

/** Undefined where the system has no `xz`. */
function systemXz(path: string): Promise<Unpacking | undefined> {
  return new Promise((resolve) => {
    const child = spawn('xz', ['-dc', '--memlimit-decompress=512MiB', '--', path], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const words: Buffer[] = [];
    child.stderr.on('data', (piece: Buffer) => words.length < 10 && words.push(piece));
    const ended = new Promise<void>((done, fail) => {
      child.on('error', fail);
      child.on('close', (code, signal) => {
        const said = Buffer.concat(words).toString('utf8').split('\n')[0]?.replace(/^xz: /, '');
        if (code === 0) done();
        else fail(new Error(said || `xz ended with ${code ?? signal}`));
      });
    });
    ended.catch(() => {});
    // A reader that goes away ends the process.
    child.stdout.on('close', () => child.kill());
    child.on('spawn', () => resolve({ stdout: child.stdout, ended }));
    child.on('error', () => resolve(undefined));
  });
}

function webXz(packed: Readable): Readable {
  // The types of web streams differ between the DOM and Node only in name.
  const web = Readable.toWeb(packed) as unknown as ConstructorParameters<typeof xz.XzReadableStream>[0];
  return Readable.fromWeb(new xz.XzReadableStream(web));
}

const unzip = promisify<Uint8Array, { readonly maxOutputLength: number }, Buffer>(gunzip);

/** What xz or gzip packed, unpacked, at most so many bytes; what is neither stays as it is. */
export async function unxz(packed: Uint8Array, bytesMost: number): Promise<Uint8Array> {
  const begins = Buffer.from(packed.subarray(0, 6)).toString('hex');
  if (begins.startsWith('1f8b')) return unzip(packed, { maxOutputLength: bytesMost });
  if (begins !== xzMagic) return packed;
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of webXz(Readable.from([packed])) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > bytesMost) throw new Error(`it unpacks to more than ${bytesMost} bytes`);
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}
