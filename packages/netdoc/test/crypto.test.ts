/** The two providers of cryptography are one to the caller: same digests, same keys taken, same signatures recovered. */
import { constants, createHash, createPublicKey, privateEncrypt, type KeyObject } from 'node:crypto';
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { provider as node } from '../src/crypto/node.ts';
import { provider as portable } from '../src/crypto/portable.ts';
import { readRsaPublicKey } from '../src/base/index.ts';
import { key, makeKey, sha1, sign } from './support/make.ts';

const providers = [
  ['node', node],
  ['portable', portable],
] as const;

/** As the room's door does: the numbers out of the DER, then the provider's key of them. */
function keyOf(provider: (typeof providers)[number][1], der: Uint8Array): ReturnType<typeof provider.rsaKey> {
  const numbers = readRsaPublicKey(der);
  return numbers && provider.rsaKey(numbers);
}

describe.each(providers)('%s provider', (_, provider) => {
  test('hashes as OpenSSL does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Buffer.from(provider.sha1(bytes)).equals(createHash('sha1').update(bytes).digest())).toBe(
          true,
        );
        expect(Buffer.from(provider.sha256(bytes)).equals(createHash('sha256').update(bytes).digest())).toBe(
          true,
        );
        expect(
          Buffer.from(provider.sha3_256(bytes)).equals(createHash('sha3-256').update(bytes).digest()),
        ).toBe(true);
      }),
    );
  });

  test.each([1024, 2048, 3072])('rsaKey() recovers what a key of %d bits signed', (bits) => {
    const { der, secret } = makeKey(bits);
    const rsa = keyOf(provider, der);
    expect(rsa?.bits).toBe(bits);
    for (const payload of [
      sha1('a'),
      createHash('sha256').update('b').digest(),
      Buffer.alloc(0),
      Buffer.from([0, 1, 0xff]),
    ]) {
      const recovered = rsa?.recover(sign(secret, payload));
      expect(recovered && Buffer.from(recovered).equals(payload)).toBe(true);
    }
  });

  test('rsaKey() takes no key with bytes before, behind or missing, and no other bytes', () => {
    const { der } = key(0);
    const padded = Buffer.concat([
      der.subarray(0, 4),
      Buffer.from([0x02, 0x82, 0x00, 0x82, 0x00]),
      der.subarray(8),
    ]);
    const wrong = [
      Buffer.alloc(0),
      der.subarray(1),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.of(0)]),
      Buffer.from('no'),
      padded,
    ];
    for (const bytes of wrong) expect(keyOf(provider, bytes)).toBeUndefined();
  });

  test('rsaKey() takes no exponent of 1, by which anybody could sign', () => {
    const { der } = key(0);
    expect(der.subarray(-5)).toEqual(Buffer.from([0x02, 0x03, 0x01, 0x00, 0x01]));
    const one = Buffer.concat([der.subarray(0, -5), Buffer.from([0x02, 0x01, 0x01])]);
    one.writeUInt8((one.readUInt8(2) - 2) & 255, 2);
    expect(keyOf(provider, one)).toBeUndefined();
  });

  test('recover() is undefined for a wrong length, a wrong padding, and a number beyond the modulus', () => {
    const { der, secret } = key(0);
    const rsa = keyOf(provider, der);
    const good = sign(secret, sha1('x'));
    const raw = (block: Buffer): Buffer =>
      privateEncrypt({ key: secret, padding: constants.RSA_NO_PADDING }, block);
    const padding = (fill: number, length: number, type = 1): Buffer =>
      Buffer.concat([
        Buffer.of(0, type),
        Buffer.alloc(length, fill),
        Buffer.of(0),
        Buffer.alloc(128 - 3 - length, 7),
      ]);
    expect(rsa?.recover(raw(padding(0xff, 8)))).toHaveLength(117);
    for (const block of [
      padding(0xff, 7),
      padding(0xfe, 20),
      padding(0xff, 20, 2),
      padding(0xff, 20, 0),
      Buffer.alloc(128, 1),
    ]) {
      expect(rsa?.recover(raw(block))).toBeUndefined();
    }
    const noEnd = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(126, 0xff)]);
    expect(rsa?.recover(raw(noEnd))).toBeUndefined();
    for (const signature of [
      good.subarray(1),
      Buffer.concat([Buffer.of(0), good]),
      Buffer.alloc(0),
      Buffer.alloc(128, 0xff),
    ]) {
      expect(rsa?.recover(signature)).toBeUndefined();
    }
  });
});

test('both providers recover the same, or nothing, from broken signatures', () => {
  const { der, secret } = key(0);
  const good = sign(secret, sha1('x'));
  const [a, b] = [keyOf(node, der), keyOf(portable, der)];
  fc.assert(
    fc.property(fc.nat(good.length * 8 - 1), fc.boolean(), (bit, whole) => {
      const broken = Buffer.from(good);
      if (!whole) broken.writeUInt8(broken.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const [x, y] = [a?.recover(broken), b?.recover(broken)];
      expect(x && Buffer.from(x).toString('hex')).toBe(y && Buffer.from(y).toString('hex'));
      expect(x === undefined).toBe(!whole);
    }),
    { numRuns: 60 },
  );
});

test('both providers take the same keys, those of OpenSSL in their one encoding, when bytes of the DER are changed', () => {
  const { der } = key(0);
  fc.assert(
    fc.property(fc.nat(11), fc.nat(255), (at, value) => {
      const changed = Buffer.from(der);
      changed.writeUInt8(value, at);
      const { asymmetricKeyDetails: is, again } = ofOpenSsl(changed);
      const canonical = again?.equals(changed) === true && (is?.publicExponent ?? 0n) >= 3n;
      const wanted = canonical && (is?.modulusLength ?? 0) >= 512 ? is?.modulusLength : undefined;
      expect(keyOf(node, changed)?.bits).toBe(wanted);
      expect(keyOf(portable, changed)?.bits).toBe(wanted);
    }),
    { numRuns: 300 },
  );
});

/** What OpenSSL makes of a key, and how it would write it; nothing where it takes none. */
function ofOpenSsl(der: Buffer): Partial<KeyObject> & { readonly again?: Buffer } {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'pkcs1' });
    return {
      asymmetricKeyDetails: key.asymmetricKeyDetails ?? {},
      again: key.export({ format: 'der', type: 'pkcs1' }),
    };
  } catch {
    return {};
  }
}
