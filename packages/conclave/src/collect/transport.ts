/**
 * One question to a DirPort: HTTP/1.0 answers, one per connection, often without a length (dir-spec 5.2).
 * Whatever the other end does, the result is data, and it is bounded in
 * time, in bytes on the wire and in bytes unpacked.
 */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { systemClock, type Clock } from './clock.ts';
import { decodeBody, type DecodeLimits } from './decode.ts';
import { outcomeOfError, type NoAnswer } from './network-errors.ts';
import type { Outcome, Timings } from './observation.ts';
import { receive } from './receive.ts';

/** Where to ask. */
export interface Target {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** How long and how large an answer may be. */
export interface Limits extends DecodeLimits {
  readonly connectMs: number;
  /** From the connection to the end of the headers. */
  readonly firstByteMs: number;
  /** Between two pieces of the body. */
  readonly idleMs: number;
  readonly totalMs: number;
  readonly headerBytes: number;
  /** Bytes of the body on the wire. */
  readonly wireBytes: number;
}

/** What came of a question. */
export interface Answer {
  readonly outcome: Outcome;
  readonly detail?: string;
  readonly status?: number;
  readonly timings: Timings;
  readonly clockSkewSeconds?: number;
  /** The decoded document of a `received`, with the bytes its body had on the wire. */
  readonly document?: { readonly bytes: Uint8Array; readonly wireBytes: number };
}

/** Settings of one question. */
export interface GetOptions {
  readonly limits: Limits;
  /** Seconds since 1970; a document that is older is answered by 304. */
  readonly ifModifiedSince?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Limits for a document of up to some megabytes. */
export const documentLimits: Limits = {
  connectMs: 10_000,
  firstByteMs: 20_000,
  idleMs: 20_000,
  totalMs: 120_000,
  headerBytes: 16 * 1024,
  wireBytes: 32 * 1024 * 1024,
  documentBytes: 64 * 1024 * 1024,
  ratio: 25,
  ratioFromBytes: 1024 * 1024,
};

/** Limits for a liveness request: whoever needs longer than this is not alive in any sense that helps a client. */
export const livenessLimits: Limits = {
  ...documentLimits,
  connectMs: 3_000,
  firstByteMs: 3_000,
  idleMs: 3_000,
  totalMs: 4_000,
  wireBytes: 64 * 1024,
  documentBytes: 64 * 1024,
};

/** Asks for one path. Never throws and never rejects. */
export async function get(target: Target, path: string, options: GetOptions): Promise<Answer> {
  const exchange = await talk(target, path, options);
  if ('outcome' in exchange) return exchange;
  const { message, body, timings, clockSkewSeconds } = exchange;
  const status = message.statusCode ?? 0;
  const head = { status, timings, ...(clockSkewSeconds === undefined ? {} : { clockSkewSeconds }) };
  const plain = outcomeOfStatus(status, message.statusMessage ?? '');
  if (plain !== undefined) return { ...plain, ...head };
  const decoded = await decodeBody(body, message.headers['content-encoding'], options.limits);
  if (!decoded.ok) return { outcome: 'malformed', detail: decoded.detail, ...head };
  return {
    outcome: 'received',
    ...head,
    document: { bytes: decoded.document, wireBytes: body.length },
  };
}

/** What a status other than 200 says. */
function outcomeOfStatus(
  status: number,
  reason: string,
): { readonly outcome: Outcome; readonly detail?: string } | undefined {
  const detail = `HTTP ${status}${reason === '' ? '' : ` ${reason.slice(0, 80)}`}`;
  switch (status) {
    case 200:
      return undefined;
    case 304:
      return { outcome: 'not-modified' };
    case 404:
      return { outcome: 'absent', detail };
    case 503:
      return { outcome: 'busy', detail };
    default:
      return { outcome: 'malformed', detail };
  }
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly body: Buffer;
  readonly timings: Timings;
  readonly clockSkewSeconds?: number;
}

/** The conversation itself: it ends exactly once, by whichever comes first of body, error, bound and signal. */
function talk(target: Target, path: string, options: GetOptions): Promise<Exchange | Answer> {
  const { limits, signal, clock = systemClock } = options;
  return new Promise((resolve) => {
    const watch = stopwatch();
    let ended = false;
    const end = (result: (timings: Timings) => Exchange | Answer): void => {
      if (ended) return;
      ended = true;
      clearTimeout(total);
      clearTimeout(phase);
      signal?.removeEventListener('abort', onAbort);
      outgoing.destroy();
      resolve(result(watch.timings()));
    };
    const fail = (why: NoAnswer): void => end((timings) => ({ ...why, timings }));
    const late = (what: string): void => fail({ outcome: 'timed-out', detail: what });
    const onAbort = (): void => fail({ outcome: 'not-asked', detail: 'we stopped' });
    const total = setTimeout(() => late(`not done after ${limits.totalMs} ms`), limits.totalMs);
    let phase = setTimeout(() => late(`no connection after ${limits.connectMs} ms`), limits.connectMs);

    const outgoing = ask(target, path, options);
    outgoing.on('socket', (socket) =>
      socket.once('connect', () => {
        watch.mark('connectMs');
        clearTimeout(phase);
        phase = setTimeout(
          () => late(`no answer ${limits.firstByteMs} ms after connecting`),
          limits.firstByteMs,
        );
      }),
    );
    let onBroken: ((detail: string) => void) | undefined;
    outgoing.on('error', (error) => {
      if (onBroken === undefined) fail(outcomeOfRequestError(error, target.host));
      else onBroken(error.message);
    });
    outgoing.on('upgrade', () => fail({ outcome: 'malformed', detail: 'HTTP 101' }));
    outgoing.on('response', (message) => {
      watch.mark('firstByteMs');
      const clockSkewSeconds = skewOf(message.headers.date, clock.now());
      const skew = clockSkewSeconds === undefined ? {} : { clockSkewSeconds };
      const status = message.statusCode === undefined ? {} : { status: message.statusCode };
      clearTimeout(phase);
      phase = setTimeout(() => late(`no byte for ${limits.idleMs} ms`), limits.idleMs);
      onBroken = receive(message, limits, {
        onPiece: () => void phase.refresh(),
        onBody: (body) => end((timings) => ({ message, body, timings, ...skew })),
        onBroken: (detail) =>
          end((timings) => ({ outcome: 'malformed', detail, timings, ...status, ...skew })),
      });
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    else outgoing.end();
  });
}

/** Encoding names are case-sensitive to tor, and it looks for exactly `Name: `. */
function ask({ host, port }: Target, path: string, options: GetOptions): ClientRequest {
  const { limits, ifModifiedSince } = options;
  return request({
    host,
    port,
    path,
    agent: false,
    maxHeaderSize: limits.headerBytes,
    headers: {
      Host: host,
      'Accept-Encoding': 'deflate, identity',
      Connection: 'close',
      ...(ifModifiedSince === undefined
        ? {}
        : { 'If-Modified-Since': new Date(ifModifiedSince * 1000).toUTCString() }),
    },
  });
}

function outcomeOfRequestError(error: Error, host: string): NoAnswer {
  if (error.message === 'socket hang up') return { outcome: 'refused', detail: 'closed without an answer' };
  return outcomeOfError(error, host);
}

/** Their `Date` minus our clock: it names a whole second, so its middle is the best guess, good to half a second. */
function skewOf(date: string | undefined, nowMs: number): number | undefined {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(theirs) ? undefined : Math.round((theirs + 500 - nowMs) / 10) / 100;
}

type Mark = Exclude<keyof Timings, 'totalMs'>;

/** Times since now, on a clock that never jumps. */
export function stopwatch(): { mark(name: Mark): void; timings(): Timings } {
  const start = performance.now();
  const marks: { -readonly [K in Mark]?: number } = {};
  const elapsed = (): number => Math.round((performance.now() - start) * 1000) / 1000;
  return {
    mark(name) {
      marks[name] ??= elapsed();
    },
    timings: () => ({ ...marks, totalMs: elapsed() }),
  };
}
