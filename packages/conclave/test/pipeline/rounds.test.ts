/** Rounds through the pipeline's door: what each kind of day leaves in the store, and whom it blames. */
import { describe, expect, test } from 'vitest';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import { certificate, instead, makeKey } from '../../../netdoc/test/support/make.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Journal } from '../support/journal.ts';
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

describe('a round in which all is well', () => {
  test('S2.1.4 S2.1.30 leaves its figures and no alert', async () => {
    await played({}, async ({ store }) => {
      expect(await roundAt(store, noon)).toMatchObject({
        fresh_until: noon + hour,
        valid_until: noon + 3 * hour,
        votes: 9,
        signatures: 9,
        valid_signatures: 9,
        needed: 5,
        relays: 20,
        digests: 1,
        agreement: 1,
        outcome: 'accepted',
      });
      expect(await allAlerts(store)).toEqual([]);
      expect((await store.query('votesOf', { valid_after: noon })).map(({ outcome }) => outcome)).toEqual(
        Array.from({ length: 9 }, () => 'accepted'),
      );
    });
  });

  test('S2.1.17 S2.1.18 S2.1.19 S2.1.20 tells of it by rule, time and evidence, each thing once', async () => {
    await played({ cycles: 9 }, async ({ store }) => {
      const events = await eventsOf(store);
      expect(events.map(({ rule, at, text, link }) => ({ rule, at, text, link }))).toEqual([
        {
          rule: 'consensus-published',
          at: (noon + 6) * 1000,
          link: '/rounds/2024-05-01T12:00:00Z',
          text: 'Consensus of 12:00 published: 20 relays, 9 of 9 votes, 9 good signatures',
        },
        {
          rule: 'votes-seen',
          at: (noon + 6) * 1000,
          link: '/rounds/2024-05-01T12:00:00Z',
          text: 'All 9 votes of 12:00 were seen here within 0.8 s',
        },
        {
          rule: 'all-synchronized',
          at: (noon + 6.8) * 1000,
          link: '/rounds/2024-05-01T12:00:00Z',
          text: 'All 9 authorities serve the same consensus of 12:00, 6.8 s after it became valid',
        },
      ]);
    });
  });

  test('S2.1.18 the second round is told of when it is seen, and a changed method is told of', async () => {
    await played(
      {},
      async ({ store }) => {
        expect((await eventsOf(store, 'consensus-published')).map(({ valid_after }) => valid_after)).toEqual([
          noon,
          noon + hour,
        ]);
        expect((await eventsOf(store, 'method-changed')).map(({ text }) => text)).toEqual([
          'Consensus method changed from 34 to 35',
        ]);
      },
      (journal) =>
        journal.play(
          network.round({
            validAfter: noon + hour,
            edit: instead('consensus-method', 'consensus-method 35'),
          }),
        ),
    );
  });
});

describe('S2.1.27 one authority fails', () => {
  test.each(network.names)(
    'S2.1.27 %s down: the others are judged as ever, one alert for each thing, a warning',
    async (name) => {
      await played(
        { down: [name], voters: network.names.filter((one) => one !== name) },
        async ({ store }) => {
          const states = await store.query('states');
          const others = states.filter(({ nickname }) => nickname !== name);
          expect(others.map(({ condition }) => condition)).toEqual(Array.from({ length: 9 }, () => 'online'));
          expect(states.find(({ nickname }) => nickname === name)).toMatchObject({
            condition: 'offline',
            since: (noon - 480) * 1000,
          });
          expect(named(await firing(store))).toEqual([
            `authority-offline ${name} warning`,
            `vote-missing ${name} warning`,
          ]);
          expect(await roundAt(store, noon)).toMatchObject({ votes: 8, valid_signatures: 8, agreement: 1 });
          expect(
            (await eventsOf(store, 'authority-state')).map(({ text, authority }) => [text, authority]),
          ).toEqual([[`${name} is offline`, name]]);
          expect((await eventsOf(store, 'consensus-published'))[0]?.text).toContain(
            `8 of 9 votes, 8 good signatures, without ${name}`,
          );
          expect((await eventsOf(store, 'all-synchronized')).length).toBe(0);
        },
      );
    },
  );

  test('S2.1.22 three down is high, and everybody up again resolves every alert', async () => {
    const down = [a, b, c];
    await played(
      { down, voters: network.names.slice(3) },
      async ({ store }) => {
        expect(await firing(store)).toEqual([]);
        const alerts = await allAlerts(store);
        expect(new Set(named(alerts))).toEqual(
          new Set(down.flatMap((name) => [`authority-offline ${name} high`, `vote-missing ${name} high`])),
        );
        for (const { since, last_seen, resolved_at } of alerts) {
          expect(since).toBeLessThanOrEqual(last_seen ?? 0);
          expect(resolved_at).toBeGreaterThan(last_seen ?? Infinity);
        }
        expect(
          (await eventsOf(store, 'authority-state')).filter(({ text }) => text?.endsWith('is online again')),
        ).toHaveLength(3);
      },
      (journal) => {
        journal.cycle(noon + 600);
        journal.cycle(noon + 660);
        journal.play(network.round({ validAfter: noon + hour }));
      },
    );
  });
});

describe('we are blind', () => {
  const dark = Object.fromEntries(
    network.set.authorities.map(({ nickname }) => [nickname, { outcome: 'timed-out' as const }]),
  );
  test('nobody changes, alerts are frozen, and it is told of ourselves', async () => {
    await played(
      { down: [a], voters: network.names.slice(1) },
      async ({ store, answers }) => {
        for (const { nickname, condition } of await store.query('states'))
          expect(condition).toBe(nickname === a ? 'offline' : 'online');
        const alerts = await firing(store);
        expect(named(alerts)).toEqual([`authority-offline ${a} warning`, `vote-missing ${a} warning`]);
        // 12:02:30 was the last tick at which we could see.
        expect(alerts.map(({ last_seen }) => last_seen)).toEqual([(noon + 151) * 1000, (noon + 151) * 1000]);
        expect(
          (await eventsOf(store)).map(({ rule }) => rule).filter((rule) => rule?.startsWith('we-')),
        ).toEqual(['we-are-blind']);
        expect((await answers(noon + 9000).status()).sentence).toMatchObject({
          level: 'unknown',
          headline: 'We are blind.',
        });
      },
      (journal) => {
        for (let at = 0; at < 30; at += 1)
          journal.cycle(noon + 300 + at * 300, { probes: dark, blind: true });
      },
    );
  });

  test('when we see again, what we missed is not called overdue before it was asked for', async () => {
    await played(
      {},
      async ({ store }) => {
        expect(await allAlerts(store)).toEqual([]);
        expect((await eventsOf(store)).map(({ rule }) => rule)).toContain('we-see-again');
      },
      (journal) => {
        for (let at = 0; at < 20; at += 1)
          journal.cycle(noon + 300 + at * 600, { probes: dark, blind: true });
        journal.cycle(noon + 4 * hour);
        journal.play(network.round({ validAfter: noon + 5 * hour }));
      },
    );
  });

  test('and neither is it after we were away: the first ticks of a new start blame nobody', async () => {
    await played(
      {},
      async ({ store }) => expect(await allAlerts(store)).toEqual([]),
      (journal) => {
        journal.watching(noon + 50 * hour);
        journal.cycle(noon + 50 * hour + 1);
        journal.cycle(noon + 50 * hour + 3);
      },
    );
  });
});

describe('S2.1.24 no consensus comes', () => {
  test('S2.1.24 it is stale once the authorities were asked and the grace is over, and resolved by the next', async () => {
    const journal = started();
    journal.play(network.round({ validAfter: noon }));
    for (let at = 0; at < 10; at += 1) {
      const when = noon + hour + 60 * at;
      for (const name of network.names)
        journal.observe({
          at: when,
          authority: name,
          subject: { kind: 'consensus', flavor: 'ns' },
          outcome: 'not-modified',
        });
      journal.cycle(when + 1);
    }
    const fed = await run(journal);
    const [alert] = await firing(fed.store);
    expect(alert).toMatchObject({
      check: 'consensus-stale',
      severity: 'critical',
      since: (noon + hour + 302) * 1000,
    });
    await fed.close();
    journal.play(network.round({ validAfter: noon + 2 * hour }));
    const later = await run(journal);
    expect(await firing(later.store)).toEqual([]);
    await later.close();
  });
});

describe('certificates that come late', () => {
  test('a consensus waits undecided, names what is wanted, and is accepted when they come', async () => {
    const journal = started(noon - 1200);
    // Nobody's certificate was ever served.
    const bare: Journal = { ...journal, entries: (from) => withoutCertificates(journal, from) };
    const round = network.round({ validAfter: noon });
    journal.play(round, { withoutVotes: network.names });
    const store = await openDuckDb({ path: ':memory:' });
    const pipeline = await openPipeline({ archive: bare, store });
    for await (const placed of bare.entries(0)) await pipeline.feed(placed);
    expect(await roundAt(store, noon)).toBeUndefined();
    expect(await documentOf(store, round.ns)).toMatchObject({ outcome: 'undecided', signers: 0, needed: 5 });
    const wanted = pipeline.knowledge().wantedCertificates;
    expect(wanted.map(({ identity }) => identity).sort()).toEqual(
      network.members.map(({ identity }) => identity).sort(),
    );
    expect(wanted.map(({ signingKey }) => signingKey).sort()).toEqual(
      network.members.map(({ signingKey }) => signingKey.digest).sort(),
    );
    expect(await allAlerts(store)).toEqual([]);
    const before = journal.placed.length;
    journal.got(noon + 400, a, { kind: 'certificates', of: 'all' }, network.certificates);
    journal.cycle(noon + 401);
    for (const placed of journal.placed.slice(before)) await pipeline.feed(placed);
    expect(await roundAt(store, noon)).toMatchObject({
      outcome: 'accepted',
      valid_signatures: 9,
      first_seen: (noon + 6) * 1000,
    });
    expect(pipeline.knowledge().wantedCertificates).toEqual([]);
    expect(await eventsOf(store, 'certificate-renewed')).toEqual([]);
    await store.close();
  });

  async function* withoutCertificates(journal: Journal, from: number): ReturnType<Journal['entries']> {
    for await (const placed of journal.entries(from)) {
      if (placed.entry.type !== 'observation' || placed.entry.subject.kind !== 'certificates') yield placed;
    }
  }

  test('S2.1.17 a renewed certificate is told of; several at the first sight are no news', async () => {
    const journal = started();
    const signingKey = makeKey(1024);
    const renewed = certificate(
      { ...network.member(a), signingKey },
      { published: '2024-04-01 00:00:00', expires: '2025-04-01 00:00:00' },
    );
    journal.got(noon, b, { kind: 'certificates', of: 'all' }, Buffer.concat([network.certificates, renewed]));
    journal.cycle(noon + 1);
    const fed = await run(journal);
    expect(
      (await eventsOf(fed.store, 'certificate-renewed')).map(({ text, authority }) => [text, authority]),
    ).toEqual([[`${a} has a new certificate, valid until 2025-04-01`, a]]);
    await fed.close();
    const other = makeJournal(
      { ...network, certificates: Buffer.concat([network.certificates, renewed]) },
      noon,
    );
    const first = await run(other);
    expect(await eventsOf(first.store, 'certificate-renewed')).toEqual([]);
    await first.close();
  });

  test('a spoilt copy of a certificate that comes first does not keep out the whole one', async () => {
    const spoilt = Buffer.from(
      Buffer.from(network.certificates).toString('latin1').replaceAll('dir-address 192', 'dir-address 193'),
      'latin1',
    );
    const journal = makeJournal({ ...network, certificates: spoilt }, noon - 1200);
    journal.got(noon - 900, b, { kind: 'certificates', of: 'all' }, network.certificates);
    journal.play(network.round({ validAfter: noon }), { withoutVotes: network.names });
    const fed = await run(journal);
    expect(await roundAt(fed.store, noon)).toMatchObject({ outcome: 'accepted', valid_signatures: 9 });
    await fed.close();
  });
});

describe('knowledge()', () => {
  test('says which consensuses are served, also by 304; which votes are held and wanted; who scans; when the next round is', async () => {
    await played({ withoutVotes: [a, b] }, async ({ pipeline }, round) => {
      const known = pipeline.knowledge();
      expect(known.schedule).toEqual({ intervalSeconds: 3600, voteSeconds: 300, distSeconds: 300 });
      expect([...known.consensuses.values()]).toEqual(
        Array.from({ length: 9 }, () => ({ ns: noon, microdesc: noon })),
      );
      expect(known.wantedVotes).toEqual(
        expect.arrayContaining(
          [a, b].map((name) => ({
            of: network.member(name).identity,
            digest: voteDigest(round.votes.get(name) ?? Buffer.alloc(0)),
          })),
        ),
      );
      expect(known.wantedVotes).toHaveLength(2);
      expect(known.heldVotes.size).toBe(7);
      expect([...known.scanners].sort()).toEqual(network.names.slice(2, 6).sort());
    });
  });

  test('has the start offset from the valid-after, whatever was assumed', async () => {
    const assumed = { schedule: { intervalSeconds: 60, voteSeconds: 5, distSeconds: 5, startOffset: 17 } };
    for (const [shift, expected] of [
      [0, {}],
      [40, { startOffset: 40 }],
    ] as const) {
      const journal = started();
      journal.play(network.round({ validAfter: noon + shift }));
      const fed = await run(journal, assumed);
      const voting = { intervalSeconds: 3600, voteSeconds: 300, distSeconds: 300 };
      expect(fed.pipeline.knowledge().schedule).toEqual({ ...voting, ...expected });
      await fed.close();
    }
  });
});

describe('S2.1.8 who is watched changes', () => {
  test('S2.1.8 after a new start exactly the newly configured set is known, also after a restart', async () => {
    const journal = started();
    journal.play(network.round({ validAfter: noon }));
    const fewer = {
      ...network.set,
      authorities: network.set.authorities.filter(({ nickname }) => nickname !== d),
    };
    journal.watching(noon + 300, fewer);
    journal.cycle(noon + 301);
    const fed = await run(journal);
    const names = (await fed.store.query('authorities')).map(({ nickname }) => nickname);
    expect(names).toEqual(fewer.authorities.map(({ nickname }) => nickname));
    const again = await openPipeline({ archive: journal, store: fed.store });
    expect(again.position()).toBe(fed.pipeline.position());
    expect((await fed.answers(noon + 310).authorities()).authorities.map(({ nickname }) => nickname)).toEqual(
      names,
    );
    await fed.close();
  });
});
