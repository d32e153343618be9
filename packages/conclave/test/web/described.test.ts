/** What descriptors and a table of networks tell, from the journal to the page: the API's numbers and a reader's words. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { healthSchema, isDeclined, seriesSchema, statusSchema, trendsSchema } from '../../src/api/index.ts';
import type { Health } from '../../src/api/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { parseNetworks } from '../../src/geo/index.ts';
import { createSite } from '../../src/web/index.ts';
import {
  describedNetwork,
  describedRound,
  descriptorFile,
  fedDescriptors,
  relayCount,
  saysOf,
} from '../support/described.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Run } from '../support/journal.ts';
import { noon } from '../support/network.ts';

const hour = 3600;
const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
const all = Array.from({ length: relayCount }, (_, index) => index);
const total = all.reduce((sum, index) => sum + 8 * saysOf(index).bytesPerSecond, 0);

/** The first two rounds are never described; of the third two relays are, or all, and then there is one a day later. */
let partly: Run;
let wholly: Run;
const newest = noon + 26 * hour;

async function played(upTo: number): Promise<Run> {
  const journal = makeJournal(describedNetwork, noon - 1200);
  journal.play(describedNetwork.round({ validAfter: noon, relays: relayCount }), { cycles: 1 });
  journal.play(describedNetwork.round({ validAfter: noon + hour, relays: relayCount }), { cycles: 1 });
  journal.play(describedRound(noon + 2 * hour), { cycles: 1 });
  fedDescriptors(journal, noon + 2 * hour + 600, descriptorFile(0, upTo));
  if (upTo === relayCount) journal.play(describedRound(newest), { cycles: 1 });
  const networks = parseNetworks(
    Buffer.from('198.51.100.0\t198.51.100.255\t64500\tUS\tEXAMPLE-NET\n'),
    'ip2asn-v4.tsv of 2026-07-01',
  );
  return run(journal, upTo === relayCount ? { networks } : {});
}

beforeAll(async () => {
  partly = await played(2);
  wholly = await played(relayCount);
}, 60_000);
afterAll(() => Promise.all([partly.close(), wholly.close()]));

const healthOf = async (answers: LiveAnswers, at?: number): Promise<Health> =>
  healthSchema.parse(await answers.health(at === undefined ? {} : { at: iso(at) }));
const read = async (answers: LiveAnswers, path: string): Promise<string> => {
  const response = await createSite(answers).request(path);
  expect(response.status, path).toBe(200);
  const main = /<main.*<\/main>/s.exec(await response.text())?.[0] ?? '';
  return main
    .replace(/<[^>]*>/g, ' ')
    .replaceAll(/&#39;|’/g, "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ');
};

describe('a round whose relays are all described', () => {
  const answers = (): LiveAnswers => wholly.answers(newest + 300);

  test('S2.1.31 S2.2.19 /api/v1/health has operators, platforms and networks with shares of the weight', async () => {
    const { described, platforms, operators, networks, quality } = await healthOf(answers());
    expect(described.value).toEqual({ relays: relayCount, share: 1, weightShare: 1, source: 'collector' });
    expect(platforms.value?.map(({ name, relays }) => [name, relays])).toEqual([
      ['Linux', 16],
      ['FreeBSD', 4],
    ]);
    expect(platforms.value?.reduce((sum, { weightShare }) => sum + weightShare, 0)).toBeCloseTo(1, 9);
    expect([operators.value?.distinct, operators.value?.silent.relays]).toEqual([3, 4]);
    const shares = operators.value?.largest.map(({ weightShare }) => weightShare) ?? [];
    expect(shares.toSorted((a, b) => b - a)).toEqual(shares);
    expect(shares.reduce((sum, share) => sum + share, operators.value?.silent.weightShare ?? 0)).toBeCloseTo(
      1,
      9,
    );
    expect(networks.value).toMatchObject({ source: 'ip2asn-v4.tsv of 2026-07-01' });
    const graded = Object.fromEntries(quality.map((one) => [one.name, one]));
    for (const name of ['operators', 'platforms'])
      // However poor, nobody can mend it today: it is no alarm.
      expect([graded[name]?.grade, graded[name]?.level]).toEqual(['poor', 'warn']);
    expect(graded['platforms']?.text).toMatch(/% of the weight, 80\.0 % of the relays on Linux$/);
    expect(graded['operators']?.text).toMatch(
      /of 3 that contacts and families tell apart \(operator \d <ops\d at maple\.example>\); \d+\.\d % is of 4 relays that state neither$/,
    );
    expect(graded['operators']?.value).toBe(shares[0]);
  });

  test('S2.1.31 the overview has the same numbers', async () => {
    const { diversity } = statusSchema.parse(await answers().status());
    const { platforms, operators, networks } = await healthOf(answers());
    expect(diversity?.operators.value).toBe(operators.value?.distinct);
    expect(diversity?.largestOperators).toEqual(operators);
    expect(diversity?.networks).toEqual(networks);
    expect(diversity?.platforms.value?.map(({ weightShare }) => weightShare)).toEqual(
      platforms.value?.map(({ weightShare }) => weightShare),
    );
    const text = await read(answers(), '/');
    expect(text).toContain('3 operators by contact and family; the largest has');
    expect(text).toContain('By 20 descriptors, from collector');
  });

  test('S2.2.15 S2.2.14 capacity is compared with the same hour of the day before, and is a series with its gaps', async () => {
    const trends = trendsSchema.parse(await answers().trends());
    const row = trends.rows.find(({ figure }) => figure === 'capacity:total');
    expect([row?.now.value, row?.unit, row?.before[0]?.value, row?.before[0]?.difference]).toEqual([
      total,
      'bits/s',
      total,
      0,
    ]);
    const asked = await answers().series({
      figures: ['capacity:total', 'relays'],
      from: iso(noon),
      step: 'round',
    });
    if (asked === undefined || isDeclined(asked)) throw new Error('no series');
    const { series, times } = seriesSchema.parse(asked);
    const capacity = series.find(({ figure }) => figure === 'capacity:total');
    // Rounds that are held and not described, and rounds that are not held: gaps both, and never 0.
    expect(capacity?.values).toEqual(
      times.map((at) => ([noon + 2 * hour, newest].map(iso).includes(at) ? total : null)),
    );
    expect(capacity?.values.filter((value) => value === null).length).toBeGreaterThan(2);
  });

  test('S2.2.15 S2.2.19 the pages say it without script', async () => {
    const health = await read(answers(), '/health');
    expect(health).toContain(
      '3 operators by contact and family, those with most weight shown. Neither stated: 4 relays,',
    );
    expect(health).toContain('nobody checks it.');
    expect(health).toContain('Source: ip2asn-v4.tsv of 2026-07-01');
    const trends = await read(answers(), '/trends');
    expect(trends).toContain('Exit capacity advertised by descriptors');
    expect(trends).toContain('Capacity advertised by descriptors');
    expect(await read(answers(), '/trends?figure=capacity%3Aguard')).toContain('Mbit/s');
  });
});

describe('a round of which few relays are described', () => {
  const answers = (): LiveAnswers => partly.answers(noon + 2 * hour + 900);
  const few =
    /^the descriptors of only 2 of 20 relays are held, with \d+\.\d % of the weight; 95 % of both are needed$/;

  test('S2.1.31 S2.2.19 nothing is said of the whole, and why', async () => {
    const { described, platforms, operators, networks, quality } = await healthOf(answers());
    expect(described.value?.relays).toBe(2);
    for (const one of [platforms, operators])
      expect([one.value, one.reason]).toEqual([null, expect.stringMatching(few)]);
    expect([networks.value, networks.reason]).toEqual([
      null,
      expect.stringContaining('no table of networks'),
    ]);
    for (const name of ['operators', 'platforms', 'networks'])
      expect(quality.find((one) => one.name === name)).toMatchObject({
        grade: null,
        level: 'unknown',
        value: null,
      });
  });

  test('S2.2.15 the sum of what is held says of how many relays, and is no figure of the network', async () => {
    const { classes } = await healthOf(answers());
    expect(classes.find(({ name }) => name === 'total')?.capacity.value?.described).toBe(2);
    const trends = trendsSchema.parse(await answers().trends());
    expect(trends.rows.find(({ figure }) => figure === 'capacity:total')?.now).toEqual({
      value: null,
      reason: expect.stringContaining('fewer than 95 %'),
    });
  });

  test('S2.2.15 of a round without any descriptor there is a reason', async () => {
    const { described, classes } = await healthOf(answers(), noon);
    expect([described.value, described.reason]).toEqual([
      null,
      expect.stringContaining('no server descriptor'),
    ]);
    expect(classes.every(({ capacity }) => capacity.value === null)).toBe(true);
    expect(await read(answers(), '/health')).toContain('Operators: n/a');
  });
});
