/** What authorities may serve instead of what was asked for: kept, refused, told of, and harmless to everybody else. */
import { describe, expect, test } from 'vitest';
import { otherParams, tampered } from '../support/bad-day.ts';
import { nameOf, run } from '../support/journal.ts';
import { noon, voteDigest } from '../support/network.ts';
import {
  allAlerts,
  documentOf,
  eventsOf,
  firing,
  hour,
  named,
  network,
  played,
  roundAt,
  started,
} from './playing.ts';

const [a = '', b = '', c = '', d = ''] = network.names;

describe('documents that are not what they should be', () => {
  const round = network.round({ validAfter: noon });
  const few = network.round({ validAfter: noon, signers: network.names.slice(0, 4), edit: otherParams(3) });
  const odd: readonly [string, Uint8Array | string][] = [
    ['a consensus with too few signers', few.ns],
    ['a tampered consensus', tampered(round.ns)],
    ['a truncated consensus', round.ns.subarray(0, 3000)],
    ['garbage', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))],
    ['HTML', '<!doctype html><html><body>Sign in to this network</body></html>\n'],
    ['an empty document', ''],
    ['a token of a megabyte', `network-status-version ${'3'.repeat(1_000_000)}\n`],
    ['a vote', round.votes.get(c) ?? ''],
    [
      'a consensus of the far future that nobody signed',
      tampered(network.round({ validAfter: noon + 900 * 86_400 }).ns),
    ],
  ];
  test.each(odd)(
    '%s in the place of the consensus is kept, refused, and told of whoever serves it',
    async (_, bytes) => {
      await played({ serves: { [b]: Buffer.from(bytes) } }, async ({ store, answers }) => {
        expect(await roundAt(store, noon)).toMatchObject({ votes: 9, valid_signatures: 9, digests: 1 });
        const alerts = await firing(store);
        expect(named(alerts)).toEqual([`document-refused-consensus ${b} critical`]);
        expect(alerts[0]?.link).toBe(`/documents/${nameOf(bytes)}`);
        expect(await documentOf(store, bytes)).toBeDefined();
        const status = await answers(noon + 300).status();
        expect(status.consensus.digestsServed).toBe(1);
        expect(status.consensus.servedBy).not.toContain(b);
        expect(status.sentence.headline).toBe('The consensus of 12:00 is current.');
      });
    },
  );

  test('it is over as soon as something better is served in its place', async () => {
    await played(
      { serves: { [b]: tampered(round.ns) } },
      async ({ store }) => {
        expect(await firing(store)).toEqual([]);
        expect(named(await allAlerts(store))).toEqual([`document-refused-consensus ${b} critical`]);
      },
      (journal, { ns }) => {
        journal.got(noon + 240, b, { kind: 'consensus', flavor: 'ns' }, ns);
        journal.cycle(noon + 241);
      },
    );
  });

  test.each(odd.filter(([name]) => name !== 'a vote'))(
    '%s in the place of a vote blames who serves it, not who is named in it',
    async (_, bytes) => {
      await played(
        { withoutVotes: [a] },
        async ({ store, pipeline }) => {
          expect(named(await firing(store))).toEqual([`document-refused-vote ${d} high`]);
          expect(pipeline.knowledge().wantedVotes.map(({ of }) => of)).toEqual([network.member(a).identity]);
        },
        (journal) => {
          journal.got(
            noon + 240,
            d,
            { kind: 'vote', period: 'current', of: network.member(a).identity },
            bytes,
          );
          journal.cycle(noon + 241);
        },
      );
    },
  );

  test('a forged vote of another does not make him a voter, nor recent, nor held', async () => {
    const forged = Buffer.from(
      Buffer.from(network.round({ validAfter: noon + hour }).votes.get(a) ?? '')
        .toString('latin1')
        .replace('known-flags', 'known-flagz'),
      'latin1',
    );
    await played(
      {},
      async ({ store, pipeline, answers }) => {
        const { heldVotes } = pipeline.knowledge();
        expect(heldVotes.has(`${noon}/${network.member(a).identity}`)).toBe(true);
        expect(heldVotes.has(`${noon + hour}/${network.member(a).identity}`)).toBe(false);
        const newest = await store.query('newestVotes');
        expect(new Set(newest.map(({ valid_after }) => valid_after))).toEqual(new Set([noon]));
        expect((await answers(noon + 3100).authority(a))?.authority.newestVote).toBe('2024-05-01T12:00:00Z');
      },
      (journal) => {
        journal.got(noon + 3050, d, { kind: 'vote', period: 'next', of: network.member(a).identity }, forged);
        journal.cycle(noon + 3060);
      },
    );
  });

  test('a consensus that was served as a vote first is still a consensus', async () => {
    const journal = started();
    journal.got(noon - 10, d, { kind: 'vote', period: 'next', of: network.member(d).identity }, round.ns);
    journal.cycle(noon - 9);
    journal.play(round);
    const fed = await run(journal);
    expect(await roundAt(fed.store, noon)).toMatchObject({ outcome: 'accepted', votes: 9 });
    expect(await documentOf(fed.store, round.ns)).toMatchObject({
      kind: 'consensus',
      first_seen: (noon - 10) * 1000,
    });
    await fed.close();
  });

  test('a copy whose signatures of others were spoilt takes no signature from them', async () => {
    const text = Buffer.from(round.ns).toString('latin1');
    const at = text.lastIndexOf('directory-signature');
    const spoilt = Buffer.from(
      text.slice(0, at) +
        text
          .slice(at)
          .replace(
            /(BEGIN SIGNATURE-----\n)(.)/,
            (_, line: string, letter: string) => `${line}${letter === 'A' ? 'B' : 'A'}`,
          ),
      'latin1',
    );
    const journal = started();
    journal.play(round, { serves: { [a]: spoilt } });
    const fed = await run(journal);
    expect(await roundAt(fed.store, noon)).toMatchObject({ valid_signatures: 9 });
    expect(await firing(fed.store)).toEqual([]);
    await fed.close();
  });

  test('junk dated all over the calendar does not push out the rounds that were held', async () => {
    const journal = started();
    journal.play(round);
    for (let index = 0; index < 80; index += 1) {
      const at = noon + (index % 2 === 0 ? 1 : -1) * 86_400 * (index + 2);
      const junk = `network-status-version 3\nvote-status consensus\nvalid-after ${new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ')}\n`;
      journal.got(noon + 200 + index, d, { kind: 'consensus', flavor: 'ns' }, junk);
    }
    journal.cycle(noon + 300);
    const fed = await run(journal);
    expect(fed.pipeline.knowledge().heldVotes.has(`${noon}/${network.member(a).identity}`)).toBe(true);
    expect((await fed.answers(noon + 310).status()).consensus).toMatchObject({
      state: 'current',
      validAfter: '2024-05-01T12:00:00Z',
    });
    expect(named(await firing(fed.store))).toEqual([`document-refused-consensus ${d} critical`]);
    await fed.close();
  });
});

describe('equivocation', () => {
  test('two votes of one authority for one round are both kept; only the one that the consensus names counts', async () => {
    const other =
      network.round({ validAfter: noon, voters: [b], relays: 13 }).votes.get(b) ?? Buffer.alloc(0);
    await played(
      {},
      async ({ store, pipeline }, round) => {
        const votes = (await store.query('votesOf', { valid_after: noon })).filter(
          ({ identity }) => identity === network.member(b).identity,
        );
        expect(votes.map(({ digest }) => digest ?? '').toSorted()).toEqual(
          [voteDigest(other), voteDigest(round.votes.get(b) ?? other)].toSorted(),
        );
        expect(votes.map(({ digest, decisions }) => [digest === voteDigest(other), decisions])).toEqual(
          expect.arrayContaining([
            [true, null],
            [false, 200],
          ]),
        );
        expect(await roundAt(store, noon)).toMatchObject({ votes: 9, agreement: 1 });
        expect(pipeline.knowledge().wantedVotes).toEqual([]);
      },
      (journal) => {
        journal.got(
          noon + 240,
          c,
          { kind: 'vote', period: 'current', of: network.member(b).identity },
          other,
        );
        journal.cycle(noon + 241);
      },
    );
  });

  test('S2.1.20 two consensuses with different digests are a split: critical, with both groups', async () => {
    const split = network.round({ validAfter: noon, edit: otherParams(7) });
    await played({ serves: { [b]: split.ns, [c]: split.ns } }, async ({ store, answers }) => {
      const [alert, ...others] = await firing(store);
      expect(others).toEqual([]);
      expect(alert).toMatchObject({ check: 'consensus-split', severity: 'critical' });
      for (const name of network.names) expect(alert?.message).toContain(name);
      expect(alert?.message).toMatch(new RegExp(`by ${[b, c].sort().join(' and ')}\\.$`));
      expect(await roundAt(store, noon)).toMatchObject({ digests: 2 });
      expect(await eventsOf(store, 'all-synchronized')).toEqual([]);
      const status = await answers(noon + 300).status();
      expect(status.consensus).toMatchObject({ digestsServed: 2, level: 'bad' });
      expect(status.sentence).toMatchObject({
        level: 'bad',
        headline: 'The authorities serve different consensuses.',
      });
    });
  });

  test('S2.1.20 a copy with fewer signatures and the same digest is no split', async () => {
    const fewer = network.round({ validAfter: noon, signers: network.names.slice(0, 6) });
    await played({ serves: { [b]: fewer.ns } }, async ({ store }) => {
      expect(await firing(store)).toEqual([]);
      expect(await roundAt(store, noon)).toMatchObject({ digests: 1, valid_signatures: 9, signatures: 9 });
      expect(await eventsOf(store, 'all-synchronized')).toHaveLength(1);
    });
  });

  test('S2.1.20 one that still serves the round before is no split, and no alert before the grace', async () => {
    const journal = started();
    const before = network.round({ validAfter: noon });
    journal.play(before);
    journal.play(network.round({ validAfter: noon + hour }), { serves: { [b]: before.ns }, cycles: 9 });
    const fed = await run(journal);
    expect(await allAlerts(fed.store)).toEqual([]);
    expect(await roundAt(fed.store, noon + hour)).toMatchObject({ digests: 1, votes: 9 });
    journal.observe({
      at: noon + hour + 620,
      authority: b,
      subject: { kind: 'consensus', flavor: 'ns' },
      outcome: 'not-modified',
    });
    journal.cycle(noon + hour + 630);
    await fed.close();
    const later = await run(journal);
    expect(named(await firing(later.store))).toEqual([`authority-lagging ${b} warning`]);
    await later.close();
  });
});
