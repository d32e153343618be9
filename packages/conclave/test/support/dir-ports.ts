/** For tests: the DirPorts of a made-up network on this machine. They can be closed and opened again where they were. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import type { AuthoritySet } from '../../src/network/index.ts';
import type { MadeNetwork, MadeRound } from './network.ts';

/** The round that is published, and the one whose votes are held already. */
export interface Current {
  readonly round: MadeRound;
  readonly next: MadeRound;
  /** Server descriptors of relays, by digest. */
  readonly descriptors?: ReadonlyMap<string, Uint8Array>;
}

/** Running DirPorts. */
export interface DirPorts {
  /** The network's authorities, at the addresses where they are. */
  readonly set: AuthoritySet;
  /** Nobody listens any more, and who was connected is cut off. */
  close(): Promise<void>;
  /** All of them listen again, at the same ports. */
  open(): Promise<void>;
}

/** Starts them; which round they have is said by `current`, whenever they are asked. */
export async function dirPorts(network: MadeNetwork, current: () => Current): Promise<DirPorts> {
  const servers: { server: Server; port: number }[] = [];
  const authorities = [];
  for (const configured of network.set.authorities) {
    const { orPort: _, ...rest } = configured;
    const server = createServer((request, response) =>
      answer(response, bodyOf(network, configured.nickname, request.url ?? '', current())),
    );
    const port = await listen(server, 0);
    servers.push({ server, port });
    authorities.push({ ...rest, ipv4: '127.0.0.1', dirPort: port });
  }
  return {
    set: { ...network.set, authorities },
    close: async () => {
      for (const { server } of servers) {
        if (!server.listening) continue;
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
    open: async () => {
      for (const { server, port } of servers) await listen(server, port);
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What an authority has at a path; undefined where it has nothing. */
function bodyOf(
  network: MadeNetwork,
  nickname: string,
  path: string,
  { round, next, descriptors = new Map() }: Current,
): Uint8Array | undefined {
  const [, digests] = /^\/tor\/server\/d\/(.*)$/.exec(path) ?? [];
  if (digests !== undefined) {
    const had = digests.split('+').flatMap((digest) => descriptors.get(digest) ?? []);
    return had.length === 0 ? undefined : Buffer.concat(had);
  }
  if (path.startsWith('/tor/robots.txt')) return Buffer.from('User-agent: *\nDisallow: /\n');
  if (path.startsWith('/tor/keys/')) return network.certificates;
  if (path.includes('current/consensus-microdesc')) return round.microdesc;
  if (path.includes('current/consensus')) return round.ns;
  if (!/status-vote\/(next|current)\//.test(path)) return undefined;
  const of = path.endsWith('/authority')
    ? nickname
    : network.members.find(({ identity }) => path.includes(identity))?.nickname;
  return of === undefined ? undefined : (path.includes('/next/') ? next : round).votes.get(of);
}

function answer(response: ServerResponse, body: Uint8Array | undefined): void {
  if (!body) {
    response.writeHead(404).end();
    return;
  }
  response
    .writeHead(200, { 'Content-Encoding': 'deflate', 'Content-Type': 'text/plain' })
    .end(deflateSync(body));
}
