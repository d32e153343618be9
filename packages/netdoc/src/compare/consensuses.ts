/** What changed from one consensus to another: header, authorities, relays, weights. Signatures are not compared. */
import type { Consensus } from '../documents/index.ts';
import { headerChanges } from './header.ts';
import type { HeaderChange } from './header.ts';
import { relayChanges } from './relays.ts';
import type { CompareOptions, RelayChanges } from './relays.ts';

/** All differences between two consensuses. */
export interface ConsensusChanges extends RelayChanges {
  /** Header, authority sections and footer, value by value. */
  readonly header: readonly HeaderChange[];
}

/**
 * Compares two consensuses value by value and relay by relay, relays by identity. They may be of different flavours: then
 * policies, publication times and digests, which the flavours have not in common, are left out.
 */
export function compareConsensuses(
  before: Consensus,
  after: Consensus,
  options: CompareOptions = {},
): ConsensusChanges {
  return { header: headerChanges(before, after), ...relayChanges(before, after, options) };
}

/** Whether anything differs. */
export function hasChanges({ header, added, removed, changed }: ConsensusChanges): boolean {
  return header.length + added.length + removed.length + changed.length > 0;
}
