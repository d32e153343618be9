/**
 * What is asked decides what is known, and what is known decides what is asked: plan and pipeline in a circle, for
 * hours of a virtual clock, against authorities that answer as tor does.
 */
import { expect, test } from 'vitest';
import { livenessLimits } from '../../src/collect/index.ts';
import type { Outcome, PlannedRequest } from '../../src/collect/index.ts';
import { askAndLearn } from '../support/asking.ts';
import { madeNetwork, noon } from '../support/network.ts';
import type { MadeRound } from '../support/network.ts';

const hour = 3600;
const network = madeNetwork(4);

/** What an authority answers at a time: a document, or an outcome. */
function answerOf(
  { subject, authority, ifModifiedSince }: PlannedRequest,
  at: number,
  rounds: ReadonlyMap<number, MadeRound>,
): Uint8Array | Outcome {
  const published = Math.floor(at / hour) * hour;
  const round = rounds.get(published);
  const next = at >= published + hour - 600 ? rounds.get(published + hour) : undefined;
  switch (subject.kind) {
    case 'liveness':
      return Buffer.from('User-agent: *\nDisallow: /\n');
    case 'consensus':
      if (!round) return 'absent';
      if (ifModifiedSince !== undefined && published < ifModifiedSince) return 'not-modified';
      return subject.flavor === 'ns' ? round.ns : round.microdesc;
    case 'vote': {
      const author = network.members.find(({ identity }) => identity === subject.of)?.nickname ?? authority;
      return (subject.period === 'next' ? next : round)?.votes.get(author) ?? 'absent';
    }
    case 'certificates':
      return ifModifiedSince === undefined ? network.certificates : 'not-modified';
    default:
      return 'absent';
  }
}

test('S2.1.11 a small document says that an authority is there; each full consensus is fetched once from each', async () => {
  const rounds = new Map(
    [0, 1, 2, 3].map((index) => [noon + index * hour, network.round({ validAfter: noon + index * hour })]),
  );
  const { asked, store } = await askAndLearn(network, {
    fromMs: (noon + 30) * 1000,
    untilMs: (noon + 3 * hour) * 1000,
    plan: { probeSeconds: 60 },
    answer: (request, at) => answerOf(request, at, rounds),
  });
  const probes = asked.filter(({ request }) => request.subject.kind === 'liveness');
  expect(new Set(probes.map(({ request }) => request.path))).toEqual(new Set(['/tor/robots.txt']));
  expect(Math.max(...probes.map(({ bytes }) => bytes))).toBeLessThan(100);
  expect(probes.length / network.names.length).toBeGreaterThan(170);
  expect(livenessLimits.totalMs).toBeLessThanOrEqual(5000);

  const full = asked.filter(({ request, bytes }) => request.subject.kind === 'consensus' && bytes > 0);
  const times = full.map(
    ({ request, at }) => `${request.authority} ${request.path} ${Math.floor(at / hour)}`,
  );
  expect(new Set(times).size).toBe(times.length);
  expect(times).toHaveLength(network.names.length * 2 * 3);
  // Only the first of each is asked without a condition.
  const bare = full.filter(({ request }) => request.ifModifiedSince === undefined);
  expect(bare.every(({ at }) => at < noon + hour)).toBe(true);
  expect(bare).toHaveLength(network.names.length * 2);

  const known = await store.query('rounds', { before: 1e12, limit: 10 });
  expect(known.map(({ valid_after, votes, agreement }) => [valid_after, votes, agreement])).toEqual(
    [2, 1, 0].map((index) => [noon + index * hour, 4, 1]),
  );
  expect(await store.query('alerts', { limit: 100 })).toEqual([]);
  await store.close();
});

test('a network that votes every five minutes is learned within seconds of its first consensus', async () => {
  const first = noon + 2100;
  const round = network.round({ validAfter: first, intervalSeconds: 300 });
  const { asked, pipeline, store } = await askAndLearn(network, {
    fromMs: (noon + 900) * 1000,
    untilMs: (first + 60) * 1000,
    answer: ({ subject, ifModifiedSince }, at) => {
      if (subject.kind === 'liveness') return Buffer.from('User-agent: *\nDisallow: /\n');
      if (subject.kind === 'certificates')
        return ifModifiedSince === undefined ? network.certificates : 'not-modified';
      if (subject.kind !== 'consensus' || at < first) return 'absent';
      if (ifModifiedSince !== undefined && ifModifiedSince >= first) return 'not-modified';
      return subject.flavor === 'ns' ? round.ns : round.microdesc;
    },
  });
  const seen = asked.find(({ request, bytes }) => request.subject.kind === 'consensus' && bytes > 0);
  expect((seen?.at ?? 0) - first).toBeLessThanOrEqual(20);
  expect(pipeline.knowledge()).toMatchObject({ schedule: { intervalSeconds: 300 }, scheduleAssumed: false });
  const early = asked.filter(({ request, at }) => request.subject.kind === 'consensus' && at < first);
  expect(early.length / network.names.length / 20).toBeLessThan(2);
  // From then on both flavours are asked of everybody.
  const held = await store.query('documents', { before: 1e15, kind: 'consensus', limit: 10 });
  expect(held.map(({ flavor, valid_after }) => `${flavor} ${valid_after}`).sort()).toEqual([
    `microdesc ${first}`,
    `ns ${first}`,
  ]);
  await store.close();
});
