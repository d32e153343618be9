/** CollecTor's worker against a local server: what it fetches, what it refuses, how it waits, and that it never throws. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { feedLimits, watchCollector } from '../../src/feeds/index.ts';
import type { CollectorFeedOptions, FeedKnowledge, FeedObservation } from '../../src/feeds/index.ts';
import { feedServer, type FeedServer } from '../support/feeds.ts';
import { nameOf } from '../support/journal.ts';
import { noon } from '../support/network.ts';
import { holding, watched, type Watched } from './worker.ts';

const now = noon + 600;
const identity = 'A1'.repeat(20);
const digest = 'B2'.repeat(20);
const root = 'recent/relay-descriptors';
const stamp = '2024-05-01-12-00-00';
const consensus = '@type network-status-consensus-3 1.0\nnetwork-status-version 3\n';
const vote = `${root}/votes/${stamp}-vote-${identity}-${digest}`;
const bandwidth = '1714564800\nversion=1.4.0\n=====\n';
const files: Readonly<Record<string, string>> = {
  [`${root}/consensuses/${stamp}-consensus`]: consensus,
  [`${root}/microdescs/consensus-microdesc/${stamp}-consensus-microdesc`]: `${consensus}m\n`,
  [vote]: '@type network-status-vote-3 1.0\nvote\n',
  [`${root}/bandwidths/${stamp}-bandwidth-${nameOf(bandwidth).toUpperCase()}`]: `@type bandwidth-file 1.0\n${bandwidth}`,
  [`${root}/certs/${identity}-2024-03-01-00-00-00`]: '@type dir-key-certificate-3 1.0\ncertificate\n',
  [`${root}/server-descriptors/2024-05-01-12-05-00-server-descriptors`]:
    '@type server-descriptor 1.0\nrouter a\n',
};

let server: FeedServer;
let worker: Promise<void>;
let seen: Watched;
beforeEach(async () => {
  server = await feedServer();
  for (const [path, text] of Object.entries(files)) server.put(path, text);
  server.index('2024-05-01 12:08');
});
afterEach(async () => {
  await seen.stop(worker);
  expect(seen.troubles).toEqual([]);
  await server.close();
});

function start(
  change: Partial<CollectorFeedOptions> = {},
  knowledge: () => FeedKnowledge = () => holding({ identities: new Set([identity]) }),
): void {
  seen = watched(now, knowledge);
  const options = {
    url: server.url,
    periodSeconds: 1800,
    lookbackSeconds: 3 * 3600,
    descriptors: true,
    vantage: 'here',
    ...change,
  };
  worker = watchCollector(options, seen.ports, seen.signal);
}

const brief = ({ subject, outcome }: FeedObservation): string => `${subject} ${outcome}`;

test('fetches what is not held, certificates first, and takes the @type line off', async () => {
  start();
  const entries = await seen.visit();
  expect(entries.map(brief)).toEqual([
    'index received',
    'certificates received',
    'consensus received',
    'microdesc-consensus received',
    'vote received',
    'bandwidth-file received',
    'server-descriptors received',
  ]);
  expect(server.asked[0]).toMatchObject({ path: 'index/index.json.xz', status: 404 });
  const got = entries.find(({ subject }) => subject === 'consensus');
  const document = consensus.slice(consensus.indexOf('\n') + 1);
  expect(got).toMatchObject({
    feed: 'collector',
    vantage: 'here',
    file: `${stamp}-consensus`,
    annotation: '@type network-status-consensus-3 1.0',
    sha256: nameOf(document),
    bytes: document.length,
  });
  expect(Buffer.from(seen.kept.get(nameOf(document)) ?? []).toString()).toBe(document);
  // A file of many documents stays as it is: its @type lines stand between them.
  const many = entries.at(-1);
  expect(many?.annotation).toBeUndefined();
  expect(many?.sha256).toBe(
    nameOf(files[`${root}/server-descriptors/2024-05-01-12-05-00-server-descriptors`] ?? ''),
  );
});

test('does not fetch twice what came, whatever is thought of it', async () => {
  start();
  await seen.visit();
  expect((await seen.visit()).map(brief)).toEqual(['index not-modified']);
});

test('tells what the index says: when it was made, the newest of each kind, how many votes of a round', async () => {
  start();
  const [index] = await seen.visit();
  expect(index?.index).toMatchObject({
    created: noon + 480,
    files: 6,
    newest: { vote: { at: noon, modified: noon + 300 } },
    rounds: [{ validAfter: noon, modified: noon + 300, votes: 1 }],
  });
  expect(index?.sha256).toBeUndefined();
});

test('asks conditionally, by what the server said; what it has fetched it does not fetch again', async () => {
  const held = holding({ identities: new Set([identity]) });
  let knowledge = held;
  start({}, () => knowledge);
  await seen.visit();
  knowledge = {
    ...held,
    consensuses: new Set([`ns/${noon}`, `microdesc/${noon}`]),
    votes: new Set([digest]),
    certificates: new Set([`${identity}/${Date.UTC(2024, 2, 1) / 1000}`]),
    bandwidthFiles: new Set([nameOf(bandwidth)]),
    descriptorFiles: new Set(['2024-05-01-12-05-00-server-descriptors']),
  };
  const asked = server.asked.length;
  const entries = await seen.visit();
  expect(entries.map(brief)).toEqual(['index not-modified']);
  expect(entries[0]?.index?.created).toBe(noon + 480);
  expect(server.asked.slice(asked).map(({ path, status }) => [path, status])).toEqual([
    ['index/index.json.gz', 304],
  ]);
  expect(server.asked.at(-1)?.headers['if-none-match']).toMatch(/^".*"$/);
  expect(seen.waits.slice(1)).toEqual([1_800_000, 1_800_000]);
});

test('fetches nothing older than it looks back, nor of identities that are not ours, nor descriptors when told so', async () => {
  server.put(`${root}/consensuses/2024-05-01-09-00-00-consensus`, consensus);
  server.put(`${root}/consensuses/2024-05-01-10-00-00-consensus`, consensus);
  server.index('2024-05-01 12:08');
  start({ descriptors: false }, () => holding({ identities: new Set(['FF'.repeat(20)]) }));
  const entries = await seen.visit();
  expect(entries.map(({ subject, file }) => `${subject} ${file?.slice(0, 13)}`)).toEqual([
    'index undefined',
    'consensus 2024-05-01-12',
    'consensus 2024-05-01-10',
    'microdesc-consensus 2024-05-01-12',
    'bandwidth-file 2024-05-01-12',
  ]);
});

describe('an index that is not to be had', () => {
  const index = 'index/index.json.gz';
  test.each([
    [{ kind: 'status', status: 503 }, 'busy', /^HTTP 503/],
    [{ kind: 'status', status: 429 }, 'busy', /^HTTP 429/],
    [{ kind: 'status', status: 403 }, 'malformed', /^HTTP 403/],
    [{ kind: 'truncated' }, 'malformed', /^broke off after \d+ bytes/],
    [{ kind: 'html' }, 'malformed', /expected JSON, found "<!DOCTYPE html>/],
    [{ kind: 'other-bytes' }, 'malformed', /expected JSON|cannot be unpacked/],
    [{ kind: 'huge', bytes: 200_000 }, 'malformed', /expected JSON/],
    [{ kind: 'slow' }, 'timed-out', /not done after 500 ms|no byte/],
    [{ kind: 'closed' }, 'refused', /closed without an answer|ECONNRESET/],
  ] as const)(
    'S2.2.23 %j is %s, nothing is kept, and it is tried again sooner',
    async (trouble, outcome, detail) => {
      server.troubles.set(index, trouble);
      // Only who says nothing is waited for in vain; the others may be slow.
      start({ timeoutSeconds: trouble.kind === 'slow' ? 0.5 : 30 });
      const [entry, ...others] = await seen.visit();
      expect(others).toEqual([]);
      expect(entry).toMatchObject({ subject: 'index', outcome });
      expect(entry?.detail).toMatch(detail);
      expect(seen.kept.size).toBe(0);
      await seen.visit();
      await seen.visit();
      // A minute, two, four: each of them times 0.5 plus the chance, which is 0.5 here.
      expect(seen.waits.slice(1)).toEqual([60_000, 120_000, 240_000]);
      server.troubles.clear();
      const entries = await seen.visit();
      expect(entries.map(({ outcome: one }) => one)).toEqual(Array.from({ length: 7 }, () => 'received'));
      expect(seen.waits.at(-1)).toBe(1_800_000);
    },
  );

  test('no server at all is refused', async () => {
    await server.close();
    start();
    expect((await seen.visit()).map(brief)).toEqual(['index refused']);
    server = await feedServer();
  });

  test('an index that unpacks to too much is refused with bounded memory', async () => {
    server.put('index/index.json.gz', gzipSync(Buffer.alloc(feedLimits.documentBytes + 1, 0x20)));
    start();
    const [entry] = await seen.visit();
    expect(entry).toMatchObject({ outcome: 'malformed' });
    expect(entry?.detail).toMatch(/unpack/);
  });

  test('only the plain form there is: it is found once and asked for from then on', async () => {
    server.remove('index/index.json.gz');
    start();
    await seen.visit();
    await seen.visit();
    expect(server.asked.filter(({ path }) => path.startsWith('index/')).map(({ path }) => path)).toEqual([
      'index/index.json.xz',
      'index/index.json.gz',
      'index/index.json',
      'index/index.json',
    ]);
  });
});

describe('a file that is not what the index promises', () => {
  test.each([
    [{ kind: 'other-bytes' }, 'malformed', /SHA-256 is not the one in the index/],
    [{ kind: 'html' }, 'malformed', /bytes came where the index promised/],
    [{ kind: 'truncated' }, 'malformed', /broke off/],
    [{ kind: 'huge', bytes: 5000 }, 'malformed', /larger than \d+ bytes on the wire/],
    [{ kind: 'status', status: 404 }, 'absent', /HTTP 404/],
  ] as const)('%j is %s; the others are fetched all the same', async (trouble, outcome, detail) => {
    server.troubles.set(vote, trouble);
    start();
    const entries = await seen.visit();
    expect(entries.map(({ subject }) => subject)).toHaveLength(7);
    const entry = entries.find(({ subject }) => subject === 'vote');
    expect(entry).toMatchObject({ outcome });
    expect(entry?.detail).toMatch(detail);
    expect(entry?.sha256).toBeUndefined();
    expect(seen.kept.size).toBe(5);
    await seen.visit();
    await seen.visit();
    // Three times is enough, until the index says something else of it.
    expect((await seen.visit()).map(({ subject }) => subject)).not.toContain('vote');
    server.troubles.clear();
    server.put(vote, 'another\n');
    server.index('2024-05-01 12:10');
    expect((await seen.visit()).map(brief)).toContain('vote received');
  });

  test('a server that sheds load in the middle is left alone until later', async () => {
    server.troubles.set(`${root}/consensuses/${stamp}-consensus`, { kind: 'status', status: 503 });
    start();
    expect((await seen.visit()).map(brief)).toEqual([
      'index received',
      'certificates received',
      'consensus busy',
    ]);
    expect(seen.waits.at(-1)).toBe(60_000);
  });

  test('a bandwidth file whose name is not its digest', async () => {
    server.put(`${root}/bandwidths/${stamp}-bandwidth-${'C'.repeat(64)}`, 'no such file\n');
    server.index('2024-05-01 12:08');
    start();
    const entries = (await seen.visit()).filter(({ subject }) => subject === 'bandwidth-file');
    expect(entries.map(({ outcome, detail }) => [outcome, detail])).toContainEqual([
      'malformed',
      'its SHA-256 is not the one in its name',
    ]);
  });
});

test('stops in the middle of an answer and writes nothing down about it', async () => {
  server.troubles.set('index/index.json.gz', { kind: 'slow' });
  start();
  void seen.visit();
  await expect.poll(() => server.asked.length).toBe(1);
  const before = performance.now();
  await seen.stop(worker);
  expect(performance.now() - before).toBeLessThan(1000);
  expect(seen.entries).toEqual([]);
});
