/** Which relays of a consensus do these microdescriptors belong to? (dir-spec 3.3, 3.9.2 `m`) */
import { toHex } from '../base/index.ts';
import { sha256 } from '../crypto/index.ts';
import type { Consensus, Microdescriptor } from '../documents/index.ts';

/** SHA-256 of a microdescriptor, 32 bytes: its only name. */
export function microdescriptorDigest({ bytes, span }: Microdescriptor): Uint8Array {
  return sha256(bytes.subarray(span.start, span.end));
}

/** Microdescriptors and the relays of a consensus, put together. */
export interface FoundMicrodescriptors {
  /** By row of the consensus's routers. */
  readonly byRouter: ReadonlyMap<number, Microdescriptor>;
  /** Rows whose microdescriptor is not among them. */
  readonly missing: readonly number[];
  /** Those that the consensus does not name. */
  readonly unlisted: readonly Microdescriptor[];
}

/**
 * Finds the microdescriptors that a consensus of that flavour names; the digest vouches for every byte. Of one that comes
 * twice the first is taken; two relays may share one.
 */
export function findMicrodescriptors(
  consensus: Consensus,
  microdescriptors: Iterable<Microdescriptor>,
): FoundMicrodescriptors {
  const rows = new Map<string, number[]>();
  const { microdescDigest, count } = consensus.routers;
  const named = consensus.flavor === 'microdesc' ? count : 0;
  for (let row = 0; row < named; row += 1) {
    const name = toHex(microdescDigest, row * 32, row * 32 + 32);
    const list = rows.get(name);
    if (list) list.push(row);
    else rows.set(name, [row]);
  }
  const byRouter = new Map<number, Microdescriptor>();
  const unlisted: Microdescriptor[] = [];
  for (const microdescriptor of microdescriptors) {
    const list = rows.get(toHex(microdescriptorDigest(microdescriptor)));
    if (!list) unlisted.push(microdescriptor);
    else for (const row of list) if (!byRouter.has(row)) byRouter.set(row, microdescriptor);
  }
  const missing: number[] = [];
  for (let row = 0; row < named; row += 1) if (!byRouter.has(row)) missing.push(row);
  return { byRouter, missing, unlisted };
}
