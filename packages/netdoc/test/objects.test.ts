/** Objects where tor wants none, none where it wants one, and keys of the wrong size (tor's NO_OBJ, NEED_OBJ, NEED_KEY_1024). */
import { describe, expect, test } from 'vitest';
import {
  parseConsensus,
  parseDetachedSignatures,
  parseExtraInfos,
  parseKeyCertificates,
  parseMicrodescriptors,
  parseServerDescriptors,
  parseVote,
  type Parsed,
  type Profile,
} from '../src/index.ts';
import {
  authorities,
  behind,
  certificate,
  consensus,
  freshUntil,
  makeKey,
  object,
  text,
  validAfter,
  validUntil,
  vote,
  type Edit,
  type MadeAuthority,
} from './support/make.ts';
import { descriptor, extraInfo, madeRelay } from './support/make-relay.ts';
import { told } from './support/told.ts';

const [first] = authorities() as readonly [MadeAuthority];
const relay = madeRelay(0);
const thing = object('THING', Buffer.from('thing')).join('\n');

const detached: Edit = (lines) => lines;
const detachedText = (edit: Edit): Uint8Array =>
  Buffer.from(
    text(
      edit([
        `consensus-digest ${'AB'.repeat(20)}`,
        `valid-after ${validAfter}`,
        `fresh-until ${freshUntil}`,
        `valid-until ${validUntil}`,
        `additional-digest microdesc sha256 ${'CD'.repeat(32)}`,
        `directory-signature ${first.identity} ${first.identity}`,
        ...object('SIGNATURE', Buffer.alloc(128, 1)),
      ]),
    ),
  );

type Make = (edit: Edit, profile: Profile) => Parsed<unknown>;

/** The one document of a list. */
function only<D>(list: readonly Parsed<D>[]): Parsed<D> {
  const [parsed] = list;
  if (!parsed || list.length !== 1) throw new Error(`${list.length} documents`);
  return parsed;
}

const onionKey = makeKey(1024).der;
const microdescriptor = (edit: Edit): Uint8Array =>
  Buffer.from(
    text(
      edit([
        'onion-key',
        ...object('RSA PUBLIC KEY', onionKey),
        `ntor-onion-key ${'A'.repeat(43)}`,
        'a [2001:db8::1]:9001',
        'family $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        'p accept 80,443',
        `id ed25519 ${'A'.repeat(43)}`,
        'unheard-of thing',
      ]),
    ),
  );

const makers: Readonly<Record<string, Make>> = {
  consensus: (edit, profile) => parseConsensus(consensus({ relays: 3, edit }), { profile }),
  vote: (edit, profile) => parseVote(vote(first, { relays: 3, edit }), { profile }),
  certificate: (edit) => only(parseKeyCertificates(certificate(first, { edit }))),
  detached: (edit) => parseDetachedSignatures(detachedText(edit)),
  descriptor: (edit, profile) => only(parseServerDescriptors(descriptor(relay, { edit }), { profile })),
  'extra-info': (edit, profile) => only(parseExtraInfos(extraInfo(relay, { edit }), { profile })),
  microdescriptor: (edit, profile) => only(parseMicrodescriptors(microdescriptor(edit), { profile })),
};

/** Each item that tor knows and wants no object behind, of each kind. */
const bare: readonly (readonly [kind: string, keywords: readonly string[]])[] = [
  [
    'consensus',
    [
      'network-status-version',
      'valid-after',
      'known-flags',
      'dir-source',
      'vote-digest',
      'r',
      's',
      'v',
      'w',
      'p',
      'pr',
    ],
  ],
  [
    'vote',
    [
      'consensus-methods',
      'published',
      'dir-source',
      'contact',
      'fingerprint',
      'r',
      'm',
      'id',
      'directory-footer',
    ],
  ],
  ['certificate', ['dir-key-certificate-version', 'fingerprint', 'dir-key-published', 'dir-key-expires']],
  ['detached', ['consensus-digest', 'valid-after', 'additional-digest']],
  [
    'descriptor',
    ['router', 'bandwidth', 'platform', 'proto', 'or-address', 'uptime', 'ntor-onion-key', 'reject'],
  ],
  ['extra-info', ['extra-info', 'published', 'write-history']],
  ['microdescriptor', ['ntor-onion-key', 'a', 'family', 'p', 'id']],
];

describe.each(bare)('%s', (kind, keywords) => {
  const make = makers[kind] as Make;

  test('has no problem as it is', () => {
    expect(told(make(detached, 'tor-0.4.9'))).toEqual([]);
  });

  test.each(keywords)('with an object behind %s is refused by both profiles', (keyword) => {
    for (const profile of ['archive', 'tor-0.4.9'] as const) {
      const parsed = make(behind(keyword, thing), profile);
      expect(parsed.errors).toBeGreaterThan(0);
      expect(told(parsed).join('\n')).toMatch(/bad-object.*no object behind/);
    }
  });

  test('with an object behind an item that nobody knows is taken, as tor takes it', () => {
    if (kind === 'consensus' || kind === 'vote') {
      const parsed = make(behind('s', `unheard-of thing\n${thing}`), 'tor-0.4.9');
      expect(parsed.errors).toBe(0);
    }
    if (kind === 'microdescriptor') expect(make(behind('unheard-of', thing), 'tor-0.4.9').errors).toBe(0);
    if (kind === 'descriptor')
      expect(make(behind('uptime', `unheard-of\n${thing}`), 'tor-0.4.9').errors).toBe(0);
  });
});

test.each([512, 2048])('a relay key of %d bits is refused where it is read', (bits) => {
  const other = object('RSA PUBLIC KEY', makeKey(bits).der);
  const instead =
    (keyword: string): Edit =>
    (lines) => {
      const at = lines.indexOf(keyword);
      return lines.toSpliced(at + 1, lines.indexOf('-----END RSA PUBLIC KEY-----', at) - at, ...other);
    };
  for (const [kind, keyword] of [
    ['descriptor', 'onion-key'],
    ['descriptor', 'signing-key'],
    ['microdescriptor', 'onion-key'],
  ] as const) {
    const parsed = (makers[kind] as Make)(instead(keyword), 'archive');
    expect(told(parsed).join('\n')).toContain(`expected an RSA key of 1024 bits, found one of ${bits} bits`);
    expect(parsed.errors).toBe(1);
  }
});

test.each([127, 513])('a signature of %d bytes is refused where it is read', (size) => {
  const edit: Edit = (lines) => [...lines.slice(0, 6), ...object('SIGNATURE', Buffer.alloc(size, 1))];
  const parsed = parseDetachedSignatures(detachedText(edit));
  expect(told(parsed).join('\n')).toContain(`expected a signature of 128 to 512 bytes, found ${size} bytes`);
});

test('detached signatures begin with the digest, and have one on the ns flavour', () => {
  const unsigned = parseDetachedSignatures(detachedText((lines) => lines.slice(0, 5)));
  expect(told(unsigned).join('\n')).toContain('expected at least one directory-signature, found none');
  const turned = parseDetachedSignatures(
    detachedText(([digest = '', after = '', ...rest]) => [after, digest, ...rest]),
  );
  expect(told(turned).join('\n')).toContain('expected consensus-digest as the first item');
});
