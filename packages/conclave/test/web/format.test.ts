import { describe, expect, test } from 'vitest';
import { tick, timeOf, writeAge, writeDuration } from '../../src/web/browser/clock.ts';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatMs,
  formatNumber,
  formatShare,
  formatSkew,
  formatTime,
  groupDigest,
} from '../../src/web/format.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('values as they are written', () => {
  test.each([
    [formatNumber(44_807_632), '44,807,632'],
    [formatNumber(-5), '−5'],
    [formatNumber(-0.04, 1), '0.0'],
    [formatNumber(1234.567, 2), '1,234.57'],
    [formatNumber(0.1234567, 5), '0.12346'],
    [formatShare(0.97666), '97.7 %'],
    [formatShare(0.99999), '99.9 %'],
    [formatShare(1), '100.0 %'],
    [formatShare(0), '0.0 %'],
    [formatMs(112.4), '112 ms'],
    [formatMs(7.26), '7.3 ms'],
    [formatSkew(0.21), '+0.2 s'],
    [formatSkew(-0.12), '−0.1 s'],
    [formatSkew(-0.01), '0.0 s'],
    [formatBytes(3_262_118), '3,262,118 B'],
    [groupDigest('0123456789'), '0123 4567 89'],
  ])('%s', (written, expected) => {
    expect(plain(written)).toBe(expected);
  });
  test('times have the date when it is not today, and seconds when there are any', () => {
    expect(formatTime('2026-07-27T14:00:00Z', '2026-07-27T14:32:10Z')).toBe('14:00');
    expect(formatTime('2026-07-27T14:00:03Z', '2026-07-27T23:59:59Z')).toBe('14:00:03');
    expect(formatTime('2026-07-27T14:00:00Z', '2026-07-28T00:00:00Z')).toBe('2026-07-27 14:00');
  });
});

describe('the browser writes ages as the server does', () => {
  const now = '2026-07-27T14:32:10Z';
  test.each([0, 1, 23, 99, 100, 5_999, 6_000, 172_799, 172_800, 86_400 * 4_000, -1, -1_670, -86_400 * 11])(
    '%i s',
    (seconds) => {
      const since = new Date(Date.parse(now) - seconds * 1000).toISOString();
      expect(writeAge(Date.parse(since), Date.parse(now))).toBe(formatAge(since, now));
      expect(writeDuration(seconds)).toBe(formatDuration(seconds));
    },
  );
  test('timeOf() goes at the speed of the recording', () => {
    const clock = { nowMs: 1_000_000, steadyMs: 500, speed: 60 };
    expect(timeOf(clock, 1_500)).toBe(1_060_000);
    expect(timeOf({ ...clock, speed: 0 }, 9_999)).toBe(1_000_000);
    expect(tick).toBeTypeOf('function');
  });
});
