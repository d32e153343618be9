/** The file for allium over HTTP and by the command line: conditional, streamed, and written in one step. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alliumPath, createApi } from '../../src/api/index.ts';
import { openArchive } from '../../src/archive/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import { conclave } from '../cli/run.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Run } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';

const network = madeNetwork(3);
const journal = makeJournal(network, noon - 1200);
journal.play(network.round({ validAfter: noon }));
journal.play(network.round({ validAfter: noon + 3600, relays: 9 }));

let fed: Run;
let app: ReturnType<typeof createApi>['app'];
let directory: string;
beforeAll(async () => {
  fed = await run(journal);
  app = createApi(fed.answers(noon + 4000)).app;
  directory = await mkdtemp(join(tmpdir(), 'conclave-allium-'));
});
afterAll(async () => {
  await fed.close();
  await rm(directory, { recursive: true, force: true });
});

const relaysIn = (text: string): number =>
  Object.keys((JSON.parse(text) as { relay_index: object }).relay_index).length;

describe(alliumPath, () => {
  test('is the newest round; another when it is named', async () => {
    const response = await app.request(alliumPath);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(relaysIn(await response.text())).toBe(9);
    expect(relaysIn(await (await app.request(`${alliumPath}?at=2024-05-01T12:00:00Z`)).text())).toBe(20);
  });

  test('has a tag and a time, and answers 304 to either', async () => {
    const first = await app.request(alliumPath);
    const [tag, modified] = [first.headers.get('etag') ?? '', first.headers.get('last-modified') ?? ''];
    expect(modified).toBe('Wed, 01 May 2024 12:51:00 GMT');
    await first.body?.cancel();
    const again = async (headers: Record<string, string>): Promise<number> => {
      const response = await app.request(alliumPath, { headers });
      await response.body?.cancel();
      return response.status;
    };
    expect(await again({ 'If-None-Match': tag })).toBe(304);
    expect(await again({ 'If-Modified-Since': modified })).toBe(304);
    expect(await again({ 'If-None-Match': '"other"', 'If-Modified-Since': modified })).toBe(200);
    expect(await again({ 'If-Modified-Since': 'Wed, 01 May 2024 12:50:59 GMT' })).toBe(200);
    expect(await again({ 'If-Modified-Since': 'nonsense' })).toBe(200);
    const other = await app.request(`${alliumPath}?at=2024-05-01T12:00:00Z`);
    expect(other.headers.get('etag')).not.toBe(tag);
    await other.body?.cancel();
  });

  test.each([
    ['?at=yesterday', 400],
    ['?at=2023-05-01T12:00:00Z', 404],
  ])('%s is %d', async (query, status) => {
    expect((await app.request(`${alliumPath}${query}`)).status).toBe(status);
  });

  test('is described in the OpenAPI document', async () => {
    const document = (await (await app.request('/api/v1/openapi.json')).json()) as { paths: object };
    expect(document.paths).toHaveProperty([alliumPath]);
  });
});

describe('conclave export allium', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    const listener = getRequestListener(app.fetch);
    server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => void server.close(resolve));
  });

  test('writes what the observatory answers, in one step, over what was there', async () => {
    const out = join(directory, 'cache.json');
    await writeFile(out, 'old');
    const { code, out: said } = await conclave(['export', 'allium', '--url', url, '-o', out, '--json']);
    const text = await readFile(out, 'utf8');
    expect([code, relaysIn(text)]).toEqual([0, 9]);
    expect(JSON.parse(said)).toEqual({ file: out, bytes: Buffer.byteLength(text) });
    expect(await readdir(directory)).toEqual(['cache.json']);
  });

  test('a round that is not known is 2 and leaves what was there', async () => {
    const out = join(directory, 'kept.json');
    await writeFile(out, 'old');
    const ran = await conclave(['export', 'allium', '--url', url, '--at', '2023-05-01T12:00:00Z', '-o', out]);
    expect([ran.code, await readFile(out, 'utf8')]).toEqual([2, 'old']);
  });

  test('an answer that breaks off leaves what was there, and nothing beside it', async () => {
    const broken = createServer((_, response) => {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('{"votes":{', () => response.destroy());
    });
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const address = broken.address();
    const at = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const out = join(directory, 'kept.json');
    const ran = await conclave(['export', 'allium', '--url', at, '-o', out]);
    expect([ran.code, await readFile(out, 'utf8')]).toEqual([69, 'old']);
    expect((await readdir(directory)).filter((name) => name.includes('writing'))).toEqual([]);
    await new Promise((resolve) => void broken.close(resolve));
  });

  test('reads a data directory that nobody has open, and gives the same file', async () => {
    const data = join(directory, 'data');
    const archive = await openArchive(data);
    for (const { entry } of journal.placed) {
      const name = entry.type === 'observation' ? entry.document?.sha256 : undefined;
      const bytes = name === undefined ? undefined : await journal.read(name);
      if (bytes) await archive.keep(bytes);
    }
    await archive.append(journal.placed.map(({ entry }) => entry));
    await archive.close();
    await rebuildStore(data);
    const out = join(directory, 'from-data.json');
    expect((await conclave(['export', 'allium', '--data', data, '-o', out])).code).toBe(0);
    expect(await readFile(out, 'utf8')).toBe(await (await app.request(alliumPath)).text());
  });

  test.each([
    [['--at', 'noon'], 64, '--at: expected a UTC time'],
    [['--data', '/nowhere'], 64, 'expected the store of a data directory'],
    [['--url', 'http://127.0.0.1:1'], 69, 'no observatory answers'],
    [['--data', 'x', '--url', 'y'], 64, 'expected one of them'],
  ])('%j is %d', async (more, code, message) => {
    const ran = await conclave(['export', 'allium', '-o', join(directory, 'never.json'), ...more]);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
  });
});
