/**
 * Documents from files and standard input. What is compressed is told by its first bytes, never by its name; nothing
 * grows beyond a bound, so a small hostile file cannot fill the memory.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { promisify } from 'node:util';
import xz from 'xz-decompress';
import { ZSTDDecoder } from 'zstddec/stream';
import { CommandError, exit } from './exit.ts';

/** The bytes of a file, unpacked, and what to call it in messages. */
export interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How much is read and how much it may become. */
export interface InputLimits {
  readonly fileBytesMax: number;
  readonly documentBytesMax: number;
}

/** Many times the largest document of the public network (a vote of 2026 has 5 MB), and a day of them in one file. */
export const inputLimits: InputLimits = {
  fileBytesMax: 512 * 1024 * 1024,
  documentBytesMax: 512 * 1024 * 1024,
};

/** Reads a file, or standard input for `-`, and unpacks it. */
export async function readInput(
  file: string,
  stdin: AsyncIterable<Uint8Array | string>,
  limits: InputLimits = inputLimits,
): Promise<Input> {
  const name = file === '-' ? 'standard input' : file;
  const packed = file === '-' ? await gather(stdin, name, limits) : await readFile(file, limits);
  return { name, bytes: await unpack(packed, name, limits) };
}

async function readFile(file: string, limits: InputLimits): Promise<Uint8Array> {
  try {
    const status = await stat(file);
    if (status.isDirectory())
      throw new CommandError(exit.usage, `${file}: expected a file, found a directory`);
    return await gather(createReadStream(file, { highWaterMark: 1024 * 1024 }), file, limits);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(exit.usage, `${file}: ${whyNot(error)}`);
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read it';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

async function gather(
  source: AsyncIterable<Uint8Array | string>,
  name: string,
  limits: InputLimits,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of source) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    size += bytes.length;
    if (size > limits.fileBytesMax) throw tooLarge(name, limits.fileBytesMax, 'a file of at most');
    parts.push(bytes);
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

function tooLarge(name: string, bytes: number, what: string): CommandError {
  return new CommandError(exit.unreadable, `${name}: expected ${what} ${bytes} bytes, found more`);
}

type Unpack = (packed: Uint8Array, name: string, limits: InputLimits) => Promise<Uint8Array>;

/** How a packed file begins. */
const formats: readonly {
  readonly format: string;
  readonly magic: readonly number[];
  readonly unpack: Unpack;
}[] = [
  { format: 'gzip', magic: [0x1f, 0x8b], unpack: gunzip },
  { format: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unpack: unxz },
  { format: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: unzstd },
  // The zlib format, which tor calls deflate, at its four levels. No document begins with an x and one of these.
  { format: 'deflate', magic: [0x78, 0x01], unpack: inflate },
  { format: 'deflate', magic: [0x78, 0x5e], unpack: inflate },
  { format: 'deflate', magic: [0x78, 0x9c], unpack: inflate },
  { format: 'deflate', magic: [0x78, 0xda], unpack: inflate },
];

/** The document in a file: the file itself, or what it unpacks to. */
export async function unpack(
  packed: Uint8Array,
  name: string,
  limits: InputLimits = inputLimits,
): Promise<Uint8Array> {
  const found = formats.find(({ magic }) => magic.every((byte, at) => packed[at] === byte));
  if (!found) return packed;
  try {
    return await found.unpack(packed, name, limits);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      exit.unreadable,
      `${name}: expected ${found.format} data, found a broken file (${whyNot(error)})`,
    );
  }
}

async function gunzip(packed: Uint8Array, name: string, limits: InputLimits): Promise<Uint8Array> {
  try {
    return await promisify(zlib.gunzip)(packed, { maxOutputLength: limits.documentBytesMax });
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(name, limits.documentBytesMax, 'it to unpack to at most');
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

/** One zlib stream after another, as tor sends several documents; Node stops silently after the first. */
async function inflate(packed: Uint8Array, name: string, limits: InputLimits): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let rest = packed;
  while (rest.length > 0) {
    try {
      const maxOutputLength = Math.max(1, limits.documentBytesMax - size);
      const options = { maxOutputLength, info: true } as const;
      const { buffer, engine } = (await promisify(zlib.inflate)(rest, options)) as unknown as Inflated;
      parts.push(buffer);
      size += buffer.length;
      rest = rest.subarray(Math.max(1, engine.bytesWritten));
    } catch (error) {
      if (isTooLarge(error)) throw tooLarge(name, limits.documentBytesMax, 'it to unpack to at most');
      throw error;
    }
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

async function unxz(packed: Uint8Array, name: string, limits: InputLimits): Promise<Uint8Array> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(packed);
      controller.close();
    },
  });
  const reader = new xz.XzReadableStream(source).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limits.documentBytesMax) {
      await reader.cancel();
      throw tooLarge(name, limits.documentBytesMax, 'it to unpack to at most');
    }
    parts.push(value.slice());
  }
  return Buffer.concat(parts);
}

/** Node has zstd of its own from 22.15 on; before that, a decoder in WebAssembly does it. */
type ZstdOfNode = (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

async function unzstd(packed: Uint8Array, name: string, limits: InputLimits): Promise<Uint8Array> {
  const ofNode = (zlib as { readonly zstdDecompressSync?: ZstdOfNode }).zstdDecompressSync;
  if (ofNode) return ofNode(packed, { maxOutputLength: limits.documentBytesMax });
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const parts: Uint8Array[] = [];
  let size = 0;
  let empty = 0;
  for (const part of decoder.decodeStreaming([packed])) {
    // On broken data the decoder repeats itself without end instead of failing.
    empty = part.length === 0 ? empty + 1 : 0;
    if (empty > emptyPartsMax) throw new Error('the compressed data is damaged');
    size += part.length;
    if (size > limits.documentBytesMax)
      throw tooLarge(name, limits.documentBytesMax, 'it to unpack to at most');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A sound stream seldom yields even two empty parts in a row. */
const emptyPartsMax = 64;
