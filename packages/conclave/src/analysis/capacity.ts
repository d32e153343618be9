/**
 * How much the relays of a consensus could carry, by their own descriptors (S2.2.15): the sum of what each advertises, which
 * is the least of rate, burst and what it was seen to carry. In bits a second, and never out of consensus weights, which
 * have no unit.
 */
import { hasFlag } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';
import { describedRelays } from './described.ts';
import type { DescriptorFacts } from './described.ts';

/** A class of relays: how many the consensus lists, of how many the descriptor is held, what those advertise together. */
export interface ClassCapacity {
  readonly relays: number;
  readonly described: number;
  readonly bitsPerSecond: number;
}

/**
 * Capacities by class. `guard` has the flag Guard; `exit` has Exit and not BadExit; `guardExit` has both, and is counted in
 * the other two as well; `middle` is neither; `total` is everybody. A relay whose descriptor is not held counts as listed,
 * and adds nothing: `described` beside `relays` says how much of the sum is missing.
 */
export interface Capacity {
  readonly total: ClassCapacity;
  readonly guard: ClassCapacity;
  readonly exit: ClassCapacity;
  readonly guardExit: ClassCapacity;
  readonly middle: ClassCapacity;
}

/** The names of the classes, in the order in which they are shown. */
export const capacityClasses = ['total', 'guard', 'exit', 'guardExit', 'middle'] as const;

/**
 * The capacities of the relays of an ns consensus, by the descriptors that it names and no others. `held` is what
 * they advertise, by digest. Undefined for a microdesc consensus, which names no server descriptor.
 */
export function capacityOf(
  consensus: { readonly flavor: string; readonly routers: RouterTable },
  held: ReadonlyMap<string, Pick<DescriptorFacts, 'bytesPerSecond'>>,
): Capacity | undefined {
  if (consensus.flavor !== 'ns') return undefined;
  const { routers } = consensus;
  const [guard, exit, bad] = ['Guard', 'Exit', 'BadExit'].map((flag) => routers.knownFlags.indexOf(flag));
  const sums = Object.fromEntries(
    capacityClasses.map((name) => [name, { relays: 0, described: 0, bytes: 0 }]),
  ) as Record<keyof Capacity, { relays: number; described: number; bytes: number }>;
  for (const [router, facts] of describedRelays(routers, held).entries()) {
    const isGuard = hasFlag(routers, router, guard ?? -1);
    const isExit = hasFlag(routers, router, exit ?? -1) && !hasFlag(routers, router, bad ?? -1);
    for (const name of classesOf(isGuard, isExit)) {
      const sum = sums[name];
      sum.relays += 1;
      if (!facts) continue;
      sum.described += 1;
      sum.bytes += facts.bytesPerSecond;
    }
  }
  const classOf = (name: keyof Capacity): ClassCapacity => {
    const { relays, described, bytes } = sums[name];
    return { relays, described, bitsPerSecond: 8 * bytes };
  };
  return {
    total: classOf('total'),
    guard: classOf('guard'),
    exit: classOf('exit'),
    guardExit: classOf('guardExit'),
    middle: classOf('middle'),
  };
}

const both: readonly (keyof Capacity)[] = ['total', 'guard', 'exit', 'guardExit'];
const guards: readonly (keyof Capacity)[] = ['total', 'guard'];
const exits: readonly (keyof Capacity)[] = ['total', 'exit'];
const middles: readonly (keyof Capacity)[] = ['total', 'middle'];

function classesOf(guard: boolean, exit: boolean): readonly (keyof Capacity)[] {
  if (guard) return exit ? both : guards;
  return exit ? exits : middles;
}
