/**
 * One question to a source over HTTP or HTTPS. Conditional by what the server itself said (its ETag, its Last-Modified),
 * compressed where it can be, bounded in time, in bytes on the wire and in bytes unpacked. Whatever the other end does, the
 * result is data. Redirects are not followed: an operator configures where to ask.
 */
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { codeOf, decodeBody, outcomeOfError, receive, stopwatch } from '../collect/index.ts';
import type { DecodeLimits, Outcome, Timings } from '../collect/index.ts';

/** How long an answer may take and how large it may be. */
export interface FeedLimits extends DecodeLimits {
  /** Everything together: name, connection, answer. */
  readonly totalMs: number;
  /** Without a byte. */
  readonly idleMs: number;
  /** Bytes of the body on the wire. */
  readonly wireBytes: number;
}

/** What a server said of an answer, by which it can be asked whether that is still so. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What came of a question. */
export interface FeedAnswer extends Validators {
  readonly outcome: Outcome;
  readonly detail?: string;
  readonly status?: number;
  readonly timings: Timings;
  readonly body?: Uint8Array;
  readonly wireBytes?: number;
}

/** Settings of a question. */
export interface FeedRequest {
  readonly limits: FeedLimits;
  readonly validators?: Validators;
  readonly signal: AbortSignal;
}

/** Limits for answers of up to some tens of megabytes. JSON of one shape repeated compresses well. */
export const feedLimits: FeedLimits = {
  totalMs: 300_000,
  idleMs: 60_000,
  wireBytes: 64 * 1024 * 1024,
  documentBytes: 128 * 1024 * 1024,
  ratio: 60,
  ratioFromBytes: 1024 * 1024,
};

/** Asks for one address. Never throws and never rejects. */
export async function ask(url: string, options: FeedRequest): Promise<FeedAnswer> {
  const exchange = await talk(url, options);
  if ('outcome' in exchange) return exchange;
  const { message, body, timings } = exchange;
  const status = message.statusCode ?? 0;
  const { etag, 'last-modified': lastModified } = message.headers;
  const head = {
    status,
    timings,
    ...(etag === undefined ? {} : { etag: etag.slice(0, 200) }),
    ...(lastModified === undefined ? {} : { lastModified: lastModified.slice(0, 100) }),
  };
  const other = outcomeOfStatus(status, message);
  if (other) return { ...head, ...other };
  const decoded = await decodeBody(body, message.headers['content-encoding'], options.limits);
  if (!decoded.ok) return { outcome: 'malformed', detail: decoded.detail, ...head };
  if (decoded.document.length > options.limits.documentBytes)
    return { outcome: 'malformed', detail: `larger than ${options.limits.documentBytes} bytes`, ...head };
  return { outcome: 'received', ...head, body: decoded.document, wireBytes: body.length };
}

function outcomeOfStatus(
  status: number,
  { statusMessage = '', headers }: IncomingMessage,
): { readonly outcome: Outcome; readonly detail?: string } | undefined {
  const detail = `HTTP ${status}${statusMessage === '' ? '' : ` ${statusMessage.slice(0, 80)}`}`;
  if (status === 200) return undefined;
  if (status === 304) return { outcome: 'not-modified' };
  if (status === 404 || status === 410) return { outcome: 'absent', detail };
  if (status === 429 || status >= 500) return { outcome: 'busy', detail };
  const to = status >= 300 && status < 400 ? headers.location : undefined;
  return { outcome: 'malformed', detail: to === undefined ? detail : `${detail}, to ${to.slice(0, 200)}` };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly body: Buffer;
  readonly timings: Timings;
}

/** The conversation: it ends once, by whichever comes first of body, error, bound and signal. */
function talk(url: string, { limits, validators, signal }: FeedRequest): Promise<Exchange | FeedAnswer> {
  return new Promise((resolve) => {
    const watch = stopwatch();
    let ended = false;
    const end = (result: (timings: Timings) => Exchange | FeedAnswer): void => {
      if (ended) return;
      ended = true;
      clearTimeout(total);
      clearTimeout(idle);
      signal.removeEventListener('abort', onAbort);
      outgoing.destroy();
      resolve(result(watch.timings()));
    };
    const fail = (outcome: Outcome, detail: string, status?: number): void =>
      end((timings) => ({ outcome, detail, timings, ...(status === undefined ? {} : { status }) }));
    const onAbort = (): void => fail('not-asked', 'we stopped');
    const total = setTimeout(() => fail('timed-out', `not done after ${limits.totalMs} ms`), limits.totalMs);
    const idle = setTimeout(() => fail('timed-out', `no byte for ${limits.idleMs} ms`), limits.idleMs);
    const outgoing = (url.startsWith('https:') ? requestTls : requestPlain)(url, {
      agent: false,
      maxHeaderSize: 32 * 1024,
      headers: headersFor(validators),
    });
    outgoing.on('socket', (socket) => socket.once('connect', () => watch.mark('connectMs')));
    outgoing.on('error', (error) => {
      const { outcome, detail } = outcomeOfFailure(error, new URL(url).hostname);
      fail(outcome, detail);
    });
    outgoing.on('upgrade', () => fail('malformed', 'HTTP 101'));
    outgoing.on('response', (message) => {
      watch.mark('firstByteMs');
      receive(message, limits, {
        onPiece: () => void idle.refresh(),
        onBody: (body) => end((timings) => ({ message, body, timings })),
        onBroken: (detail) => fail('malformed', detail, message.statusCode),
      });
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else outgoing.end();
  });
}

function headersFor({ etag, lastModified }: Validators = {}): Record<string, string> {
  return {
    'Accept-Encoding': 'gzip',
    'User-Agent': 'conclave',
    Connection: 'close',
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    ...(lastModified === undefined ? {} : { 'If-Modified-Since': lastModified }),
  };
}

/** A name that nobody knows is no fault of the answer, and may be our own; it is said as what it is. */
function outcomeOfFailure(
  error: Error,
  host: string,
): { readonly outcome: Outcome; readonly detail: string } {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { outcome: 'unreachable', detail: `the name ${host} was not resolved (${code})` };
  if (error.message === 'socket hang up') return { outcome: 'refused', detail: 'closed without an answer' };
  return outcomeOfError(error, host);
}
