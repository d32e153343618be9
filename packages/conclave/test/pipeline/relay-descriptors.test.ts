/** Server descriptors of relays, asked of the authorities: what is missing, what is taken, and what it says of nobody. */
import { describe, expect, test } from 'vitest';
import { parseConsensus, parseServerDescriptors, sha1, toHex } from '@conclave/netdoc';
import { instead } from '../../../netdoc/test/support/make.ts';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';
import {
  due,
  nothingAsked,
  type Outcome,
  type PlannedRequest,
  type Subject,
} from '../../src/collect/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { askAndLearn } from '../support/asking.ts';
import { descriptorDigest, naming } from '../support/bad-day.ts';
import { feed, makeJournal, run, withStorePath, type Journal } from '../support/journal.ts';
import { madeNetwork, noon, type MadeRound } from '../support/network.ts';
import { allAlerts, documentOf, eventsOf, firing } from './playing.ts';

const network = madeNetwork(3);
const [a = '', b = ''] = network.names;
const relays = 6;
/** A descriptor for each relay of the network, each of another bandwidth. */
const descriptors = Array.from({ length: relays }, (_, index) =>
  descriptor(madeRelay(7), {
    edit: instead('bandwidth', `bandwidth 9000000 9000000 ${1000 + index}`),
  }),
);
const digests = descriptors.map(descriptorDigest);
const byDigest = new Map(descriptors.map((bytes) => [descriptorDigest(bytes), bytes]));
const ascending = digests.toSorted();
const roundAt = (validAfter: number): MadeRound =>
  network.round({ validAfter, relays, voteEdit: () => naming(...descriptors) });
const asking = (...of: readonly string[]): Subject => ({ kind: 'relay-descriptors', digests: of });

function watched(more: (journal: Journal) => void = () => {}): Journal {
  const journal = makeJournal(network, noon - 1200);
  journal.play(roundAt(noon));
  more(journal);
  journal.cycle(noon + 1200);
  return journal;
}

/** The sum in bits a second, and of how many relays it is; undefined while nothing is known. */
async function capacityAt(
  store: Store,
  validAfter: number,
): Promise<readonly [number | null, number | null] | undefined> {
  const rows = await store.query('capacitiesOf', { valid_after: validAfter });
  const total = rows.find((row) => row.class === 'total');
  return total && [total.bits_per_second, total.described];
}

test('openPipeline() tells which descriptors the newest consensus names and nobody brought, in ascending order', async () => {
  const fed = await run(watched());
  expect([...(fed.pipeline.knowledge().missingDescriptors?.digests ?? [])]).toEqual(ascending);
  expect(await capacityAt(fed.store, noon)).toBeUndefined();
  await fed.close();
});

test('openPipeline() tells of none before there is a genuine consensus', async () => {
  const journal = makeJournal(network, noon - 1200);
  const round = network.round({
    validAfter: noon,
    relays,
    signers: [a],
    voteEdit: () => naming(...descriptors),
  });
  journal.play(round);
  const fed = await run(journal);
  expect(fed.pipeline.knowledge().missingDescriptors).toBeUndefined();
  await fed.close();
});

describe('an answer with descriptors', () => {
  const some = digests.slice(0, 4).toSorted();
  const answer = Buffer.concat(digests.slice(0, 3).map((one) => byDigest.get(one) as Uint8Array));

  test('is a document, and those in it are missing no longer', async () => {
    const fed = await run(watched((journal) => journal.got(noon + 400, a, asking(...some), answer)));
    expect(await documentOf(fed.store, answer)).toMatchObject({
      kind: 'server-descriptors',
      outcome: null,
      problems: 0,
      verdict: expect.stringContaining('3 server descriptors'),
    });
    expect([...(fed.pipeline.knowledge().missingDescriptors?.digests ?? [])]).toEqual(
      ascending.filter((one) => !digests.slice(0, 3).includes(one)),
    );
    expect(await capacityAt(fed.store, noon)).toEqual([8 * (1000 + 1001 + 1002), 3]);
    await fed.close();
  });

  test('counts only what was asked for, although the consensus names the others', async () => {
    const one = digests[1] ?? '';
    const fed = await run(watched((journal) => journal.got(noon + 400, a, asking(one), answer)));
    expect(await capacityAt(fed.store, noon)).toEqual([8 * 1001, 1]);
    expect(fed.pipeline.knowledge().missingDescriptors?.digests.size).toBe(relays - 1);
    await fed.close();
  });

  test('of relays that no consensus names counts for nothing', async () => {
    const stranger = descriptor(madeRelay(7), { edit: instead('bandwidth', 'bandwidth 1 1 1') });
    const fed = await run(
      watched((journal) => journal.got(noon + 400, a, asking(descriptorDigest(stranger)), stranger)),
    );
    expect(await capacityAt(fed.store, noon)).toBeUndefined();
    expect(fed.pipeline.knowledge().missingDescriptors?.digests.size).toBe(relays);
    await fed.close();
  });

  test('counts for the round before the newest as well, and no descriptor is asked for twice', async () => {
    const journal = watched((one) =>
      one.got(noon + 400, a, asking(...ascending), Buffer.concat(descriptors)),
    );
    journal.play(roundAt(noon + 3600));
    const fed = await run(journal);
    const all = [8 * descriptors.reduce((sum, _, index) => sum + 1000 + index, 0), relays];
    expect(await capacityAt(fed.store, noon)).toEqual(all);
    expect(await capacityAt(fed.store, noon + 3600)).toEqual(all);
    expect(fed.pipeline.knowledge().missingDescriptors?.digests.size).toBe(0);
    await fed.close();
  });
});

test('openPipeline() asks no authority for what CollecTor brought', async () => {
  const fed = await run(
    watched((journal) => {
      const file = '2024-05-01-12-05-00-server-descriptors';
      const bytes = Buffer.concat(descriptors.slice(0, 4));
      journal.fed({ at: noon + 400, feed: 'collector', subject: 'server-descriptors', file }, bytes);
    }),
  );
  expect([...(fed.pipeline.knowledge().missingDescriptors?.digests ?? [])]).toEqual(
    digests.slice(4).toSorted(),
  );
  await fed.close();
});

describe.each<[string, (journal: Journal) => void]>([
  ...(['absent', 'busy', 'malformed', 'timed-out', 'not-asked'] as const).map(
    (outcome): [string, (journal: Journal) => void] => [
      outcome,
      (journal) => {
        for (let time = 0; time < 20; time += 1)
          journal.observe({ at: noon + 400 + time, authority: b, subject: asking(...ascending), outcome });
      },
    ],
  ),
  ['nothing', (journal) => void journal.got(noon + 400, b, asking(...ascending), '')],
  [
    'nonsense',
    (journal) => void journal.got(noon + 400, b, asking(...ascending), 'router \0\nbandwidth -1\n'.repeat(9)),
  ],
])('an authority that answers %s when it is asked for descriptors', (_, happens) => {
  test('looks no worse for it', async () => {
    const [with_, without] = [await run(watched(happens)), await run(watched())];
    expect(await allAlerts(with_.store)).toEqual(await allAlerts(without.store));
    expect(await firing(with_.store)).toEqual(await firing(without.store));
    expect(await eventsOf(with_.store)).toEqual(await eventsOf(without.store));
    expect(await with_.store.query('states')).toEqual(await without.store.query('states'));
    expect(await capacityAt(with_.store, noon)).toBeUndefined();
    await with_.close();
    await without.close();
  });
});

test('openPipeline() after a restart tells of what is missing, from its first tick on', async () => {
  const answer = Buffer.concat(descriptors.slice(0, 3));
  const journal = watched((one) => one.got(noon + 400, a, asking(...ascending), answer));
  await withStorePath(async (path) => {
    const first = await openDuckDb({ path });
    const before = await openPipeline({ archive: journal, store: first });
    await feed(before, journal);
    const missing = before.knowledge().missingDescriptors;
    expect(missing?.digests.size).toBe(3);
    await first.close();
    const store = await openDuckDb({ path });
    const after = await openPipeline({ archive: journal, store });
    journal.cycle(noon + 1260);
    await feed(after, journal);
    expect(after.knowledge().missingDescriptors).toEqual(missing);
    const asked = due(
      { authorities: network.set.authorities, copies: 'none' },
      nothingAsked,
      after.knowledge(),
      (noon + 1300) * 1000,
    ).requests.flatMap(({ subject }) => (subject.kind === 'relay-descriptors' ? subject.digests : []));
    expect(asked).toEqual([...(missing?.digests ?? [])]);
    await store.close();
  });
});

describe('plan and pipeline in a circle', () => {
  /** What the network serves at a time; `lacks` says which descriptors an authority does not have. */
  const serving =
    (lacks: (authority: string, digest: string) => boolean) =>
    ({ authority, subject }: PlannedRequest, at: number): Uint8Array | Outcome => {
      const validAfter = Math.floor(at / 3600) * 3600;
      if (subject.kind === 'liveness') return new Uint8Array(1);
      if (subject.kind === 'certificates') return network.certificates;
      if (subject.kind === 'consensus' && subject.flavor === 'ns') return rounds(validAfter).ns;
      if (subject.kind !== 'relay-descriptors') return 'absent';
      const had = subject.digests.filter((one) => !lacks(authority, one));
      return had.length === 0 ? 'absent' : Buffer.concat(had.map((one) => byDigest.get(one) as Uint8Array));
    };
  const made = new Map<number, MadeRound>();
  const rounds = (validAfter: number): MadeRound => {
    const round = made.get(validAfter) ?? roundAt(validAfter);
    made.set(validAfter, round);
    return round;
  };
  const digestsAsked = (asked: readonly { readonly request: PlannedRequest }[]): readonly string[] =>
    asked.flatMap(({ request: { subject } }) =>
      subject.kind === 'relay-descriptors' ? subject.digests : [],
    );
  const times = {
    fromMs: noon * 1000 + 60_000,
    untilMs: (noon + 2 * 3600) * 1000,
    plan: { copies: 'none', probeSeconds: 60, orPortSeconds: 3600 },
  } as const;

  test('every descriptor is asked for once, and the capacity is the sum of what the documents say', async () => {
    const { asked, store } = await askAndLearn(network, { ...times, answer: serving(() => false) });
    expect(digestsAsked(asked)).toEqual(ascending);
    const named = new Set<string>();
    const { document } = parseConsensus(rounds(noon).ns);
    for (let relay = 0; relay < (document?.routers.count ?? 0); relay += 1)
      named.add(
        toHex(document?.routers.descriptorDigest.subarray(relay * 20, relay * 20 + 20) ?? new Uint8Array()),
      );
    const sum = parseServerDescriptors(Buffer.concat(descriptors)).reduce((total, { document: one }) => {
      const { bytes = new Uint8Array(), signed, bandwidth } = one ?? {};
      expect(named).toContain(toHex(sha1(bytes.subarray(signed?.start, signed?.end))));
      return total + Math.min(bandwidth?.rate ?? 0, bandwidth?.burst ?? 0, bandwidth?.observed ?? 0);
    }, 0);
    for (const validAfter of [noon, noon + 3600])
      expect(await capacityAt(store, validAfter)).toEqual([8 * sum, relays]);
    await store.close();
  });

  test('what one authority lacks comes from another, and what nobody has is asked for again in the next round', async () => {
    const nobody = ascending[0];
    const lacks = (authority: string, digest: string): boolean =>
      digest === nobody || (authority === a && digest !== ascending[1]);
    const { asked, store, pipeline } = await askAndLearn(network, { ...times, answer: serving(lacks) });
    const missing = pipeline.knowledge().missingDescriptors;
    expect([...(missing?.digests ?? [])]).toEqual([nobody]);
    expect((await capacityAt(store, noon))?.[1]).toBe(relays - 1);
    expect(digestsAsked(asked).filter((one) => one === nobody)).toHaveLength(2 * network.names.length);
    await store.close();
  });
});
