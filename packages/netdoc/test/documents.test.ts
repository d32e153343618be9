/** Votes, certificates and detached signatures with one line changed or left out, and what kind some bytes are. */
import { describe, expect, test } from 'vitest';
import {
  detectKind,
  formatTime,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  type Parsed,
  type Profile,
} from '../src/index.ts';
import {
  authorities,
  behind,
  both,
  certificate,
  certificateLines,
  certificates,
  consensus,
  instead,
  object,
  relay,
  text,
  vote,
  without,
  type Edit,
  type MadeAuthority,
} from './support/make.ts';
import { told } from './support/told.ts';

const [first, second] = authorities() as readonly [MadeAuthority, MadeAuthority];

describe('parseVote()', () => {
  const parse = (edit: Edit, profile: Profile = 'tor-0.4.9'): Parsed<unknown> =>
    parseVote(vote(first, { relays: 3, edit }), { profile });

  test('reads every item of the header', () => {
    const parsed = parseVote(vote(first), { profile: 'tor-0.4.9' });
    expect(told(parsed)).toEqual([]);
    expect(parsed.unrecognized).toEqual([]);
    const { document } = parsed;
    expect(document).toMatchObject({
      kind: 'vote',
      consensusMethods: [32, 33, 34, 35],
      contact: `${first.nickname} AT example`,
      source: { nickname: first.nickname, identity: first.identity },
      sharedRandomParticipate: true,
      sharedRandomCommits: [
        {
          version: 1,
          algorithm: 'sha3-256',
          identity: first.identity,
          commit: 'D'.repeat(56),
          reveal: 'E'.repeat(56),
        },
      ],
      bandwidthFileDigest: 'C'.repeat(43),
      certificate: { fingerprint: first.identity },
    });
    expect(document?.flagThresholds?.get('guard-wfu')).toBe('98.000%');
    expect(document?.bandwidthFileHeaders?.get('version')).toBe('1.4.0');
    expect(document && formatTime(document.published)).toBe('2024-05-01 11:50:00');
    expect(document?.routers.votedMicrodescs.count).toBe(20);
  });

  test.each<[title: string, edit: Edit, problem: RegExp | undefined]>([
    ['no consensus-methods', without('consensus-methods'), /consensus-methods exactly once/],
    [
      'methods that are none',
      instead('consensus-methods', 'consensus-methods 1 x'),
      /expected method numbers/,
    ],
    ['no published', without('published'), /published exactly once/],
    ['no contact', without('contact'), /contact exactly once/],
    ['no dir-source', without('dir-source'), /dir-source exactly once/],
    [
      'two dir-sources',
      (lines) => behind('dir-source', lines.find((one) => one.startsWith('dir-source')) ?? '')(lines),
      /dir-source only once/,
    ],
    [
      'a flavor',
      instead('network-status-version', 'network-status-version 3 microdesc'),
      /expected flavor ns/,
    ],
    ['the flavor ns', instead('network-status-version', 'network-status-version 3 ns'), undefined],
    [
      'a commit that is none',
      instead('shared-rand-commit', 'shared-rand-commit 1 sha3-256'),
      /VERSION ALGORITHM IDENTITY COMMIT/,
    ],
    [
      'no params, no versions, no footer',
      both(
        without('params'),
        without('client-versions'),
        without('server-versions'),
        without('directory-footer'),
      ),
      undefined,
    ],
    ['a bandwidth-weights line', behind('directory-footer', 'bandwidth-weights x'), undefined],
    ['an empty pr', instead('pr', 'pr'), undefined],
    ['an empty s', instead('s', 's'), undefined],
    [
      'no v, w, p, m, id, stats',
      (lines) => lines.filter((one) => !/^(v|w|p|m|id|stats) /.test(one)),
      undefined,
    ],
    [
      'a bogus, an IPv4 and a port-0 address',
      (lines) => behind('r', 'a nonsense', 'a 192.0.2.1:9', 'a [2001:db8::1]:0')(lines),
      undefined,
    ],
    ['an m line with nothing', behind('m', 'm'), undefined],
    [
      'an ed25519 key that is none',
      instead('id', 'id ed25519 AAAA'),
      /expected an ed25519 key in base64, or none/,
    ],
    ['an id of another kind', instead('id', 'id rsa1024 AAAA'), undefined],
    [
      'stats that are no numbers',
      instead('stats', 'stats wfu=x tk=1 mtbf=2'),
      /expected numbers, found "wfu=x"/,
    ],
    [
      'no certificate',
      (lines) =>
        lines
          .slice(0, lines.indexOf('dir-key-certificate-version 3'))
          .concat(lines.slice(lines.findIndex((one) => one.startsWith('r ')))),
      /dir-key-certificate-version exactly once/,
    ],
  ])('%s', (_, edit, problem) => {
    const problems = told(parse(edit));
    if (problem) expect(problems[0]).toMatch(problem);
    else expect(problems).toEqual([]);
  });

  test("the certificate must be the voter's own", () => {
    const parsed = parseVote(vote(first, { certificateLines: certificateLines(second) }));
    expect(told(parsed)).toEqual([
      `error contradiction line 1: fingerprint: expected the identity of dir-source, ${first.identity}, found ${second.identity}`,
    ]);
  });

  test('an ed25519 identity belongs to one relay; none and a key of zeros are no identity', () => {
    const withKey = (key: string): string[] =>
      told(parse((lines) => lines.map((one) => (one.startsWith('id ed25519 ') ? `id ed25519 ${key}` : one))));
    expect(withKey('none')).toEqual([]);
    expect(withKey('A'.repeat(43))).toEqual([]);
    expect(withKey('B'.repeat(43)).map((one) => one.replace(/\d+/, 'N'))).toEqual(
      Array.from(
        { length: 2 },
        () =>
          'error duplicate line N: r: expected an ed25519 identity of its own, found that of an earlier relay',
      ),
    );
  });

  test('reads m, id and stats lines as the authority wrote them', () => {
    const { document } = parseVote(
      vote(first, {
        relays: 12,
        edit: (lines) =>
          lines.map((one) => one.replace(/^m 32,33,34 (.*)$/, 'm 32,33 $1\nm 34 $1\nm 35 sha512=x')),
      }),
    );
    const voted = document?.routers.votedMicrodescs;
    expect(voted?.methodLists).toEqual(['32,33', '34', '35']);
    expect(Array.from(voted?.methods ?? []).slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(Array.from(voted?.hasSha256 ?? []).slice(0, 3)).toEqual([1, 1, 0]);
    expect(Array.from(voted?.router ?? []).slice(0, 6)).toEqual([0, 0, 0, 1, 1, 1]);
    const row = Array.from({ length: 12 }, (_, at) => at).find(
      (at) => document?.routers.ed25519State[at] === 1,
    );
    expect(row).toBeDefined();
  });
});

describe('parseKeyCertificates()', () => {
  test('reads one, many, and those with annotations between them', () => {
    const one = certificate(first);
    const annotated = Buffer.concat([
      Buffer.from('@type dir-key-certificate-3 1.0\n'),
      one,
      Buffer.from('@type dir-key-certificate-3 1.0\n'),
      certificate(second),
    ]);
    expect(parseKeyCertificates(one).map(({ document }) => document?.fingerprint)).toEqual([first.identity]);
    expect(
      parseKeyCertificates(annotated).map(({ document, errors }) => [document?.fingerprint, errors]),
    ).toEqual([
      [first.identity, 0],
      [second.identity, 0],
    ]);
    expect(parseKeyCertificates(certificates()).filter(({ document }) => document)).toHaveLength(9);
    expect(parseKeyCertificates(new Uint8Array())).toEqual([]);
  });

  test.each([
    'fingerprint',
    'dir-key-published',
    'dir-key-expires',
    'dir-identity-key',
    'dir-signing-key',
    'dir-key-certification',
  ])('misses %s', (keyword) => {
    const lines = certificateLines(first);
    const at = lines.findIndex((line) => line === keyword || line.startsWith(`${keyword} `));
    const end = lines[at + 1]?.startsWith('-----BEGIN')
      ? lines.findIndex((line, index) => index > at && line.startsWith('-----END')) + 1
      : at + 1;
    const [parsed] = parseKeyCertificates(Buffer.from(text(lines.toSpliced(at, end - at))));
    expect(parsed?.document).toBeUndefined();
    expect(parsed && told(parsed)[0]).toContain(`${keyword} exactly once, found none`);
  });

  test('a certificate ends with its certification', () => {
    const [parsed] = parseKeyCertificates(
      Buffer.concat([certificate(first), Buffer.from('dir-address 192.0.2.1:1\n')]),
    );
    expect(parsed && told(parsed).at(-1)).toMatch(
      /expected dir-key-certification as the last item, found dir-address/,
    );
  });

  test('in a file of many, a problem belongs to the certificate in which it stands', () => {
    const broken = text(certificateLines(second)).replace(
      '-----BEGIN ID SIGNATURE-----\n',
      '-----BEGIN ID SIGNATURE-----\n!',
    );
    const list = parseKeyCertificates(
      Buffer.concat([certificate(first), Buffer.from(broken), certificate(authorities()[2] ?? first)]),
    );
    expect(list.map(({ errors }) => errors)).toEqual([0, 2, 0]);
    expect(list[1]?.problems.map(({ code }) => code)).toEqual(['bad-argument', 'bad-object']);
  });
});

describe('detectKind()', () => {
  test.each<[kind: string | undefined, bytes: Uint8Array]>([
    ['consensus', consensus({ relays: 1 })],
    ['consensus', consensus({ relays: 1, edit: instead('network-status-version', 'x') })],
    ['vote', vote(first, { relays: 1 })],
    ['vote', vote(first, { relays: 1, edit: instead('vote-status', 'vote-status x') })],
    ['key-certificate', certificate(first)],
    ['detached-signatures', Buffer.from(`consensus-digest ${'A'.repeat(40)}\n`)],
    [undefined, new Uint8Array()],
    [undefined, Buffer.from('<!DOCTYPE html>\n<title>404</title>\n')],
    [undefined, Buffer.from(text(relay(1, 'ns')))],
  ])('%s', (kind, bytes) => {
    expect(detectKind(bytes)).toBe(kind);
  });
});

test('parseDetachedSignatures() reads both flavors', () => {
  const signature = [...object('SIGNATURE', Buffer.alloc(128, 1))];
  const bytes = text([
    `consensus-digest ${'A'.repeat(40)}`,
    'valid-after 2024-05-01 12:00:00',
    'fresh-until 2024-05-01 13:00:00',
    'valid-until 2024-05-01 15:00:00',
    `additional-digest microdesc sha256 ${'b'.repeat(64)}`,
    `additional-signature microdesc sha256 ${first.identity} ${first.signingKey.digest}`,
    ...signature,
    `directory-signature ${first.identity} ${first.signingKey.digest}`,
    ...signature,
  ]);
  const parsed = parseDetachedSignatures(Buffer.from(bytes));
  expect(told(parsed)).toEqual([]);
  expect(parsed.document?.additionalDigests.get('microdesc sha256')).toBe('B'.repeat(64));
  expect(parsed.document?.signatures.map(({ flavor, algorithm }) => [flavor, algorithm])).toEqual([
    ['microdesc', 'sha256'],
    ['ns', 'sha1'],
  ]);
});
