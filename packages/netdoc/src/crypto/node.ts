/** The provider on Node: node:crypto, the fastest at hand. */
import { constants, createPublicKey, hash, publicDecrypt, verify, type KeyObject } from 'node:crypto';
import type { CryptoProvider, RsaKey } from './provider.ts';

/** In one call: for the few hundred bytes of a key or a descriptor an object for the hash costs more than the hash. */
function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  return hash(algorithm, bytes, 'buffer');
}

function rsaKey(der: Uint8Array): RsaKey | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' });
  } catch {
    return undefined;
  }
  const { modulusLength: bits = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  // A key has one encoding; OpenSSL also takes others, and sizes that nobody should.
  if (bits < 512 || publicExponent < 3n || !key.export({ format: 'der', type: 'pkcs1' }).equals(der))
    return undefined;
  return {
    bits,
    recover(signature) {
      if (signature.length !== Math.ceil(bits / 8)) return undefined;
      try {
        return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
      } catch {
        return undefined;
      }
    },
  };
}

/** A key by way of JWK: OpenSSL 3 takes ten times as long to read the same 32 bytes from DER. */
function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, 32).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

/** node:crypto. */
export const provider: CryptoProvider = {
  sha1: (bytes) => digest('sha1', bytes),
  sha256: (bytes) => digest('sha256', bytes),
  sha3_256: (bytes) => digest('sha3-256', bytes),
  rsaKey,
  ed25519Verify,
};
