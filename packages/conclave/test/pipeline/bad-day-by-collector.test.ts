/**
 * The recorded bad day for an observatory that can reach CollecTor and no authority: of each round it finds what those found
 * who watched it, and of the authorities it says that it could not look.
 */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/analysis/index.ts';
import { createAnswers } from '../../src/answers/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { alertsSchema, roundPageSchema, sourcesSchema, statusSchema } from '../../src/api/index.ts';
import type { Status } from '../../src/api/index.ts';
import { openRecording } from '../../src/archive/index.ts';
import type { ArchiveReader, JournalEntry, PlacedEntry } from '../../src/archive/index.ts';
import { watchCollector, watchedFeed } from '../../src/feeds/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import type { Pipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { watched, type Watched } from '../feeds/worker.ts';
import { annotated, badDayPlaced, nameTime, type Placed } from '../support/collector-tree.ts';
import { feedServer, type FeedServer } from '../support/feeds.ts';
import { feed } from '../support/journal.ts';

const file = resolve(import.meta.dirname, '../../../../testdata/bad-day.tar.xz');
/** How many rounds CollecTor brings between two visits. */
const together = 7;

/** Where CollecTor has documents of the last days. */
const folders = {
  consensus: 'consensuses',
  microdesc: 'microdescs/consensus-microdesc',
  vote: 'votes',
  certificate: 'certs',
  bandwidth: 'bandwidths',
  'server-descriptor': 'server-descriptors',
} as const;

const minuteOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ');
const isoOf = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;

interface Found {
  readonly votes: readonly string[];
  readonly proofs: readonly string[];
}

/** What a store says of each round: verdict, votes and proofs. Who signed more than the first copy shows is not of it. */
async function foundIn(store: Store): Promise<Found[]> {
  const rounds = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 100 });
  const votes = await store.query('votesSince', { since: 0 });
  const proofs = await store.query('proofsSince', { since: 0 });
  return rounds.map(({ valid_after, outcome, votes: counted, method, relays, agreement }) => ({
    valid_after,
    outcome,
    counted,
    method,
    relays,
    agreement,
    votes: votes
      .filter((row) => row.valid_after === valid_after)
      .map(({ identity, sha256, outcome: verdict }) => `${identity} ${sha256} ${verdict}`)
      .toSorted(),
    proofs: proofs
      .filter((row) => row.valid_after === valid_after)
      .map((row) =>
        [row.flavor, row.verdict, row.cause, row.votes_named, row.votes_used, row.digest].join(' '),
      )
      .toSorted(),
  }));
}

/** What those found who watched the day. */
async function recorded(): Promise<{ readonly found: Found[]; readonly signatures: Map<number, number> }> {
  const recording = await openRecording(file, { memoryBytes: 2 ** 29 });
  const store = await openDuckDb({ path: ':memory:' });
  try {
    await feed(await openPipeline({ archive: recording, store, ticksPerCommit: 50 }), recording);
    const rounds = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 100 });
    const signatures = new Map(
      rounds.map(({ valid_after, valid_signatures }) => [valid_after ?? 0, valid_signatures ?? 0]),
    );
    return { found: await foundIn(store), signatures };
  } finally {
    await store.close();
    await recording.close();
  }
}

describe('a recorded day, of which only CollecTor tells', () => {
  let server: FeedServer;
  let seen: Watched;
  let worker: Promise<void>;
  let store: Store;
  let pipeline: Pipeline;
  let answers: LiveAnswers;
  let status: Status;
  let documents: Placed[] = [];
  let now = 0;

  beforeAll(async () => {
    const { set, documents: all } = await badDayPlaced(Infinity);
    documents = all;
    server = await feedServer();
    store = await openDuckDb({ path: ':memory:' });
    const placed: PlacedEntry[] = [];
    const archive: ArchiveReader = {
      read: async (sha256) => seen.kept.get(sha256),
      async *entries(from) {
        for (const one of placed) if (one.position > from) yield one;
      },
    };
    const write = (entry: JournalEntry): void =>
      void placed.push({ entry, position: (placed.length + 1) * 10 });
    const rounds = [...new Set(all.flatMap(({ kind, at }) => (kind === 'certificate' ? [] : at)))].sort(
      (a, b) => a - b,
    );
    now = (rounds[0] ?? 0) - 60;
    pipeline = await openPipeline({ archive, store, ticksPerCommit: 50 });
    seen = watched(
      () => now,
      () => pipeline.feedKnowledge(),
    );
    const options = { url: server.url, periodSeconds: 600, lookbackSeconds: 3 * 3600, descriptors: false };
    const { network, authorities } = set;
    const feeds = [watchedFeed('collector', options)];
    write({
      type: 'watching',
      at: now * 1000,
      network,
      vantage: 'here',
      authorities,
      probeSeconds: 10,
      feeds,
    });
    /** Nobody can be reached from here, and so nobody is judged. */
    const look = async (): Promise<void> => {
      for (const { nickname: authority } of authorities)
        write({
          type: 'observation',
          at: now * 1000,
          vantage: 'here',
          authority,
          subject: { kind: 'liveness' },
          outcome: 'unreachable',
          detail: 'no route',
          timings: { totalMs: 1 },
        });
      write({ type: 'tick', at: now * 1000 + 500, blind: true });
      await feed(pipeline, archive);
      now += 1;
    };
    for (let time = 0; time < 4; time += 1) await look();
    worker = watchCollector({ ...options, vantage: 'here' }, seen.ports, seen.signal);
    for (let first = 0; first < rounds.length; first += together) {
      const last = rounds[Math.min(first + together, rounds.length) - 1] ?? 0;
      now = Math.max(now, last + 30);
      for (const one of all.filter(({ kind, at }) => kind === 'certificate' || at <= last))
        server.put(
          `recent/relay-descriptors/${folders[one.kind]}/${one.name}`,
          annotated(one),
          minuteOf(now),
        );
      server.index(minuteOf(now));
      // As much as it wants to fetch in one visit is not all: the rest comes with the next.
      for (let fresh = Infinity; fresh > 1;) {
        const came = await seen.visit();
        for (const entry of came) write({ ...entry, type: 'feed' });
        fresh = came.length;
        await look();
      }
    }
    answers = createAnswers({
      store,
      archive,
      limits: defaultLimits,
      now: () => now * 1000,
      revision: () => pipeline.revision(),
      geoSource: undefined,
      cacheSeconds: 1,
      network,
    });
    status = statusSchema.parse(await answers.status());
  }, 180_000);
  afterAll(async () => {
    await seen?.stop(worker);
    await store?.close();
    await server?.close();
  });

  test('S0.6 each round has the verdict, the votes and the proofs that it has for those who watched', async () => {
    const { found, signatures } = await recorded();
    const [newest, ...others] = await foundIn(store);
    // The recording ends before its last document was judged: the microdesc consensus of the newest round.
    const [microdesc, ...proofs] = newest?.proofs ?? [];
    expect(microdesc).toMatch(/^microdesc identical none 9 9 /);
    expect([{ ...newest, proofs }, ...others]).toEqual(found);
    expect(found.every(({ votes }) => votes.length >= 8)).toBe(true);
    expect(signatures.size).toBe(42);
    for (const { valid_after, valid_signatures } of await store.query('rounds', {
      before: 1e12,
      limit: 100,
    })) {
      expect(valid_signatures).toBeGreaterThanOrEqual(5);
      expect(valid_signatures).toBeLessThanOrEqual(signatures.get(valid_after ?? 0) ?? 0);
    }
  }, 180_000);

  test('every file was fetched once, and nothing failed', () => {
    const files = server.asked.filter(({ path }) => path.startsWith('recent/'));
    expect(files.every(({ status: code }) => code === 200)).toBe(true);
    expect(files.map(({ path }) => path.split('/').at(-1) ?? '').toSorted()).toEqual(
      documents.map(({ name }) => name).toSorted(),
    );
    expect(seen.troubles).toEqual([]);
  });

  test('of the authorities it says that it could not look, never that they failed', async () => {
    expect(status.observing.state).toBe('blind');
    expect(status.sentence.headline).toBe('We are blind.');
    for (const { nickname, state, vote } of status.authorities) {
      expect([nickname, state]).toEqual([nickname, 'unknown']);
      expect([nickname, vote.retrievable.value]).not.toEqual([nickname, false]);
    }
    const { sources } = sourcesSchema.parse(await answers.sources());
    expect(sources.map(({ source, state }) => [source, state])).toEqual([
      ['authorities', 'blind'],
      ['collector', 'fresh'],
      ['onionoo', 'off'],
    ]);
    for (const { level, failures } of sources[0]?.questions ?? [])
      expect([level, failures]).toEqual(['unknown', 0]);
    const { alerts } = alertsSchema.parse(await answers.alerts());
    expect(alerts.filter(({ authority }) => authority !== null)).toEqual([]);
    expect(await store.query('servedConsensuses', { valid_after: documents.at(-1)?.at ?? 0 })).toEqual([]);
  });

  test('what is shown of a round is proved, and nobody is said to have served it', async () => {
    const [newest] = await store.query('rounds', { before: 1e12, limit: 1 });
    const page = roundPageSchema.parse(await answers.round(isoOf(newest?.valid_after ?? 0)));
    expect(page.proof.ns?.verdict).toBe('identical');
    expect(page.consensuses.map(({ level }) => level)).not.toContain('bad');
    expect(status.consensus.servedBy).toEqual([]);
    expect(nameTime(newest?.valid_after ?? 0)).toMatch(/^\d{4}(?:-\d{2}){5}$/);
  });
});
