/** Rounds that lie back: by whose word they are told, and what an archive brought of them beside what was seen. */
import { describe, expect, test } from 'vitest';
import { publicAuthoritiesAt, votersOf } from '../../src/network/index.ts';
import { authoritiesOf, openPipeline } from '../../src/pipeline/index.ts';
import type { AuthorityLine } from '../../src/pipeline/index.ts';
import { feed, makeJournal, nameOf, run } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';
import { hour, network, rowOf } from './asking.ts';

const [nine, eight] = [network.set.authorities, network.set.authorities.slice(1)];
const watching = (at: number, authorities = nine): AuthorityLine => ({
  kind: 'watching',
  at: at * 1000,
  network: 'made-up network',
  authorities,
});
const backfilling = (at: number, authorities?: AuthorityLine['authorities']): AuthorityLine => ({
  kind: 'backfilling',
  at: at * 1000,
  network: 'public Tor network',
  ...(authorities ? { authorities } : {}),
});
const in2012 = Date.UTC(2012, 5, 1) / 1000;

describe('authoritiesOf()', () => {
  test.each<[string, readonly AuthorityLine[], number, number | undefined, unknown]>([
    ['nobody knows', [], noon, undefined, undefined],
    ['those watched when it was seen', [watching(noon), watching(noon + hour, eight)], noon, noon + 5, nine],
    [
      'those watched after a change',
      [watching(noon), watching(noon + hour, eight)],
      noon + hour,
      noon + hour + 5,
      eight,
    ],
    ['a round that was seen after it was over', [watching(noon + 60)], noon, noon + 70, nine],
    [
      'one that nobody watched, by what the backfill names',
      [watching(noon), backfilling(noon, eight)],
      noon,
      undefined,
      eight,
    ],
    [
      'one that was watched, although a backfill names others',
      [watching(noon), backfilling(noon, eight)],
      noon,
      noon + 5,
      nine,
    ],
    [
      'of the public network those of the day',
      [backfilling(noon)],
      in2012,
      undefined,
      publicAuthoritiesAt(in2012)?.authorities,
    ],
    ['before anybody voted', [backfilling(noon)], 1_000_000_000, undefined, undefined],
  ])('%s', (_, lines, validAfter, seen, authorities) => {
    expect(authoritiesOf(lines, validAfter, seen && seen * 1000)?.authorities).toEqual(authorities);
  });

  test('the public network had other authorities in 2012 than it has today', () => {
    const then = votersOf(publicAuthoritiesAt(in2012) ?? network.set).map(({ nickname }) => nickname);
    expect([then.length, then.includes('turtles'), then.includes('bastet')]).toEqual([8, true, false]);
  });
});

test('/health of a past round counts the authorities of its day, though another voter came since', async () => {
  const [old, grown] = [madeNetwork(8), madeNetwork(9)];
  const journal = makeJournal(old, noon - 1200);
  journal.play(old.round({ validAfter: noon }));
  journal.watching(noon + 1800, grown.set);
  const fed = await run(journal);
  const answers = fed.answers(journal.now() + 5);
  const at = new Date(noon * 1000).toISOString().replace('.000', '');
  expect(await answers.health({ at })).toMatchObject({
    authorities: { configured: 8, sources: 8, needed: 5 },
    method: { supported: { length: 8 } },
  });
  expect((await answers.round(at))?.authorities).toHaveLength(8);
  expect((await answers.rounds({ limit: 5 })).rounds[0]).toMatchObject({
    level: 'ok',
    text: 'all voted and signed',
  });
  expect((await answers.authorities()).authorities).toHaveLength(9);
  await fed.close();
});

describe('a round that was watched without three votes, and that an archive has whole', () => {
  const three = network.names.slice(0, 3);
  const at = new Date(noon * 1000).toISOString().replace('.000', '');
  const played = async (withArchive: boolean): ReturnType<typeof run> => {
    const journal = makeJournal(network, noon - 1200);
    const round = network.round({ validAfter: noon });
    journal.play(round, { withoutVotes: three });
    if (withArchive)
      journal.archived(
        noon + 600,
        noon,
        three.map((name) => ['vote', round.votes.get(name) ?? new Uint8Array(0)] as const),
      );
    return run(journal);
  };

  test('is proved, and says of the three votes neither that they failed nor that we saw them', async () => {
    const fed = await played(true);
    const answers = fed.answers(noon + 700);
    const page = await answers.round(at);
    expect(page?.proof.ns?.verdict).toBe('identical');
    for (const name of three) {
      const row = page?.authorities.find(({ nickname }) => nickname === name);
      expect(row).toMatchObject({ mark: 'good', voteFirstSeen: null, voteSeenAt: [], inConsensus: true });
      expect(row?.voteVerdict).toMatch(/Not seen by us: it came out of an archive\.$/);
      expect(row?.agreement).not.toBeNull();
      const { retrievable } = rowOf(await answers.status(), name).vote;
      expect(retrievable).toEqual({
        value: null,
        text: `its vote for ${at} was not seen by us; an archive has it`,
      });
      const document = await answers.document(row?.voteSha256 ?? '');
      expect([document?.firstSeen, document?.lastSeen, document?.servedBy]).toEqual([null, null, []]);
      expect(document?.imported).toBe(new Date((noon + 600) * 1000).toISOString().replace('.000', ''));
    }
    const others = page?.authorities.filter(({ nickname }) => !three.includes(nickname));
    for (const { voteFirstSeen, voteSeenAt } of others ?? [])
      expect([voteFirstSeen !== null, voteSeenAt.length > 0]).toEqual([true, true]);
    await fed.close();
  });

  test('is undecided without the archive, and the three could not be retrieved', async () => {
    const fed = await played(false);
    const answers = fed.answers(noon + 700);
    expect((await answers.round(at))?.proof.ns?.verdict).toBe('undecided');
    expect(rowOf(await answers.status(), three[0] ?? '').vote.retrievable.value).toBe(false);
    await fed.close();
  });

  test('raises and resolves no alert and tells no event that there would not be without the archive', async () => {
    const [with_, without] = [await played(true), await played(false)];
    for (const name of ['alerts', 'events'] as const) {
      const rows = async ({ answers }: typeof with_): Promise<unknown> => {
        const { now: _, revision: __, ...told } = await answers(noon + 700)[name]({ limit: 200 });
        return told;
      };
      expect(await rows(with_)).toEqual(await rows(without));
    }
    await with_.close();
    await without.close();
  });
});

test('a watched round of which a policy removed documents stays as it was seen, whatever an archive brings', async () => {
  const at = new Date(noon * 1000).toISOString().replace('.000', '');
  const round = network.round({ validAfter: noon });
  const [lacked = '', removed = ''] = network.names;
  const journal = makeJournal(network, noon - 1200);
  journal.play(round, { withoutVotes: [lacked] });
  const watched = await run(journal);
  const before = await watched.answers(noon + 700).round(at);
  const rows = await watched.store.query('rounds', { before: noon + 1, limit: 1 });
  journal.archived(noon + 600, noon, [['vote', round.votes.get(lacked) ?? new Uint8Array(0)]]);
  const gone = nameOf(round.votes.get(removed) ?? '');
  const archive = {
    entries: (from: number) => journal.entries(from),
    read: async (sha256: string) => (sha256 === gone ? undefined : journal.read(sha256)),
  };
  const pipeline = await openPipeline({ archive, store: watched.store });
  await feed(pipeline, journal);
  const after = await watched.answers(noon + 700).round(at);
  expect(await watched.store.query('rounds', { before: noon + 1, limit: 1 })).toEqual(rows);
  expect(after?.proof).toEqual(before?.proof);
  expect(after?.authorities.find(({ nickname }) => nickname === removed)).toEqual(
    before?.authorities.find(({ nickname }) => nickname === removed),
  );
  expect(after?.authorities.find(({ nickname }) => nickname === lacked)?.voteSha256).not.toBeNull();
  await watched.close();
});
