/** What a round rests on: proofs, previews, digests before publication, votes that differ; planted and found. */
import { describe, expect, test } from 'vitest';
import { nextRoundSchema, roundPageSchema } from '../../src/api/index.ts';
import type { Row, Store } from '../../src/store/index.ts';
import { instead } from '../../../netdoc/test/support/make.ts';
import { run } from '../support/journal.ts';
import type { Journal, Run } from '../support/journal.ts';
import { noon, specTime, voteDigest } from '../support/network.ts';
import { allAlerts, firing, hour, named, network, played, started } from './playing.ts';

const [a = '', b = '', c = '', d = ''] = network.names;
const last = network.names.at(-1) ?? '';
const at = { valid_after: noon };

async function proofsAt(store: Store, validAfter = noon): Promise<Row<'proofs'>[]> {
  return store.query('proofsOf', { valid_after: validAfter });
}

/** Feeds a journal; the job looks at what came of it. */
async function fed(journal: Journal, job: (made: Run) => Promise<void>): Promise<void> {
  const made = await run(journal);
  await job(made);
  await made.close();
}

describe('a round in which all is well', () => {
  const whole = network.round({ validAfter: noon });
  const shows = Object.fromEntries(network.names.map((name) => [name, whole.detached]));

  test('S11.7 is proved in both flavours at the tick at which its votes and its consensus were there', async () => {
    await played({}, async ({ store }) => {
      for (const proof of await proofsAt(store))
        expect(proof).toMatchObject({
          verdict: 'identical',
          cause: 'none',
          judged_at: (noon + 31) * 1000,
          votes_named: 9,
          votes_used: 9,
          difference_count: 0,
          method: 34,
          missing: '[]',
        });
      expect((await proofsAt(store)).map(({ flavor }) => flavor)).toEqual(['ns', 'microdesc']);
    });
  });

  test('what its votes give is known before, is what everybody signs, and is what is published', async () => {
    await played({ shows }, async ({ store, answers }) => {
      const [preview, ...others] = await store.query('previewsSince', { since: 0 });
      expect(others).toEqual([]);
      expect(preview).toMatchObject({
        valid_after: noon,
        taken_at: (noon - 479) * 1000,
        outcome: 'computed',
        missing: '[]',
        relays: 20,
        published_ns: true,
        published_microdesc: true,
        same_votes: true,
        explanation: '9 votes give a consensus of 20 relays by method 34.',
      });
      const page = roundPageSchema.parse(await answers(noon + 300).round('2024-05-01T12:00:00Z'));
      expect(page.pending.groups).toEqual([
        { flavor: 'ns', digest: preview?.ns_digest, authorities: [...network.names].sort() },
        { flavor: 'microdesc', digest: preview?.microdesc_digest, authorities: [...network.names].sort() },
      ]);
      expect(page.proof.ns?.digest).toBe(preview?.ns_digest);
      expect(page.pending.authorities[0]).toMatchObject({
        signatures: { ns: 9, microdesc: 9 },
        good: { ns: 9, microdesc: 9 },
      });
      expect(await allAlerts(store)).toEqual([]);
    });
  });

  test('S10 the signatures that were shown are good before there is a consensus', async () => {
    const journal = started();
    journal.got(noon - 270, a, { kind: 'signatures' }, whole.detached);
    journal.cycle(noon - 240);
    await fed(journal, async ({ store }) => {
      const signatures = await store.query('signaturesOf', at);
      expect(signatures.length).toBe(18);
      for (const { fate, first_seen } of signatures)
        expect([fate, first_seen]).toEqual(['good', (noon - 270) * 1000]);
    });
  });
});

describe('a vote that is withheld from us', () => {
  test('leaves the proof open, names whose vote it is, and is no alarm', async () => {
    await played({ withoutVotes: [d] }, async ({ store, answers }) => {
      for (const proof of await proofsAt(store)) {
        expect(proof).toMatchObject({
          verdict: 'undecided',
          cause: 'missing-votes',
          votes_named: 9,
          votes_used: 8,
        });
        expect(JSON.parse(proof.missing ?? '')).toMatchObject([
          { nickname: d, identity: network.member(d).identity },
        ]);
      }
      expect(await firing(store)).toEqual([]);
      const page = roundPageSchema.parse(await answers(noon + 300).round('2024-05-01T12:00:00Z'));
      expect(page.proof).toMatchObject({ level: 'unknown', ns: { verdict: 'undecided' } });
      expect(page.preview).toMatchObject({
        missing: [d],
        published: {
          sameVotes: false,
          text: `The published consensus was made of other votes: with the votes of ${d} too.`,
        },
      });
    });
  });

  test('closes the proof when it comes', async () => {
    const late = noon + 200;
    await played(
      { withoutVotes: [d] },
      async ({ store }) => {
        for (const proof of await proofsAt(store))
          expect(proof).toMatchObject({ verdict: 'identical', votes_used: 9, judged_at: (late + 2) * 1000 });
      },
      (journal, round) => {
        const of = network.member(d).identity;
        journal.got(late, c, { kind: 'vote', period: 'current', of }, round.votes.get(d) ?? '');
        journal.cycle(late + 1);
      },
    );
  });
});

describe('a consensus that its votes do not give', () => {
  test('S11.7 is critical although everybody signed it, and the difference is named', async () => {
    await played({ edit: instead('params', 'params bwauthpid=9') }, async ({ store, answers }) => {
      expect(named(await firing(store))).toEqual(['consensus-unproven network critical']);
      const [alert] = await firing(store);
      expect(alert?.title).toBe('The consensus (ns and microdesc) is not what its votes give');
      expect(alert?.message).toContain('"9" where the votes give "1"');
      for (const proof of await proofsAt(store))
        expect(proof).toMatchObject({ verdict: 'differs', cause: 'unexplained', difference_count: 1 });
      const page = roundPageSchema.parse(await answers(noon + 300).round('2024-05-01T12:00:00Z'));
      expect(page.proof.ns?.differences.first).toEqual([
        {
          part: 'params',
          subject: 'bwauthpid',
          keyword: 'params',
          published: '9',
          recomputed: '1',
          publishedLine: expect.any(Number) as number,
          recomputedLine: expect.any(Number) as number,
        },
      ]);
      expect(page.preview?.published).toMatchObject({ identical: { ns: false }, sameVotes: true });
    });
  });
});

describe('authorities that sign different consensuses', () => {
  test('S6.3 are told apart before publication, with who is on which digest and of which votes it comes', async () => {
    const whole = network.round({ validAfter: noon + hour });
    const fewer = network.round({ validAfter: noon + hour, voters: network.names.slice(0, 8) });
    const journal = started();
    journal.play(network.round({ validAfter: noon }));
    for (const [index, name] of network.names.entries()) {
      const of = network.member(name).identity;
      journal.got(
        noon + 3060 + index,
        name,
        { kind: 'vote', period: 'next', of },
        whole.votes.get(name) ?? '',
      );
    }
    journal.cycle(noon + 3120);
    for (const [index, name] of network.names.entries()) {
      const shown = index < 6 || index === 8 ? whole.detached : fewer.detached;
      journal.got(noon + 3330 + index, name, { kind: 'signatures' }, shown);
    }
    journal.cycle(noon + 3360);
    await fed(journal, async ({ store, answers }) => {
      const [alert, ...others] = await firing(store);
      expect(others).toEqual([]);
      expect(alert).toMatchObject({ check: 'split-ahead', severity: 'warning' });
      expect(alert?.message).toContain(`(what the votes without ${last} give)`);
      expect(alert?.message).toContain('(what all votes give)');
      expect(alert?.message).toContain('The largest group has 7; 5 are needed.');
      const next = nextRoundSchema.parse(await answers(noon + 3400).next());
      expect(next).toMatchObject({
        validAfter: '2024-05-01T13:00:00Z',
        phase: { name: 'computing' },
        pending: { level: 'bad' },
        warnings: [{ check: 'split-ahead', level: 'warn' }],
      });
      expect(next.pending.groups.map(({ flavor, authorities }) => [flavor, authorities.length])).toEqual([
        ['ns', 7],
        ['ns', 2],
        ['microdesc', 7],
        ['microdesc', 2],
      ]);
      expect(next.votes.every(({ state }) => state === 'seen')).toBe(true);
    });
  });

  test('a digest that nobody has signed properly splits nothing', async () => {
    const whole = network.round({ validAfter: noon });
    const spoilt = Buffer.from(whole.detached)
      .toString('latin1')
      .replace(/^consensus-digest ..../m, 'consensus-digest 0000');
    const journal = started();
    journal.got(noon - 270, a, { kind: 'signatures' }, whole.detached);
    journal.got(noon - 269, b, { kind: 'signatures' }, spoilt);
    journal.cycle(noon - 240);
    await fed(journal, async ({ store }) => {
      expect(await firing(store)).toEqual([]);
      const shown = await store.query('pendingOf', at);
      const own = shown.map(({ authority, own_ns, ns_good }) => [authority, `${own_ns} ${ns_good}`]);
      expect(Object.fromEntries(own)).toEqual({ [a]: 'good 9', [b]: 'wrong 0' });
    });
  });
});

describe('an authority with two votes', () => {
  const of = network.member(b).identity;
  const again = (published: number): Uint8Array =>
    network
      .round({
        validAfter: noon,
        relays: 19,
        voteEdit: () => instead('published', `published ${specTime(published)}`),
      })
      .votes.get(b) ?? new Uint8Array();

  test('published in the same second equivocates: critical, with who serves which', async () => {
    await played(
      {},
      async ({ store, answers }, round) => {
        const [alert, ...others] = await firing(store);
        expect(others).toEqual([]);
        expect(alert).toMatchObject({ check: 'vote-equivocation', severity: 'critical', authority: b });
        expect(alert?.message).toContain(voteDigest(round.votes.get(b) ?? new Uint8Array()).slice(0, 8));
        const page = roundPageSchema.parse(await answers(noon + 300).round('2024-05-01T12:00:00Z'));
        expect(page.copies.level).toBe('bad');
        expect(
          page.copies.votes
            .filter(({ author }) => author === b)
            .map(({ relation, named: isNamed, servedBy }) => [
              relation,
              isNamed,
              servedBy.map(({ authority }) => authority),
            ]),
        ).toEqual([
          ['equivocation', true, [b]],
          ['equivocation', false, [c]],
        ]);
      },
      (journal) => {
        journal.got(noon + 200, c, { kind: 'vote', period: 'current', of }, again(noon - 600));
        journal.cycle(noon + 201);
      },
    );
  });

  test('the later of which took the place of the earlier has replaced it: information', async () => {
    const later = again(noon - 500);
    const journal = started();
    const round = network.round({ validAfter: noon });
    journal.got(noon - 560, b, { kind: 'vote', period: 'next', of }, round.votes.get(b) ?? '');
    journal.cycle(noon - 550);
    journal.got(noon - 400, b, { kind: 'vote', period: 'next', of }, later);
    journal.got(noon - 390, c, { kind: 'vote', period: 'next', of }, later);
    journal.cycle(noon - 380);
    await fed(journal, async ({ store, answers }) => {
      expect(named(await firing(store))).toEqual([`vote-equivocation ${b} info`]);
      const { copies } = nextRoundSchema.parse(await answers(noon - 300).next());
      expect(copies.votes.map(({ relation }) => relation)).toEqual(['replaced', 'replacement']);
      expect(copies.level).toBe('ok');
    });
  });
});

describe('too few votes', () => {
  const coming = noon + hour;
  /** The round of 13:00 before it is published: four votes come, of the other five this. */
  function four(outcome: 'absent' | 'refused'): Journal {
    const round = network.round({ validAfter: coming });
    const journal = started();
    journal.play(network.round({ validAfter: noon }));
    for (const [index, name] of network.names.entries()) {
      const subject = { kind: 'vote', period: 'next', of: network.member(name).identity } as const;
      if (index < 4) journal.got(coming - 540 + index, name, subject, round.votes.get(name) ?? '');
      else journal.observe({ at: coming - 540 + index, authority: name, subject, outcome });
    }
    return journal;
  }

  test.each([
    ['absent', 421, []],
    ['absent', 400, ['preview-warns network critical']],
    ['refused', 400, ['preview-warns network high']],
  ] as const)('the others %s, %i s before publication: %j', async (outcome, left, expected) => {
    const journal = four(outcome);
    journal.cycle(coming - left - 1);
    await fed(journal, async ({ store, answers }) => {
      expect(named(await firing(store))).toEqual(expected);
      expect(await store.query('previewsSince', { since: coming })).toEqual([]);
      const next = nextRoundSchema.parse(await answers(coming - left).next());
      expect(next.previewReason).toBe('4 votes were seen; 5 are needed');
      expect(next.votes.map(({ state }) => state)).toEqual(
        network.names.map((_, index) => (index < 4 ? 'seen' : 'missing')),
      );
    });
  });

  test('whom we have not asked yet may have voted', async () => {
    const journal = started();
    journal.play(network.round({ validAfter: noon }));
    journal.cycle(coming - 300);
    await fed(journal, async ({ store, answers }) => {
      expect(await firing(store)).toEqual([]);
      const next = nextRoundSchema.parse(await answers(coming - 300).next());
      expect(next.votes.every(({ state }) => state === 'not-asked')).toBe(true);
    });
  });
});

test('a coming consensus without most of its relays is warned about', async () => {
  const journal = started();
  journal.play(network.round({ validAfter: noon }));
  const few = network.round({ validAfter: noon + hour, relays: 12 });
  for (const [index, name] of network.names.entries()) {
    const of = network.member(name).identity;
    journal.got(noon + 3060 + index, name, { kind: 'vote', period: 'next', of }, few.votes.get(name) ?? '');
  }
  journal.cycle(noon + 3240);
  await fed(journal, async ({ store, answers }) => {
    expect(named(await firing(store))).toEqual(['preview-warns network high']);
    const { preview } = nextRoundSchema.parse(await answers(noon + 3300).next());
    expect(preview).toMatchObject({
      relays: 12,
      relaysBefore: 20,
      removed: { count: 8 },
      added: { count: 0 },
    });
    expect(preview?.removed.first.length).toBe(8);
  });
});

test('a descriptor that an authority serves as its own and that is none is a finding', async () => {
  const journal = started();
  journal.got(noon - 900, a, { kind: 'server-descriptor' }, 'router nobody\n');
  journal.cycle(noon - 890);
  await fed(journal, async ({ store }) => {
    expect(named(await firing(store))).toEqual([`document-refused-server-descriptor ${a} warning`]);
  });
});
