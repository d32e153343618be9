/** Floor 1: hashes and RSA's public operation, whatever the platform. */
import { provider } from '#crypto';
import type { RsaKey } from './provider.ts';

export type { CryptoProvider, RsaKey } from './provider.ts';

/** SHA-1: 20 bytes. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return provider.sha1(bytes);
}

/** SHA-256: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return provider.sha256(bytes);
}

/** SHA3-256: 32 bytes. */
export function sha3_256(bytes: Uint8Array): Uint8Array {
  return provider.sha3_256(bytes);
}

/** A key from the DER of a PKCS#1 RSAPublicKey (the object `RSA PUBLIC KEY`); undefined when it is not one. */
export function rsaKey(der: Uint8Array): RsaKey | undefined {
  return provider.rsaKey(der);
}
