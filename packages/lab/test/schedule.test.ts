import { describe, expect, test } from 'vitest';
import { badDay, laterRound, nextVotingRound, planLab, roundAt } from '../src/index.ts';
import { checkTiming } from '../src/schedule.ts';

const timing = { intervalSeconds: 20, voteDelaySeconds: 4, distDelaySeconds: 4 };
const at = (text: string): Date => new Date(`2026-11-22T${text}Z`);

describe('roundAt()', () => {
  test.each([
    ['12:00:00', '12:00:20'],
    ['12:00:19.999', '12:00:20'],
    ['23:59:59', '24:00:00'],
  ])('at %s is the round that publishes at %s', (now, validAfter) => {
    expect(roundAt(timing, at(now)).validAfter).toEqual(at(validAfter));
  });

  test('places the phases before valid-after', () => {
    const round = roundAt(timing, at('12:00:05'));
    const phases = [
      round.voteAt,
      round.fetchVotesAt,
      round.computeAt,
      round.fetchSignaturesAt,
      round.validAfter,
    ];
    expect(phases).toEqual(['12:00:12', '12:00:14', '12:00:16', '12:00:18', '12:00:20'].map(at));
  });
});

describe('nextVotingRound()', () => {
  test('passes over a round whose vote is too near', () => {
    expect(nextVotingRound(timing, at('12:00:11.500'), 1000).validAfter).toEqual(at('12:00:40'));
    expect(nextVotingRound(timing, at('12:00:10'), 1000).validAfter).toEqual(at('12:00:20'));
  });

  test('numbers rounds one by one', () => {
    const round = roundAt(timing, at('12:00:05'));
    expect(laterRound(timing, round, 3).number).toBe(round.number + 3);
  });
});

describe('checkTiming()', () => {
  test.each([
    [10, 2, 2, undefined],
    [20, 4, 4, undefined],
    [300, 60, 60, undefined],
    [9, 2, 2, 'voting interval: expected at least 10 s'],
    [11, 2, 2, 'voting interval: expected a divisor of 1800 s'],
    [10, 1, 2, 'delays: expected at least 2 s each'],
    [10, 3, 2, 'delays: expected a sum below half of 10 s, found 5 s'],
  ])('%i s with %i and %i', (intervalSeconds, voteDelaySeconds, distDelaySeconds, problem) => {
    const check = (): void => checkTiming({ intervalSeconds, voteDelaySeconds, distDelaySeconds });
    if (problem === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(problem);
  });
});

describe('planLab()', () => {
  const environment = { isolated: true, ipv6: true };

  test('names nine authorities as the public network does', () => {
    const { authorities } = planLab({ directory: '/lab' }, environment);
    expect(authorities.map(({ nickname }) => nickname).join(' ')).toBe(
      'moria1 tor26 dizum gabelmoo dannenberg maatuska longclaw bastet faravahar',
    );
    expect(authorities.filter(({ scanner }) => scanner)).toHaveLength(6);
    expect(authorities.filter(({ hasIpv6Connectivity }) => !hasIpv6Connectivity)).toHaveLength(2);
    expect(new Set(authorities.map(({ ipv4 }) => ipv4)).size).toBe(9);
  });

  test('goes on beyond nine', () => {
    const { authorities } = planLab({ directory: '/lab', authorityCount: 10 }, environment);
    expect(authorities.at(-1)?.nickname).toBe('auth10');
  });

  test.each([
    [{ authorityCount: 0 }, 'authorities: expected 1 to 200'],
    [{ relayCount: -1 }, 'relays: expected a whole number'],
    [{ nicknames: ['a', 'a'] }, 'nicknames: expected no two alike'],
    [{ nicknames: ['not legal'] }, 'nickname: expected 1 to 19 letters and digits'],
  ])('refuses %j', (options, problem) => {
    expect(() => planLab({ directory: '/lab', ...options }, environment)).toThrow(problem);
  });
});

describe('badDay()', () => {
  test.each([8, 12, 60])('of %i rounds undoes before its end what it does', (roundCount) => {
    const steps = badDay(roundCount, ['a', 'b', 'c', 'd', 'e']);
    const rounds = (fault: string): readonly number[] =>
      steps.filter((step) => step.do.fault === fault).map((step) => step.atRound);
    for (const [does, undoes] of [
      ['hang', 'resume'],
      ['kill', 'restart'],
      ['freeze-bandwidth', 'thaw-bandwidth'],
    ] as const) {
      expect(rounds(does)[0]).toBeLessThan(rounds(undoes)[0] ?? 0);
    }
    expect(Math.max(...steps.map((step) => step.atRound))).toBeLessThan(roundCount - 1);
    expect(rounds('resume')[0]).toBeLessThan(rounds('kill')[0] ?? 0);
    expect(rounds('drop-vote')[0]).toBeLessThan(rounds('hang')[0] ?? 0);
  });
});
