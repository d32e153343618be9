import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  loadOf,
  playPlan,
  renderLoadTable,
  wireBytesOf,
  type AuthorityLoad,
  type PlanOptions,
} from '../../src/collect/index.ts';
import { publicAuthorities, publicSchedule } from '../../src/network/index.ts';

/** Six authorities run a scanner, the first six; which they are does not matter to the sums. */
const voters = publicAuthorities.authorities.filter(({ v3ident }) => v3ident !== undefined);
const options: PlanOptions = {
  authorities: publicAuthorities.authorities.map((one) => ({
    ...one,
    scanner: voters.indexOf(one) in [0, 1, 2, 3, 4, 5],
  })),
};

let day: readonly AuthorityLoad[] = [];
beforeAll(() => {
  day = loadOf(options, publicSchedule, 24);
}, 180_000);

describe('loadOf() a day', () => {
  test('is what docs/load.md says', () => {
    const doc = readFileSync(join(import.meta.dirname, '../../../../docs/load.md'), 'utf8');
    expect(doc).toContain(renderLoadTable(day));
  });

  test('stays within what docs/load.md promises', () => {
    expect(day).toHaveLength(10);
    for (const { authority, bytesMax, requestsMax } of day) {
      expect(bytesMax, authority).toBeLessThan(12_000_000);
      expect(requestsMax, authority).toBeLessThan(550);
    }
  });

  test('is spread evenly over the authorities', () => {
    const consensusBytes = day.flatMap(({ rows }) => rows.filter(({ kind }) => kind === 'consensus ns'));
    expect(new Set(consensusBytes.map(({ bytes }) => Math.round(bytes / 1000))).size).toBe(1);
  });
});

test('playPlan() stays within the promise when one alone signs, in every round, what no votes explain', () => {
  const startMs = Date.UTC(2026, 0, 1, 0, 20);
  const nickname = voters[0]?.nickname ?? '';
  const played = [...playPlan(options, publicSchedule, { startMs, hours: 24, alone: nickname })].filter(
    ({ request }) => request.authority === nickname,
  );
  expect(played.filter(({ request }) => request.key.startsWith('other vote')).length).toBeGreaterThan(40);
  for (let hour = 0; hour < 24; hour += 0.25) {
    const from = startMs + hour * 3_600_000;
    const inHour = played.filter(({ atMs }) => atMs >= from && atMs < from + 3_600_000);
    const bytes = inHour.reduce((sum, one) => sum + wireBytesOf(one, options), 0);
    expect(inHour.length, `${hour} h`).toBeLessThan(550);
    expect(bytes, `${hour} h`).toBeLessThan(12_000_000);
  }
}, 180_000);

test('playPlan() asks in a day what was counted by hand', () => {
  const counts = new Map<string, number>();
  for (const { request } of playPlan(options, publicSchedule, { startMs: Date.UTC(2026, 0, 1), hours: 24 })) {
    const kind =
      request.subject.kind === 'vote' ? request.path?.replace(/[0-9A-F]{40}/, 'FP') : request.subject.kind;
    counts.set(kind ?? '', (counts.get(kind ?? '') ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({
    liveness: 10 * 24 * 360,
    // Ten over IPv4, five of them over IPv6 as well.
    'or-port': 15 * 24 * 60,
    consensus: 2 * 9 * 24,
    // Of the round before midnight nothing is held yet, so each vote is asked for after its publication, once.
    '/tor/status-vote/current/authority': 9,
    '/tor/status-vote/current/FP': 9,
    '/tor/status-vote/next/authority': 9 * 24,
    '/tor/status-vote/next/FP': 9 * 24,
    signatures: 3 * 9 * 24,
    'bandwidth-file': 6 * 24,
    // At the start, and in the 24 slots that begin in the day.
    certificates: 9 * 25,
    // Three of each in the first four rounds, until all are held; then six a round, for 528 new ones.
    'relay-descriptors': 4 * 9 * 3 + 20 * 6,
    'server-descriptor': 10 * 24,
    'extra-info': 10 * 24,
  });
}, 180_000);
