/**
 * What is asked decides what is known, and what is known decides what is asked: plan and pipeline in a circle, for three
 * hours of a virtual clock, against authorities that answer as tor does.
 */
import { expect, test } from 'vitest';
import { due, livenessLimits, noted, nothingAsked } from '../../src/collect/index.ts';
import type { Outcome, PlannedRequest } from '../../src/collect/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import { makeJournal } from '../support/journal.ts';
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
  const journal = makeJournal(network, noon - 60);
  const store = await openDuckDb({ path: ':memory:' });
  const pipeline = await openPipeline({ archive: journal, store });
  const options = { authorities: network.set.authorities, probeSeconds: 60 };
  const asked: { request: PlannedRequest; at: number; bytes: number }[] = [];
  let state = nothingAsked;
  let fed = 0;
  for (let nowMs = (noon + 30) * 1000; nowMs < (noon + 3 * hour) * 1000;) {
    const next = due(options, state, pipeline.knowledge(), nowMs);
    state = next.state;
    for (const request of next.requests) {
      const answer = answerOf(request, nowMs / 1000, rounds);
      const outcome = typeof answer === 'string' ? answer : 'received';
      state = noted(state, request, { outcome, atMs: nowMs + 100 });
      const { authority, subject } = request;
      if (typeof answer === 'string') journal.observe({ at: nowMs / 1000, authority, subject, outcome });
      else if (subject.kind === 'liveness') journal.probe(nowMs / 1000, authority);
      else journal.got(nowMs / 1000, authority, subject, answer);
      asked.push({ request, at: nowMs / 1000, bytes: typeof answer === 'string' ? 0 : answer.length });
    }
    journal.tick((nowMs + 200) / 1000);
    for (const placed of journal.placed.slice(fed)) await pipeline.feed(placed);
    fed = journal.placed.length;
    nowMs = Math.max(nowMs + 1000, Math.min(next.wakeMs, nowMs + 60_000));
  }
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
