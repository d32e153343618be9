/**
 * Files over HTTP(S): streamed to the disk, bounded in time and size, taken up where they broke off. Redirects are not
 * followed: whoever starts a backfill says where to ask.
 */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { ask, feedLimits } from '../feeds/index.ts';
import { FileProblem } from './problem.ts';
import { unxz } from './unpack.ts';

/** Without a byte for so long, a transfer is given up; the next try goes on where it broke off. */
const idleMs = 60_000;
const triesMost = 4;

/** The index as JSON, in whichever form there is. Throws `FileProblem`. */
export async function fetchIndex(base: string, signal: AbortSignal): Promise<Uint8Array> {
  let detail = '';
  for (const form of ['index/index.json.xz', 'index/index.json.gz', 'index/index.json']) {
    const url = new URL(form, base).href;
    const answer = await ask(url, { limits: feedLimits, signal });
    if (answer.outcome === 'received' && answer.body)
      return form.endsWith('.json') ? answer.body : unpackIndex(answer.body, url);
    detail = `${url}: ${answer.detail ?? answer.outcome}`;
    if (answer.outcome !== 'absent') break;
  }
  throw new FileProblem(detail, true);
}

async function unpackIndex(body: Uint8Array, url: string): Promise<Uint8Array> {
  try {
    return await unxz(body, feedLimits.documentBytes);
  } catch (error) {
    throw new FileProblem(`${url}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Fetches an address into a file of this size; what is there already of it is not asked for again. Throws `FileProblem`. */
export async function fetchFile(url: string, path: string, size: number, signal: AbortSignal): Promise<void> {
  let detail = '';
  for (let tries = 0; tries < triesMost && !signal.aborted; tries += 1) {
    const have = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (have === size) return;
    try {
      await fetchFrom(url, path, have > size ? 0 : have, size, signal);
    } catch (error) {
      if (error instanceof FileProblem) throw error;
      detail = error instanceof Error ? error.message : String(error);
    }
  }
  const have = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (have === size) return;
  throw new FileProblem(`${url}: ${have} of ${size} bytes came; ${detail || 'it broke off'}`, true);
}

async function fetchFrom(
  url: string,
  path: string,
  from: number,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const answer = await respond(url, from, signal);
  const { statusCode = 0 } = answer;
  if (statusCode !== 200 && statusCode !== 206) {
    answer.resume();
    throw new FileProblem(`${url}: HTTP ${statusCode}`, statusCode >= 500 || statusCode === 429);
  }
  const start = statusCode === 206 ? from : 0;
  let length = start;
  await pipeline(
    answer,
    async function* bounded(pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        length += piece.length;
        if (length > size) throw new FileProblem(`${url}: more than the ${size} bytes of the index`);
        yield piece;
      }
    },
    createWriteStream(path, { flags: start > 0 ? 'a' : 'w' }),
    { signal },
  );
}

function respond(url: string, from: number, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'User-Agent': 'conclave', ...(from > 0 ? { Range: `bytes=${from}-` } : {}) };
    const outgoing = (url.startsWith('https:') ? requestTls : requestPlain)(url, { headers, signal });
    outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error(`no byte for ${idleMs} ms`)));
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}
