import { constants, createHash, createPublicKey, publicDecrypt, verify, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePopulation, writeDescriptor, type Relay, type SharedKeys } from '../src/index.ts';
import { directoryTime } from '../src/schedule.ts';

let directory: string;
let relays: readonly Relay[];
let keys: SharedKeys;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lab-descriptor-'));
  ({ relays, sharedKeys: keys } = await population('one'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function population(seed: string): ReturnType<typeof makePopulation> {
  const keyCache = join(directory, 'relay-keys');
  return makePopulation({ seed, keyCache, isolated: true, from: 0, count: 40, fresh: false });
}

describe('writeDescriptor()', () => {
  test('signs with RSA over all before the signature', () => {
    for (const relay of relays) {
      for (const text of Object.values(writeDescriptor(relay, keys))) {
        const end = text.indexOf('router-signature\n') + 'router-signature\n'.length;
        const digest = createHash('sha1').update(text.slice(0, end)).digest();
        expect(openBare(relay.identityKey, objectAfter(text, 'router-signature'))).toEqual(digest);
      }
    }
  });

  test('signs with the Ed25519 key that the identity certifies', () => {
    for (const relay of relays) {
      const { descriptor } = writeDescriptor(relay, keys);
      const certificate = objectAfter(descriptor, 'identity-ed25519');
      const identity = item(descriptor, 'master-key-ed25519');
      expect(certificate.subarray(0, 2)).toEqual(Buffer.from([1, 4]));
      expect(certificate.subarray(44, 76).toString('base64')).toBe(`${identity}=`);
      expect(
        verify(null, certificate.subarray(0, -64), ed25519(`${identity}=`), certificate.subarray(-64)),
      ).toBe(true);
      const end = descriptor.indexOf('router-sig-ed25519 ') + 'router-sig-ed25519 '.length;
      const digest = createHash('sha256')
        .update(`Tor router descriptor signature v1${descriptor.slice(0, end)}`)
        .digest();
      const signature = Buffer.from(item(descriptor, 'router-sig-ed25519'), 'base64');
      const signer = ed25519(certificate.subarray(7, 39).toString('base64'));
      expect(verify(null, digest, signer, signature)).toBe(true);
    }
  });

  test('crosses the onion keys with both identities', () => {
    const relay = relays[0];
    if (relay === undefined) throw new Error('expected a relay');
    const { descriptor } = writeDescriptor(relay, keys);
    const both = Buffer.concat([Buffer.from(relay.fingerprint, 'hex'), relay.ed25519Identity.publicKey]);
    expect(openBare(keys.onionKey, objectAfter(descriptor, 'onion-key-crosscert'))).toEqual(both);
    expect(item(descriptor, 'ntor-onion-key-crosscert')).toMatch(/^[01]$/);
    expect(objectAfter(descriptor, `ntor-onion-key-crosscert ${keys.ntorKey.signBit}`)[1]).toBe(10);
  });

  test('names the digest of the extra-info document', () => {
    for (const relay of relays) {
      const { descriptor, extraInfo } = writeDescriptor(relay, keys);
      const end = extraInfo.indexOf('router-signature\n') + 'router-signature\n'.length;
      const sha1 = createHash('sha1').update(extraInfo.slice(0, end)).digest('hex').toUpperCase();
      const sha256 = createHash('sha256').update(extraInfo).digest('base64').replace(/=+$/, '');
      expect(item(descriptor, 'extra-info-digest')).toBe(`${sha1} ${sha256}`);
      expect(Buffer.byteLength(descriptor)).toBeLessThan(20_000);
      expect(item(descriptor, 'published')).toBe(directoryTime(relay.published));
    }
  });
});

describe('makePopulation()', () => {
  test('gives the same relays for the same seed', async () => {
    const again = await population('one');
    const other = await population('two');
    expect(looks(again.relays)).toEqual(looks(relays));
    expect(looks(other.relays)).not.toEqual(looks(relays));
  });

  test('gives relays without a namespace loopback addresses only', async () => {
    const keyCache = join(directory, 'relay-keys');
    const inside = await makePopulation({
      seed: 'x',
      keyCache,
      isolated: false,
      from: 0,
      count: 40,
      fresh: true,
    });
    for (const relay of inside.relays) {
      expect(relay.ipv4).toMatch(/^127\./);
      expect(relay.ipv6).toBeUndefined();
    }
  });

  test('makes families that name each other', () => {
    const families = relays.filter((relay) => relay.family.length > 0);
    expect(families.length).toBeGreaterThan(0);
    for (const relay of families) expect(relay.family).toContain(relay.fingerprint);
  });
});

function looks(list: readonly Relay[]): unknown {
  return list.map(({ nickname, ipv4, policy, bandwidth, torVersion }) => [
    nickname,
    ipv4,
    policy,
    bandwidth,
    torVersion,
  ]);
}

function item(text: string, keyword: string): string {
  return new RegExp(`^${keyword} (.*)$`, 'm').exec(text)?.[1] ?? '';
}

function objectAfter(text: string, line: string): Buffer {
  const object = new RegExp(`^${line}\\n-----BEGIN [^-]+-----\\n([^-]+)`, 'm').exec(text);
  return Buffer.from(object?.[1] ?? '', 'base64');
}

function openBare(key: KeyObject, signature: Buffer): Buffer {
  return publicDecrypt({ key: createPublicKey(key), padding: constants.RSA_PKCS1_PADDING }, signature);
}

function ed25519(base64: string): KeyObject {
  const x = Buffer.from(base64, 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
