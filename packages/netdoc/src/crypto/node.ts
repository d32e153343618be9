/** The provider on Node: node:crypto, the fastest at hand. */
import { constants, createHash, createPublicKey, publicDecrypt, type KeyObject } from 'node:crypto';
import type { CryptoProvider, RsaKey } from './provider.ts';

function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  return createHash(algorithm).update(bytes).digest();
}

function rsaKey(der: Uint8Array): RsaKey | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' });
  } catch {
    return undefined;
  }
  return {
    bits: key.asymmetricKeyDetails?.modulusLength ?? 0,
    recover(signature) {
      try {
        return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
      } catch {
        return undefined;
      }
    },
  };
}

/** node:crypto. */
export const provider: CryptoProvider = {
  sha1: (bytes) => digest('sha1', bytes),
  sha256: (bytes) => digest('sha256', bytes),
  sha3_256: (bytes) => digest('sha3-256', bytes),
  rsaKey,
};
