/**
 * The live feed (server-sent events): tells everyone who listens that something was learned, and nothing more; whoever
 * wants to know what asks again. One string is written to all listeners. On a socket the raw response is used, because
 * that costs a tenth of a stream; without one (tests, other hosts) an ordinary stream.
 */
import { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Answers } from './answers.ts';
import type { LiveMessage } from './contract.ts';
import { securityHeaders } from './headers.ts';

/** Bounds of the live feed. */
export interface LiveOptions {
  /** How many may listen at once. */
  readonly listenersMax: number;
  /** Milliseconds between two comments that keep the connection open. */
  readonly heartbeatMs: number;
  /** What browsers are told to wait before they come back, in milliseconds. */
  readonly retryMs: number;
  /** A listener with more unread bytes than this is dropped. */
  readonly backlogBytesMax: number;
  /** Our wall clock, for `sentAt`. */
  readonly nowMs: () => number;
}

/** The bounds used when none are given. */
export const liveDefaults: LiveOptions = {
  listenersMax: 1000,
  heartbeatMs: 15_000,
  retryMs: 3_000,
  backlogBytesMax: 64 * 1024,
  nowMs: Date.now,
};

/** Those who listen, and how another one joins; `undefined` when there are too many already. */
export interface LiveFeed {
  readonly count: () => number;
  readonly open: (c: Context) => Response | undefined;
}

interface Listener {
  readonly write: (text: string) => void;
}

const headers: Readonly<Record<string, string>> = {
  ...securityHeaders,
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Makes the feed. It listens to the answers only while somebody listens to it. */
export function createLiveFeed(answers: Answers, options: LiveOptions): LiveFeed {
  const listeners = new Set<Listener>();
  let stop: (() => void) | undefined;

  const tell = (text: string): void => {
    for (const listener of listeners) listener.write(text);
  };
  const start = (): (() => void) => {
    const off = answers.onChange((learned) => {
      tell(renderMessage({ ...learned, sentAt: options.nowMs() }));
    });
    const beat = setInterval(() => tell(': still here\n\n'), options.heartbeatMs);
    beat.unref();
    return () => {
      off();
      clearInterval(beat);
    };
  };
  const join = (listener: Listener): (() => void) => {
    listeners.add(listener);
    stop ??= start();
    listener.write(renderGreeting(answers.revision(), options.retryMs));
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      stop?.();
      stop = undefined;
    };
  };

  return {
    count: () => listeners.size,
    open: (c) => {
      if (c.req.raw.method === 'HEAD') return c.body(null, 200, { ...headers });
      if (listeners.size >= options.listenersMax) return undefined;
      const outgoing = outgoingOf(c);
      if (outgoing === undefined) return openStream(join, options.backlogBytesMax);
      openSocket(outgoing, join, options.backlogBytesMax);
      return RESPONSE_ALREADY_SENT;
    },
  };
}

function renderMessage(message: LiveMessage): string {
  return `id: ${message.revision}\nevent: revision\ndata: ${JSON.stringify(message)}\n\n`;
}

/** Whoever joins, or comes back after a break, learns at once whether the page it shows is the newest. */
function renderGreeting(revision: number, retryMs: number): string {
  return `retry: ${retryMs}\nid: ${revision}\nevent: hello\ndata: ${JSON.stringify({ revision })}\n\n`;
}

function outgoingOf(c: Context): ServerResponse | undefined {
  const bindings: unknown = c.env;
  if (typeof bindings !== 'object' || bindings === null || !('outgoing' in bindings)) return undefined;
  return bindings.outgoing instanceof ServerResponse ? bindings.outgoing : undefined;
}

function openSocket(
  response: ServerResponse,
  join: (listener: Listener) => () => void,
  bytesMax: number,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(200);
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  const leave = join({
    write: (text) => {
      if (response.writableEnded || response.destroyed) return;
      response.write(text);
      if (response.writableLength > bytesMax) response.destroy();
    },
  });
  response.once('close', leave);
  response.once('error', leave);
}

function openStream(join: (listener: Listener) => () => void, bytesMax: number): Response {
  const encoder = new TextEncoder();
  let leave: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        leave = join({
          write: (text) => {
            controller.enqueue(encoder.encode(text));
            if ((controller.desiredSize ?? 0) > 0) return;
            leave?.();
            controller.error(new Error('the listener does not read'));
          },
        });
      },
      cancel: () => leave?.(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bytesMax }),
  );
  return new Response(stream, { headers: { ...headers } });
}
