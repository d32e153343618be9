/** Floor 1: hashes, RSA's public operation and Ed25519's verification, whatever the platform. */
import { provider } from '#crypto';
import { readRsaPublicKey } from '../base/index.ts';
import type { RsaKey } from './provider.ts';

export type { CryptoProvider, RsaKey, RsaNumbers } from './provider.ts';
export { ed25519FromCurve25519 } from './curve25519.ts';

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
  const numbers = readRsaPublicKey(der);
  return numbers && provider.rsaKey(numbers);
}

/** Whether an Ed25519 signature (64 bytes) is good for this public key (32 bytes); false for other sizes. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return provider.ed25519Verify(publicKey, message, signature);
}
