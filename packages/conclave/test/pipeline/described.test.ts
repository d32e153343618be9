/** What server descriptors tell of rounds: capacities as figures, platforms, operators; whenever and however they come. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseNetworks } from '../../src/geo/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Batch, Store } from '../../src/store/index.ts';
import {
  describedNetwork,
  describedRound,
  descriptorFile,
  descriptorOf,
  digestOf,
  fedDescriptors,
  relayCount,
  saysOf,
} from '../support/described.ts';
import { dump, feed, makeJournal, rowsOf, run, withStorePath } from '../support/journal.ts';
import type { Journal, Run } from '../support/journal.ts';
import { noon } from '../support/network.ts';

const hour = 3600;

/** 18 of 20 descriptors come after the first round, the others after the second; the third has them from the start. */
function slowly(): Journal {
  const journal = makeJournal(describedNetwork, noon - 1200);
  journal.watching(noon - 1100, describedNetwork.set, [
    { feed: 'collector', url: 'https://collector.example/', periodSeconds: 1800 },
  ]);
  journal.play(describedRound(noon));
  fedDescriptors(journal, noon + 600, descriptorFile(0, 18));
  journal.play(describedRound(noon + hour));
  fedDescriptors(journal, noon + hour + 600, descriptorFile(18, relayCount));
  journal.play(describedRound(noon + 2 * hour));
  return journal;
}

const capacityFigures = ['capacity:total', 'capacity:guard', 'capacity:exit'].join(',');
const all = Array.from({ length: relayCount }, (_, index) => index);
const total = all.reduce((sum, index) => sum + 8 * saysOf(index).bytesPerSecond, 0);

describe('rounds whose descriptors come slowly', () => {
  const journal = slowly();
  const until = async (seconds: number): Promise<Run> => {
    const store = await openDuckDb({ path: ':memory:' });
    const pipeline = await openPipeline({ archive: journal, store });
    const upTo = journal.placed.filter(({ entry }) => entry.at <= seconds * 1000).at(-1)?.position ?? 0;
    await feed(pipeline, journal, upTo);
    return { store, pipeline, answers: () => expect.unreachable(), close: () => store.close() };
  };
  const totals = async (store: Store): Promise<[number, number][]> => {
    const rows = await store.query('series', { figures: 'capacity:total', since: 0, until: 4e9 });
    return rows.map(({ valid_after, value }) => [Number(valid_after), Number(value)]);
  };

  test('S2.2.15 capacity of 18 of 20 relays is a row that says so, and no figure of the network', async () => {
    const { store, ...line } = await until(noon + 700);
    const rows = await store.query('capacitiesOf', { valid_after: noon });
    const known = all.slice(0, 18).reduce((sum, index) => sum + 8 * saysOf(index).bytesPerSecond, 0);
    expect(rows.find((row) => row.class === 'total')).toMatchObject({
      relays: relayCount,
      described: 18,
      bits_per_second: known,
      source: 'collector',
    });
    expect(await totals(store)).toEqual([]);
    await line.close();
  });

  test('S2.2.15 the last descriptors make it a figure of the two newest rounds and of their day', async () => {
    const { store, ...line } = await until(noon + hour + 700);
    expect(await totals(store)).toEqual([
      [noon, total],
      [noon + hour, total],
    ]);
    const day = Math.floor(noon / 86_400) * 86_400;
    const query = { figures: capacityFigures, since: day, until: day + 86_400 };
    const days = await store.query('daySeries', query);
    expect(Object.fromEntries(days.map(({ figure, mean }) => [figure, mean]))).toEqual({
      'capacity:exit': expect.any(Number),
      'capacity:guard': expect.any(Number),
      'capacity:total': total,
    });
    // The other figures of the round are still there.
    const relays = await store.query('series', {
      figures: 'relays,flag:Guard',
      since: noon,
      until: noon + 1,
    });
    expect(relays).toHaveLength(2);
    await line.close();
  });

  test('S2.2.15 a round that came after its descriptors has its capacity at once, and keeps it when it is closed again', async () => {
    const { store, ...line } = await until(noon + 3 * hour);
    expect(await totals(store)).toEqual([noon, noon + hour, noon + 2 * hour].map((at) => [at, total]));
    await line.close();
  });

  test('S2.1.31 S2.2.19 platforms and operators are counted with their weight; silent relays are nobody', async () => {
    const { store, ...line } = await until(noon + 3 * hour);
    const [row] = await store.query('described', { valid_after: noon + 2 * hour });
    expect(row).toMatchObject({ relays: relayCount, described: relayCount, source: 'collector' });
    expect(row?.described_weight).toBe(row?.weight);
    const platforms = JSON.parse(row?.platforms ?? '') as { list: { platform: string; relays: number }[] };
    expect(platforms.list.map(({ platform, relays }) => [platform, relays])).toEqual([
      ['Linux', 16],
      ['FreeBSD', 4],
    ]);
    const operators = JSON.parse(row?.operators ?? '') as {
      distinct: number;
      silent: { relays: number };
      list: { contact: string; relays: number }[];
    };
    expect([operators.distinct, operators.silent.relays]).toEqual([3, 4]);
    expect(new Map(operators.list.map(({ contact, relays }) => [contact, relays]))).toEqual(
      new Map(
        [0, 1, 2].map((who) => [
          `operator ${who} <ops${who} at maple.example>`,
          all.filter((index) => index >= 4 && index % 3 === who).length,
        ]),
      ),
    );
    await line.close();
  });

  test('S0.2 the rows are the same after a stop at any tick, and with many ticks to a commit', async () => {
    const whole = await rowsOf(journal);
    expect(await rowsOf(journal, { ticksPerCommit: 100 })).toEqual(whole);
    await withStorePath(async (path) => {
      const ticks = journal.placed.filter(({ entry }) => entry.type === 'tick');
      const stops = ticks.filter((_, index) => index % 4 === 0).map(({ position }) => position);
      for (const position of [...stops, Infinity]) {
        const store = await openDuckDb({ path });
        const pipeline = await openPipeline({ archive: journal, store });
        await feed(pipeline, journal, position);
        await store.close();
      }
      expect(await dump(path)).toEqual(whole);
    });
  }, 120_000);
});

describe('descriptors in many small answers', () => {
  const written: number[] = [];
  let fed: Run;
  beforeAll(async () => {
    const journal = makeJournal(describedNetwork, noon - 1200);
    journal.play(describedRound(noon), { cycles: 1 });
    // Each comes three times, one to an answer, and is written once.
    for (let time = 0; time < 3; time += 1)
      for (const index of all)
        fedDescriptors(journal, noon + 400 + time * 300 + index * 10, descriptorOf(index));
    const store = await openDuckDb({ path: ':memory:' });
    const counting: Store = {
      query: (name, ...parameters) => store.query(name, ...parameters),
      close: () => store.close(),
      write: async (batch: Batch) => {
        for (const { table, rows } of batch.entries()) if (table === 'advertised') written.push(rows.length);
        await store.write(batch);
      },
    };
    fed = await run(journal, { store: counting });
  });
  afterAll(() => fed.close());

  test('each is written once, by itself', () => {
    expect(written).toEqual(all.map(() => 1));
  });

  test('what is held is what the last of them made whole', async () => {
    const rows = await fed.store.query('advertised');
    expect(rows.map(({ place, number, via }) => [place, number, via])).toEqual(
      all.map((index) => [index, index, 'collector']),
    );
    const [round] = await fed.store.query('round', { valid_after: noon });
    expect(round?.capacity_total).toBe(total);
  });
});

describe('descriptors of the authorities', () => {
  test('S2.2.15 count like those of an archive, those that were asked for; the source is named', async () => {
    const journal = makeJournal(describedNetwork, noon - 1200);
    const [first = ''] = describedNetwork.names;
    journal.play(describedRound(noon), { cycles: 1 });
    const digests = [0, 1, 2].map((index) => digestOf(descriptorOf(index)).toString('hex').toUpperCase());
    // One that was not asked for comes with them.
    journal.got(noon + 400, first, { kind: 'relay-descriptors', digests }, descriptorFile(0, 4));
    journal.cycle(noon + 410);
    fedDescriptors(journal, noon + 500, descriptorFile(4, 6));
    const fed = await run(journal);
    const held = await fed.store.query('advertised');
    expect(held.map(({ digest, via }) => [digest, via])).toEqual([
      ...digests.map((digest) => [digest, 'authorities']),
      ...[4, 5].map((index) => [digestOf(descriptorOf(index)).toString('hex').toUpperCase(), 'collector']),
    ]);
    const rows = await fed.store.query('capacitiesOf', { valid_after: noon });
    expect(rows.find((row) => row.class === 'total')).toMatchObject({
      described: 5,
      source: 'authorities, collector',
    });
    await fed.close();
  });
});

describe('networks (AS)', () => {
  test('S2.2.19 are counted by the table that was given, and named by it', async () => {
    const journal = makeJournal(describedNetwork, noon - 1200);
    journal.play(describedRound(noon), { cycles: 1 });
    const networks = parseNetworks(
      Buffer.from('0.0.0.0\t255.255.255.255\t64500\tUS\tEXAMPLE-NET\n'),
      'ip2asn-v4.tsv of 2026-07-01',
    );
    const fed = await run(journal, { networks });
    const [row] = await fed.store.query('health', { valid_after: noon });
    expect(JSON.parse(row?.networks ?? 'null')).toEqual({
      source: 'ip2asn-v4.tsv of 2026-07-01',
      distinct: 1,
      unknown: { relays: 0, weightShare: 0 },
      largest: [{ as: 64_500, name: 'EXAMPLE-NET', relays: relayCount, weightShare: 1 }],
    });
    await fed.close();
  });
});
