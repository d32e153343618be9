/** Onionoo's worker and its documents: what is asked, what is read, and what is not. */
import { fc } from '../../../../test/support/properties.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  onionooQuestions,
  readBandwidth,
  readDetails,
  readOnionoo,
  readUptime,
  watchCollector,
  watchOnionoo,
} from '../../src/feeds/index.ts';
import type { FeedObservation, OnionooEnvelope } from '../../src/feeds/index.ts';
import { feedServer, onionoo, type FeedServer } from '../support/feeds.ts';
import { noon } from '../support/network.ts';
import { watched, type Watched } from './worker.ts';

const fingerprint = 'AB'.repeat(20);
const brief = ({ subject, outcome }: FeedObservation): string => `${subject} ${outcome}`;

describe('watchOnionoo()', () => {
  let server: FeedServer;
  let worker: Promise<void>;
  let seen: Watched;
  beforeEach(async () => {
    server = await feedServer();
    for (const { path } of onionooQuestions)
      server.put(path, onionoo([{ fingerprint, nickname: path.slice(0, 5) }]));
    seen = watched(noon);
    const options = { url: server.url, periodSeconds: 3600, vantage: 'here', timeoutSeconds: 0.3 };
    worker = watchOnionoo(options, seen.ports, seen.signal);
  });
  afterEach(async () => {
    await seen.stop(worker);
    expect(seen.troubles).toEqual([]);
    await server.close();
  });

  test('asks each question, compressed, keeps the answers, and then asks whether they still hold', async () => {
    expect((await seen.visit()).map(brief)).toEqual(
      onionooQuestions.map(({ subject }) => `${subject} received`),
    );
    expect(server.asked.every(({ headers }) => headers['accept-encoding'] === 'gzip')).toBe(true);
    expect(seen.entries.every(({ sha256 }) => sha256 !== undefined && seen.kept.has(sha256))).toBe(true);
    expect(server.asked[0]?.path).toMatch(/^details\?type=relay&flag=Authority&fields=fingerprint,nickname,/);
    expect((await seen.visit()).map(brief)).toEqual(
      onionooQuestions.map(({ subject }) => `${subject} not-modified`),
    );
    expect(seen.waits.slice(1)).toEqual([3_600_000, 3_600_000]);
  });

  test('one question that fails does not keep the others from being asked', async () => {
    server.troubles.set('uptime', { kind: 'html' });
    expect((await seen.visit()).map(brief)).toEqual([
      'details received',
      'uptime malformed',
      'bandwidth received',
      'relays received',
      'running received',
    ]);
    expect(seen.waits.at(-1)).toBe(60_000);
    expect(seen.entries[1]).toMatchObject({ detail: expect.stringContaining('expected JSON') as string });
    expect(seen.entries[1]?.sha256).toBeUndefined();
  });

  test('a server that does not answer is not asked the rest', async () => {
    server.troubles.set('*', { kind: 'slow' });
    expect((await seen.visit()).map(brief)).toEqual(['details timed-out']);
  });

  test('another major version is not read, and a later 304 does not confirm it', async () => {
    const [details] = onionooQuestions;
    server.put(details?.path ?? '', onionoo([], { version: '9.1' }));
    const [first] = await seen.visit();
    expect(first).toMatchObject({
      outcome: 'malformed',
      detail: 'it speaks version 9.1; version 8 is read here',
    });
    const [second] = await seen.visit();
    expect(second?.outcome).toBe('malformed');
  });
});

describe('one source falls and the other does not notice', () => {
  test.each(['onionoo', 'collector'] as const)('%s falls', async (falls) => {
    const servers = { onionoo: await feedServer(), collector: await feedServer() };
    for (const { path } of onionooQuestions) servers.onionoo.put(path, onionoo([]));
    servers.collector.index('2024-05-01 12:08');
    servers[falls].troubles.set('*', { kind: 'slow' });
    const seen = { onionoo: watched(noon), collector: watched(noon) };
    const common = { periodSeconds: 3600, vantage: 'here', timeoutSeconds: 0.5 };
    const workers = {
      onionoo: watchOnionoo({ ...common, url: servers.onionoo.url }, seen.onionoo.ports, seen.onionoo.signal),
      collector: watchCollector(
        { ...common, url: servers.collector.url, lookbackSeconds: 3600, descriptors: true },
        seen.collector.ports,
        seen.collector.signal,
      ),
    };
    const names = ['onionoo', 'collector'] as const;
    const outcomes = await Promise.all(
      names.map(async (name) => (await seen[name].visit()).map(({ outcome }) => outcome)),
    );
    for (const [index, name] of names.entries())
      expect(new Set(outcomes[index])).toEqual(new Set([name === falls ? 'timed-out' : 'received']));
    for (const name of names) await seen[name].stop(workers[name]);
    for (const name of names) await servers[name].close();
  });
});

function read(text: string): OnionooEnvelope {
  const reading = readOnionoo(Buffer.from(text));
  if (!reading.ok) throw new Error(reading.detail);
  return reading.document;
}

describe('readOnionoo()', () => {
  test('takes what it knows and ignores the rest', () => {
    const document = read(
      onionoo(
        [
          {
            fingerprint: fingerprint.toLowerCase(),
            nickname: 'maple',
            running: true,
            last_restarted: '2024-04-01 10:00:00',
            as: 'AS64500',
            country: 'de',
            version_status: 'recommended',
            recommended_version: true,
            overload_general_timestamp: 1_714_560_000_000,
            invented_field: { deep: [1] },
          },
          { fingerprint: 'too short' },
          7,
          null,
        ],
        { invented: 1 },
      ),
    );
    expect(document).toMatchObject({ version: '8.0', relaysPublished: noon, relaysTruncated: 0 });
    expect(readDetails(document)).toEqual([
      {
        fingerprint,
        nickname: 'maple',
        running: true,
        firstSeen: null,
        lastSeen: null,
        lastRestarted: Date.UTC(2024, 3, 1, 10) / 1000,
        lastChangedAddress: null,
        country: 'DE',
        countryName: null,
        asNumber: 'AS64500',
        asName: null,
        contact: null,
        version: null,
        versionStatus: 'recommended',
        recommendedVersion: true,
        advertisedBandwidth: null,
        consensusWeight: null,
        verifiedHostNames: [],
        overloadedAt: 1_714_560_000,
      },
    ]);
  });

  test('a history counts by its own factor, and an absent value is none', () => {
    const history = { first: 'x', last: '2024-05-01 00:00:00', interval: 14_400, factor: 0.002, count: 3 };
    const document = read(
      onionoo([
        {
          fingerprint,
          uptime: {
            '1_month': { ...history, values: [500, null, 250] },
            '6_months': { ...history, values: [null] },
          },
          write_history: { '1_month': { ...history, values: 'none' } },
        },
      ]),
    );
    const last = Date.UTC(2024, 4, 1) / 1000;
    expect(readUptime(document)).toEqual([
      {
        fingerprint,
        uptime: {
          '1_month': { mean: 0.75, values: 2, count: 3, last },
          '6_months': { mean: null, values: 0, count: 1, last },
        },
      },
    ]);
    expect(readBandwidth(document)).toEqual([{ fingerprint, read: {}, write: {} }]);
  });

  test.each([
    ['', 'expected JSON'],
    ['<html>', 'expected JSON'],
    ['[]', 'a version'],
    ['{"version":8}', 'a version'],
    ['{"version":"7.0"}', 'speaks version 7.0'],
    ['{"version":"8"}', 'speaks version 8;'],
    ['{"version":"8.0"}', 'relays_published'],
    ['{"version":"8.0","relays_published":"2024-05-01 12:00:00","relays":{}}', 'relays_published and relays'],
  ])('%j is not one: %s', (text, why) => {
    const reading = readOnionoo(Buffer.from(text));
    expect(reading).toMatchObject({ ok: false, detail: expect.stringContaining(why) as string });
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (junk, entries) => {
        const text = JSON.stringify({
          version: '8.0',
          relays_published: '2024-05-01 12:00:00',
          relays: entries,
          junk,
        });
        const reading = readOnionoo(Buffer.from(text));
        if (!reading.ok) return;
        readDetails(reading.document);
        readUptime(reading.document);
        readBandwidth(reading.document);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readOnionoo(bytes)));
  });
});
