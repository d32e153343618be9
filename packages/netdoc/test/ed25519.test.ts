/** Ed25519: the two providers agree, also where signatures are forged; certificates are read to the byte. */
import { createPrivateKey, sign as signBy } from 'node:crypto';
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { ed25519FromCurve25519 } from '../src/crypto/index.ts';
import { provider as node } from '../src/crypto/node.ts';
import { provider as portable } from '../src/crypto/portable.ts';
import { ed25519CertificateType, readEd25519Certificate, toHex } from '../src/index.ts';
import { certificateHours, curve25519Of, ed25519Certificate, ed25519Key } from './support/make-relay.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

describe.each([
  ['node', node],
  ['portable', portable],
] as const)('ed25519Verify() of the %s provider', (_, provider) => {
  // RFC 8032 7.1, tests 1 and 3.
  test.each([
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('takes the signatures of RFC 8032 and no neighbour of them: %s', (key, message, signature) => {
    expect(provider.ed25519Verify(hex(key), hex(message), hex(signature))).toBe(true);
    for (const at of [0, 31, 32, 63]) {
      const flipped = hex(signature);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(provider.ed25519Verify(hex(key), hex(message), flipped)).toBe(false);
    }
    expect(provider.ed25519Verify(hex(key), hex(`${message}00`), hex(signature))).toBe(false);
    expect(provider.ed25519Verify(hex(key).subarray(1), hex(message), hex(signature))).toBe(false);
    expect(provider.ed25519Verify(hex(key), hex(message), hex(signature).subarray(1))).toBe(false);
  });

  test('takes no signature whose S is not reduced, and none by a key that is no point', () => {
    const { key, secret } = ed25519Key(0);
    const signature = signBy(null, Buffer.from('x'), secret);
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
    const large = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
    const forged = Buffer.concat([signature.subarray(0, 32), large]);
    expect(provider.ed25519Verify(key, Buffer.from('x'), signature)).toBe(true);
    expect(provider.ed25519Verify(key, Buffer.from('x'), forged)).toBe(false);
    expect(provider.ed25519Verify(Buffer.alloc(32, 2), Buffer.from('x'), signature)).toBe(false);
  });
});

test('both providers give one answer to forgeries by keys and points of small order', () => {
  // The points of small order: the multiples of a point of order eight, in the encodings that are usual.
  const small = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];
  let taken = 0;
  for (const key of small) {
    for (const r of small) {
      for (let message = 0; message < 8; message += 1) {
        const forged = Buffer.concat([hex(r), Buffer.alloc(32)]);
        const [a, b] = [node, portable].map((one) => one.ed25519Verify(hex(key), Buffer.of(message), forged));
        expect([key, r, message, b]).toEqual([key, r, message, a]);
        if (a) taken += 1;
      }
    }
  }
  // Some are taken by both: such a key signs anything, which is why tor's checks bind keys to each other.
  expect(taken).toBeGreaterThan(0);
});

test('ed25519FromCurve25519() gives the key of the same secret', () => {
  for (let index = 0; index < 12; index += 1) {
    const { key } = ed25519Key(index);
    const sign = (key[31] ?? 0) >> 7 === 1 ? 1 : 0;
    expect(toHex(ed25519FromCurve25519(curve25519Of(key), sign) ?? new Uint8Array())).toBe(toHex(key));
  }
  expect(ed25519FromCurve25519(new Uint8Array(31), 0)).toBeUndefined();
  // u = −1 has no partner.
  const minusOne = Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex');
  expect(ed25519FromCurve25519(minusOne, 0)).toBeUndefined();
});

describe('readEd25519Certificate()', () => {
  const options = { type: 4, certified: ed25519Key(1).key, signer: ed25519Key(0) };

  test('reads every field', () => {
    const bytes = ed25519Certificate({ ...options, extensions: [[9, 0, Buffer.from('later')]] });
    const read = readEd25519Certificate(bytes);
    if ('expected' in read) throw new Error(read.expected);
    expect(read).toMatchObject({
      type: ed25519CertificateType.identitySigning,
      expires: certificateHours * 3600,
      keyType: 1,
    });
    expect(toHex(read.certifiedKey)).toBe(toHex(options.certified));
    expect(toHex(read.signerKey ?? new Uint8Array())).toBe(toHex(options.signer.key));
    expect(read.extensions.map(({ type, flags, data }) => [type, flags, data.length])).toEqual([
      [4, 0, 32],
      [9, 0, 5],
    ]);
    expect(read.signed.length + read.signature.length).toBe(bytes.length);
    expect(node.ed25519Verify(options.signer.key, read.signed, read.signature)).toBe(true);
  });

  test.each([
    ['too short', ed25519Certificate(options).subarray(0, 103), 'of at least 104 bytes, found 103 bytes'],
    ['of version 2', ed25519Certificate({ ...options, version: 2 }), 'of version 1, found version 2'],
    [
      'with an unknown extension that affects validation',
      ed25519Certificate({ ...options, extensions: [[9, 1, Buffer.of(1)]] }),
      'no unknown extension that affects validation, found type 9',
    ],
    [
      'with a signer key of 31 bytes',
      ed25519Certificate({ ...options, signerKey: 'left out', extensions: [[4, 0, Buffer.alloc(31)]] }),
      'a signer key of 32 bytes, found 31 bytes',
    ],
    [
      'with two signer keys',
      ed25519Certificate({ ...options, extensions: [[4, 0, Buffer.alloc(32)]] }),
      'one signer key, found another',
    ],
    [
      'with bytes behind its extensions',
      Buffer.concat([ed25519Certificate(options), Buffer.of(0)]),
      'the signature behind 1 extensions, found 1 bytes between',
    ],
  ])('refuses one %s', (_, bytes, message) => {
    const read = readEd25519Certificate(bytes);
    expect('expected' in read && `${read.expected}, found ${read.found}`).toContain(message);
  });

  test('never throws, and never reads past the end, whatever the bytes', () => {
    const good = ed25519Certificate({ ...options, extensions: [[9, 0, Buffer.from('later')]] });
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(good.length),
        (at, byte, cut) => {
          const bytes = Uint8Array.from(good);
          bytes[at] = byte;
          const read = readEd25519Certificate(bytes.subarray(0, cut));
          if ('expected' in read) return read.expected !== '' && read.found !== '';
          return read.signed.length + read.signature.length === cut && read.certifiedKey.length === 32;
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('an Ed25519 key of PKCS#8 signs what the certificate is over', () => {
    // The maker itself, against a key whose secret is fixed: RFC 8032 7.1 test 1.
    const der = Buffer.concat([
      hex('302e020100300506032b657004220420'),
      hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'),
    ]);
    const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const signer = { secret, key: hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a') };
    const read = readEd25519Certificate(ed25519Certificate({ ...options, signer }));
    expect('signature' in read && portable.ed25519Verify(signer.key, read.signed, read.signature)).toBe(true);
  });
});
