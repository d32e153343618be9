/**
 * One authority gives some another vote than the others. Each vote is asked of its author and one more; the rest is asked
 * only when authorities sign a text that no votes at hand explain.
 */
import { expect, test } from 'vitest';
import type { Outcome, PlannedRequest } from '../../src/collect/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import { askAndLearn, type AskedThen } from '../support/asking.ts';
import { dump, rowsOf, withStorePath } from '../support/journal.ts';
import { madeNetwork, noon, type MadeRound } from '../support/network.ts';

const hour = 3600;
const network = madeNetwork(9);
/** The one who votes twice, and those who get its second vote. */
const twice = network.names[6] ?? '';
const few = network.names.slice(4, 6);

const before = network.round({ validAfter: noon });
const after = network.round({ validAfter: noon + hour });
const coming = network.round({ validAfter: noon + 2 * hour });
/** The same round with another vote of that one: five relays less. */
const other = withOtherVote(coming);

function withOtherVote(round: MadeRound): MadeRound {
  const fewer: (nickname: string) => (lines: readonly string[]) => string[] = (nickname) => (lines) => {
    if (nickname !== twice) return [...lines];
    const start = lines.findIndex((line) => line.startsWith('r '));
    const next = lines.findIndex((line, index) => index > start && line.startsWith('r '));
    return lines.filter((_, index) => index < start || index >= next);
  };
  return network.round({ validAfter: round.validAfter, voteEdit: fewer });
}

/** Who votes twice is silent from then on, as in the lab; the others serve what they were given. */
function answerOf({ subject, authority, ifModifiedSince }: PlannedRequest, at: number): Uint8Array | Outcome {
  const index = Math.floor((at - noon) / hour);
  const published = [before, after, coming][index];
  const inWindow = at >= noon + (index + 1) * hour - 600;
  const comingNow = inWindow ? [after, few.includes(authority) ? other : coming][index] : undefined;
  const author = network.members.find((one) => 'of' in subject && one.identity === subject.of)?.nickname;
  if (authority === twice && at > noon + 2 * hour - 600) return 'refused';
  switch (subject.kind) {
    case 'liveness':
      return Buffer.from('User-agent: *\nDisallow: /\n');
    case 'consensus':
      if (!published) return 'absent';
      if (ifModifiedSince !== undefined && published.validAfter < ifModifiedSince) return 'not-modified';
      return subject.flavor === 'ns' ? published.ns : published.microdesc;
    case 'vote':
      return (subject.period === 'next' ? comingNow : published)?.votes.get(author ?? '') ?? 'absent';
    case 'signatures':
      return at >= noon + (index + 1) * hour - 300 ? (comingNow?.detached ?? 'absent') : 'absent';
    case 'certificates':
      return ifModifiedSince === undefined ? network.certificates : 'not-modified';
    default:
      return 'absent';
  }
}

const more = (asked: readonly AskedThen[]): readonly AskedThen[] =>
  asked.filter(({ request }) => request.key.startsWith('other vote'));

test('votes that only some hold are asked of them when what they sign is not explained, and no others', async () => {
  const { asked, store } = await askAndLearn(network, {
    fromMs: (noon + 30) * 1000,
    untilMs: (noon + 2 * hour - 30) * 1000,
    plan: { probeSeconds: 60 },
    answer: answerOf,
  });
  const firing = await store.query('firingAlerts');
  const told = firing.find(({ check }) => check === 'vote-equivocation');
  expect(told).toMatchObject({ authority: twice, severity: 'critical' });
  expect(told?.message).toMatch(new RegExp(`served by (?:${few.join('|')})`));
  const split = firing.find(({ check }) => check === 'split-ahead');
  expect(split?.message).toContain(`with the other vote of ${twice}`);
  expect(split?.message).not.toContain('no set of the votes');
  const extra = more(asked);
  expect(extra.length).toBeGreaterThan(0);
  expect(extra.every(({ at }) => at > noon + 2 * hour - 300)).toBe(true);
  // The one of whom nobody knows what it signs comes first, and then there is nothing left to ask.
  expect(extra.map(({ request }) => request.path)).toContain(
    `/tor/status-vote/next/${network.member(twice).identity}`,
  );
  expect(extra.length).toBeLessThanOrEqual(2 * few.length);
  await store.close();
});

test('killed in the middle of it, wherever, it leaves the same rows', async () => {
  const { journal, store } = await askAndLearn(network, {
    fromMs: (noon + 30) * 1000,
    untilMs: (noon + 2 * hour + 120) * 1000,
    plan: { probeSeconds: 60 },
    answer: answerOf,
  });
  await store.close();
  const expected = await rowsOf(journal);
  expect(expected['pending']?.length).toBeGreaterThan(network.names.length);
  // Whatever was fed last before the kill is not committed unless a tick was behind it.
  const late = journal.placed.filter(({ entry }) => entry.at > (noon + 2 * hour - 330) * 1000);
  const cuts = late.filter((_, index) => index % 30 === 14);
  const rows = await withStorePath(async (path) => {
    for (const upTo of [...cuts.map(({ position }) => position), Infinity]) {
      const opened = await openDuckDb({ path });
      const pipeline = await openPipeline({ archive: journal, store: opened });
      for await (const placed of journal.entries(pipeline.position())) {
        if (placed.position > upTo) break;
        await pipeline.feed(placed);
      }
      await opened.close();
    }
    return dump(path);
  });
  expect(rows).toEqual(expected);
}, 120_000);

test('a whole round costs no question more', async () => {
  const { asked, store } = await askAndLearn(network, {
    fromMs: (noon + 30) * 1000,
    untilMs: (noon + hour + 600) * 1000,
    plan: { probeSeconds: 60 },
    answer: answerOf,
  });
  expect(more(asked)).toEqual([]);
  await store.close();
});
