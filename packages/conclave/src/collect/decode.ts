/**
 * From the bytes on the wire to the document, within bounds. Tor says `deflate` and means the zlib format; sends several
 * documents as several zlib streams back to back; and answers a request for gzip with deflate, so only the answer's own
 * `Content-Encoding` counts.
 */
import { gunzip, inflate, inflateRaw, type InputType, type ZlibOptions } from 'node:zlib';
import { codeOf } from './network-errors.ts';

/** How much a body may grow. */
export interface DecodeLimits {
  /** Bytes of the decoded document. */
  readonly documentBytes: number;
  /** Decoded bytes for each byte on the wire, looked at only above `ratioFromBytes` (tor itself allows 25). */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

/** The document, or why it is none. */
export type Decoded =
  { readonly ok: true; readonly document: Uint8Array } | { readonly ok: false; readonly detail: string };

/** Undoes the encoding that the answer names. */
export async function decodeBody(
  wire: Buffer,
  encoding: string | undefined,
  limits: DecodeLimits,
): Promise<Decoded> {
  const bytesMax = Math.min(
    limits.documentBytes,
    Math.max(limits.ratioFromBytes, wire.length * limits.ratio),
  );
  switch ((encoding ?? 'identity').trim().toLowerCase()) {
    case '':
    case 'identity':
      return { ok: true, document: wire };
    case 'deflate':
    case 'x-deflate':
      return inflateAll(wire, isZlib(wire) ? inflate : inflateRaw, bytesMax);
    case 'gzip':
    case 'x-gzip':
      return inflateAll(wire, gunzip, bytesMax);
    default:
      return { ok: false, detail: `Content-Encoding ${JSON.stringify(encoding)} was not asked for` };
  }
}

/** One zlib stream after another until the bytes are used up. Node stops silently after the first. */
async function inflateAll(wire: Buffer, method: Inflater, bytesMax: number): Promise<Decoded> {
  const parts: Uint8Array[] = [];
  let room = bytesMax;
  let rest = wire;
  do {
    if (parts.length >= streamsMax)
      return { ok: false, detail: `more than ${streamsMax} compressed streams` };
    try {
      const { buffer, used } = await inflateOne(rest, method, room);
      parts.push(buffer);
      room -= buffer.length;
      rest = rest.subarray(used);
    } catch (error) {
      return { ok: false, detail: whyNot(error, bytesMax) };
    }
  } while (rest.length > 0);
  return {
    ok: true,
    document: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts),
  };
}

/** More than an authority could have votes to send. */
const streamsMax = 256;

type Inflater = (
  buffer: InputType,
  options: ZlibOptions,
  done: (error: Error | null, result: Buffer) => void,
) => void;

function inflateOne(
  bytes: Buffer,
  method: Inflater,
  room: number,
): Promise<{ readonly buffer: Uint8Array; readonly used: number }> {
  return new Promise((resolve, reject) => {
    // Zero is no bound for zlib; a stream that must be empty may still hold one byte too many, which is refused below.
    const options: ZlibOptions = { info: true, maxOutputLength: Math.max(1, room) };
    method(bytes, options, (error, result: unknown) => {
      if (error !== null) return reject(error);
      const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
      if (buffer.length > room) return reject(tooLarge);
      if (engine.bytesWritten === 0) return reject(new Error('no compressed data'));
      resolve({ buffer, used: engine.bytesWritten });
    });
  });
}

const tooLarge = Object.assign(new Error('too large'), { code: 'ERR_BUFFER_TOO_LARGE' });

function whyNot(error: unknown, bytesMax: number): string {
  switch (codeOf(error)) {
    case 'ERR_BUFFER_TOO_LARGE':
      return `unpacks to more than ${bytesMax} bytes`;
    case 'Z_BUF_ERROR':
      return 'the compressed data ends too early';
    default:
      return `the compressed data is broken: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** RFC 1950: method 8, and a header that is a multiple of 31. */
function isZlib(bytes: Buffer): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
