/** Servers for tests: TCP on loopback, answering byte by byte as a test says. */
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** What a server does with a connection once the request's header has come. */
export type Behaviour = (socket: Socket, request: string) => void | Promise<void>;

export interface WireServer {
  readonly port: number;
  readonly host: string;
  /** The requests that came, oldest first. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts a server that waits for a whole request header and then behaves. */
export async function serve(behave: Behaviour, host = '127.0.0.1', port = 0): Promise<WireServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (piece) => {
      const before = text.includes('\r\n\r\n');
      text += piece.toString('latin1');
      if (before || !text.includes('\r\n\r\n')) return;
      requests.push(text);
      void behave(socket, text);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host,
    port: address.port,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An HTTP/1.0 answer as a DirPort writes it, closed by the end of the connection. */
export function answer(
  body: Uint8Array | string,
  headers: readonly string[] = [],
  status = '200 OK',
): Buffer {
  return Buffer.concat([
    Buffer.from(['HTTP/1.0 ' + status, ...headers, '', ''].join('\r\n'), 'latin1'),
    typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  ]);
}
