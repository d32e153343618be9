/** The figures of one document: what a consensus holds and what a vote says, counted once (S2.1.15, S2.1.30). */
import { findRouter, fromHex, hasFlag, present } from '@conclave/netdoc';
import type { Consensus, RouterTable, Vote } from '@conclave/netdoc';
import { tally } from './figures.ts';

/** Counts of a consensus. */
export interface ConsensusFacts {
  readonly relays: number;
  readonly guards: number;
  readonly exits: number;
  readonly exitsWithoutBadExit: number;
  readonly guardExits: number;
  /** Sum of the consensus weights; unit-less. */
  readonly weightSum: number;
  readonly method: number;
  readonly flags: Readonly<Record<string, number>>;
  /** Relays by tor version, most frequent first. */
  readonly versions: readonly { readonly value: string; readonly count: number }[];
}

/** Counts of a vote. */
export interface VoteFacts {
  readonly relays: number;
  /** Relays it calls Running; null when it did not vote on Running (tor leaves it out for its first half hour). */
  readonly running: number | null;
  /** Relays with `Measured=`. */
  readonly measured: number;
  readonly flags: Readonly<Record<string, number>>;
  readonly thresholds: Readonly<Record<string, string>>;
  /** Whether it is configured to read a bandwidth file at all. */
  readonly scanner: boolean;
  /** `timestamp` of the bandwidth file it used, in seconds; null when the file was missing or unreadable. */
  readonly bandwidthFileTime: number | null;
}

/** How many entries have each of the known flags. */
export function flagCounts(table: RouterTable): Record<string, number> {
  const counts = table.knownFlags.map(() => 0);
  for (let router = 0; router < table.count; router += 1) {
    for (let word = 0; word < 2; word += 1) {
      let bits = table.flags[router * 2 + word] as number;
      while (bits !== 0) {
        const lowest = 31 - Math.clz32(bits & -bits);
        counts[word * 32 + lowest] = (counts[word * 32 + lowest] ?? 0) + 1;
        bits &= bits - 1;
      }
    }
  }
  return Object.fromEntries(table.knownFlags.map((flag, index) => [flag, counts[index] ?? 0]));
}

/** Counts of a consensus. */
export function consensusFacts(consensus: Consensus): ConsensusFacts {
  const { routers } = consensus;
  const index = (flag: string): number => routers.knownFlags.indexOf(flag);
  const [guard, exit, bad] = [index('Guard'), index('Exit'), index('BadExit')];
  let exitsWithoutBadExit = 0;
  let guardExits = 0;
  let weightSum = 0;
  for (let router = 0; router < routers.count; router += 1) {
    if (hasFlag(routers, router, exit)) {
      if (!hasFlag(routers, router, bad)) exitsWithoutBadExit += 1;
      if (hasFlag(routers, router, guard)) guardExits += 1;
    }
    weightSum += routers.bandwidth[router] as number;
  }
  const flags = flagCounts(routers);
  return {
    relays: routers.count,
    guards: flags['Guard'] ?? 0,
    exits: flags['Exit'] ?? 0,
    exitsWithoutBadExit,
    guardExits,
    weightSum,
    method: consensus.consensusMethod ?? 1,
    flags,
    versions: tally(versionCounts(routers, 'not stated')),
  };
}

/** How many entries state each version, as it stands in their `v` line; `notStated` is counted for those without one. */
export function versionCounts(routers: RouterTable, notStated: string): ReadonlyMap<string, number> {
  const byNumber = new Uint32Array(routers.versions.length);
  let without = 0;
  for (let router = 0; router < routers.count; router += 1) {
    const version = routers.version[router] as number;
    if (((routers.present[router] as number) & present.v) === 0) without += 1;
    else byNumber[version] = (byNumber[version] as number) + 1;
  }
  const counts = new Map<string, number>();
  const add = (text: string, count: number): void => {
    if (count > 0) counts.set(text, (counts.get(text) ?? 0) + count);
  };
  for (const [number, text] of routers.versions.entries()) add(text, byNumber[number] as number);
  add(notStated, without);
  return counts;
}

/** Counts of a vote. */
export function voteFacts(vote: Vote): VoteFacts {
  const { routers } = vote;
  let measured = 0;
  for (let router = 0; router < routers.count; router += 1) {
    if (((routers.present[router] as number) & present.measured) !== 0) measured += 1;
  }
  const flags = flagCounts(routers);
  const timestamp = Number(vote.bandwidthFileHeaders?.get('timestamp'));
  return {
    relays: routers.count,
    running: flags['Running'] ?? null,
    measured,
    flags,
    thresholds: Object.fromEntries(vote.flagThresholds ?? []),
    scanner: vote.bandwidthFileHeaders !== undefined,
    bandwidthFileTime: Number.isSafeInteger(timestamp) && timestamp > 0 ? timestamp : null,
  };
}

/** The version that the consensus states for the relay with this fingerprint; undefined when it is not listed. */
export function versionOf(routers: RouterTable, fingerprint: string): string | undefined {
  const identity = fromHex(fingerprint);
  const router = identity ? findRouter(routers, identity) : -1;
  if (router < 0 || ((routers.present[router] as number) & present.v) === 0) return undefined;
  return routers.versions[routers.version[router] as number];
}
