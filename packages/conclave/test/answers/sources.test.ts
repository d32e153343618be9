/** `/api/v1/sources`: each source by itself; when one falls, its own things are marked with their age and no other's. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourcesSchema } from '../../src/api/index.ts';
import type { Sources } from '../../src/api/index.ts';
import { badDay, fileTime, sources } from '../support/bad-day.ts';
import { onionoo } from '../support/feeds.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Journal, Run } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';

const network = madeNetwork(9);

async function answerOf(journal: Journal, later = 0): Promise<Sources> {
  const fed = await run(journal);
  const answer = await fed.answers(journal.now() + later).sources();
  await fed.close();
  return sourcesSchema.parse(answer);
}

function one(answer: Sources, name: string): Sources['sources'][number] {
  const found = answer.sources.find(({ source }) => source === name);
  if (!found) throw new Error(`no source ${name}`);
  return found;
}

/** A network whose round at noon was seen at the authorities, with both sources configured. */
function quiet(): Journal {
  const journal = makeJournal(network, noon - 1200);
  journal.watching(noon - 1100, network.set, sources);
  journal.play(network.round({ validAfter: noon }));
  return journal;
}

const index = {
  created: noon + 480,
  files: 2,
  newest: {},
  rounds: [{ validAfter: noon, modified: noon + 300, votes: 9 }],
};

describe('sourcesAnswer()', () => {
  test('sources that are not configured are off, which is no trouble', async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.play(network.round({ validAfter: noon }));
    const answer = await answerOf(journal);
    expect(answer.sources.map(({ source, state }) => [source, state])).toEqual([
      ['authorities', 'fresh'],
      ['collector', 'off'],
      ['onionoo', 'off'],
    ]);
    expect(answer.sentence).toMatchObject({ level: 'ok', detail: 'Not configured: CollecTor, Onionoo.' });
    expect(answer.totals.relays).toEqual({ value: null, reason: 'Onionoo is not configured' });
    expect(answer.capacities).toEqual({
      value: null,
      reason: 'no server descriptor that a consensus names has come yet',
    });
    expect(one(answer, 'authorities').questions.map(({ subject, level }) => [subject, level])).toEqual(
      network.names.map((name) => [name, 'ok']),
    );
  });

  test('configured and not asked yet is waiting, and not failing', async () => {
    const answer = await answerOf(quiet());
    expect(answer.sources.map(({ state }) => state)).toEqual(['fresh', 'waiting', 'waiting']);
    expect(one(answer, 'collector').questions.every(({ text }) => text === 'Not asked yet.')).toBe(true);
    expect(answer.sentence.level).toBe('ok');
  });

  test('an empty store is answered from as well', async () => {
    const answer = await answerOf({ ...makeJournal(network, noon), async *entries() {} });
    expect(answer.sources.map(({ state }) => state)).toEqual(['waiting', 'off', 'off']);
  });

  test('how far CollecTor is behind is told by its own word and our first sight at an authority', async () => {
    const journal = quiet();
    journal.fed({ at: noon + 500, feed: 'collector', subject: 'index', index });
    journal.cycle(noon + 510);
    const answer = await answerOf(journal);
    expect(answer.lags).toEqual([
      {
        source: 'collector',
        validAfter: '2024-05-01T12:00:00Z',
        authoritiesAt: '2024-05-01T12:00:06Z',
        statedAt: '2024-05-01T12:05:00Z',
        seenAt: '2024-05-01T12:08:20Z',
        lagSeconds: { value: 294 },
        votes: 9,
      },
    ]);
    expect(one(answer, 'collector')).toMatchObject({ state: 'fresh', asOf: '2024-05-01T12:08:00Z' });
  });

  test('a round that only CollecTor has has no lag behind the authorities', async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.watching(noon - 1100, network.set, sources);
    const round = network.round({ validAfter: noon });
    journal.fed({ at: noon + 500, feed: 'collector', subject: 'index', index });
    journal.fed(
      { at: noon + 501, feed: 'collector', subject: 'consensus', file: `${fileTime(noon)}-consensus` },
      round.ns,
    );
    journal.cycle(noon + 510);
    const [lag] = (await answerOf(journal)).lags;
    expect(lag?.lagSeconds).toEqual({ value: null, reason: 'no authority was seen to serve this consensus' });
  });

  test('a kept answer that grows old without a failure is old: nothing came for two periods', async () => {
    const journal = quiet();
    journal.fed({ at: noon + 500, feed: 'collector', subject: 'index', index });
    journal.cycle(noon + 510);
    expect(one(await answerOf(journal, 2 * 1800 + 500), 'collector').state).toBe('fresh');
    const answer = await answerOf(journal, 2 * 1800 + 700);
    expect(one(answer, 'collector')).toMatchObject({
      state: 'old',
      stale: ['how far CollecTor is behind the authorities (since 2024-05-01T12:08:20Z)'],
    });
    expect(answer.sentence.level).toBe('warn');
  });

  test('Onionoo falls: its figures keep the time of its last answer, and the others are untouched', async () => {
    const journal = quiet();
    const fingerprint = 'CD'.repeat(20);
    journal.fed(
      { at: noon + 400, feed: 'onionoo', subject: 'details' },
      onionoo([{ fingerprint, nickname: 'oak' }]),
    );
    journal.fed(
      { at: noon + 401, feed: 'onionoo', subject: 'running' },
      onionoo([], { relays_truncated: 7000 }),
    );
    journal.fed({ at: noon + 500, feed: 'collector', subject: 'index', index });
    for (let time = 0; time < 3; time += 1)
      journal.fed({
        at: noon + 600 + time,
        feed: 'onionoo',
        subject: 'details',
        outcome: 'busy',
        detail: 'HTTP 503',
      });
    journal.cycle(noon + 610);
    const answer = await answerOf(journal);
    expect(answer.sources.map(({ state }) => state)).toEqual(['fresh', 'fresh', 'failing']);
    expect(one(answer, 'onionoo').text).toContain('details failed 3 times in a row (HTTP 503)');
    expect(one(answer, 'onionoo').stale).toEqual([
      "Onionoo's facts about authorities: AS, country, version status (since 2024-05-01T12:06:40Z)",
    ]);
    expect(answer.totals.running).toEqual({ value: 7000 });
    expect(answer.relays).toMatchObject([{ nickname: 'oak', authority: null, listed: true }]);
  });

  test('authorities that fall keep the time of their last answer', async () => {
    const journal = quiet();
    const [down = ''] = network.names;
    const at = noon + 600;
    journal.cycle(at);
    for (let time = 1; time <= 3; time += 1)
      journal.cycle(at + 10 * time, {
        probes: { [down]: { outcome: 'refused', detail: 'connection refused' } },
      });
    const authorities = one(await answerOf(journal, 9), 'authorities');
    expect(authorities).toMatchObject({ state: 'fresh', level: 'warn', ageSeconds: 10 });
    expect(authorities.questions.find(({ subject }) => subject === down)).toMatchObject({
      level: 'bad',
      lastSuccess: '2024-05-01T12:10:00Z',
      ageSeconds: 40,
      failures: 3,
      failingSince: '2024-05-01T12:10:10Z',
    });
  });

  test('while we are blind no authority is said to fail, and what it last gave has its age', async () => {
    const journal = quiet();
    const refused = { outcome: 'refused', detail: 'connection refused' } as const;
    const probes = Object.fromEntries(network.names.map((name) => [name, refused]));
    journal.cycle(noon + 600);
    for (let time = 1; time <= 4; time += 1) journal.cycle(noon + 600 + 10 * time, { probes, blind: true });
    const answer = await answerOf(journal, 9);
    const authorities = one(answer, 'authorities');
    expect(authorities).toMatchObject({
      state: 'blind',
      level: 'unknown',
      text: expect.stringMatching(/^We are blind: .*says nothing about any of them\.$/) as string,
      lastSuccess: '2024-05-01T12:10:00Z',
      ageSeconds: 50,
    });
    expect(authorities.stale).toHaveLength(1);
    for (const { level, failures, failingSince, ageSeconds } of authorities.questions)
      expect([level, failures, failingSince, ageSeconds]).toEqual(['unknown', 0, null, 50]);
    expect(answer.sentence.headline).toContain('Directory authorities');
  });

  test('an authority that Onionoo lists no more keeps what was said, and is not called gone', async () => {
    const journal = quiet();
    const oak = { fingerprint: 'CD'.repeat(20), nickname: 'oak' };
    const elm = { fingerprint: 'EF'.repeat(20), nickname: 'elm' };
    journal.fed({ at: noon + 400, feed: 'onionoo', subject: 'details' }, onionoo([oak, elm]));
    const later = { relays_published: '2024-05-01 13:00:00' };
    journal.fed({ at: noon + 4000, feed: 'onionoo', subject: 'details' }, onionoo([elm], later));
    journal.cycle(noon + 4010);
    const { relays } = await answerOf(journal);
    expect(relays.map(({ nickname, listed, published }) => [nickname, listed, published])).toEqual([
      ['elm', true, '2024-05-01T13:00:00Z'],
      ['oak', false, '2024-05-01T12:00:00Z'],
    ]);
  });
});

describe('a day on which a source fails', () => {
  const { journal } = badDay();
  let fed: Run;
  let answer: Sources;
  beforeAll(async () => {
    fed = await run(journal);
    answer = sourcesSchema.parse(await fed.answers(journal.now()).sources());
  });
  afterAll(() => fed.close());

  test('it is marked with its age and reason, and an alert says no more than that', async () => {
    const collector = one(answer, 'collector');
    expect(collector).toMatchObject({ state: 'failing', level: 'warn' });
    expect(collector.questions.find(({ subject }) => subject === 'index')).toMatchObject({
      failures: 3,
      lastSuccess: '2024-05-01T16:35:20Z',
      outcome: 'not-asked',
    });
    const alerts = (await fed.store.query('firingAlerts')).filter(({ check }) => check === 'source-failing');
    expect(alerts.map(({ severity, authority }) => [severity, authority])).toEqual([['info', null]]);
  });

  test('capacities say of how many relays they know', () => {
    expect(answer.capacities.value?.find((row) => row.class === 'total')).toEqual({
      validAfter: '2024-05-01T17:00:00Z',
      class: 'total',
      relays: 20,
      described: 1,
      bitsPerSecond: 8000,
    });
  });
});
