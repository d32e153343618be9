/** Extra-infos: every statistic, what is odd about one, and whose it is. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  describeProblem,
  parseExtraInfos,
  parseServerDescriptors,
  verifyExtraInfo,
  verifyServerDescriptor,
  type ExtraInfo,
  type Parsed,
} from '../src/index.ts';
import { behind, instead, sha1, time, without, type Edit } from './support/make.ts';
import { descriptor, extraInfo, madeRelay, type DescriptorOptions } from './support/make-relay.ts';

const relay = madeRelay(0);
const other = madeRelay(1);

function only(bytes: Uint8Array): Parsed<ExtraInfo> {
  const [parsed, ...more] = parseExtraInfos(bytes, { profile: 'tor-0.4.9' });
  if (!parsed || more.length > 0) throw new Error(`${more.length + 1} extra-infos`);
  return parsed;
}

const withLines = (...lines: readonly string[]): Parsed<ExtraInfo> =>
  only(extraInfo(relay, { edit: behind('published', ...lines) }));

const at = '2024-05-01 09:00:00';
const day = { end: time(at), intervalSeconds: 86_400 };
const history = { ...day, values: [1, 2, 3] };
const noisy = {
  value: -21,
  parameters: new Map([
    ['delta_f', 8],
    ['epsilon', 0.3],
    ['bin_size', 8],
  ]),
};
const counts = new Map([
  ['us', 16],
  ['??', 8],
]);
const mark = { version: 1, time: time(at) };
const connections = { ...day, below: 1, read: 2, write: 3, both: 4 };

describe('parseExtraInfos() reads', () => {
  const rows: readonly (readonly [line: string, name: string, value: unknown])[] = [
    [`read-history ${at} (86400 s) 1,2,3`, 'readHistory', history],
    [`ipv6-read-history ${at} (86400 s) 1,2,3`, 'ipv6ReadHistory', history],
    [`ipv6-write-history ${at} (86400 s) `, 'ipv6WriteHistory', { ...day, values: [] }],
    [`dirreq-read-history ${at} (86400 s) 1,2,3`, 'dirreqReadHistory', history],
    [`dirreq-write-history ${at} (86400 s) 1,2,3`, 'dirreqWriteHistory', history],
    [`geoip-db-digest ${'a'.repeat(40)}`, 'geoipDbDigest', 'A'.repeat(40)],
    [`geoip6-db-digest ${'A'.repeat(40)}`, 'geoip6DbDigest', 'A'.repeat(40)],
    [`geoip-start-time ${at}`, 'geoipStartTime', time(at)],
    ['geoip-client-origins us=16,??=8', 'geoipClientOrigins', counts],
    [`bridge-stats-end ${at} (86400 s)`, 'bridgeStatsEnd', day],
    ['bridge-ips us=16,??=8', 'bridgeIps', counts],
    [
      'bridge-ip-versions v4=8,v6=16',
      'bridgeIpVersions',
      new Map([
        ['v4', 8],
        ['v6', 16],
      ]),
    ],
    [
      'bridge-ip-transports <OR>=8,obfs4=16',
      'bridgeIpTransports',
      new Map([
        ['<OR>', 8],
        ['obfs4', 16],
      ]),
    ],
    [`dirreq-stats-end ${at} (86400 s)`, 'dirreqStatsEnd', day],
    ['dirreq-v2-ips ', 'dirreqV2Ips', new Map()],
    ['dirreq-v3-ips us=16,??=8', 'dirreqV3Ips', counts],
    ['dirreq-v2-reqs us=16,??=8', 'dirreqV2Reqs', counts],
    ['dirreq-v3-reqs us=16,??=8', 'dirreqV3Reqs', counts],
    ['dirreq-v2-share 1.03%', 'dirreqV2Share', '1.03%'],
    ['dirreq-v3-share 1.03%', 'dirreqV3Share', '1.03%'],
    ['dirreq-v2-resp ok=0', 'dirreqV2Resp', new Map([['ok', 0]])],
    [
      'dirreq-v3-resp ok=72,not-enough-sigs=0',
      'dirreqV3Resp',
      new Map([
        ['ok', 72],
        ['not-enough-sigs', 0],
      ]),
    ],
    ['dirreq-v2-direct-dl complete=0', 'dirreqV2DirectDl', new Map([['complete', 0]])],
    ['dirreq-v3-direct-dl complete=0', 'dirreqV3DirectDl', new Map([['complete', 0]])],
    ['dirreq-v2-tunneled-dl complete=0', 'dirreqV2TunneledDl', new Map([['complete', 0]])],
    [
      'dirreq-v3-tunneled-dl complete=68,md=70626',
      'dirreqV3TunneledDl',
      new Map([
        ['complete', 68],
        ['md', 70_626],
      ]),
    ],
    [`entry-stats-end ${at} (86400 s)`, 'entryStatsEnd', day],
    ['entry-ips us=16,??=8', 'entryIps', counts],
    [`cell-stats-end ${at} (86400 s)`, 'cellStatsEnd', day],
    ['cell-processed-cells 10,4,0', 'cellProcessedCells', [10, 4, 0]],
    ['cell-queued-cells 4.39,0.02', 'cellQueuedCells', [4.39, 0.02]],
    ['cell-time-in-queue 280,12', 'cellTimeInQueue', [280, 12]],
    ['cell-circuits-per-decile 2866', 'cellCircuitsPerDecile', 2866],
    [`ipv6-conn-bi-direct ${at} (86400 s) 1,2,3,4`, 'ipv6ConnBiDirect', connections],
    [`exit-stats-end ${at} (86400 s)`, 'exitStatsEnd', day],
    [
      'exit-kibibytes-written 80=115533,other=1',
      'exitKibibytesWritten',
      new Map([
        ['80', 115_533],
        ['other', 1],
      ]),
    ],
    ['exit-kibibytes-read 80=1', 'exitKibibytesRead', new Map([['80', 1]])],
    ['exit-streams-opened 80=1', 'exitStreamsOpened', new Map([['80', 1]])],
    [`hidserv-stats-end ${at} (86400 s)`, 'hidservStatsEnd', day],
    ['hidserv-rend-relayed-cells -21 delta_f=8 epsilon=0.30 bin_size=8', 'hidservRendRelayedCells', noisy],
    ['hidserv-dir-onions-seen -21 delta_f=8 epsilon=0.30 bin_size=8', 'hidservDirOnionsSeen', noisy],
    [`hidserv-v3-stats-end ${at} (86400 s)`, 'hidservV3StatsEnd', day],
    [
      'hidserv-rend-v3-relayed-cells -21 delta_f=8 epsilon=0.30 bin_size=8',
      'hidservRendV3RelayedCells',
      noisy,
    ],
    ['hidserv-dir-v3-onions-seen -21 delta_f=8 epsilon=0.30 bin_size=8', 'hidservDirV3OnionsSeen', noisy],
    [
      `padding-counts ${at} (86400 s) bin-size=10000 write-drop=0`,
      'paddingCounts',
      {
        ...day,
        counts: new Map([
          ['bin-size', 10_000],
          ['write-drop', 0],
        ]),
      },
    ],
    [
      `overload-ratelimits 1 ${at} 1000 2000 3 4`,
      'overloadRatelimits',
      { ...mark, rateLimit: 1000, burstLimit: 2000, readOverloadCount: 3, writeOverloadCount: 4 },
    ],
    [`overload-fd-exhausted 1 ${at}`, 'overloadFdExhausted', mark],
    [
      'transport obfs4 192.0.2.1:443 iat-mode=0',
      'transports',
      [{ name: 'obfs4', address: '192.0.2.1:443', arguments: 'iat-mode=0' }],
    ],
    ['transport-info version=1', 'transportInfo', ['version=1']],
  ];

  test.each(rows)('%s', (line, name, value) => {
    const { document, problems, unrecognized } = withLines(line);
    expect([problems, unrecognized]).toEqual([[], []]);
    expect(document?.statistics).toMatchObject({ [name]: value });
  });

  test('its frame, and the statistics that every made one has', () => {
    const { document } = only(extraInfo(relay));
    expect(document).toMatchObject({
      kind: 'extra-info',
      nickname: 'maple',
      fingerprint: relay.identity.digest,
      published: time('2024-05-01 10:00:00'),
      statistics: { writeHistory: { ...day, values: [1000, 2000, 3000] }, connBiDirect: connections },
    });
  });
});

test('a statistic that is written wrong, or twice, is a warning; one that nobody knows is kept', () => {
  const parsed = withLines(
    'cell-circuits-per-decile many',
    'dirreq-v3-ips us',
    `ipv6-conn-bi-direct ${at} (86400 s) 1,2,3`,
    `write-history ${at} (86400 s) 1`,
    `overload-ratelimits 1 ${at} 1000`,
    'weather fine',
  );
  expect(parsed.problems.map((problem) => `${problem.severity} ${problem.keyword}`)).toEqual([
    'warning cell-circuits-per-decile',
    'warning dirreq-v3-ips',
    'warning ipv6-conn-bi-direct',
    'warning overload-ratelimits',
    'warning write-history',
  ]);
  expect(parsed.unrecognized.map(({ text }) => text)).toEqual(['weather fine']);
  expect(verifyExtraInfo(parsed, { signingKey: relay.identity.der }).verdict.outcome).toBe('accepted');
});

test.each<readonly [string, Edit, RegExp]>([
  [
    'its name',
    instead('extra-info', `extra-info ! ${'A'.repeat(40)}`),
    /a nickname and 40 hexadecimal digits/,
  ],
  ['published', without('published'), /published exactly once, found none/],
  ['published twice', behind('published', 'published 2024-05-01 10:00:00'), /published only once/],
  ['the first line', (lines) => ['weather fine', ...lines], /extra-info as the first item/],
])('parseExtraInfos() finds what tor refuses: %s', (_, edit, message) => {
  const parsed = parseExtraInfos(extraInfo(relay, { edit }));
  expect(parsed.flatMap(({ problems }) => problems.map(describeProblem)).join('\n')).toMatch(message);
  expect(parsed.map((one) => verifyExtraInfo(one, { signingKey: relay.identity.der }).verified)).toEqual(
    parsed.map(() => undefined),
  );
});

describe('verifyExtraInfo()', () => {
  /** The relay's descriptor that names this extra-info. */
  function naming(
    bytes: Uint8Array,
    sha256Of: Uint8Array = bytes,
  ): NonNullable<Parameters<typeof verifyExtraInfo>[1]> {
    const text = Buffer.from(bytes).toString('latin1');
    const mark = '\nrouter-signature\n';
    const signed = Buffer.from(text.slice(0, text.indexOf(mark) + mark.length), 'latin1');
    const sha256 = createHash('sha256').update(sha256Of).digest('base64').replace(/=+$/, '');
    const line = `extra-info-digest ${sha1(signed).toString('hex').toUpperCase()} ${sha256}`;
    const [parsed] = parseServerDescriptors(descriptor(relay, { edit: instead('extra-info-digest', line) }));
    if (!parsed?.document || !verifyServerDescriptor(parsed).verified) throw new Error('no descriptor');
    return { descriptor: parsed.document };
  }

  const failing = (bytes: Uint8Array, trust: Parameters<typeof verifyExtraInfo>[1]): string[] => {
    const { verdict } = verifyExtraInfo(only(bytes), trust);
    const bad = verdict.checks.filter(({ outcome }) => outcome !== 'good' && outcome !== 'absent');
    return [verdict.outcome, ...bad.map(({ name, outcome }) => `${name} ${outcome}`)];
  };

  test('accepts the one that the descriptor names, by both keys and both digests', () => {
    const bytes = extraInfo(relay);
    const { verdict, verified } = verifyExtraInfo(only(bytes), naming(bytes));
    expect(verdict.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'form good',
      'signing-key good',
      'fingerprint good',
      'router-signature good',
      'identity-ed25519 good',
      'router-sig-ed25519 good',
      'master-key-ed25519 good',
      'extra-info-digest good',
    ]);
    expect(verified?.document.nickname).toBe('maple');
  });

  test('a key will do; nothing will not', () => {
    expect(failing(extraInfo(relay), { signingKey: relay.identity.der })).toEqual(['accepted']);
    expect(failing(extraInfo(relay), {})).toEqual([
      'undecided',
      'signing-key unchecked',
      'router-signature unchecked',
    ]);
  });

  test.each<readonly [string, DescriptorOptions, readonly string[]]>([
    ['another RSA key signed it', { signedBy: other.identity }, ['router-signature wrong']],
    ['another ed25519 key signed it', { ed25519SignedBy: other.signing }, ['router-sig-ed25519 wrong']],
    [
      'its certificate has expired',
      { identityCertificate: { hours: 476_000 } },
      ['identity-ed25519 expired'],
    ],
    [
      'its ed25519 identity is another',
      { identityCertificate: { signer: other.master } },
      ['master-key-ed25519 wrong'],
    ],
    [
      'it is about another relay',
      { edit: instead('extra-info', `extra-info maple ${other.identity.digest}`) },
      ['fingerprint wrong'],
    ],
  ])('rejects it when %s', (_, options, checks) => {
    const bytes = extraInfo(relay, options);
    expect(failing(bytes, naming(bytes))).toEqual(['rejected', ...checks]);
  });

  test('rejects one that the descriptor does not name, by either digest', () => {
    const bytes = extraInfo(relay);
    expect(failing(bytes, naming(extraInfo(relay, { edit: without('conn-bi-direct') })))).toEqual([
      'rejected',
      'extra-info-digest wrong',
    ]);
    expect(failing(bytes, naming(bytes, Buffer.from('something else')))).toEqual([
      'rejected',
      'extra-info-digest wrong',
    ]);
  });
});
