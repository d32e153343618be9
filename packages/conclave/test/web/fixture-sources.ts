/** Answers about sources, in the situations that a page has to survive. */
import type { Sources } from '../../src/api/index.ts';
import { hostileName, now, type Situation, validAfter, votersOf } from './fixture-rows.ts';

type Source = Sources['sources'][number];
type Question = Source['questions'][number];

const asked: Question = {
  subject: 'index',
  level: 'ok',
  text: 'received',
  outcome: 'received',
  detail: null,
  status: 200,
  lastTry: now,
  lastSuccess: now,
  ageSeconds: 12.5,
  failures: 0,
  failingSince: null,
  asOf: validAfter,
  file: null,
  sha256: null,
  bytes: null,
  wireBytes: 1_200_000,
  totalMs: 900,
  etag: '"1"',
  lastModified: null,
};
const never: Question = {
  ...asked,
  level: 'unknown',
  text: 'Not asked yet.',
  outcome: null,
  status: null,
  lastTry: null,
  lastSuccess: null,
  ageSeconds: null,
  asOf: null,
  wireBytes: null,
  totalMs: null,
  etag: null,
};
const broken: Question = {
  ...asked,
  level: 'warn',
  text: 'index: failed 5 times in a row',
  outcome: 'malformed',
  detail: `expected JSON, found ${hostileName}`,
  failures: 5,
  failingSince: now,
};
const source: Source = {
  source: 'collector',
  name: 'CollecTor',
  state: 'fresh',
  level: 'ok',
  text: 'CollecTor answers; the last good answer is 12 s old.',
  url: 'https://collector.example/',
  periodSeconds: 1800,
  lastTry: now,
  lastSuccess: now,
  ageSeconds: 12.5,
  asOf: validAfter,
  asOfAgeSeconds: 720,
  rests: ['capacities of relays'],
  stale: [],
  questions: [asked, { ...asked, subject: 'vote', file: 'a-vote' }, { ...never, subject: 'certificates' }],
};

const off: Source = {
  ...source,
  source: 'onionoo',
  name: 'Onionoo',
  state: 'off',
  level: 'unknown',
  text: 'Onionoo is not configured, so it is not asked.',
  url: null,
  periodSeconds: null,
  lastTry: null,
  lastSuccess: null,
  ageSeconds: null,
  asOf: null,
  asOfAgeSeconds: null,
  questions: [],
};

/** What is known of sources in a situation: with all well, CollecTor is fresh; with trouble, it fails. */
export function sourcesOf(situation: Situation): Sources {
  const well = situation === 'fine';
  const failing: Partial<Source> = well
    ? {}
    : {
        state: 'failing',
        level: 'warn',
        text: 'CollecTor: index failed 5 times in a row. This says nothing about any authority.',
        stale: ['capacities of relays (since 2026-07-27T14:00:00Z)'],
        questions: [broken],
      };
  const authorities: Source = {
    ...source,
    source: 'authorities',
    name: 'Directory authorities',
    text: 'They answer at their DirPorts.',
    url: null,
    periodSeconds: null,
    questions: votersOf(situation).map((subject) => ({ ...asked, subject })),
  };
  return {
    network: 'private test network',
    now,
    revision: 41,
    sentence: well
      ? { level: 'ok', headline: '2 sources are asked, and none is in trouble.', detail: '' }
      : {
          level: 'warn',
          headline: 'CollecTor: nothing fresh.',
          detail: 'What other sources give is not touched.',
        },
    sources: [authorities, { ...source, ...failing }, off],
    lags: [
      {
        source: 'collector',
        validAfter,
        authoritiesAt: well ? validAfter : null,
        statedAt: now,
        seenAt: now,
        lagSeconds: well
          ? { value: 320 }
          : { value: null, reason: 'no authority was seen to serve this consensus' },
        votes: 9,
      },
    ],
    relays: well
      ? []
      : [
          {
            fingerprint: 'AB'.repeat(20),
            nickname: hostileName,
            authority: null,
            listedAt: now,
            published: validAfter,
            listed: false,
            details: { contact: hostileName },
            uptime: null,
            bandwidth: null,
          },
        ],
    totals: {
      relays: { value: null, reason: 'Onionoo is not configured' },
      running: { value: null, reason: 'Onionoo is not configured' },
    },
    capacities: well
      ? {
          value: [{ validAfter, class: 'total', relays: 20, described: 19, bitsPerSecond: 8_000_000 }],
        }
      : { value: null, reason: 'no server descriptor that a consensus names has come yet' },
  };
}
