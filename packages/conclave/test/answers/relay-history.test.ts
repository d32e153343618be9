/** The history of one relay as the API gives it, over rounds played through the pipeline (S0.2, S8.5). */
import { parseConsensus, routerAt } from '@conclave/netdoc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi, isDeclined, relayHistorySchema, relaysSchema } from '../../src/api/index.ts';
import type { RelayHistory, Relays } from '../../src/api/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import type { Journal } from '../support/journal.ts';
import { noon } from '../support/network.ts';
import { asked, hour, network, opened } from './asking.ts';
import type { Opened } from './asking.ts';

const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
/** Takes a flag from the relay that is listed first, and gives it another weight. */
const demoted = (lines: string[]): string[] => {
  const flags = lines.findIndex((line) => line.startsWith('s '));
  const weight = lines.findIndex((line) => line.startsWith('w '));
  return lines.map((line, index) =>
    index === flags ? line.replace(' Fast', '') : index === weight ? 'w Bandwidth=77' : line,
  );
};
// Two rounds alike, one with a change, an hour of which nothing is known, one as at first, two in which fewer are listed.
const rounds = [
  { validAfter: noon },
  { validAfter: noon + hour },
  { validAfter: noon + 2 * hour, edit: demoted },
  { validAfter: noon + 4 * hour },
  { validAfter: noon + 5 * hour, relays: 12 },
  { validAfter: noon + 6 * hour, relays: 12 },
];
const routersOf = (round: (typeof rounds)[number]) => {
  const { document } = parseConsensus(network.round(round).ns);
  if (!document) throw new Error('no consensus');
  return Array.from({ length: document.routers.count }, (_, index) => routerAt(document.routers, index));
};
const [first] = rounds.map(routersOf);
const last = routersOf(rounds[5] as (typeof rounds)[number]);
const relisted = last[0];
const gone = first?.find((one) => !last.some((other) => other?.fingerprint === one?.fingerprint));

/** After all of them, and after the first two. */
let day: Opened;
let begun: Opened;
beforeAll(async () => {
  day = await opened({ rounds });
  begun = await opened({ rounds: rounds.slice(0, 2) });
});
afterAll(async () => {
  await day.close();
  await begun.close();
});

async function history(
  answers: LiveAnswers,
  query: Parameters<LiveAnswers['relayHistory']>[0],
): Promise<RelayHistory> {
  const answer = await answers.relayHistory(query);
  if (answer === undefined || isDeclined(answer)) throw new Error(JSON.stringify(answer));
  return relayHistorySchema.parse(answer);
}

test('relayHistory() tells intervals, gaps, presence, first and last', async () => {
  const { answers } = day;
  const relay = first?.[0];
  const answer = await history(answers, { fingerprint: relay?.fingerprint ?? '' });
  expect(answer).toMatchObject({
    fingerprint: relay?.fingerprint,
    sentence: { headline: 'Listed in 6 of the 6 rounds held.', detail: 'The newest round lists it.' },
    firstListed: iso(noon),
    lastListed: iso(noon + 6 * hour),
    held: { rounds: 6, missing: 1, first: iso(noon), last: iso(noon + 6 * hour) },
    rounds: 6,
    presence: 1,
    gaps: [{ first: iso(noon + 3 * hour), last: iso(noon + 3 * hour), rounds: 1 }],
    days: [{ day: iso(noon - 12 * hour), rounds: 6 }],
  });
  const weight = relay?.bandwidth ?? 0;
  const common = {
    version: relay?.version,
    policy: relay?.policy,
    address: `${relay?.address}:${relay?.orPort}`,
  };
  expect(answer.intervals).toMatchObject([
    { ...common, first: iso(noon), last: iso(noon + hour), rounds: 2, flags: relay?.flags },
    {
      ...common,
      first: iso(noon + 2 * hour),
      last: iso(noon + 2 * hour),
      rounds: 1,
      flags: relay?.flags.filter((flag) => flag !== 'Fast'),
      weight: { least: 77, mean: 77, most: 77 },
    },
    { ...common, first: iso(noon + 4 * hour), last: iso(noon + 6 * hour), rounds: 3, flags: relay?.flags },
  ]);
  expect(answer.intervals[0]?.weight).toEqual({ least: weight, mean: weight, most: weight });
  expect(answer.nickname).toBe(relay?.nickname);
  expect(answer.weights?.map((one) => [one.at, one.weight])).toEqual(
    rounds.map(({ validAfter }, index) => [iso(validAfter), index === 2 ? 77 : weight]),
  );
  expect(relay?.flags).toContain('Fast');
});

test('relayHistory() of a relay that went says when it was last listed; what is not listed is not a gap', async () => {
  const { answers } = day;
  const answer = await history(answers, { fingerprint: gone?.fingerprint.toLowerCase() ?? '' });
  expect(answer).toMatchObject({
    sentence: {
      headline: 'Listed in 4 of the 6 rounds held.',
      detail: `It was last listed at ${iso(noon + 4 * hour)}.`,
    },
    nickname: gone?.nickname,
    lastListed: iso(noon + 4 * hour),
    rounds: 4,
    presence: 4 / 6,
    gaps: [{ first: iso(noon + 3 * hour), rounds: 1 }],
  });
});

test('relayHistory() of a span: its own rounds only; a span of which nothing is held is unknown, not absent', async () => {
  const { answers } = day;
  const fingerprint = gone?.fingerprint ?? '';
  const span = { from: iso(noon + hour), until: iso(noon + 3 * hour) };
  const part = await history(answers, { fingerprint, ...span });
  expect(part).toMatchObject({
    ...span,
    rounds: 2,
    held: { rounds: 2, missing: 0 },
    firstListed: iso(noon),
  });
  const past = await history(answers, { fingerprint, from: iso(noon - 9 * hour), until: iso(noon - hour) });
  expect(past).toMatchObject({
    sentence: { level: 'unknown', headline: 'No round of this span is held, so nothing is known of it.' },
    presence: null,
    intervals: [],
    gaps: [],
  });
});

test.each([
  ['a relay that no round ever listed', 'A'.repeat(40), 404],
  ['no fingerprint', 'moria1', 400],
  ['a span that ends before it begins', `FIRST?from=${iso(noon)}&until=${iso(noon - 1)}`, 400],
  ['a span of more than a year', `FIRST?from=2020-01-01T00:00:00Z&until=${iso(noon)}`, 400],
  ['the relay as CSV', 'FIRST.csv', 200],
])('/api/v1/relays/… of %s', async (_, path, status) => {
  const { answers } = begun;
  const { app } = createApi(answers);
  const response = await app.request(
    `/api/v1/relays/${path.replace('FIRST', first?.[0]?.fingerprint ?? '')}`,
  );
  expect(response.status).toBe(status);
  if (status === 200)
    expect((await response.text()).split('\r\n').slice(0, 2)).toEqual([
      'first,last,rounds,flags,version,policy,address,least_weight,mean_weight,most_weight,unmeasured',
      expect.stringContaining(`${iso(noon)},${iso(noon + hour)},2,`),
    ]);
});

describe('relays()', () => {
  async function* nothing(): AsyncGenerator<never> {}

  async function find(answers: LiveAnswers, search: string, limit = 50): Promise<Relays> {
    return relaysSchema.parse(await answers.relays({ search, limit }));
  }

  test('finds by part of a nickname, whoever has exactly this name first', async () => {
    const { answers } = day;
    const name = relisted?.nickname ?? '';
    const found = await find(answers, name.toLowerCase());
    expect(found.relays[0]).toEqual({
      fingerprint: relisted?.fingerprint,
      nickname: name,
      address: `${relisted?.address}:${relisted?.orPort}`,
      flags: relisted?.flags,
      lastListed: iso(noon + 6 * hour),
    });
    expect(found).toMatchObject({ search: name.toLowerCase(), validAfter: iso(noon + 6 * hour) });
    const part = name.slice(0, -1);
    const alike = last.filter((one) => one?.nickname.toUpperCase().includes(part.toUpperCase()));
    const some = await find(answers, part, 1);
    expect([some.found, some.relays.length]).toEqual([alike.length, 1]);
  });

  test('finds by the beginning of a fingerprint also who is not listed any more, without a name', async () => {
    const { answers } = day;
    const found = await find(answers, gone?.fingerprint.slice(0, 12).toLowerCase() ?? '');
    expect(found.relays).toEqual([
      {
        fingerprint: gone?.fingerprint,
        nickname: null,
        address: null,
        flags: null,
        lastListed: iso(noon + 4 * hour),
      },
    ]);
    expect(found.sentence.level).toBe('unknown');
    expect((await find(answers, relisted?.fingerprint ?? '')).relays.map(({ nickname }) => nickname)).toEqual(
      [relisted?.nickname],
    );
  });

  test('without any round, and without its bytes, it does not say that there is no such relay', async () => {
    const unheld = { level: 'unknown', headline: 'n/a: the newest consensus is not held here.', detail: '' };
    await asked({}, async (_, answers) => {
      expect(await find(answers, 'relay')).toMatchObject({ sentence: unheld, validAfter: null, relays: [] });
    });
    const archive = { journal: undefined as Journal | undefined, lost: false };
    await asked(
      {
        rounds,
        more: (journal) => void (archive.journal = journal),
        sources: {
          archive: {
            entries: (from) => archive.journal?.entries(from) ?? nothing(),
            read: async (sha256) => (archive.lost ? undefined : archive.journal?.read(sha256)),
          },
        },
      },
      async (_, answers) => {
        archive.lost = true;
        expect((await find(answers, 'relay')).sentence).toEqual(unheld);
        expect((await history(answers, { fingerprint: gone?.fingerprint ?? '' })).nickname).toBeNull();
      },
    );
  });
});
