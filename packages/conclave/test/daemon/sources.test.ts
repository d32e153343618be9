/** The workers of sources as the observatory starts them: into the journal, each on its own, and stopped with everything. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArchive } from '../../src/archive/index.ts';
import type { JournalEntry, OpenedArchive } from '../../src/archive/index.ts';
import { startSources, watchedFeeds } from '../../src/daemon/index.ts';
import { onionooQuestions } from '../../src/feeds/index.ts';
import { holding } from '../feeds/worker.ts';
import { feedServer, onionoo, type FeedServer } from '../support/feeds.ts';

let directory: string;
let archive: OpenedArchive;
let server: FeedServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-sources-'));
  archive = await openArchive(directory);
  server = await feedServer();
});
afterEach(async () => {
  await server.close();
  await archive.close();
  await rm(directory, { recursive: true, force: true });
});

async function entries(): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for await (const { entry } of archive.entries(0)) all.push(entry);
  return all;
}

test('startSources() writes into the journal what came, keeps the document first, and stops within a second', async () => {
  for (const { path } of onionooQuestions) server.put(path, onionoo([]));
  server.index('2024-05-01 12:08');
  const common = { url: server.url, periodSeconds: 0.5 };
  const options = { onionoo: common, collector: { ...common, lookbackSeconds: 3600, descriptors: true } };
  const abort = new AbortController();
  const troubles: unknown[] = [];
  const done = startSources(options, {
    archive,
    pipeline: { feedKnowledge: () => holding() },
    vantage: 'here',
    onTrouble: (error) => troubles.push(error),
    signal: abort.signal,
  });
  await expect.poll(async () => (await entries()).length).toBeGreaterThanOrEqual(6);
  abort.abort();
  const before = performance.now();
  await done;
  expect(performance.now() - before).toBeLessThan(1000);
  const feeds = (await entries()).flatMap((entry) => (entry.type === 'feed' ? entry : []));
  expect(new Set(feeds.map(({ feed }) => feed))).toEqual(new Set(['collector', 'onionoo']));
  const [details] = feeds.filter(({ subject }) => subject === 'details');
  expect(await archive.read(details?.sha256 ?? '')).toBeDefined();
  expect(troubles).toEqual([]);
});

test('startSources() with none is over when everything stops, and asks nobody', async () => {
  const abort = new AbortController();
  const done = startSources(
    {},
    {
      archive,
      pipeline: { feedKnowledge: () => holding() },
      vantage: 'here',
      onTrouble: () => {},
      signal: abort.signal,
    },
  );
  abort.abort();
  await done;
  expect(await entries()).toEqual([]);
  expect(watchedFeeds({})).toEqual([]);
});
