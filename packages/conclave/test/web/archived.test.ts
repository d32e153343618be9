/**
 * An observatory that has nothing but rounds out of archives, and one that has just begun to look besides: every question and
 * every page about them. What nobody watched has no time, and nobody failed at it.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/analysis/index.ts';
import { createAnswers } from '../../src/answers/index.ts';
import type {
  Authorities,
  Documents,
  Health,
  OpenApiDocument,
  RoundPage,
  Rounds,
  Status,
} from '../../src/api/index.ts';
import { openArchive, openArchiveReader } from '../../src/archive/index.ts';
import { backfill, usualKinds } from '../../src/backfill/index.ts';
import type { AuthoritySet } from '../../src/network/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { createSite } from '../../src/web/index.ts';
import { feed } from '../support/backfilling.ts';
import { badDayPlaced, canPack, writeTarballs } from '../support/collector-tree.ts';

const root = mkdtempSync(join(tmpdir(), 'conclave-archived-'));
const [archived, begun] = [join(root, 'archived'), join(root, 'begun')];
const stores: Store[] = [];
const rounds: number[] = [];
let set: AuthoritySet;
let later = 0;
let importedAt = 0;

/** The site over a data directory, some hours after its last round. */
async function siteOf(directory: string): Promise<ReturnType<typeof createSite>> {
  const store = await openDuckDb({ path: join(directory, 'store.duckdb') });
  stores.push(store);
  const answers = createAnswers({
    store,
    archive: openArchiveReader(directory),
    limits: defaultLimits,
    now: () => later * 1000,
    revision: () => 1,
    geoSource: undefined,
    cacheSeconds: 10,
    network: 'unknown network',
  });
  return createSite(answers, { onError: (error) => failures.push(error) });
}

const failures: unknown[] = [];
let site: Awaited<ReturnType<typeof siteOf>>;
let beginning: typeof site;

async function read(path: string, of = site): Promise<string> {
  const response = await of.request(path);
  const text = await response.text();
  expect([path, response.status, response.status >= 500 ? text.slice(0, 400) : '']).toEqual([path, 200, '']);
  return text;
}

async function json<T>(path: string, of = site): Promise<T> {
  return JSON.parse(await read(path, of)) as T;
}

const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

describe.skipIf(!canPack)('rounds out of archives alone (needs tar and xz)', () => {
  beforeAll(async () => {
    const day = await badDayPlaced(10);
    set = day.set;
    writeTarballs(join(root, 'collector'), day.documents);
    rounds.push(
      ...day.documents.flatMap(({ kind, at }) => (kind === 'consensus' ? at : [])).toSorted((a, b) => a - b),
    );
    const last = rounds.at(-1) ?? 0;
    later = last + 86_400;
    importedAt = (later - 3600) * 1000;
    await backfill({
      directory: archived,
      from: join(root, 'collector'),
      since: rounds[0] ?? 0,
      until: last + 1,
      kinds: usualKinds,
      set,
      threads: 0,
      now: () => importedAt,
      signal: new AbortController().signal,
    });
    cpSync(archived, begun, { recursive: true });
    const archive = await openArchive(begun);
    const watching = { type: 'watching', vantage: 'here', probeSeconds: 10, ...set } as const;
    await archive.append([
      { ...watching, at: (later - 20) * 1000 },
      { type: 'tick', at: (later - 5) * 1000, blind: true },
    ]);
    const store = await openDuckDb({ path: join(begun, 'store.duckdb') });
    await feed(await openPipeline({ archive, store }), archive);
    await store.close();
    await archive.close();
    site = await siteOf(archived);
    beginning = await siteOf(begun);
  }, 240_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Every page and every question about a round out of archives, and about what is newest. */
  async function paths(): Promise<string[]> {
    const at = iso(rounds[4] ?? 0);
    const listed = await json<Documents>('/api/v1/documents?limit=200');
    const kinds = [...new Set(listed.documents.map(({ kind }) => kind))];
    expect(kinds.toSorted()).toEqual(['certificates', 'consensus (microdesc)', 'consensus (ns)', 'vote']);
    const some = kinds.map((one) => listed.documents.find(({ kind }) => kind === one)?.sha256 ?? '');
    const { relays } = await json<{ relays: { fingerprint: string }[] }>('/api/v1/relays');
    const [name, relay] = [set.authorities[0]?.nickname ?? '', relays[0]?.fingerprint ?? ''];
    const { paths: questions } = await json<OpenApiDocument>('/api/v1/openapi.json');
    const asked = Object.keys(questions)
      .filter((path) => !path.endsWith('/live'))
      .map((path) =>
        path
          .replace('{nickname}', name)
          .replace('{validAfter}/explain', '{validAfter}/explain?keyword=valid-after')
          .replace('?keyword=valid-after.csv', '.csv?keyword=valid-after')
          .replace('{validAfter}', at)
          .replace('{sha256}', some[0] ?? '')
          .replace('{fingerprint}', relay),
      );
    return [
      ['/', '/authorities', `/authorities/${name}`, '/alerts', '/events', '/sources', '/verify', '/how'],
      ['/rounds', ...rounds.map((round) => `/rounds/${iso(round)}`), `/rounds/${at}/explain?keyword=params`],
      ['/documents', ...some.map((sha256) => `/documents/${sha256}`)],
      ['/health', `/health?at=${at}`, '/trends', '/churn', '/relay', `/relay/${relay}`, '/next', '/what-if'],
      ['/diff', `/diff/${iso(rounds[3] ?? 0)}/${at}`],
      asked,
      [
        `/api/v1/health?at=${at}`,
        `/api/v1/what-if?at=${at}`,
        ...some.map((one) => `/api/v1/documents/${one}`),
      ],
    ].flat();
  }

  test('every page and every question is answered, without a time that nobody saw and without a fault of anybody', async () => {
    for (const of of [site, beginning]) {
      for (const path of await paths()) {
        const text = await read(path, of);
        expect([path, /1970-0|NaN|Invalid Date/.exec(text)?.[0]]).toEqual([path, undefined]);
        const said = /<main.*<\/main>/s.exec(text)?.[0].replace(/<[^>]*>/g, ' ') ?? '';
        if (!path.startsWith('/how') && !path.startsWith('/verify'))
          expect([path, /offline|failed|did not sign|lacks? behind|missed/.exec(said)?.[0]]).toEqual([
            path,
            undefined,
          ]);
      }
    }
    expect(failures).toEqual([]);
  }, 180_000);

  test('nothing was seen: not a document, a vote, a signature or a consensus of these rounds', async () => {
    for (const of of [site, beginning]) {
      const { documents } = await json<Documents>('/api/v1/documents?limit=200', of);
      for (const { firstSeen, lastSeen, imported } of documents)
        expect([firstSeen, lastSeen, imported]).toEqual([null, null, iso(importedAt / 1000)]);
      for (const round of rounds) {
        const page = await json<RoundPage>(`/api/v1/rounds/${iso(round)}`, of);
        expect(page.phases.map(({ seen }) => seen)).toEqual([null, null, null, null, null]);
        expect(page.consensuses.map(({ firstSeen, servedBy }) => [firstSeen, servedBy])).toEqual([
          [null, []],
          [null, []],
        ]);
        for (const one of page.authorities)
          expect([
            one.voteFirstSeen,
            one.signatureFirstSeen,
            one.consensusFirstServed,
            one.voteSeenAt,
          ]).toEqual([null, null, null, []]);
        expect(page.copies.text).toMatch(/who served it, nobody watched/);
        expect([page.proof.ns?.verdict, page.proof.microdesc?.verdict]).toEqual(['identical', 'identical']);
      }
      const { rounds: list } = await json<Rounds>('/api/v1/rounds', of);
      expect(new Set(list.map(({ digests }) => digests))).toEqual(new Set([null]));
    }
  }, 60_000);

  test('authorities are not known to be anything: no state, no retrieval, no failure, and of their votes what the documents say', async () => {
    for (const of of [site, beginning]) {
      const { authorities, sentence } = await json<Authorities>('/api/v1/authorities', of);
      expect([authorities.length, sentence.level]).toEqual([set.authorities.length, 'unknown']);
      for (const { state, level, vote, beats } of authorities) {
        expect([state, level, vote.retrievable.value]).toEqual(['unknown', 'unknown', null]);
        expect(vote.signed.value).not.toBe(false);
        expect(beats.filter(({ mark }) => mark === 'late')).toEqual([]);
      }
    }
    const status = await json<Status>('/api/v1/status');
    expect(status.network).toBe(set.network);
    expect([status.sentence.level, status.sentence.headline]).toEqual([
      'unknown',
      'No consensus was seen here yet.',
    ]);
    expect([status.consensus.level, status.consensus.overdueSeconds, status.consensus.servedBy]).toEqual([
      'unknown',
      0,
      [],
    ]);
    expect((await json<Status>('/api/v1/status', beginning)).sentence.level).toBe('unknown');
  }, 60_000);

  test('the health of a round counts the authorities of its day, and grades nothing that nobody saw', async () => {
    const newest = await json<Health>('/api/v1/health');
    expect(newest.authorities.configured).toBe(9);
    expect(newest.firstSeen).toBeNull();
    expect(newest.quality.find(({ name }) => name === 'freshness')).toMatchObject({
      value: null,
      text: 'n/a, because it came out of an archive, and nobody saw whether another came',
    });
  });
});
