import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { documentLimits, get, type Answer, type GetOptions, type Limits } from '../../src/collect/index.ts';
import { answer, serve, type Behaviour, type WireServer } from './wire.ts';

const text = 'network-status-version 3\n'.repeat(300);
const deflate = 'Content-Encoding: deflate';
/** Small in bytes; in time only what a test is about, so that a machine that is slow does not decide. */
const small: Limits = { ...documentLimits, wireBytes: 200_000, documentBytes: 400_000 };

const servers: WireServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function ask(behave: Behaviour, options: Partial<GetOptions> = {}): Promise<Answer> {
  const server = await serve(behave);
  servers.push(server);
  return get(server, '/tor/test', { limits: small, ...options });
}

const say =
  (bytes: Uint8Array): Behaviour =>
  (socket) =>
    void socket.end(bytes);

const documentOf = (result: Answer): string | undefined =>
  result.document && Buffer.from(result.document.bytes).toString('latin1');

describe('get() receives', () => {
  const twice = Buffer.concat([deflateSync(text), deflateSync('second'), deflateSync('third')]);
  test.each<[string, Buffer, string]>([
    ['a close-delimited deflate', answer(deflateSync(text), [deflate]), text],
    ['identity without a length', answer(text), text],
    ['identity by name', answer(text, ['Content-Encoding: identity']), text],
    ['identity with a length', answer(text, [`Content-Length: ${text.length}`]), text],
    ['gzip', answer(gzipSync(text), ['Content-Encoding: gzip']), text],
    ['raw deflate', answer(deflateRawSync(text), [deflate]), text],
    ['zlib streams back to back', answer(twice, [deflate]), `${text}secondthird`],
    ['an empty document', answer(''), ''],
    ['a compressed empty document', answer(deflateSync(''), [deflate]), ''],
    [
      'HTTP/1.1 in chunks',
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'),
      'ab',
    ],
  ])('%s', async (_, bytes, expected) => {
    const result = await ask(say(bytes));
    expect(result).toMatchObject({ outcome: 'received', status: 200 });
    expect(documentOf(result)).toBe(expected);
  });

  test('deflate although gzip was named, by the word of the answer alone', async () => {
    const result = await ask((socket, request) => {
      expect(request).toContain('\r\nAccept-Encoding: deflate, identity\r\n');
      socket.end(answer(deflateSync(text), [deflate]));
    });
    expect(documentOf(result)).toBe(text);
    expect(result.document?.wireBytes).toBe(deflateSync(text).length);
  });

  test('an answer in many small pieces, with the time of each phase', async () => {
    const result = await ask(async (socket) => {
      const bytes = answer(deflateSync(text), [deflate]);
      for (let i = 0; i < bytes.length; i += 7) {
        await new Promise((resolve) => socket.write(bytes.subarray(i, i + 7), resolve));
      }
      socket.end();
    });
    expect(documentOf(result)).toBe(text);
    const { connectMs = -1, firstByteMs = -1, totalMs } = result.timings;
    expect(0 <= connectMs && connectMs <= firstByteMs && firstByteMs <= totalMs).toBe(true);
  });

  test('a request that is one line and exact headers', async () => {
    const server = await serve(say(answer(text)));
    servers.push(server);
    await get(server, '/tor/keys/all', { limits: small, ifModifiedSince: Date.UTC(2026, 6, 27, 10) / 1000 });
    const lines = server.requests[0]?.split('\r\n') ?? [];
    expect(lines[0]).toBe('GET /tor/keys/all HTTP/1.1');
    expect(lines).toContain('If-Modified-Since: Mon, 27 Jul 2026 10:00:00 GMT');
    expect(lines).toContain('Connection: close');
  });
});

describe('get() measures the clock of the other end', () => {
  const now = Date.UTC(2026, 6, 27, 10, 0, 0, 400);
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  test.each<[string, number | undefined]>([
    ['Date: Mon, 27 Jul 2026 10:00:00 GMT', 0.1],
    ['Date: Mon, 27 Jul 2026 10:01:30 GMT', 90.1],
    ['Date: Mon, 27 Jul 2026 09:59:58 GMT', -1.9],
    ['Date: yesterday', undefined],
    ['Server: none', undefined],
  ])('%s: %s s', async (header, skew) => {
    const result = await ask(say(answer(text, [header])), { clock });
    expect(result.clockSkewSeconds).toBe(skew);
  });

  test('also in an answer without a document', async () => {
    const busy = answer('', ['Date: Mon, 27 Jul 2026 10:00:05 GMT'], '503 Directory busy, try again later');
    expect(await ask(say(busy), { clock })).toMatchObject({ outcome: 'busy', clockSkewSeconds: 5.1 });
  });
});

describe('get() tells from the status', () => {
  test.each<[string, Partial<Answer>]>([
    ['304 Not modified', { outcome: 'not-modified', status: 304 }],
    ['404 Not found', { outcome: 'absent', status: 404, detail: 'HTTP 404 Not found' }],
    ['503 Directory busy', { outcome: 'busy', status: 503, detail: 'HTTP 503 Directory busy' }],
    ['400 Bad request', { outcome: 'malformed', status: 400, detail: 'HTTP 400 Bad request' }],
    ['302 Found', { outcome: 'malformed', status: 302, detail: 'HTTP 302 Found' }],
    ['204 Nothing', { outcome: 'malformed', status: 204, detail: 'HTTP 204 Nothing' }],
  ])('%s', async (status, expected) => {
    const result = await ask(say(answer('', [], status)));
    expect(result).toMatchObject(expected);
    expect(result.document).toBeUndefined();
  });
});

describe('get() survives', () => {
  const bomb = deflateSync(Buffer.alloc(30_000_000));
  const smallBomb = deflateSync(Buffer.alloc(300_000));
  const packed = deflateSync(text);
  test.each<[string, Buffer, string]>([
    ['a truncated deflate', answer(packed.subarray(0, -5), [deflate]), 'the compressed data ends too early'],
    [
      'a second stream that is truncated',
      answer(Buffer.concat([packed, packed.subarray(0, 20)]), [deflate]),
      'the compressed data ends too early',
    ],
    ['garbage after a stream', answer(Buffer.concat([packed, Buffer.from('xyz')]), [deflate]), 'broken'],
    ['a body that is not what it says', answer(text, ['Content-Encoding: gzip']), 'broken'],
    ['an encoding that nobody asked for', answer(packed, ['Content-Encoding: x-zstd']), 'was not asked for'],
    ['a bomb', answer(bomb, [deflate]), 'unpacks to more than 400000 bytes'],
    ['many small bombs', answer(Buffer.concat([smallBomb, smallBomb]), [deflate]), 'unpacks to more than'],
    ['a body cut short of its length', answer(text, ['Content-Length: 99999']), 'broke off after'],
    ['garbage instead of HTTP', Buffer.from('SSH-2.0-OpenSSH_9\r\n\r\n'), 'Parse Error'],
    ['binary noise', Buffer.from([0, 1, 2, 3, 255, 254, 10, 10]), 'Parse Error'],
    ['endless headers', answer('', [`X: ${'y'.repeat(40_000)}`]), 'Header overflow'],
    ['an endless body', answer(Buffer.alloc(300_000, 'x')), 'larger than 200000 bytes on the wire'],
  ])('%s', async (_, bytes, detail) => {
    const result = await ask(say(bytes));
    expect(result.outcome).toBe('malformed');
    expect(result.detail).toContain(detail);
  });

  test('an answer that grows more than tor itself allows', async () => {
    const limits = { ...small, documentBytes: 50_000_000, ratioFromBytes: 100_000 };
    expect(await ask(say(answer(bomb, [deflate])), { limits })).toMatchObject({ outcome: 'malformed' });
    expect(await ask(say(answer(deflateSync(text), [deflate])), { limits })).toMatchObject({
      outcome: 'received',
    });
  });

  test.each<[string, Partial<Limits>, Behaviour, string]>([
    ['silence before the headers', { firstByteMs: 200 }, () => {}, 'no answer 200 ms after connecting'],
    [
      'silence in the headers',
      { firstByteMs: 200 },
      (socket) => void socket.write('HTTP/1.0 200 OK\r\nDate: '),
      'no answer 200 ms',
    ],
    [
      'silence after the headers',
      { idleMs: 200 },
      (socket) => void socket.write(answer('ab')),
      'no byte for 200 ms',
    ],
    [
      'a slow drip',
      { totalMs: 600 },
      (socket) => {
        socket.write(answer(''));
        const timer = setInterval(() => socket.write('x'), 50);
        socket.on('close', () => clearInterval(timer));
      },
      'not done after 600 ms',
    ],
  ])('%s', async (_, limits, behave, detail) => {
    const started = performance.now();
    const result = await ask(behave, { limits: { ...small, ...limits } });
    expect(result.outcome).toBe('timed-out');
    expect(result.detail).toContain(detail);
    // Sooner than any other limit would have ended it.
    expect(performance.now() - started).toBeLessThan(4000);
  });

  test.each<[string, Behaviour, string]>([
    ['a reset', (socket) => void socket.resetAndDestroy(), 'ECONNRESET'],
    ['a connection that is closed at once', (socket) => void socket.end(), 'closed without an answer'],
  ])('%s', async (_, behave, detail) => {
    const result = await ask(behave);
    expect(result.outcome).toBe('refused');
    expect(result.detail).toContain(detail);
  });

  test('a reset in the middle of the body', async () => {
    const result = await ask(
      (socket) => void socket.write(answer('abc'), () => setTimeout(() => socket.resetAndDestroy(), 50)),
    );
    expect(result).toMatchObject({ outcome: 'malformed', status: 200 });
    expect(result.detail).toContain('broke off after 3 bytes');
  });

  test('a port where nobody listens', async () => {
    const server = await serve(() => {});
    await server.close();
    const result = await get(server, '/', { limits: small });
    expect(result).toMatchObject({ outcome: 'refused' });
    expect(result.timings.connectMs).toBeUndefined();
  });

  test('being stopped', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(await ask(() => {}, { signal: stop.signal })).toMatchObject({ outcome: 'not-asked' });
    expect(await ask(() => {}, { signal: AbortSignal.abort() })).toMatchObject({ outcome: 'not-asked' });
  });
});
