/**
 * A public RSA key out of its DER, the PKCS#1 RSAPublicKey of an object `RSA PUBLIC KEY` (dir-spec 1.2). A key has one
 * encoding: its fingerprint is the digest of these bytes, so what decodes to the same key from other bytes is none.
 */

/** The two numbers of a public RSA key. */
export interface RsaPublicKey {
  /** Size of the modulus in bits. */
  readonly bits: number;
  /** Most significant byte first, without leading zeros. */
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

const sequenceTag = 0x30;
const integerTag = 0x02;

/** The smallest modulus that is looked at, and the longest exponent, in bits and bytes. */
const bitsMin = 512;
const exponentBytesMax = 8;

/** Reads a key; undefined for anything but the one encoding of a modulus of 512 bits or more and an exponent from 3 on. */
export function readRsaPublicKey(der: Uint8Array): RsaPublicKey | undefined {
  const sequence = element(der, 0, sequenceTag);
  if (!sequence || sequence.end !== der.length) return undefined;
  const modulusAt = element(der, sequence.start, integerTag);
  const exponentAt = modulusAt && element(der, modulusAt.end, integerTag);
  if (!exponentAt || exponentAt.end !== der.length) return undefined;
  const modulus = positiveInteger(der.subarray(modulusAt.start, modulusAt.end));
  const exponent = positiveInteger(der.subarray(exponentAt.start, exponentAt.end));
  if (!modulus || !exponent || exponent.length > exponentBytesMax) return undefined;
  const bits = modulus.length * 8 - Math.clz32(modulus[0] as number) + 24;
  // By an exponent of 1 anybody could sign.
  const small = exponent.length === 1 && (exponent[0] as number) < 3;
  return bits < bitsMin || small ? undefined : { bits, modulus, exponent };
}

/** The content of the element with this tag at `at`; undefined where there is none, or its length is not in its one form. */
function element(
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

/** The bytes of a positive integer without the zero that keeps it positive; undefined when it is negative, zero or padded. */
function positiveInteger(bytes: Uint8Array): Uint8Array | undefined {
  const [first, second = 0] = bytes;
  if (first === undefined || first > 0x7f) return undefined;
  if (first !== 0) return bytes;
  return second < 0x80 ? undefined : bytes.subarray(1);
}
