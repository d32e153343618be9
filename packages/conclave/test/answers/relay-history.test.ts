/** The history of one relay as the API gives it, over rounds played through the pipeline (S0.2, S8.5). */
import { parseConsensus, routerAt } from '@conclave/netdoc';
import { expect, test } from 'vitest';
import { createApi, isDeclined, relayHistorySchema } from '../../src/api/index.ts';
import type { RelayHistory } from '../../src/api/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { noon } from '../support/network.ts';
import { asked, hour, network } from './asking.ts';

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
const gone = first?.find((one) => !last.some((other) => other?.fingerprint === one?.fingerprint));

async function history(
  answers: LiveAnswers,
  query: Parameters<LiveAnswers['relayHistory']>[0],
): Promise<RelayHistory> {
  const answer = await answers.relayHistory(query);
  if (answer === undefined || isDeclined(answer)) throw new Error(JSON.stringify(answer));
  return relayHistorySchema.parse(answer);
}

test('relayHistory() tells intervals, gaps, presence, first and last', async () => {
  await asked({ rounds }, async (_, answers) => {
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
    expect(relay?.flags).toContain('Fast');
  });
});

test('relayHistory() of a relay that went says when it was last listed; what is not listed is not a gap', async () => {
  await asked({ rounds }, async (_, answers) => {
    const answer = await history(answers, { fingerprint: gone?.fingerprint.toLowerCase() ?? '' });
    expect(answer).toMatchObject({
      sentence: {
        headline: 'Listed in 4 of the 6 rounds held.',
        detail: `It was last listed at ${iso(noon + 4 * hour)}.`,
      },
      lastListed: iso(noon + 4 * hour),
      rounds: 4,
      presence: 4 / 6,
      gaps: [{ first: iso(noon + 3 * hour), rounds: 1 }],
    });
  });
});

test('relayHistory() of a span: its own rounds only; a span of which nothing is held is unknown, not absent', async () => {
  await asked({ rounds }, async (_, answers) => {
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
});

test.each([
  ['a relay that no round ever listed', 'A'.repeat(40), 404],
  ['no fingerprint', 'moria1', 400],
  ['a span that ends before it begins', `FIRST?from=${iso(noon)}&until=${iso(noon - 1)}`, 400],
  ['a span of more than a year', `FIRST?from=2020-01-01T00:00:00Z&until=${iso(noon)}`, 400],
  ['the relay as CSV', 'FIRST.csv', 200],
])('/api/v1/relays/… of %s', async (_, path, status) => {
  await asked({ rounds: rounds.slice(0, 2) }, async (__, answers) => {
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
});
