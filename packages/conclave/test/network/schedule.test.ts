import { describe, expect, test } from 'vitest';
import {
  lastValidAfter,
  nextValidAfter,
  phasesOf,
  publicSchedule,
  scheduleOf,
  type VotingSchedule,
} from '../../src/network/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`) / 1000;
const every = (intervalSeconds: number, startOffset = 0): VotingSchedule => ({
  intervalSeconds,
  voteSeconds: 2,
  distSeconds: 2,
  startOffset,
});

describe('nextValidAfter()', () => {
  test.each<[string, VotingSchedule, string, string]>([
    ['the next full hour', publicSchedule, '2026-07-27T09:59:59', '2026-07-27T10:00:00'],
    ['on the hour, the one after it', publicSchedule, '2026-07-27T10:00:00', '2026-07-27T11:00:00'],
    ['across midnight', publicSchedule, '2026-07-27T23:00:00', '2026-07-28T00:00:00'],
    ['every ten seconds', every(10), '2026-07-27T10:00:09', '2026-07-27T10:00:10'],
    ['clips a round at midnight', every(7 * 3600), '2026-07-27T21:00:00', '2026-07-28T00:00:00'],
    ['holds no round shorter than half', every(7 * 3600), '2026-07-27T20:59:00', '2026-07-28T00:00:00'],
    ['one of half and more', every(16 * 3600), '2026-07-27T12:00:00', '2026-07-27T16:00:00'],
    // As tor's function has it: what is skipped to midnight and lies more than an interval ahead comes one interval earlier.
    ['midnight less an interval', every(10 * 3600 - 1), '2026-07-27T12:00:00', '2026-07-27T14:00:01'],
    ['with an offset', every(300, 60), '2026-07-27T10:00:00', '2026-07-27T10:01:00'],
    ['with an offset that has passed', every(300, 60), '2026-07-27T10:01:00', '2026-07-27T10:06:00'],
    ['ignores an interval of zero', every(0), '2026-07-27T10:20:00', '2026-07-27T11:00:00'],
  ])('gives %s', (_, schedule, now, expected) => {
    expect(nextValidAfter(schedule, at(now))).toBe(at(expected));
  });
});

describe('lastValidAfter()', () => {
  test.each<[string, VotingSchedule, string, string]>([
    ['the full hour before', publicSchedule, '2026-07-27T10:20:00', '2026-07-27T10:00:00'],
    ['this very second', publicSchedule, '2026-07-27T10:00:00', '2026-07-27T10:00:00'],
    ['with an offset', every(300, 60), '2026-07-27T10:00:59', '2026-07-27T09:56:00'],
    [
      'an interval that does not divide the day',
      every(7 * 3600),
      '2026-07-28T01:00:00',
      '2026-07-28T00:00:00',
    ],
  ])('gives %s', (_, schedule, now, expected) => {
    expect(lastValidAfter(schedule, at(now))).toBe(at(expected));
  });

  test('and nextValidAfter() enclose every second of a day', () => {
    for (const schedule of [publicSchedule, every(20), every(300, 60), every(7 * 3600)]) {
      for (let now = at('2026-07-27T00:00:00'); now < at('2026-07-28T02:00:00'); now += 97) {
        const last = lastValidAfter(schedule, now);
        expect(last).toBeLessThanOrEqual(now);
        expect(nextValidAfter(schedule, last)).toBe(nextValidAfter(schedule, now));
      }
    }
  });
});

describe('phasesOf()', () => {
  const times = (schedule: VotingSchedule): readonly string[] =>
    phasesOf(schedule, at('2026-07-27T10:00:00')).map(
      ({ name, at }) => `${name} ${new Date(at * 1000).toISOString().slice(11, 19)}`,
    );

  test('names the five phases of the public network', () => {
    expect(times(publicSchedule)).toEqual([
      'vote 09:50:00',
      'fetch-votes 09:52:30',
      'compute 09:55:00',
      'fetch-signatures 09:57:30',
      'publish 10:00:00',
    ]);
  });

  test('gives each delay a quarter of the interval when they do not fit into half of it', () => {
    expect(times({ intervalSeconds: 60, voteSeconds: 20, distSeconds: 20 })).toEqual([
      'vote 09:59:30',
      'fetch-votes 09:59:38',
      'compute 09:59:45',
      'fetch-signatures 09:59:53',
      'publish 10:00:00',
    ]);
  });
});

test('scheduleOf() reads the schedule out of a consensus', () => {
  const validAfter = at('2026-07-27T10:00:00');
  const times = { validAfter, freshUntil: validAfter + 3600, voteSeconds: 300, distSeconds: 300 };
  expect(scheduleOf(times)).toEqual(publicSchedule);
});

test('scheduleOf() sees by the valid-after how far rounds are shifted, where the interval divides a day', () => {
  const shifted = (validAfter: number, interval: number, told?: number): number | undefined =>
    scheduleOf({ validAfter, freshUntil: validAfter + interval, voteSeconds: 2, distSeconds: 2 }, told)
      .startOffset;
  const ten = at('2026-07-27T10:00:00');
  expect(shifted(ten, 3600)).toBeUndefined();
  expect(shifted(ten + 17, 20)).toBe(17);
  expect(shifted(ten + 17, 20, 3)).toBe(17);
  // 86400 is no multiple of 7: the last round of a day ends with it, and the shift cannot be seen.
  expect(shifted(ten + 5, 7, 3)).toBe(3);
  const schedule = scheduleOf({ validAfter: ten + 17, freshUntil: ten + 37, voteSeconds: 2, distSeconds: 2 });
  expect(nextValidAfter(schedule, ten + 17)).toBe(ten + 37);
});
