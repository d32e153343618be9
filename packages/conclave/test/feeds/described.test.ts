/** Server descriptors from CollecTor to the figures: its files over HTTP, the journal, the rows, and what is not asked again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { healthSchema } from '../../src/api/index.ts';
import { watchCollector } from '../../src/feeds/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { describedNetwork, describedRound, descriptorOf, relayCount, saysOf } from '../support/described.ts';
import { feedServer, type FeedServer } from '../support/feeds.ts';
import { feed, makeJournal, run } from '../support/journal.ts';
import type { Journal, Run } from '../support/journal.ts';
import { noon } from '../support/network.ts';
import { watched, type Watched } from './worker.ts';

/** Ten minutes after noon its files of 12:05 are there. */
const now = noon + 600;
const folder = 'recent/relay-descriptors/server-descriptors';
/** As CollecTor writes them: each with its annotation. */
const fileOf = (from: number, until: number): Uint8Array =>
  Buffer.concat(
    Array.from({ length: until - from }, (_, index) => [
      Buffer.from('@type server-descriptor 1.0\n'),
      Buffer.from(descriptorOf(from + index)),
    ]).flat(),
  );

let server: FeedServer;
let seen: Watched;
let worker: Promise<void>;
let journal: Journal;
let fed: Run;

/** What the worker brought, into the journal and through the line; which files they were. */
async function take(at: number): Promise<readonly string[]> {
  const entries = seen.entries.splice(0);
  for (const entry of entries)
    journal.fed(
      { ...entry, at: entry.at / 1000 },
      entry.sha256 === undefined ? undefined : seen.kept.get(entry.sha256),
    );
  journal.cycle(at);
  await feed(fed.pipeline, journal);
  return entries.flatMap(({ file }) => file ?? []);
}

beforeAll(async () => {
  server = await feedServer();
  server.put(`${folder}/2024-05-01-11-05-00-server-descriptors`, fileOf(0, 12));
  server.put(`${folder}/2024-05-01-12-05-00-server-descriptors`, fileOf(12, relayCount));
  server.index('2024-05-01 12:08');
  journal = makeJournal(describedNetwork, noon - 1200);
  journal.watching(noon - 1100, describedNetwork.set, [
    { feed: 'collector', url: server.url, periodSeconds: 1800 },
  ]);
  journal.play(describedRound(noon), { cycles: 1 });
  fed = await run(journal);
  seen = watched(now, () => fed.pipeline.feedKnowledge());
  const options = {
    url: server.url,
    periodSeconds: 1800,
    lookbackSeconds: 0,
    descriptors: true,
    vantage: 'here',
  };
  worker = watchCollector(options, seen.ports, seen.signal);
});
afterAll(async () => {
  await seen.stop(worker);
  await fed.close();
  await server.close();
});

describe('descriptors of CollecTor', () => {
  test('S2.2.15 S2.1.31 S2.2.19 files over HTTP become capacities, platforms and operators', async () => {
    await seen.visit();
    expect((await take(now + 10)).toSorted()).toEqual([
      '2024-05-01-11-05-00-server-descriptors',
      '2024-05-01-12-05-00-server-descriptors',
    ]);
    const { classes, operators, platforms, described } = healthSchema.parse(
      await fed.answers(now + 30).health({}),
    );
    const total = Array.from({ length: relayCount }, (_, index) => 8 * saysOf(index).bytesPerSecond);
    expect(classes.find(({ name }) => name === 'total')?.capacity.value).toEqual({
      bitsPerSecond: total.reduce((sum, bits) => sum + bits, 0),
      described: relayCount,
    });
    expect(described.value).toMatchObject({ relays: relayCount, source: 'collector' });
    expect([operators.value?.distinct, operators.value?.silent.relays]).toEqual([3, 4]);
    expect(platforms.value?.map(({ name, relays }) => [name, relays])).toEqual([
      ['Linux', 16],
      ['FreeBSD', 4],
    ]);
    expect(seen.troubles).toEqual([]);
  });

  test('S2.2.15 files that were read are not asked for again, nor after a start anew', async () => {
    const again = await openPipeline({ archive: journal, store: fed.store });
    expect([...again.feedKnowledge().descriptorFiles]).toHaveLength(2);
    await seen.visit();
    expect(await take(now + 20)).toEqual([]);
  });
});
