/** Figures over time as the API gives them, over rounds played through the pipeline: gaps are gaps, never zero (S0.2, S8.5). */
import { expect, test } from 'vitest';
import { createApi, isDeclined, seriesSchema } from '../../src/api/index.ts';
import type { Series, SeriesQuery } from '../../src/api/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { noon } from '../support/network.ts';
import { asked, hour } from './asking.ts';

const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
const day = 24 * hour;
// Two rounds, two hours of which nothing is known, two rounds more, the last of them on the next day.
const rounds = [
  { validAfter: noon },
  { validAfter: noon + hour, relays: 12 },
  { validAfter: noon + 4 * hour, relays: 16 },
  { validAfter: noon + 12 * hour, relays: 18 },
];

async function series(answers: LiveAnswers, query: SeriesQuery): Promise<Series> {
  const answer = await answers.series(query);
  if (answer === undefined || isDeclined(answer)) throw new Error(JSON.stringify(answer));
  return seriesSchema.parse(answer);
}

test('series() by round has every hour of the span, and null where no round is held', async () => {
  await asked({ rounds }, async (_, answers) => {
    const span = { from: iso(noon - 2 * hour), until: iso(noon + 6 * hour) };
    const answer = await series(answers, { figures: ['relays', 'flag:Guard'], step: 'hour', ...span });
    expect(answer).toMatchObject({ ...span, step: 'round', stepSeconds: hour, missing: 5 });
    expect(answer.times).toEqual([-2, -1, 0, 1, 2, 3, 4, 5].map((after) => iso(noon + after * hour)));
    expect(answer.rounds).toEqual([0, 0, 1, 1, 0, 0, 1, 0]);
    const [relays, guards] = answer.series;
    expect(relays).toMatchObject({
      figure: 'relays',
      title: 'Relays',
      unit: 'relays',
      least: null,
      most: null,
    });
    expect(relays?.values).toEqual([null, null, 20, 12, null, null, 16, null]);
    expect(guards?.title).toBe('Relays with Guard');
    expect(guards?.values.map((value) => value === null)).toEqual(
      relays?.values.map((value) => value === null),
    );
  });
});

test('series() by day has least, mean and most of the rounds held, how many there are, and null for a day without', async () => {
  await asked({ rounds }, async (_, answers) => {
    const midnight = noon - 12 * hour;
    const span = { from: iso(midnight - day), until: iso(midnight + 2 * day) };
    const answer = await series(answers, { figures: ['relays'], step: 'day', ...span });
    expect(answer).toMatchObject({
      step: 'day',
      stepSeconds: day,
      missing: 1,
      times: [midnight - day, midnight, midnight + day].map(iso),
      rounds: [0, 3, 1],
      series: [{ values: [null, 16, 18], least: [null, 12, 18], most: [null, 20, 18] }],
    });
  });
});

test('series() without a span is the week up to the newest round; more than 31 days are shown by day', async () => {
  await asked({ rounds }, async (_, answers) => {
    const week = await series(answers, { figures: ['relays'] });
    expect([week.step, week.times.length, week.times.at(-1)]).toEqual(['round', 168, iso(noon + 12 * hour)]);
    const long = await series(answers, { figures: ['relays'], from: iso(noon - 40 * day) });
    expect([long.step, long.times.length]).toEqual(['day', 42]);
  });
});

test('series() without a span of a network with short rounds begins where an answer may begin', async () => {
  const intervalSeconds = 60;
  const short = [0, 1, 2].map((after) => ({ validAfter: noon + after * intervalSeconds, intervalSeconds }));
  await asked({ rounds: short }, async (_, answers) => {
    const { stepSeconds, times, rounds: held } = await series(answers, { figures: ['relays'] });
    expect(stepSeconds).toBe(intervalSeconds);
    expect(times.length).toBeLessThanOrEqual(10_000);
    expect(times.length).toBeGreaterThan(9990);
    expect(held.filter((count) => count === 1)).toHaveLength(3);
    expect(times.at(-1)).toBe(iso(noon + 2 * intervalSeconds));
  });
});

test('series() tells which figures there are, each with title and unit, and knows every number of a round', async () => {
  await asked({ rounds }, async (_, answers) => {
    const { available } = await series(answers, { figures: ['relays'] });
    const names = available.map(({ figure }) => figure);
    expect(names).toEqual(expect.arrayContaining(['relays', 'exits', 'votes', 'agreement', 'flag:Fast']));
    for (const time of ['valid_after', 'first_seen']) expect(names).not.toContain(time);
    const all = await series(answers, { figures: names.slice(0, 12) });
    for (const { values } of all.series) expect(values.some((value) => value !== null)).toBe(true);
  });
});

test('a round that is not due yet is not missing', async () => {
  await asked({ rounds: rounds.slice(0, 2) }, async (_, answers) => {
    const answer = await series(answers, {
      figures: ['relays'],
      from: iso(noon),
      until: iso(noon + 9 * hour),
    });
    expect([answer.times.length, answer.missing]).toEqual([2, 0]);
  });
});

test.each([
  ['an unknown figure', 'figures=relays,nonsense', 400, 'nothing is known of nonsense; there are'],
  ['a span that ends before it begins', `from=${iso(noon)}&until=${iso(noon - 1)}`, 400, 'from: expected'],
  ['too many steps', `step=round&from=2010-01-01T00:00:00Z&until=${iso(noon)}`, 400, 'at most 10000 steps'],
  ['another step', 'step=week', 400, 'expected hour, round or day'],
  ['thirteen figures', `figures=${Array.from({ length: 13 }, (_, n) => `f${n}`).join(',')}`, 400, 'up to 12'],
])('/api/v1/series of %s', async (_, query, status, message) => {
  await asked({ rounds: rounds.slice(0, 2) }, async (__, answers) => {
    const response = await createApi(answers).app.request(`/api/v1/series?${query}`);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(message);
  });
});

test('/api/v1/series.csv has a row for each figure and step; a gap is an empty cell', async () => {
  await asked({ rounds }, async (_, answers) => {
    const query = `figures=relays&from=${iso(noon + hour)}&until=${iso(noon + 3 * hour)}`;
    const response = await createApi(answers).app.request(`/api/v1/series.csv?${query}`);
    expect((await response.text()).trimEnd().split('\r\n')).toEqual([
      'figure,at,rounds,value,least,most',
      `relays,${iso(noon + hour)},1,12,,`,
      `relays,${iso(noon + 2 * hour)},0,,,`,
    ]);
  });
});

test('series() of a store with nothing in it has no steps and no values', async () => {
  await asked({}, async (_, answers) => {
    const answer = await series(answers, { figures: ['relays'] });
    expect(answer).toMatchObject({ times: [], available: [], series: [{ values: [] }] });
  });
});
