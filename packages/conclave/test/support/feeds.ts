/**
 * A local server that speaks CollecTor's and Onionoo's formats, for tests: files are put into it, it makes the index, honours
 * ETag and Last-Modified, and goes wrong in whatever way a test wants.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What is to go wrong with the answers at a path. */
export type Trouble =
  | { readonly kind: 'status'; readonly status: number }
  /** Half of the body, then the connection is closed. */
  | { readonly kind: 'truncated' }
  /** Other bytes of the same length. */
  | { readonly kind: 'other-bytes' }
  | { readonly kind: 'html' }
  /** A body of so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Headers, and then nothing. */
  | { readonly kind: 'slow' }
  /** The connection is closed without an answer. */
  | { readonly kind: 'closed' };

/** A request as it came. */
export interface Asked {
  readonly path: string;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
}

/** A server of sources. */
export interface FeedServer {
  readonly url: string;
  /** Everything that was asked, oldest first. */
  readonly asked: Asked[];
  /** What goes wrong, by path without its query; `*` is everything. */
  readonly troubles: Map<string, Trouble>;
  /** Puts a file; its path is below the base address. */
  put(path: string, bytes: Uint8Array | string, modified?: string): void;
  remove(path: string): void;
  /** Makes CollecTor's index over the files that are there, and puts it; returns it. */
  index(created: string, change?: (index: Json) => Json): Json;
  /** Nobody listens any more. */
  close(): Promise<void>;
  /** Listens again at the same port. */
  open(): Promise<void>;
}

/** Any JSON object. */
export type Json = Record<string, unknown>;

interface Held {
  readonly bytes: Uint8Array;
  readonly modified: string;
}

/** Starts a server on this machine. */
export async function feedServer(): Promise<FeedServer> {
  const files = new Map<string, Held>();
  const asked: Asked[] = [];
  const troubles = new Map<string, Trouble>();
  const server = createServer((request, response) => {
    const [path = ''] = decodeURI(request.url ?? '')
      .slice(1)
      .split('?');
    const full = decodeURI(request.url ?? '').slice(1);
    response.on('close', () =>
      asked.push({ path: full, status: response.statusCode, headers: request.headers }),
    );
    answer(request, response, files.get(full) ?? files.get(path), troubles.get(path) ?? troubles.get('*'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const put: FeedServer['put'] = (path, bytes, modified = '2024-05-01 12:05') =>
    void files.set(path, { bytes: Buffer.from(bytes as Uint8Array), modified });
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    troubles,
    put,
    remove: (path) => void files.delete(path),
    index: (created, change = (index) => index) => {
      const index = change(indexOf(files, created));
      const text = JSON.stringify(index);
      put('index/index.json', text, created);
      put('index/index.json.gz', gzipSync(text), created);
      return index;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    open: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
  };
}

/** The tree of files below `recent`, as CollecTor writes it: empty members are left out. */
function indexOf(files: ReadonlyMap<string, Held>, created: string): Json {
  interface Node {
    readonly files: Json[];
    readonly directories: Map<string, Node>;
  }
  const top: Node = { files: [], directories: new Map() };
  for (const [path, { bytes, modified }] of files) {
    if (!path.startsWith('recent/')) continue;
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let node = top;
    for (const part of parts) {
      const below: Node = node.directories.get(part) ?? { files: [], directories: new Map() };
      node.directories.set(part, below);
      node = below;
    }
    node.files.push({
      path: name,
      size: bytes.length,
      last_modified: modified,
      sha256: createHash('sha256').update(bytes).digest('base64'),
    });
  }
  const jsonOf = (node: Node): Json => ({
    ...(node.files.length > 0 ? { files: node.files } : {}),
    ...(node.directories.size > 0
      ? { directories: [...node.directories].map(([path, one]) => ({ path, ...jsonOf(one) })) }
      : {}),
  });
  return { index_created: created, build_revision: 'made-up', path: 'http://made-up/', ...jsonOf(top) };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  held: Held | undefined,
  trouble: Trouble | undefined,
): void {
  const bytes = held?.bytes ?? Buffer.alloc(0);
  switch (trouble?.kind) {
    case 'status':
      return void response.writeHead(trouble.status).end('no');
    case 'html':
      return void response.writeHead(200).end('<!DOCTYPE html><html><body>Log in</body></html>');
    case 'huge':
      return void response.writeHead(200).end(Buffer.alloc(trouble.bytes, 0x61));
    case 'slow':
      return void response.writeHead(200).write('{');
    case 'closed':
      return void request.socket.destroy();
    case 'truncated':
      response.writeHead(200, { 'Content-Length': bytes.length });
      response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy());
      return;
    case 'other-bytes':
      return void response.writeHead(200).end(Buffer.from(bytes).reverse());
    case undefined:
      break;
  }
  if (!held) return void response.writeHead(404).end('nothing here');
  const etag = `"${createHash('sha1').update(bytes).digest('hex').slice(0, 12)}"`;
  const headers = {
    ETag: etag,
    'Last-Modified': new Date(`${held.modified.replace(' ', 'T')}Z`).toUTCString(),
  };
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'Content-Encoding': 'gzip' }).end(gzipSync(bytes));
}

/** An Onionoo document around these entries. */
export function onionoo(relays: readonly unknown[], more: Json = {}): string {
  return JSON.stringify({
    version: '8.0',
    build_revision: 'made-up',
    relays_published: '2024-05-01 12:00:00',
    relays,
    bridges_published: '2024-05-01 11:41:00',
    bridges: [],
    ...more,
  });
}
