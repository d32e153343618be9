/**
 * The provider for browsers: audited hashes and curve arithmetic of @noble/hashes and @noble/curves, and RSA's public
 * operation, which needs no secret, as integers.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { sameBytes } from '../base/index.ts';
import type { CryptoProvider, RsaKey } from './provider.ts';

/** Reads a DER element with this tag at `at`; its content's range, or undefined. */
function derElement(
  der: Uint8Array,
  at: number,
  tag: number,
): { readonly start: number; readonly end: number } | undefined {
  if (der[at] !== tag) return undefined;
  let length = der[at + 1] ?? -1;
  let start = at + 2;
  if (length & 0x80) {
    const count = length & 0x7f;
    if (count < 1 || count > 3) return undefined;
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (der[start + index] ?? 0);
    // DER: the length in as few bytes as it takes.
    if (length < (count === 1 ? 0x80 : 256 ** (count - 1))) return undefined;
    start += count;
  }
  const end = start + length;
  return length >= 0 && end <= der.length ? { start, end } : undefined;
}

function integer(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** A positive integer in its one DER encoding; undefined when it is negative or padded. */
function derInteger(bytes: Uint8Array): bigint | undefined {
  const [first, second = 0] = bytes;
  if (first === undefined || first > 0x7f || (first === 0 && bytes.length > 1 && second < 0x80))
    return undefined;
  return integer(bytes);
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

function rsaKey(der: Uint8Array): RsaKey | undefined {
  const sequence = derElement(der, 0, 0x30);
  if (!sequence || sequence.end !== der.length) return undefined;
  const modulusAt = derElement(der, sequence.start, 0x02);
  const exponentAt = modulusAt && derElement(der, modulusAt.end, 0x02);
  if (!exponentAt || exponentAt.end !== der.length || exponentAt.end - exponentAt.start > 8) return undefined;
  const modulus = derInteger(der.subarray(modulusAt.start, modulusAt.end));
  const exponent = derInteger(der.subarray(exponentAt.start, exponentAt.end));
  if (modulus === undefined || exponent === undefined || modulus < 2n ** 511n || exponent < 3n)
    return undefined;
  const bits = modulus.toString(2).length;
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
