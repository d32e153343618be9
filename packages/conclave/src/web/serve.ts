/**
 * The site on a socket. Slow and silent clients are cut off; closing lets running answers finish and ends live feeds.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';

/** What can be served: any application that answers requests, such as the site. */
export interface Servable {
  readonly fetch: (request: Request, env: object) => Response | Promise<Response>;
}

/** Where to listen; port 0 takes any that is free. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** How long answers may go on after `close()`, in milliseconds. */
  readonly graceMs?: number;
}

/** A site that is being served. */
export interface Served {
  readonly url: string;
  readonly port: number;
  /** Takes no new requests, ends live feeds, and waits for the others. */
  readonly close: () => Promise<void>;
}

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 5_000;
const headerBytesMax = 16 * 1024;
const connectionsMax = 4_096;

/** Serves the application; rejects when the address cannot be had. */
export async function serve(app: Servable, options: ServeOptions): Promise<Served> {
  const running = new Set<ServerResponse>();
  const answer = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: headerBytesMax,
    },
    (request, response) => {
      running.add(response);
      response.once('close', () => running.delete(response));
      void answer(request, response);
    },
  );
  server.maxConnections = connectionsMax;
  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no address');
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close: () => close(server, running, options.graceMs ?? 5_000),
  };
}

function listen(server: Server, options: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(server: Server, running: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const response of running) {
    if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.end();
  }
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(impatience);
}
