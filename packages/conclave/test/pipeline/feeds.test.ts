/** What sources beside the authorities bring becomes rows, never as something that an authority served. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badDay, described, fileTime, sources } from '../support/bad-day.ts';
import { makeJournal, nameOf, rowsOf, run } from '../support/journal.ts';
import type { Run } from '../support/journal.ts';
import { madeNetwork, noon, voteDigest } from '../support/network.ts';
import { bandwidthFile, naming } from '../support/own-documents.ts';
import { onionoo } from '../support/feeds.ts';

const hour = 3600;

describe('a day with sources', () => {
  const { network, journal } = badDay();
  let fed: Run;
  beforeAll(async () => {
    fed = await run(journal);
  });
  afterAll(() => fed.close());

  test('a vote that nobody gave us is taken, marked, and proves its round', async () => {
    const votes = await fed.store.query('votesOf', { valid_after: noon + hour });
    const marked = votes.filter(({ via }) => via !== null);
    expect(marked.map(({ via, outcome, identity }) => [via, outcome, identity])).toEqual([
      ['collector', 'accepted', network.member(network.names[3] ?? '').identity],
    ]);
    const proofs = await fed.store.query('proofsOf', { valid_after: noon + hour });
    expect(proofs.map(({ verdict, votes_used }) => [verdict, votes_used])).toEqual([
      ['identical', 8],
      ['identical', 8],
    ]);
  });

  test("a copy that came by a source is nobody's", async () => {
    const [marked] = (await fed.store.query('votesOf', { valid_after: noon + hour })).filter(
      ({ via }) => via,
    );
    const sha256 = marked?.sha256 ?? '';
    expect(await fed.store.query('copiesOf', { sha256 })).toEqual([]);
    expect(await fed.store.query('otherCopiesOf', { sha256 })).toMatchObject([
      { authority: '', via: 'collector', first_seen: (noon + 4 * hour + 2102) * 1000 },
    ]);
    const served = await fed.store.query('servedVotes', { valid_after: noon + hour });
    expect(served.filter(({ authority }) => authority === '')).toEqual([]);
    expect(
      (await fed.store.query('firstServed', { since: 0 })).filter((row) => row.authority === ''),
    ).toEqual([]);
  });

  test('the last success stays beside the failures that follow it; what we could not ask counts neither way', async () => {
    const rows = await fed.store.query('feeds');
    const index = rows.find(({ subject }) => subject === 'index');
    const at = (noon + 4 * hour + 2100) * 1000;
    expect(index).toMatchObject({
      feed: 'collector',
      watched: true,
      last_try: at + 300_000,
      outcome: 'not-asked',
      failures: 3,
      failing_since: at + 100_000,
      last_success: at + 20_000,
      etag: '"1"',
      as_of: noon + 4 * hour + 2040,
    });
    const never = rows.find(({ subject }) => subject === 'certificates');
    expect(never).toMatchObject({ last_try: null, last_success: null, watched: true });
  });

  test('when an archive had a round is a figure of its own', async () => {
    expect(await fed.store.query('feedRoundsSince', { since: noon + 1 })).toEqual([
      {
        feed: 'collector',
        valid_after: noon + hour,
        stated_at: noon + hour + 300,
        seen_at: (noon + 4 * hour + 2100) * 1000,
        votes: 8,
      },
    ]);
  });

  test('Onionoo of another version is not read, and what it said before stays', async () => {
    const relays = await fed.store.query('feedRelays');
    expect(relays).toMatchObject([
      { nickname: 'maple', published: noon, listed_at: (noon + 4 * hour + 2500) * 1000 },
    ]);
    expect(JSON.parse(relays[0]?.uptime ?? '')).toEqual({
      '1_month': { mean: 0.5, values: 2, count: 3, last: Date.UTC(2024, 4, 1) / 1000 },
    });
    const totals = (await fed.store.query('feeds')).filter(
      ({ subject }) => subject === 'relays' || subject === 'running',
    );
    expect(totals.map(({ facts }) => (JSON.parse(facts ?? '{}') as { beyond: number }).beyond)).toEqual([
      9000, 8000,
    ]);
  });

  test('capacity counts the descriptor that the consensus names, and says of how many it knows', async () => {
    const rows = await fed.store.query('capacitiesOf', { valid_after: noon + 5 * hour });
    expect(rows.map((row) => [row.class, row.relays, row.described, row.bits_per_second])).toEqual([
      ['exit', 4, 1, 8000],
      ['guard', 4, 1, 8000],
      ['guardExit', 4, 1, 8000],
      ['middle', 16, 0, 0],
      ['total', 20, 1, 8000],
    ]);
    expect(await fed.store.query('capacitiesOf', { valid_after: noon + 3 * hour })).toEqual([]);
  });

  test('what is held is not wanted again', () => {
    const held = fed.pipeline.feedKnowledge();
    expect(held.votes.size).toBeGreaterThan(30);
    expect([...held.descriptorFiles]).toEqual([`${fileTime(noon + 4 * hour + 2100)}-server-descriptors`]);
    expect(held.bandwidthFiles.has(nameOf(bandwidthFile()))).toBe(true);
    expect(held.consensuses.has(`microdesc/${noon + 5 * hour}`)).toBe(true);
    expect(held.identities.size).toBe(9);
    expect(described.length).toBeGreaterThan(0);
  });
});

describe('openPipeline() with sources', () => {
  const network = madeNetwork(3);
  const [a = ''] = network.names;
  const round = network.round({ validAfter: noon });
  const vote = round.votes.get(a) ?? Buffer.alloc(0);
  const file = `${fileTime(noon)}-vote-${network.member(a).identity}-${voteDigest(vote)}`;

  test('an authority that serves a vote later is from then on the one that it was first seen at', async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.fed({ at: noon + 60, feed: 'collector', subject: 'vote', file }, vote);
    journal.cycle(noon + 70);
    journal.got(noon + 90, a, { kind: 'vote', period: 'current', of: network.member(a).identity }, vote);
    journal.cycle(noon + 100);
    const done = await run(journal);
    const { store } = done;
    expect(await store.query('votesOf', { valid_after: noon })).toMatchObject([
      { via: null, first_seen: (noon + 90) * 1000 },
    ]);
    await done.close();
  });

  test('a source alone can bring a round, and no authority is said to serve it', async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.fed(
      { at: noon + 400, feed: 'collector', subject: 'consensus', file: `${fileTime(noon)}-consensus` },
      round.ns,
    );
    journal.cycle(noon + 410);
    const done = await run(journal);
    const { store } = done;
    const [row] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
    expect([row?.valid_after, row?.outcome]).toEqual([noon, 'accepted']);
    expect(await store.query('servedConsensuses', { valid_after: noon })).toEqual([]);
    await done.close();
  });

  test('a forged vote of a source is refused, as it would be of an authority', async () => {
    const forged = Buffer.from(Buffer.from(vote).toString('latin1').replace('Running', 'Runninh'), 'latin1');
    const journal = makeJournal(network, noon - 1200);
    journal.fed({ at: noon + 60, feed: 'collector', subject: 'vote', file }, forged);
    journal.cycle(noon + 70);
    const done = await run(journal);
    const { store, pipeline } = done;
    expect((await store.query('document', { sha256: nameOf(forged) }))[0]?.outcome).toBe('rejected');
    expect(pipeline.feedKnowledge().votes.size).toBe(0);
    await done.close();
  });

  test('a bandwidth file waits for the vote that names it', async () => {
    const bandwidth = bandwidthFile();
    const later = network.round({ validAfter: noon, voteEdit: () => naming(bandwidth) });
    const journal = makeJournal(network, noon - 1200);
    journal.fed({ at: noon - 1000, feed: 'collector', subject: 'bandwidth-file', file: 'x' }, bandwidth);
    journal.cycle(noon - 990);
    const early = await run(journal);
    expect((await early.store.query('document', { sha256: nameOf(bandwidth) }))[0]?.outcome).toBe(
      'undecided',
    );
    await early.close();
    journal.play(later);
    const done = await run(journal);
    const { store } = done;
    expect((await store.query('document', { sha256: nameOf(bandwidth) }))[0]).toMatchObject({
      outcome: 'accepted',
    });
    await done.close();
  });

  test('a source that is not configured any more is marked so and keeps what it said', async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.watching(noon - 1100, network.set, sources);
    journal.fed(
      { at: noon - 1000, feed: 'onionoo', subject: 'relays' },
      onionoo([], { relays_truncated: 7 }),
    );
    journal.cycle(noon - 990);
    journal.watching(noon - 900, network.set, sources.slice(0, 1));
    journal.cycle(noon - 890);
    const rows = await rowsOf(journal);
    const onionooRows = (
      rows['feeds'] as { feed: string; watched: boolean; subject: string; facts: string }[]
    ).filter(({ feed }) => feed === 'onionoo');
    expect(onionooRows.map(({ watched }) => watched)).toEqual([false, false, false, false, false]);
    expect(onionooRows.find(({ subject }) => subject === 'relays')?.facts).toContain('"beyond":7');
  });

  test.each([
    '<html>',
    '{}',
    '{"version":"8.0"}',
    '[]',
    'null',
    '',
    '\0\xff',
    '{"version":"8.0","relays_published":"x","relays":{}}',
  ])('whatever a source sends as %j becomes a row and nothing else', async (text) => {
    const journal = makeJournal(network, noon - 1200);
    for (const subject of ['details', 'uptime', 'bandwidth', 'relays', 'running'] as const)
      journal.fed({ at: noon - 1000, feed: 'onionoo', subject }, text);
    for (const subject of [
      'vote',
      'consensus',
      'certificates',
      'bandwidth-file',
      'server-descriptors',
    ] as const)
      journal.fed({ at: noon - 999, feed: 'collector', subject, file: 'odd' }, text);
    journal.cycle(noon - 990);
    const done = await run(journal);
    const { store } = done;
    expect(await store.query('feedRelays')).toEqual([]);
    expect(await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 })).toEqual([]);
    await done.close();
  });
});
