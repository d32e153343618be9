/**
 * From a curve25519 key to the ed25519 key that signs for it: a relay's ntor onion key vouches for its identity that way
 * (dir-spec 2.1.1 `ntor-onion-key-crosscert`, prop228 A). No secret comes here, so nothing runs in constant time.
 */

const p = 2n ** 255n - 19n;

/** The inverse modulo p by Euclid's algorithm: five times as fast on integers of this kind as a power. */
function inverse(value: bigint): bigint {
  let [x, y] = [value, p];
  let [u, v] = [1n, 0n];
  while (x > 0n) {
    const quotient = y / x;
    [x, y] = [y - quotient * x, x];
    [u, v] = [v - quotient * u, u];
  }
  return v < 0n ? v + p : v;
}

/**
 * The ed25519 public key of a curve25519 public key `u` (32 bytes): y = (u − 1) / (u + 1), with this sign bit of x.
 * Undefined where there is none (u = −1), and for anything but 32 bytes.
 */
export function ed25519FromCurve25519(key: Uint8Array, sign: 0 | 1): Uint8Array | undefined {
  if (key.length !== 32) return undefined;
  let text = '0x';
  for (let at = 31; at >= 0; at -= 1) {
    const byte = at === 31 ? (key[at] as number) & 0x7f : (key[at] as number);
    text += byte.toString(16).padStart(2, '0');
  }
  const u = BigInt(text) % p;
  if (u === p - 1n) return undefined;
  const y = ((u + p - 1n) * inverse(u + 1n)) % p;
  const digits = y.toString(16).padStart(64, '0');
  const bytes = new Uint8Array(32);
  for (let at = 0; at < 32; at += 1) bytes[31 - at] = Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16);
  bytes[31] = (bytes[31] as number) | (sign << 7);
  return bytes;
}
