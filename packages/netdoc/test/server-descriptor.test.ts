/** Server descriptors: every field, every rule of form under its profile, every check of the verdict. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  describeProblem,
  descriptorDigests,
  parseServerDescriptors,
  toBase64,
  toHex,
  verifyServerDescriptor,
  type Parsed,
  type Profile,
  type ServerDescriptor,
} from '../src/index.ts';
import { behind, both, instead, object, sha1, time, without, type Edit } from './support/make.ts';
import {
  descriptor,
  ed25519Key,
  madeRelay,
  oldDescriptor,
  type DescriptorOptions,
} from './support/make-relay.ts';

const relay = madeRelay(0);
const other = madeRelay(1);

function only(bytes: Uint8Array, profile: Profile = 'tor-0.4.9'): Parsed<ServerDescriptor> {
  const [parsed, ...more] = parseServerDescriptors(bytes, { profile });
  if (!parsed || more.length > 0) throw new Error(`${more.length + 1} descriptors`);
  return parsed;
}

function problemsOf(edit: Edit, profile: Profile = 'tor-0.4.9'): string[] {
  return only(descriptor(relay, { edit }), profile).problems.map(
    (problem) => `${problem.severity} ${describeProblem(problem).replace(/^line \d+: /, '')}`,
  );
}

test('parseServerDescriptors() reads every item', () => {
  const bytes = descriptor(relay);
  const { document, problems, unrecognized } = only(bytes);
  if (!document) throw new Error('no document');
  expect([problems, unrecognized]).toEqual([[], []]);
  expect(document).toMatchObject({
    kind: 'server-descriptor',
    router: { nickname: 'maple', address: '198.51.100.7', orPort: 9001, socksPort: 0, dirPort: 9030 },
    bandwidth: { rate: 1_073_741_824, burst: 2_147_483_647, observed: 5_000_000 },
    platform: 'Tor 0.4.9.11 on Linux',
    published: time('2024-05-01 10:00:00'),
    fingerprint: relay.identity.digest,
    hibernating: false,
    uptimeSeconds: 86_400,
    orAddresses: ['[2001:db8::7]:9001'],
    proto: 'Cons=1-2 Desc=1-2 DirCache=2 Link=1-5 Relay=1-4',
    contact: 'maple AT example',
    family: ['maple', `$${'B'.repeat(40)}`, `$${'C'.repeat(40)}~birch`],
    hiddenServiceDir: true,
    tunnelledDirServer: true,
    cachesExtraInfo: false,
    allowSingleHopExits: false,
    overloadGeneral: { version: 1, time: time('2024-05-01 09:00:00') },
    ipv6Policy: {
      verdict: 'accept',
      ports: [
        [80, 80],
        [440, 450],
      ],
    },
    extraInfoDigest: { sha1: 'A'.repeat(40) },
  });
  expect(document.policy).toEqual([
    {
      verdict: 'reject',
      keyword: 'reject',
      address: '10.0.0.0',
      bits: 8,
      mask: undefined,
      ports: [1, 65_535],
    },
    { verdict: 'accept', keyword: 'accept', address: '*', bits: undefined, mask: undefined, ports: [80, 80] },
    {
      verdict: 'accept',
      keyword: 'accept',
      address: '*',
      bits: undefined,
      mask: undefined,
      ports: [440, 450],
    },
    {
      verdict: 'reject',
      keyword: 'reject',
      address: '*',
      bits: undefined,
      mask: undefined,
      ports: [1, 65_535],
    },
  ]);
  expect(toHex(document.masterKeyEd25519 ?? new Uint8Array())).toBe(toHex(relay.master.key));
  expect(document.familyCertificates.map(({ signerKey }) => signerKey && toBase64(signerKey))).toEqual([
    toBase64(relay.family.key),
  ]);
});

test('a file is any number of descriptors, with annotations, comments and blank lines between', () => {
  const annotated = Buffer.concat([
    Buffer.from('@downloaded-at 2024-05-01 11:00:00\n@source "192.0.2.1"\n'),
    descriptor(relay),
    Buffer.from('\n# so much for maple\n'),
    descriptor(other),
    Buffer.from('@type server-descriptor 1.0\n'),
    oldDescriptor(relay),
  ]);
  const all = parseServerDescriptors(annotated);
  expect(all.map(({ errors }) => errors)).toEqual([0, 0, 0]);
  expect(all.map(({ document }) => document?.annotations)).toEqual([
    [
      { keyword: 'downloaded-at', value: '2024-05-01 11:00:00', line: 1 },
      { keyword: 'source', value: '"192.0.2.1"', line: 2 },
    ],
    [],
    [{ keyword: 'type', value: 'server-descriptor 1.0', line: expect.any(Number) as number }],
  ]);
  expect(all.map((one) => verifyServerDescriptor(one).verdict.outcome)).toEqual([
    'accepted',
    'accepted',
    'accepted',
  ]);
  const [strict] = parseServerDescriptors(annotated, { profile: 'tor-0.4.9' });
  expect(strict?.problems.map(describeProblem)).toEqual([
    'line 1: expected no annotation in what an authority serves, found @downloaded-at',
  ]);
  expect(parseServerDescriptors(new Uint8Array())).toEqual([]);
});

test('a keyword that nobody knows is kept, and the descriptor still verifies', () => {
  const bytes = descriptor(relay, { edit: behind('uptime', 'colour green', 'opt mood good') });
  const parsed = only(bytes);
  expect(parsed.unrecognized.map(({ text }) => text)).toEqual(['colour green', 'mood good']);
  expect(verifyServerDescriptor(parsed).verdict.outcome).toBe('accepted');
});

describe('parseServerDescriptors() finds what tor refuses', () => {
  const rows: readonly (readonly [string, Edit, RegExp])[] = [
    [
      'a nickname of 20',
      instead('router', `router ${'m'.repeat(20)} 198.51.100.7 9001 0 0`),
      /a nickname of 1 to 19/,
    ],
    [
      'an address',
      instead('router', 'router maple 300.1.1.1 9001 0 0'),
      /an IPv4 address, found "300.1.1.1"/,
    ],
    ['a port', instead('router', 'router maple 198.51.100.7 70000 0 0'), /NICKNAME ADDRESS ORPORT/],
    ['no ORPort', instead('router', 'router maple 198.51.100.7 0 0 0'), /an ORPort, found 0/],
    ['bandwidth', instead('bandwidth', 'bandwidth 1 2'), /three numbers of bytes/],
    ['a rate of zero', instead('bandwidth', 'bandwidth 0 2 3'), /a rate above zero/],
    ['published', instead('published', 'published yesterday'), /a time YYYY-MM-DD/],
    ['published twice', behind('published', 'published 2024-05-01 10:00:00'), /published only once/],
    ['a rule', behind('contact', 'accept *:0'), /accept: expected ADDRESS\[\/MASK\]:PORTS, found "\*:0"/],
    ['a rule for IPv6', behind('contact', 'accept6 *:80'), /accept or reject, found accept6/],
    ['a range of ports', behind('contact', 'accept *:90-80'), /found "\*:90-80"/],
    ['a mask', behind('contact', 'reject 10.0.0.0/33:*'), /found "10.0.0.0\/33:\*"/],
    ['no rule', both(without('accept'), without('reject')), /accept or reject in a descriptor/],
    ['no proto', without('proto'), /proto in a descriptor, found none/],
    ['no ntor key', without('ntor-onion-key'), /ntor-onion-key in a descriptor/],
    ['no master key', without('master-key-ed25519'), /master-key-ed25519 in a descriptor/],
    [
      'the sign of the crosscert',
      instead('ntor-onion-key-crosscert', 'ntor-onion-key-crosscert 2'),
      /the sign 0 or 1/,
    ],
    ['a family', instead('family', 'family maple !'), /nicknames and fingerprints, found "!"/],
    ['ipv6-policy', instead('ipv6-policy', 'ipv6-policy accept 0'), /accept or reject, and ports from 1/],
    ['uptime', instead('uptime', 'uptime long'), /an integer from 0/],
    ['the fingerprint', instead('fingerprint', 'fingerprint maple'), /a fingerprint/],
    ['extra-info-digest', instead('extra-info-digest', 'extra-info-digest A'), /40 hexadecimal digits/],
    ['a first line', (lines) => ['colour green', ...lines], /router as the first item, found "colour"/],
    [
      'identity-ed25519 further down',
      (lines) => [
        ...lines.slice(0, 1),
        'uptime 3',
        ...lines.slice(1).filter((line) => !line.startsWith('uptime')),
      ],
      /identity-ed25519 as the second item, found item 3/,
    ],
  ];

  test.each(rows)('%s', (_, edit, message) => {
    const parsed = parseServerDescriptors(descriptor(relay, { edit }), { profile: 'tor-0.4.9' });
    const errors = parsed.flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'));
    expect(errors.map(describeProblem).join('\n')).toMatch(message);
    const verdicts = parsed.map((one) => verifyServerDescriptor(one));
    expect(verdicts.map(({ verified }) => verified)).toEqual(verdicts.map(() => undefined));
  });

  test('an item between the two signatures', () => {
    const bytes = Buffer.from(descriptor(relay)).toString('latin1');
    const parsed = only(
      Buffer.from(bytes.replace('\nrouter-signature\n', '\nuptime 3\nrouter-signature\n')),
      'archive',
    );
    expect(parsed.problems.map(describeProblem).join('\n')).toContain(
      'router-sig-ed25519: expected router-sig-ed25519 as the last item but one',
    );
  });

  test('what tor passes over is a warning', () => {
    expect(problemsOf(instead('or-address', 'or-address nowhere'))).toEqual([
      'warning or-address: expected ADDRESS:PORT, found "nowhere"',
    ]);
    expect(problemsOf(instead('overload-general', 'overload-general 1'))).toEqual([
      'warning overload-general: expected a version and a time, found "1"',
    ]);
    expect(problemsOf(instead('proto', 'proto Link=5-1'))).toEqual([
      'warning proto: expected a list of protocols NAME=VERSIONS, found "Link=5-1"',
    ]);
  });

  test('a descriptor of 2014 is good under archive and lacks half of what tor wants today', () => {
    expect(only(oldDescriptor(relay), 'archive').problems).toEqual([]);
    const missing = only(oldDescriptor(relay)).problems.map(({ keyword }) => keyword);
    expect(missing).toEqual([
      'proto',
      'master-key-ed25519',
      'ntor-onion-key',
      'identity-ed25519',
      'router-sig-ed25519',
      'ntor-onion-key-crosscert',
    ]);
  });

  test('under archive ed25519 is all or nothing', () => {
    const edit: Edit = behind('uptime');
    const half = Buffer.from(
      Buffer.from(descriptor(relay, { edit }))
        .toString('latin1')
        .replace(/router-sig-ed25519 .*\n/, ''),
      'latin1',
    );
    expect(only(half, 'archive').problems.map(describeProblem)).toEqual([
      'line 1: router-sig-ed25519: expected router-sig-ed25519 in a descriptor, found none',
    ]);
    expect(
      only(oldDescriptor(relay, without('signing-key')), 'archive').problems.map(({ keyword }) => keyword),
    ).toContain('signing-key');
  });
});

describe('verifyServerDescriptor()', () => {
  const verdictOf = (options: DescriptorOptions, profile: Profile = 'tor-0.4.9'): string[] => {
    const { verdict } = verifyServerDescriptor(only(descriptor(relay, options), profile));
    return [
      verdict.outcome,
      ...verdict.checks
        .filter(({ outcome }) => outcome !== 'good')
        .map(({ name, outcome, detail }) => `${name} ${outcome}: ${detail}`),
    ];
  };

  test('accepts what the relay signed with all its keys', () => {
    const parsed = only(descriptor(relay));
    const { verdict, verified } = verifyServerDescriptor(parsed);
    expect(verdict.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'form good',
      'signing-key good',
      'fingerprint good',
      'router-signature good',
      'identity-ed25519 good',
      'master-key-ed25519 good',
      'router-sig-ed25519 good',
      'ntor-onion-key-crosscert good',
      'family-cert good',
      'onion-key-crosscert good',
    ]);
    expect(verdict.outcome).toBe('accepted');
    expect(verified?.document).toBe(parsed.document);
    const text = Buffer.from(descriptor(relay)).toString('latin1');
    const signed = text.slice(0, text.indexOf('\nrouter-signature\n') + '\nrouter-signature\n'.length);
    expect(verdict.digest).toBe(sha1(Buffer.from(signed, 'latin1')).toString('hex').toUpperCase());
  });

  test('accepts a descriptor of 2014 by RSA alone', () => {
    const { verdict } = verifyServerDescriptor(only(oldDescriptor(relay), 'archive'));
    expect(verdict.outcome).toBe('accepted');
    expect(verdict.checks.filter(({ outcome }) => outcome === 'absent').map(({ name }) => name)).toEqual([
      'identity-ed25519',
      'onion-key-crosscert',
    ]);
  });

  test.each<readonly [string, DescriptorOptions, readonly string[]]>([
    ['another RSA key signed it', { signedBy: other.identity }, ['router-signature wrong']],
    ['another ed25519 key signed it', { ed25519SignedBy: other.signing }, ['router-sig-ed25519 wrong']],
    [
      'its fingerprint is not that of its key',
      { edit: instead('fingerprint', `fingerprint ${'A'.repeat(40)}`) },
      ['fingerprint wrong'],
    ],
    [
      'its master key is another',
      { edit: instead('master-key-ed25519', `master-key-ed25519 ${toBase64(other.master.key)}`) },
      ['master-key-ed25519 wrong'],
    ],
    [
      'the identity certificate is signed by another key',
      { identityCertificate: { signer: { secret: other.master.secret, key: relay.master.key } } },
      ['identity-ed25519 wrong'],
    ],
    [
      'the identity certificate has expired',
      { identityCertificate: { hours: 476_000 } },
      ['identity-ed25519 expired'],
    ],
    [
      'the crosscert is for another relay',
      { ntorCertificate: { certified: other.master.key } },
      ['ntor-onion-key-crosscert wrong'],
    ],
    [
      'the crosscert is by another onion key',
      { ntorCertificate: { signer: other.ntor } },
      ['ntor-onion-key-crosscert wrong'],
    ],
    [
      'the crosscert has expired',
      { ntorCertificate: { hours: 476_000 } },
      ['ntor-onion-key-crosscert expired'],
    ],
    [
      'the family certificate is for another relay',
      { familyCertificate: { certified: other.master.key } },
      ['family-cert wrong'],
    ],
    [
      'the family certificate is signed by another key',
      { familyCertificate: { signer: { secret: other.family.secret, key: relay.family.key } } },
      ['family-cert wrong'],
    ],
    [
      'the family certificate has expired',
      { familyCertificate: { hours: 476_000 } },
      ['family-cert expired'],
    ],
    ['the onion key signed something else', { crossed: Buffer.alloc(52) }, ['onion-key-crosscert wrong']],
    [
      'the onion key signed more than both identities',
      { crossed: Buffer.concat([sha1(relay.identity.der), relay.master.key, Buffer.of(0)]) },
      ['onion-key-crosscert wrong'],
    ],
  ])('rejects it when %s', (_, options, checks) => {
    const [outcome, ...rest] = verdictOf(options);
    expect(outcome).toBe('rejected');
    expect(rest.map((check) => check.replace(/:.*/, ''))).toEqual(checks);
  });

  test.each<readonly [string, DescriptorOptions, RegExp]>([
    [
      'an identity certificate of the type of a crosscert',
      { identityCertificate: { type: 10 } },
      /of type 4, found type 10/,
    ],
    [
      'a crosscert of the type of an identity certificate',
      { ntorCertificate: { type: 4 } },
      /of type 10, found type 4/,
    ],
    [
      'an identity certificate without its signer',
      { identityCertificate: { signerKey: 'left out' } },
      /with its signer key/,
    ],
    ['a certified key that is no ed25519 key', { identityCertificate: { keyType: 3 } }, /found key type 3/],
    [
      'an extension that must be understood',
      { familyCertificate: { extensions: [[7, 1, Buffer.of(1)]] } },
      /no unknown extension/,
    ],
  ])('rejects %s', (_, options, message) => {
    const parsed = only(descriptor(relay, options));
    expect(parsed.problems.map(describeProblem).join('\n')).toMatch(message);
    expect(verifyServerDescriptor(parsed).verdict.outcome).toBe('rejected');
  });

  test('an extension that need not be understood is kept', () => {
    const options = { identityCertificate: { extensions: [[7, 0, Buffer.from('x')] as const] } };
    const parsed = only(descriptor(relay, options));
    expect(verifyServerDescriptor(parsed).verdict.outcome).toBe('accepted');
    expect(parsed.document?.identityEd25519?.extensions.map(({ type }) => type)).toEqual([4, 7]);
  });

  test('the time asked about decides whether a certificate has expired', () => {
    const parsed = only(descriptor(relay));
    const outcomeAt = (text: string): string =>
      verifyServerDescriptor(parsed, { at: time(text) }).verdict.outcome;
    expect(outcomeAt('2024-05-10 00:00:00')).toBe('accepted');
    expect(outcomeAt('2030-01-01 00:00:00')).toBe('rejected');
  });

  test('a sanitized one is undecided, and so is nothing that only claims to be', () => {
    const marks = [`router-digest ${'A'.repeat(40)}`, `master-key-ed25519 ${toBase64(ed25519Key(0).key)}`];
    const lines = (edit: Edit): Uint8Array =>
      Buffer.from(
        `${edit(['router bridge 10.0.0.1 443 0 0', ...marks, 'bandwidth 1 2 3', 'published 2024-05-01 10:00:00', 'reject *:*']).join('\n')}\n`,
      );
    const parsed = only(
      lines((all) => all),
      'archive',
    );
    expect(parsed.problems).toEqual([]);
    expect(verifyServerDescriptor(parsed).verdict.outcome).toBe('undecided');
    const claimed = only(lines(without('router-digest')), 'archive');
    expect(verifyServerDescriptor(claimed).verdict.outcome).toBe('rejected');
    // With a signature beside the mark it is judged by the signature.
    const signed = only(
      descriptor(relay, { edit: behind('uptime', marks[0] ?? ''), signedBy: other.identity }),
      'archive',
    );
    expect(verifyServerDescriptor(signed).verdict.outcome).toBe('rejected');
  });

  test('an RSA key of another size is none', () => {
    const edit: Edit = (lines) => {
      const at = lines.indexOf('signing-key');
      const end = lines.indexOf('-----END RSA PUBLIC KEY-----', at);
      return lines.toSpliced(at + 1, end - at, ...object('RSA PUBLIC KEY', Buffer.from('not a key')));
    };
    const verdict = verdictOf({ edit });
    expect(verdict[0]).toBe('rejected');
    expect(verdict.join('\n')).toContain('expected an RSA key of 1024 bits, found none in RSA PUBLIC KEY');
  });
});

test('descriptorDigests() are over the signed part, and over the whole', () => {
  const bytes = Buffer.concat([descriptor(relay), Buffer.from('\n\n')]);
  const { document } = only(bytes);
  const digests = document && descriptorDigests(document);
  expect(digests?.sha1).toBe(verifyServerDescriptor(only(bytes)).verdict.digest);
  const whole = createHash('sha256').update(descriptor(relay)).digest('base64');
  expect(`${digests?.sha256}=`).toBe(whole);
});
