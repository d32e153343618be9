/**
 * The provider for browsers: audited hashes and curve arithmetic of @noble/hashes and @noble/curves, and RSA's public
 * operation, which needs no secret, as integers.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { sameBytes } from '../base/index.ts';
import type { CryptoProvider, RsaKey, RsaNumbers } from './provider.ts';

function integer(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function bytesOfInteger(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = value;
  for (let at = size - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Removes `00 01 FF…FF 00` (RFC 8017 9.2: at least eight FF). */
function unpad(block: Uint8Array): Uint8Array | undefined {
  if (block[0] !== 0 || block[1] !== 1) return undefined;
  let at = 2;
  while (block[at] === 0xff) at += 1;
  return at >= 10 && block[at] === 0 ? block.subarray(at + 1) : undefined;
}

function rsaKey({ bits, ...key }: RsaNumbers): RsaKey {
  const modulus = integer(key.modulus);
  const exponent = integer(key.exponent);
  const size = Math.ceil(bits / 8);
  return {
    bits,
    recover(signature) {
      if (signature.length !== size) return undefined;
      const value = integer(signature);
      return value < modulus ? unpad(bytesOfInteger(power(value, exponent, modulus), size)) : undefined;
    },
  };
}

/** The integer of little-endian bytes. */
function littleEndian(bytes: Uint8Array): bigint {
  return integer(Uint8Array.from(bytes).reverse());
}

/**
 * Compares the encoding of `[S]B − [k]A` with R, as OpenSSL and tor do. The library's own check multiplies by the
 * cofactor, which takes some forged signatures that those refuse.
 */
function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= order) return false;
  try {
    const a = Point.fromBytes(publicKey, true);
    const hash = sha512.create().update(r).update(publicKey).update(message).digest();
    const k = littleEndian(hash) % order;
    const point = Point.BASE.multiplyUnsafe(s).add(a.negate().multiplyUnsafe(k));
    return sameBytes(point.toBytes(), r);
  } catch {
    return false;
  }
}

/** Runs everywhere that runs JavaScript. */
export const provider: CryptoProvider = { sha1, sha256, sha3_256, rsaKey, ed25519Verify };
