/**
 * What one consensus is, counted from its own lines (S2.2): flags, classes of relays with their weights, params, what it
 * recommends against what its relays run, exit policies. Everything is a number or a text, so that it can be kept as it is.
 */
import { hasFlag, present } from '@conclave/netdoc';
import type { Consensus, RouterTable } from '@conclave/netdoc';
import { capacityClasses } from './capacity.ts';
import type { Capacity } from './capacity.ts';
import { exitPoliciesOf } from './exit-policies.ts';
import type { ExitPolicies } from './exit-policies.ts';
import { flagCounts } from './facts.ts';
import { protocolSupport, versionsOf } from './recommendations.ts';
import type { ProtocolSupport, VersionFacts } from './recommendations.ts';

/** Relays of a class and the sum of their consensus weights, which has no unit. */
export interface ClassWeight {
  readonly name: keyof Capacity;
  readonly relays: number;
  readonly weight: number;
}

/** What a consensus holds. */
export interface HealthFacts {
  /** Entries, that is `r` lines. */
  readonly relays: number;
  /** In the order of the document's known-flags; nothing else is a flag (S2.2.13). */
  readonly flags: readonly { readonly flag: string; readonly relays: number }[];
  /** The classes of `capacityOf`: an exit has Exit and not BadExit. */
  readonly classes: readonly ClassWeight[];
  /** Entries with `Unmeasured=1`. */
  readonly unmeasured: number;
  readonly params: readonly { readonly name: string; readonly value: number }[];
  readonly versions: VersionFacts;
  readonly protocols: readonly ProtocolSupport[];
  readonly exitPolicies: ExitPolicies;
}

/** Counts one consensus. */
export function healthFacts(consensus: Consensus): HealthFacts {
  const { routers } = consensus;
  const counts = flagCounts(routers);
  return {
    relays: routers.count,
    flags: routers.knownFlags.map((flag) => ({ flag, relays: counts[flag] ?? 0 })),
    classes: classWeights(routers),
    unmeasured: countPresent(routers, present.unmeasured),
    params: [...(consensus.params ?? [])].map(([name, value]) => ({ name, value })),
    versions: versionsOf(consensus),
    protocols: protocolSupport(consensus),
    exitPolicies: exitPoliciesOf(routers),
  };
}

/** A share as a percentage with one decimal, as the pages print it (S2.2.11); undefined of nothing. */
export function percentOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : Math.round((part * 1000) / whole) / 10;
}

/** Relays and weights by class. */
export function classWeights(routers: RouterTable): ClassWeight[] {
  const [guard, exit, bad] = ['Guard', 'Exit', 'BadExit'].map((flag) => routers.knownFlags.indexOf(flag));
  const sums = capacityClasses.map((name) => ({ name, relays: 0, weight: 0 }));
  for (let router = 0; router < routers.count; router += 1) {
    const isGuard = hasFlag(routers, router, guard ?? -1);
    const isExit = hasFlag(routers, router, exit ?? -1) && !hasFlag(routers, router, bad ?? -1);
    for (const sum of sums) {
      if (!isOfClass(sum.name, isGuard, isExit)) continue;
      sum.relays += 1;
      sum.weight += routers.bandwidth[router] as number;
    }
  }
  return sums;
}

function isOfClass(name: keyof Capacity, isGuard: boolean, isExit: boolean): boolean {
  switch (name) {
    case 'total':
      return true;
    case 'guard':
      return isGuard;
    case 'exit':
      return isExit;
    case 'guardExit':
      return isGuard && isExit;
    case 'middle':
      return !isGuard && !isExit;
  }
}

function countPresent(routers: RouterTable, bit: number): number {
  let count = 0;
  for (let router = 0; router < routers.count; router += 1)
    if (((routers.present[router] as number) & bit) !== 0) count += 1;
  return count;
}
