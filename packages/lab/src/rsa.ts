/**
 * RSA as the directory protocol uses it: keys as PKCS#1, fingerprints over the key's DER, and signatures over bare
 * digests without DigestInfo. Relay keys are slow to make, so they are kept in a file.
 */
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  privateEncrypt,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** A new RSA key pair's private half. */
export async function generateRsa(bits: number): Promise<KeyObject> {
  return (await generate('rsa', { modulusLength: bits })).privateKey;
}

/** The first `count` keys of 1024 bits in the cache file, which grows when it holds fewer. */
export async function relayRsaKeys(cacheFile: string, count: number): Promise<readonly KeyObject[]> {
  const lines = existsSync(cacheFile) ? readFileSync(cacheFile, 'utf8').split('\n').filter(Boolean) : [];
  const keys = lines
    .slice(0, count)
    .map((line) => createPrivateKey({ key: Buffer.from(line, 'base64'), format: 'der', type: 'pkcs1' }));
  const workers = 4;
  while (keys.length < count) {
    const batch = Array.from({ length: Math.min(workers, count - keys.length) }, () => generateRsa(1024));
    for (const key of await Promise.all(batch)) {
      keys.push(key);
      lines.push(key.export({ format: 'der', type: 'pkcs1' }).toString('base64'));
    }
  }
  writeFileSync(cacheFile, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  return keys;
}

/** SHA-1 of the public key's PKCS#1 DER: what a fingerprint names. */
export function rsaFingerprint(key: KeyObject): Buffer {
  const der = publicHalf(key).export({ format: 'der', type: 'pkcs1' });
  return createHash('sha1').update(der).digest();
}

/** The `RSA PUBLIC KEY` object of a private or public key, with its final newline. */
export function publicPem(key: KeyObject): string {
  return publicHalf(key).export({ format: 'pem', type: 'pkcs1' }).toString();
}

/** PKCS#1 type 1 padding around the bare bytes (dir-spec 1.3), as a signature object's bytes. */
export function signBare(key: KeyObject, bytes: Buffer): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, bytes);
}

/** Bytes as an armoured object with lines of 64 characters. */
export function writeObject(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}
