import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { reachOrPort } from '../../src/collect/index.ts';
import { selfSigned } from './certificate.ts';

const limits = { connectMs: 500, tlsMs: 200 };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server, host: string): Promise<{ host: string; port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, host);
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host, port: (server.address() as AddressInfo).port };
}

const hasLoopback6 = Object.values(networkInterfaces()).some((list) =>
  list?.some((one) => one.address === '::1'),
);

test.each(hasLoopback6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])(
  'reachOrPort() connects to a self-signed TLS port on %s',
  async (host) => {
    const target = await listen(
      createTlsServer(selfSigned()).on('tlsClientError', () => {}),
      host,
    );
    const result = await reachOrPort(target, limits);
    expect(result).toMatchObject({ outcome: 'connected' });
    const { connectMs = -1, tlsMs = -1, totalMs } = result.timings;
    expect(0 <= connectMs && connectMs < tlsMs && tlsMs <= totalMs).toBe(true);
  },
);

test('reachOrPort() tells what does not speak TLS', async () => {
  const target = await listen(
    createServer((socket) => void socket.end('HTTP/1.0 400 Bad\r\n\r\n')),
    '127.0.0.1',
  );
  const result = await reachOrPort(target, limits);
  expect(result.outcome).toBe('malformed');
  expect(result.detail).toMatch(/^TLS: /);
  expect(result.timings.connectMs).toBeGreaterThanOrEqual(0);
});

test('reachOrPort() does not wait for one that hangs', async () => {
  const target = await listen(
    createServer(() => {}),
    '127.0.0.1',
  );
  const result = await reachOrPort(target, limits);
  expect(result).toMatchObject({ outcome: 'timed-out', detail: 'no TLS after 200 ms' });
  expect(result.timings.totalMs).toBeLessThan(1000);
});

test('reachOrPort() tells a closed port', async () => {
  const server = createServer();
  const target = await listen(server, '127.0.0.1');
  server.close();
  expect(await reachOrPort(target, limits)).toMatchObject({ outcome: 'refused' });
});

test('reachOrPort() stops when told', async () => {
  const target = await listen(
    createServer(() => {}),
    '127.0.0.1',
  );
  const stop = AbortSignal.timeout(50);
  expect(await reachOrPort(target, { connectMs: 5000, tlsMs: 5000 }, stop)).toMatchObject({
    outcome: 'not-asked',
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some((one) => one.family === 'IPv6' && !one.internal && !/^fe[89ab]/i.test(one.address)),
);
test.skipIf(hasIpv6)('reachOrPort() does not ask over IPv6 when we have none', async () => {
  const result = await reachOrPort({ host: '2001:db8::1', port: 443 }, limits);
  expect(result).toMatchObject({ outcome: 'not-asked', detail: 'we have no IPv6 address of our own' });
});
