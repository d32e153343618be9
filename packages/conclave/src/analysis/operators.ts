/**
 * Who runs the relays of a consensus, as far as they say so (S2.1.31, S2.2.19): relays of one contact or of one family are one
 * operator's. Relays that state neither are counted apart; they are not one operator, and not each one of its own.
 */
import type { RouterTable } from '@conclave/netdoc';
import type { DescriptorFacts, Weighed } from './described.ts';

/** An operator: the contact that most of its weight states, null where only a family holds its relays together. */
export interface Operator extends Weighed {
  readonly contact: string | null;
}

/** The operators of a consensus. */
export interface Operators {
  /** How many there are. */
  readonly distinct: number;
  /** Most weight first. */
  readonly list: readonly Operator[];
  /** Described relays that state neither contact nor family. */
  readonly silent: Weighed;
}

/** The operators of the relays that are described, by the rule above. */
export function operatorsOf(
  { count, bandwidth }: Pick<RouterTable, 'count' | 'bandwidth'>,
  described: readonly (DescriptorFacts | undefined)[],
): Operators {
  const groups = joined(described);
  const sums = new Map<number, { relays: number; weight: number; contacts: Map<string, number> }>();
  const silent = { relays: 0, weight: 0 };
  for (let relay = 0; relay < count; relay += 1) {
    const facts = described[relay];
    if (!facts) continue;
    const weight = bandwidth[relay] as number;
    const group = groups[relay];
    const sum =
      group === undefined ? silent : (sums.get(group) ?? { relays: 0, weight: 0, contacts: new Map() });
    sum.relays += 1;
    sum.weight += weight;
    if (group === undefined || !('contacts' in sum)) continue;
    sums.set(group, sum);
    if (facts.contact !== undefined)
      sum.contacts.set(facts.contact, (sum.contacts.get(facts.contact) ?? 0) + weight);
  }
  const list = [...sums.values()]
    .map(({ relays, weight, contacts }) => ({ contact: heaviest(contacts), relays, weight }))
    .sort(
      (a, b) =>
        b.weight - a.weight || b.relays - a.relays || ((a.contact ?? '') < (b.contact ?? '') ? -1 : 1),
    );
  return { distinct: list.length, list, silent };
}

function heaviest(contacts: ReadonlyMap<string, number>): string | null {
  const [first] = [...contacts].sort(([a, less], [b, more]) => more - less || (a < b ? -1 : 1));
  return first?.[0] ?? null;
}

/** The group of each relay, as the number of one of its relays; undefined for those that say nothing. */
function joined(described: readonly (DescriptorFacts | undefined)[]): (number | undefined)[] {
  const parent = described.map((_, relay) => relay);
  const rootOf = (relay: number): number => {
    let root = relay;
    while (parent[root] !== root) root = parent[root] = parent[parent[root] as number] as number;
    return root;
  };
  const firstOf = new Map<string, number>();
  const names = described.map((facts) =>
    facts ? [...(facts.contact === undefined ? [] : [`contact ${facts.contact}`]), ...facts.families] : [],
  );
  for (const [relay, list] of names.entries()) {
    for (const name of list) {
      const first = firstOf.get(name);
      if (first === undefined) firstOf.set(name, relay);
      else parent[rootOf(relay)] = rootOf(first);
    }
  }
  return names.map((list, relay) => (list.length === 0 ? undefined : rootOf(relay)));
}
