/** The hash that makes one value of many reveals (srv-spec 4.2). */
import { bytesOf, compareBytes, concatBytes, fromBase64 } from '../base/index.ts';
import { sha3_256 } from '../crypto/index.ts';

/** A reveal that holds what its commitment promised; both as written. */
export interface GoodReveal {
  /** 40 upper-case hexadecimal digits. */
  readonly identity: string;
  readonly commit: string;
  readonly reveal: string;
}

/**
 * The 32 bytes that these reveals give after the value before, which is 32 zeros where there was none. The reveals are
 * hashed in ascending order of the hash that was committed to: srv-spec's words suggest the order of the reveals, the
 * network's values come out by this one only.
 */
export function sharedRandomValue(
  reveals: readonly GoodReveal[],
  previous: Uint8Array | undefined,
): Uint8Array {
  const ordered = reveals
    .map(({ identity, commit, reveal }) => ({
      text: identity + reveal,
      // Behind the timestamp of 8 bytes.
      committed: (fromBase64(commit) ?? new Uint8Array()).subarray(8),
    }))
    .sort((a, b) => compareBytes(a.committed, b.committed));
  const hashedReveals = sha3_256(bytesOf(ordered.map(({ text }) => text).join('')));
  const numbers = new Uint8Array(12);
  const view = new DataView(numbers.buffer);
  view.setBigUint64(0, BigInt(reveals.length));
  // The version of the protocol.
  view.setUint32(8, 1);
  return sha3_256(
    concatBytes(bytesOf('shared-random'), numbers, hashedReveals, previous ?? new Uint8Array(32)),
  );
}
