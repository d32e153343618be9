/** Answers in every situation: they conform to the contract, say what is, and say why where nothing can be said. */
import { describe, expect, test } from 'vitest';
import { badDay } from '../support/bad-day.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Journal } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';
import { allConform, asked, hour, network, rowOf } from './asking.ts';

const [a = ''] = network.names;

describe('situations', () => {
  test('nothing known: every figure is null with its reason, nobody is blamed', async () => {
    await asked({ later: 0 }, (status) => {
      expect(status.consensus).toMatchObject({
        state: 'none',
        level: 'unknown',
        validAfter: null,
        ageSeconds: null,
        next: null,
        signatures: null,
      });
      expect(status.voting).toMatchObject({
        voted: null,
        margin: null,
        level: 'unknown',
        lastVotes: 'none seen yet',
      });
      expect(status.agreement).toMatchObject({
        mean: { value: null, reason: 'no consensus known yet' },
        sum: null,
        level: 'unknown',
      });
      expect([status.formation, status.quality, status.diversity]).toEqual([null, null, null]);
      expect(status.sentence).toMatchObject({ level: 'unknown', headline: 'No consensus is known yet.' });
      expect(rowOf(status, a).vote).toMatchObject({
        inConsensus: { value: null },
        retrievable: { value: null },
        signed: { value: null },
      });
      expect(rowOf(status, a).scan).toMatchObject({ state: 'unknown', measured: null });
    });
  });

  test('an empty store is answered from as well', async () => {
    const fed = await run({ ...makeJournal(network, noon), async *entries() {} });
    const status = await allConform(fed.answers(noon), fed.store);
    expect(status.authorities).toEqual([]);
    expect(status.observing).toMatchObject({ state: 'starting', lastTick: null, ageSeconds: null });
    expect((await fed.answers(noon).authorities()).sentence.level).toBe('unknown');
    expect((await fed.answers(noon).rounds({ limit: 5 })).sentence.level).toBe('unknown');
    await fed.close();
  });

  test('one round, all well: ok everywhere', async () => {
    await asked({ rounds: [{}] }, async (status, answers) => {
      expect(status.sentence).toEqual({
        level: 'ok',
        headline: 'The consensus of 12:00 is current.',
        detail: 'All 9 authorities voted, 9 signed; 5 are needed. Nothing needs attention.',
      });
      expect((await answers.authorities()).sentence).toMatchObject({
        level: 'ok',
        headline: 'All 10 authorities answer.',
      });
      expect((await answers.rounds({ limit: 9 })).sentence.level).toBe('ok');
      expect((await answers.round('2024-05-01T12:00:00Z'))?.sentence).toMatchObject({
        level: 'ok',
        headline: 'At 12:00 all 9 voted and signed.',
      });
      expect((await answers.alerts()).sentence.level).toBe('ok');
      for (const { level, state } of status.authorities) expect([level, state]).toEqual(['ok', 'online']);
    });
  });

  test.each([1, 3, 4, 5])(
    'a network of %i in which all is well is ok, however thin its margin',
    async (count) => {
      await asked({ of: madeNetwork(count), rounds: [{}] }, async (status, answers) => {
        expect([status.sentence.level, status.voting.level]).toEqual(['ok', 'ok']);
        expect((await answers.rounds({ limit: 9 })).rounds[0]?.level).toBe('ok');
        expect((await answers.round('2024-05-01T12:00:00Z'))?.sentence.level).toBe('ok');
      });
    },
  );

  test.each([
    [1, 'warn'],
    [2, 'warn'],
    [3, 'bad'],
    [4, 'bad'],
  ])('S2.1.4 S2.1.22 with %i votes missing the level is %s', async (missing, level) => {
    const down = network.names.slice(0, missing);
    await asked({ rounds: [{ down, voters: network.names.slice(missing) }] }, async (status, answers) => {
      expect(status.voting).toMatchObject({
        voted: 9 - missing,
        configured: 9,
        needed: 5,
        margin: 4 - missing,
        level,
      });
      expect(status.sentence.level).toBe(level);
      expect((await answers.rounds({ limit: 9 })).rounds[0]).toMatchObject({
        level,
        votes: 9 - missing,
        text: expect.stringContaining(`${missing} vote`) as string,
      });
      expect((await answers.round('2024-05-01T12:00:00Z'))?.sentence.level).toBe(level);
      expect((await answers.authorities()).sentence.level).toBe('bad');
    });
  });

  test('we are blind: unknown, with what was known before', async () => {
    const probes = Object.fromEntries(
      network.set.authorities.map(({ nickname }) => [nickname, { outcome: 'timed-out' as const }]),
    );
    await asked(
      { rounds: [{}], more: (journal) => journal.cycle(noon + 300, { probes, blind: true }) },
      (status) => {
        expect(status.sentence).toMatchObject({ level: 'unknown', headline: 'We are blind.' });
        expect(status.observing.state).toBe('blind');
        expect(status.consensus.state).toBe('current');
        for (const { state } of status.authorities) expect(state).toBe('online');
      },
    );
  });

  test('S2.1.2 we are behind: it is said of us, and no consensus is called stale that we did not ask for', async () => {
    await asked({ rounds: [{}], later: 20_000 }, (status) => {
      expect(status.observing).toMatchObject({ state: 'behind', ageSeconds: 20_000 });
      expect(status.sentence).toMatchObject({
        level: 'unknown',
        headline: 'The observatory itself is behind.',
      });
    });
  });

  test('a network that never had a consensus is not "only begun to look" for ever', async () => {
    const more = (journal: Journal): void => {
      for (let at = 0; at < 10; at += 1) journal.cycle(noon + at * 900);
    };
    await asked({ more }, (status) => {
      expect(status.sentence).toMatchObject({ level: 'bad', headline: 'No valid consensus.' });
    });
  });

  test.each(['replaying', 'ended'] as const)('a recording says that it is one: %s', async (state) => {
    await asked({ rounds: [{}], sources: { replay: () => ({ state, speed: 30 }) } }, (status) => {
      expect(status.observing).toMatchObject({ state, speed: 30 });
    });
  });

  test('the bad day conforms, every document of it, and before, within and long after it', async () => {
    const { journal } = badDay();
    const fed = await run(journal, { ticksPerCommit: 50 });
    await allConform(fed.answers(journal.now() + 1), fed.store, 500);
    for (const at of [noon - 2000, noon + hour, journal.now() + 9 * hour])
      await allConform(fed.answers(at), fed.store, 1);
    await fed.close();
  });
});
