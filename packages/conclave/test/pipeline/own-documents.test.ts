/** What authorities say of themselves: judged by keys and digests, whoever serves it and in whatever order it comes. */
import { describe, expect, test } from 'vitest';
import { documentPageSchema } from '../../src/api/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import { descriptor, extraInfo } from '../../../netdoc/test/support/make-relay.ts';
import { dump, feed, makeJournal, nameOf, rowsOf, run, withStorePath } from '../support/journal.ts';
import type { Journal, Run } from '../support/journal.ts';
import { noon, voteDigest } from '../support/network.ts';
import { bandwidthFile, madePair, naming, ownJournal, ownNetwork, spoilt } from '../support/own-documents.ts';
import { documentOf } from './playing.ts';

const network = ownNetwork();
const [a = '', b = '', c = ''] = network.names;
const [relay, other] = network.relays;
const idOf = (name: string): string => network.member(name).identity;

/** Feeds a journal that the job filled, and looks at what came of it. */
async function fed(fill: (journal: Journal) => void, look: (run: Run) => Promise<void>): Promise<void> {
  const journal = makeJournal(network, noon - 1200);
  fill(journal);
  const ran = await run(journal);
  try {
    await look(ran);
  } finally {
    await ran.close();
  }
}

describe('a server descriptor', () => {
  const { descriptor: good } = madePair(relay);
  test.each<[title: string, by: string, bytes: Uint8Array | string, outcome: string, verdict: RegExp]>([
    [
      'its own',
      a,
      good,
      'accepted',
      new RegExp(`^Genuine: signed by its own keys; the fingerprint is that of ${a}\\.$`),
    ],
    ['served by another', c, good, 'accepted', new RegExp(`the fingerprint is that of ${a}\\.$`)],
    [
      'of a relay that nobody has',
      a,
      descriptor({ ...relay, identity: relay.onion, onion: relay.identity }),
      'rejected',
      new RegExp(
        `^Not genuine: signed by the keys of ${relay.onion.digest}, which is not ${a}'s fingerprint\\.$`,
      ),
    ],
    [
      'where no fingerprint is configured',
      c,
      descriptor({ ...relay, identity: relay.onion, onion: relay.identity }),
      'accepted',
      /; no fingerprint is configured to compare it with\.$/,
    ],
    [
      'changed after it was signed',
      a,
      spoilt(good),
      'rejected',
      /^Not genuine: what does not hold is .*router-signature/,
    ],
    [
      'two of them',
      a,
      Buffer.concat([good, descriptor(other)]),
      'rejected',
      /expected one server-descriptor, found 2/,
    ],
    ['an empty answer', a, '', 'rejected', /expected one server-descriptor, found 0/],
  ])('%s: %s', async (_, by, bytes, outcome, verdict) => {
    await fed(
      (journal) => {
        journal.got(noon, by, { kind: 'server-descriptor' }, bytes);
        journal.cycle(noon + 1);
      },
      async ({ store }) => {
        const row = await documentOf(store, bytes);
        expect(row).toMatchObject({ kind: 'server-descriptor', outcome });
        expect(row?.verdict).toMatch(verdict);
        const whose = by === c && /configured/.test(row?.verdict ?? '') ? c : a;
        expect(row?.identity).toBe(outcome === 'accepted' ? idOf(whose) : null);
      },
    );
  });

  test('what one served under its own name first is still of another when that one serves it', async () => {
    const strange = descriptor({ ...relay, identity: relay.onion, onion: relay.identity });
    await fed(
      (journal) => {
        journal.got(noon, a, { kind: 'server-descriptor' }, strange);
        journal.cycle(noon + 1);
        journal.got(noon + 10, c, { kind: 'server-descriptor' }, strange);
        journal.cycle(noon + 11);
        // Once it is accepted, nobody who serves it spoils it.
        journal.got(noon + 20, b, { kind: 'server-descriptor' }, strange);
        journal.cycle(noon + 21);
      },
      async ({ store }) => {
        expect(await documentOf(store, strange)).toMatchObject({
          outcome: 'accepted',
          identity: idOf(c),
          first_seen: noon * 1000,
          last_seen: (noon + 20) * 1000,
        });
      },
    );
  });
});

describe('an extra-info', () => {
  const pair = madePair(relay);
  test('waits for its descriptor, then is genuine', async () => {
    await fed(
      (journal) => {
        journal.got(noon, a, { kind: 'extra-info' }, pair.extraInfo);
        journal.cycle(noon + 1);
      },
      async ({ store }) =>
        expect(await documentOf(store, pair.extraInfo)).toMatchObject({
          outcome: 'undecided',
          verdict: 'Undecided: no genuine server descriptor of its relay was seen yet.',
        }),
    );
    await fed(
      (journal) => {
        journal.got(noon, a, { kind: 'extra-info' }, pair.extraInfo);
        journal.cycle(noon + 1);
        journal.got(noon + 10, a, { kind: 'server-descriptor' }, pair.descriptor);
        journal.cycle(noon + 11);
      },
      async ({ store }) =>
        expect(await documentOf(store, pair.extraInfo)).toMatchObject({
          outcome: 'accepted',
          identity: idOf(a),
          verdict: `Genuine: signed by the keys of ${a}'s descriptor, which names it.`,
          first_seen: noon * 1000,
          last_seen: noon * 1000,
        }),
    );
  });

  test('that its descriptor does not name is genuine all the same, and says so until one does', async () => {
    const later = madePair(relay, '2024-05-01 11:00:00');
    const upTo = async (steps: number): Promise<string> => {
      let verdict = '';
      await fed(
        (journal) => {
          journal.got(noon, a, { kind: 'server-descriptor' }, pair.descriptor);
          journal.got(noon + 1, a, { kind: 'extra-info' }, later.extraInfo);
          journal.cycle(noon + 2);
          if (steps > 1) journal.got(noon + 10, a, { kind: 'server-descriptor' }, later.descriptor);
          journal.cycle(noon + 11);
        },
        async ({ store }) => {
          verdict = (await documentOf(store, later.extraInfo))?.verdict ?? '';
        },
      );
      return verdict;
    };
    expect(await upTo(1)).toBe(`Genuine: signed by the keys of ${a}'s descriptor, which names another.`);
    expect(await upTo(2)).toBe(`Genuine: signed by the keys of ${a}'s descriptor, which names it.`);
  });

  test('changed, or by the keys of another relay, is not genuine', async () => {
    const forged = extraInfo(relay, { signedBy: other.identity, ed25519SignedBy: other.signing });
    await fed(
      (journal) => {
        journal.got(noon, a, { kind: 'server-descriptor' }, pair.descriptor);
        journal.got(noon + 1, a, { kind: 'extra-info' }, spoilt(pair.extraInfo));
        journal.got(noon + 2, a, { kind: 'extra-info' }, forged);
        journal.cycle(noon + 3);
      },
      async ({ store }) => {
        for (const bytes of [spoilt(pair.extraInfo), forged]) {
          const row = await documentOf(store, bytes);
          expect(row).toMatchObject({ outcome: 'rejected', identity: null });
          expect(row?.verdict).toMatch(
            /^Not genuine: what does not hold is router-signature .*router-sig-ed25519/,
          );
        }
      },
    );
  });
});

describe('a bandwidth file', () => {
  const file = bandwidthFile();
  const named = network.round({
    validAfter: noon,
    voteEdit: (name) => (name === a ? naming(file) : (lines) => lines),
  });
  const verdictAfter = async (fill: (journal: Journal) => void, bytes = file): Promise<(string | null)[]> => {
    let found: (string | null)[] = [];
    await fed(fill, async ({ store }) => {
      const row = await documentOf(store, bytes);
      found = [row?.outcome ?? null, row?.verdict ?? null, row?.digest ?? null];
    });
    return found;
  };
  const digest = expect.stringMatching(/^[\w+/]{43}$/) as string;

  test('before any vote: not in a vote yet; before and after the vote that names it: genuine', async () => {
    const before = (journal: Journal): void => {
      journal.got(noon - 1000, a, { kind: 'bandwidth-file' }, file);
      journal.cycle(noon - 990);
    };
    expect(await verdictAfter(before)).toEqual([
      'undecided',
      `Undecided: no vote of ${a} was seen yet that names a file.`,
      digest,
    ]);
    const genuine = ['accepted', `Genuine: ${a}'s vote of 2024-05-01 12:00:00 names it.`, digest];
    expect(
      await verdictAfter((journal) => {
        before(journal);
        journal.play(named);
      }),
    ).toEqual(genuine);
    expect(
      await verdictAfter((journal) => {
        journal.play(named);
        journal.got(noon + 400, b, { kind: 'bandwidth-file' }, file);
        journal.cycle(noon + 410);
      }),
    ).toEqual(genuine);
  });

  test('other than the one in the newest vote: undecided, for the next vote may name it', async () => {
    const next = bandwidthFile(noon + 60);
    const [outcome, verdict] = await verdictAfter((journal) => {
      journal.play(named);
      journal.got(noon + 400, a, { kind: 'bandwidth-file' }, next);
      journal.cycle(noon + 410);
    }, next);
    expect([outcome, verdict]).toEqual([
      'undecided',
      `Undecided: ${a}'s vote of 2024-05-01 12:00:00 names another file; no vote seen names this one.`,
    ]);
  });

  test('that begins with no time is malformed', async () => {
    const bad = Buffer.from('<html>\n');
    const found = await verdictAfter((journal) => {
      journal.got(noon, a, { kind: 'bandwidth-file' }, bad);
      journal.cycle(noon + 1);
    }, bad);
    expect(found.slice(0, 2)).toEqual(['rejected', 'Not genuine: it is malformed (1 error).']);
  });
});

test('the same rows, wherever the reading was interrupted and however often', async () => {
  const journal = ownJournal();
  const expected = await rowsOf(journal);
  const outcomes = (expected['documents'] as { kind: string; outcome: string }[])
    .filter(({ kind }) => /descriptor|extra|bandwidth/.test(kind))
    .map(({ kind, outcome }) => `${kind} ${outcome}`);
  expect(outcomes.toSorted()).toEqual([
    'bandwidth-file accepted',
    'bandwidth-file undecided',
    'extra-info accepted',
    'extra-info accepted',
    'extra-info rejected',
    'server-descriptor accepted',
    'server-descriptor accepted',
    'server-descriptor accepted',
    'server-descriptor rejected',
  ]);
  const positions = journal.placed.map(({ position }) => position);
  const rows = await withStorePath(async (path) => {
    for (const upTo of [...positions.filter((_, index) => index % 11 === 5), Infinity]) {
      const store = await openDuckDb({ path });
      await feed(await openPipeline({ archive: journal, store }), journal, upTo);
      await store.close();
    }
    return dump(path);
  });
  expect(rows).toEqual(expected);
  expect(await rowsOf(journal, { ticksPerCommit: 7 })).toEqual(expected);
}, 60_000);

describe('the page of', () => {
  const pair = madePair(relay);
  const file = bandwidthFile();
  const round = network.round({ validAfter: noon });
  const bad = network.round({ validAfter: noon, voters: [b], relays: 19 }).votes.get(b) ?? new Uint8Array();
  const ns = Buffer.from(round.ns).toString('latin1');
  const signedDigest = voteDigest(round.ns);
  const detached = [
    `consensus-digest ${signedDigest}`,
    'valid-after 2024-05-01 12:00:00',
    'fresh-until 2024-05-01 13:00:00',
    'valid-until 2024-05-01 15:00:00',
    ns.slice(ns.indexOf('\ndirectory-signature ') + 1),
  ].join('\n');

  const pageOf = async (bytes: Uint8Array | string): Promise<ReturnType<typeof documentPageSchema.parse>> => {
    const journal = makeJournal(network, noon - 1200);
    journal.got(noon - 1000, a, { kind: 'server-descriptor' }, pair.descriptor);
    journal.got(noon - 999, a, { kind: 'extra-info' }, pair.extraInfo);
    journal.got(noon - 998, a, { kind: 'bandwidth-file' }, file);
    journal.play(round);
    journal.got(noon + 200, c, { kind: 'vote', period: 'current', of: idOf(b) }, bad);
    journal.got(noon + 201, c, { kind: 'signatures' }, detached);
    journal.cycle(noon + 210);
    const ran = await run(journal);
    const page = documentPageSchema.parse(await ran.answers(noon + 300).document(nameOf(bytes)));
    await ran.close();
    return page;
  };
  const factsOf = (page: Awaited<ReturnType<typeof pageOf>>): Record<string, string> =>
    Object.fromEntries(page.facts.map(({ name, value }) => [name, value]));

  test('a descriptor: what it says, and what its signature is over', async () => {
    const page = await pageOf(pair.descriptor);
    expect(page).toMatchObject({
      kind: 'server-descriptor',
      sentence: { level: 'ok' },
      authority: a,
      problems: [],
    });
    expect(factsOf(page)).toMatchObject({
      nickname: 'maple',
      fingerprint: relay.identity.digest,
      address: '198.51.100.7, ORPort 9001, DirPort 9030',
      'further addresses': '[2001:db8::7]:9001',
      platform: 'Tor 0.4.9.11 on Linux',
      overloaded: '2024-05-01 09:00:00',
    });
    const lines = page.excerpts.flatMap((excerpt) => excerpt.lines);
    expect(lines.find(({ text }) => text === 'router-signature')?.signed).toBe(true);
    expect(lines.find(({ text }) => text === '-----END SIGNATURE-----')?.signed).toBe(false);
  });

  test('an extra-info and a bandwidth file', async () => {
    const extra = await pageOf(pair.extraInfo);
    expect(extra.sentence).toMatchObject({ level: 'ok', headline: 'Genuine.' });
    expect(factsOf(extra)).toMatchObject({
      nickname: 'maple',
      statistics: 'write-history, conn-bi-direct',
      'bytes written until': '2024-05-01 09:00:00',
    });
    const page = await pageOf(file);
    expect(page.sentence.level).toBe('unknown');
    expect(factsOf(page)).toMatchObject({
      timestamp: '2024-05-01 12:00:00',
      software: 'sbws 1.9.0',
      'relay lines': '2',
      'to be voted for': '1',
      'with failed circuits': '1',
      scanner_country: 'US',
      recent_measurements_excluded_few_count: '7',
    });
  });

  test('a vote says whether the consensus of its round was made from it', async () => {
    expect(factsOf(await pageOf(round.votes.get(b) ?? ''))['consensus']).toBe(
      'the consensus of its round was made from it',
    );
    expect(factsOf(await pageOf(bad))['consensus']).toBe(
      `the consensus of its round was made from another vote, ${voteDigest(round.votes.get(b) ?? new Uint8Array())}`,
    );
  });

  test('detached signatures: each with what became of it', async () => {
    const page = await pageOf(detached);
    expect(factsOf(page)).toMatchObject({ 'consensus digest': signedDigest, 'signatures on ns': '9' });
    expect(page.signatures.map(({ authority, good }) => [authority, good])).toEqual(
      expect.arrayContaining(network.names.map((name) => [name, true])),
    );
    expect(page.signatures).toHaveLength(9);
  });
});
