/** Health, trends and churn over a day and more: the hour of yesterday, gaps, a changed method, what is not known. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { churnSeriesSchema, healthSchema, isDeclined, trendsSchema } from '../../src/api/index.ts';
import type { ChurnSeries, Health, Trends } from '../../src/api/index.ts';
import { createApi } from '../../src/api/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { instead } from '../../../netdoc/test/support/make.ts';
import type { Store } from '../../src/store/index.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Run } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';

const hour = 3600;
const network = madeNetwork(9);
const [first = ''] = network.names;
const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
/** One round is missing; one voter stays away from the last; the method grows after ten rounds. */
const missing = 5;
const last = 25;
const relaysAt = (index: number): number => 20 + index;
const newestAt = noon + last * hour;

describe('a day and a bit of a made-up network', () => {
  let fed: Run;
  let answers: LiveAnswers;

  beforeAll(async () => {
    const journal = makeJournal(network, noon - 1200);
    for (let index = 0; index <= last; index += 1) {
      if (index === missing) continue;
      const methods = instead('consensus-methods', `consensus-methods ${index < 10 ? '32 33' : '32 33 34'}`);
      const round = network.round({
        validAfter: noon + index * hour,
        relays: relaysAt(index),
        voters: index === last ? network.names.slice(1) : network.names,
        voteEdit: () => methods,
      });
      journal.play(round, { cycles: 1 });
    }
    fed = await run(journal);
    answers = fed.answers(newestAt + 300);
  }, 120_000);

  afterAll(() => fed.close());

  const healthAt = async (at?: number): Promise<Health> =>
    healthSchema.parse(await answers.health(at === undefined ? {} : { at: iso(at) }));
  const trends = async (): Promise<Trends> => trendsSchema.parse(await answers.trends());
  const churn = async (query: { from?: string; until?: string } = {}): Promise<ChurnSeries> =>
    churnSeriesSchema.parse(await answers.churn(query));

  test('S2.2.14: against the same hour of the day before there is a difference; of a week before there is no hour', async () => {
    const { rows, held, sentence } = await trends();
    const relays = rows.find(({ figure }) => figure === 'relays');
    expect(relays?.now.value).toBe(relaysAt(last));
    expect(
      relays?.before.map(({ span, value, difference, reason }) => [span, value, difference, reason]),
    ).toEqual([
      ['day', relaysAt(last - 24), 24, undefined],
      ['week', null, null, 'only 25 hours are stored'],
      ['month', null, null, 'only 25 hours are stored'],
      ['year', null, null, 'only 25 hours are stored'],
    ]);
    expect(held).toEqual({ first: iso(noon), last: iso(newestAt), rounds: last, expected: last + 1 });
    expect(sentence).toEqual({
      level: 'ok',
      headline: `${relaysAt(last)} relays: +24 in a day.`,
      detail: '',
    });
  });

  test('S2.2.16: since when the method is what it is, and what it was before', async () => {
    expect((await trends()).method).toEqual({
      now: 34,
      before: 33,
      changed: iso(noon + 10 * hour),
      text: `34 since ${iso(noon + 10 * hour)}, 33 before`,
    });
  });

  test('S2.2.2 S2.2.6 S2.2.18: one voter stays away: eight votes, six needed for a method, it is named; participation of a day', async () => {
    const health = await healthAt();
    expect(health.validAfter).toBe(iso(newestAt));
    expect(health.authorities).toEqual({
      configured: 9,
      sources: 8,
      signatures: 8,
      validSignatures: 8,
      needed: 5,
    });
    expect(health.method).toMatchObject({ used: 34, needed: 6, possible: { value: 34 } });
    expect(health.method.supported.map(({ authority }) => authority)).toEqual(network.names);
    expect(health.method.supported[0]).toEqual({
      authority: first,
      methods: null,
      highest: null,
      reason: 'the consensus names no vote of it',
    });
    const participation = health.quality.find(({ name }) => name === 'participation');
    // Of the last 24 hours all rounds are held but none of the missing one: it is none of these.
    expect(participation?.value).toBe((24 * 9 - 1 - 9) / (23 * 9));
    expect(health.quality.find(({ name }) => name === 'margin')).toMatchObject({
      value: 3,
      grade: 'good',
      level: 'ok',
    });
  });

  test('S2.2.17: the newest is fresh until it is not; of an earlier one, the next was seen so many seconds late', async () => {
    const at = async (seconds: number): Promise<unknown> => {
      const answer = await fed.answers(newestAt + seconds).health({});
      const quality = answer && !isDeclined(answer) ? answer.quality : [];
      const { value, grade, level } = quality.find(({ name }) => name === 'freshness') ?? {};
      return [value, grade, level];
    };
    expect(await at(hour)).toEqual([0, 'excellent', 'ok']);
    expect(await at(hour + 599)).toEqual([599, 'good', 'ok']);
    expect(await at(hour + 600)).toEqual([600, 'poor', 'bad']);
    const before = (await healthAt(noon + (missing - 1) * hour)).quality.find(
      ({ name }) => name === 'freshness',
    );
    expect([before?.value, before?.text]).toEqual([
      null,
      'n/a, because the round directly after it is not held',
    ]);
  });

  test('S8.5: a round that is not held is a gap, and so is the change of the round after it', async () => {
    const series = await churn();
    expect([series.rows.length, series.missing]).toEqual([last + 1, 1]);
    const gap = series.rows[missing];
    expect(gap).toMatchObject({
      validAfter: iso(noon + missing * hour),
      held: false,
      relays: null,
      added: null,
    });
    expect(series.rows[missing + 1]).toMatchObject({
      held: true,
      relays: relaysAt(missing + 1),
      added: null,
      lost: null,
    });
    expect(series.rows[missing + 2]).toMatchObject({ held: true, added: 1, removed: 0 });
    const some = await churn({ from: iso(noon + 2 * hour), until: iso(noon + 4 * hour) });
    expect(some.rows.map(({ validAfter }) => validAfter)).toEqual([
      iso(noon + 2 * hour),
      iso(noon + 3 * hour),
    ]);
  });

  test('S8.5: a span that makes no sense is declined; of one in which nothing is held there are no rows', async () => {
    const declined = await answers.churn({ from: iso(noon), until: iso(noon) });
    expect(declined).toEqual({ declined: 'bad-request', message: 'from: expected a time before until' });
    expect((await churn({ from: '2001-01-01T00:00:00Z', until: '2001-01-02T00:00:00Z' })).rows).toEqual([]);
  });

  test('S8.5: the round after the gap says which round is missing; the one after that is compared', async () => {
    const after = await healthAt(noon + (missing + 1) * hour);
    expect(after.churn).toEqual({
      value: null,
      reason: `the round directly before, ${iso(noon + missing * hour)}, is not held`,
    });
    expect(after.previous).toBe(iso(noon + (missing - 1) * hour));
    expect((await healthAt(noon + (missing + 2) * hour)).churn.value).toMatchObject({
      against: iso(noon + (missing + 1) * hour),
      added: 1,
      removed: 0,
    });
  });

  test('S2.2.15 S2.2.19: without descriptors and a country table there are reasons and no figures', async () => {
    const { classes, countries, regions, geoSource } = await healthAt();
    for (const { capacity } of classes)
      expect([capacity.value, capacity.reason]).toEqual([null, expect.any(String)]);
    expect([countries.value, regions.value, geoSource]).toEqual([null, null, null]);
  });

  test('S0.2: what the pipeline did not count, as of rounds out of an archive, is counted when asked, and is the same', async () => {
    const uncounted = Object.fromEntries(
      ['added', 'removed', 'gained', 'lost', 'moved', 'renamed', 'rekeyed', 'health_inputs'].map((name) => [
        name,
        null,
      ]),
    );
    const { store } = fed;
    const query: Store['query'] = async (name, ...parameters) => {
      const rows = await store.query(name, ...parameters);
      if (name === 'health') return [];
      return name === 'roundsIn' ? rows.map((row) => Object.assign({}, row, uncounted)) : rows;
    };
    const uncountedStore: Store = {
      write: (batch) => store.write(batch),
      close: () => store.close(),
      query,
    };
    const later = fed.answers(newestAt + 300, { store: uncountedStore });
    for (const index of [0, missing - 1, missing + 1, missing + 2, last]) {
      const at = iso(noon + index * hour);
      expect(await later.health({ at })).toEqual(await answers.health({ at }));
    }
    const own = ({ added, removed, gained, lost }: ChurnSeries['rows'][number]): unknown[] => [
      added,
      removed,
      gained,
      lost,
    ];
    const [counted, again] = [await churn(), churnSeriesSchema.parse(await later.churn({}))];
    expect(again.rows.map(own)).toEqual(counted.rows.map(own));
    expect(again.rows.every(({ moved }) => moved === null)).toBe(true);
  });

  test('S2.2.24: JSON and CSV over HTTP say the same', async () => {
    const { app } = createApi(answers);
    const rowsOf = async (path: string): Promise<string[]> =>
      (await (await app.request(path)).text()).trimEnd().split('\r\n');
    const health = await healthAt();
    const csv = await rowsOf('/api/v1/health.csv');
    expect(csv[0]).toBe('kind,name,relays,share,weight,weight_share,bits_per_second,described');
    expect(csv).toHaveLength(1 + health.flags.length + health.classes.length);
    expect((await rowsOf('/api/v1/churn.csv')).slice(missing + 1, missing + 3)).toEqual([
      `${iso(noon + missing * hour)},false,,,,,,,,`,
      `${iso(noon + (missing + 1) * hour)},true,${relaysAt(missing + 1)},,,,,,,`,
    ]);
    expect((await rowsOf('/api/v1/trends.csv'))[1]).toBe(
      `relays,relays,${iso(newestAt)},${relaysAt(last)},day,${iso(newestAt - 24 * hour)},${relaysAt(last - 24)},24,`,
    );
    expect((await app.request(`/api/v1/health?at=${iso(noon + missing * hour)}`)).status).toBe(404);
    expect((await app.request('/api/v1/health?at=yesterday')).status).toBe(400);
    expect((await app.request(`/api/v1/health?at=${iso(noon)}`)).status).toBe(200);
  });
});

test('S2.2.24: as long as no consensus was seen, the answers say so and invent nothing', async () => {
  const fed = await run(makeJournal(network, noon - 1200));
  const answers = fed.answers(noon);
  for (const answer of [await answers.health({}), await answers.trends(), await answers.churn({})])
    expect(answer && isDeclined(answer) && answer.declined).toBe('not-yet');
  await fed.close();
});
