/** The provider on Node: node:crypto, the fastest at hand. */
import { constants, createPublicKey, hash, publicDecrypt, verify, type KeyObject } from 'node:crypto';
import type { CryptoProvider, RsaKey, RsaNumbers } from './provider.ts';

/** In one call: for the few hundred bytes of a key or a descriptor an object for the hash costs more than the hash. */
function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  return hash(algorithm, bytes, 'buffer');
}

/** A number as JWK has it. */
function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/** A key from its numbers, which were read, checked and measured already, so that OpenSSL need not say its size again. */
function rsaKey({ bits, modulus, exponent }: RsaNumbers): RsaKey | undefined {
  let key: KeyObject;
  try {
    const jwk = { kty: 'RSA', n: base64url(modulus), e: base64url(exponent) };
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
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
  const x = base64url(publicKey);
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
