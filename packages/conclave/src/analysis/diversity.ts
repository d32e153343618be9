/** Where the relays of a consensus are, by count and by weight (S2.1.31). Needs tables of countries and networks; invents nothing. */
import type { RouterTable } from '@conclave/netdoc';
import { countryOf, networkOf } from '../geo/index.ts';
import type { CountryTable, NetworkTable } from '../geo/index.ts';

/** Relays and share of the consensus weight of one country; `??` for addresses that the table does not know. */
export interface CountryShare {
  readonly country: string;
  readonly relays: number;
  readonly weightShare: number;
}

/** Countries of the relays, most relays first. */
export function countriesOf(routers: RouterTable, table: CountryTable): CountryShare[] {
  const sums = new Map<string, { relays: number; weight: number }>();
  let total = 0;
  for (let router = 0; router < routers.count; router += 1) {
    const country = countryOf(table, routers.ipv4[router] as number) ?? '??';
    const weight = routers.bandwidth[router] as number;
    const sum = sums.get(country) ?? { relays: 0, weight: 0 };
    sums.set(country, { relays: sum.relays + 1, weight: sum.weight + weight });
    total += weight;
  }
  return [...sums]
    .map(([country, { relays, weight }]) => ({
      country,
      relays,
      weightShare: total === 0 ? 0 : weight / total,
    }))
    .sort((a, b) => b.relays - a.relays || (a.country < b.country ? -1 : 1));
}

/** Relays and share of the consensus weight of one network. */
export interface NetworkShare {
  /** The number of the autonomous system. */
  readonly as: number;
  /** As the table describes it; empty where it does not. */
  readonly name: string;
  readonly relays: number;
  readonly weightShare: number;
}

/** The networks of a consensus, and by which table. */
export interface NetworkShares {
  /** What the table is and of when. */
  readonly source: string;
  /** How many different ones. */
  readonly distinct: number;
  /** Relays and weight of addresses that the table does not know, or says that nobody routes. */
  readonly unknown: { readonly relays: number; readonly weightShare: number };
  /** Those with most weight, most first. */
  readonly largest: readonly NetworkShare[];
}

/** How many networks are named: the others are hundreds, of a few relays each. */
const networksNamed = 30;

/** Networks of the relays by their IPv4 addresses. */
export function networksOf(routers: RouterTable, table: NetworkTable): NetworkShares {
  const sums = new Map<number, { relays: number; weight: number }>();
  let total = 0;
  for (let router = 0; router < routers.count; router += 1) {
    const as = networkOf(table, routers.ipv4[router] as number) ?? 0;
    const weight = routers.bandwidth[router] as number;
    const sum = sums.get(as) ?? { relays: 0, weight: 0 };
    sums.set(as, { relays: sum.relays + 1, weight: sum.weight + weight });
    total += weight;
  }
  const shareOfAll = (weight: number): number => (total === 0 ? 0 : weight / total);
  const unknown = sums.get(0) ?? { relays: 0, weight: 0 };
  sums.delete(0);
  const all = [...sums]
    .map(([as, { relays, weight }]) => ({
      as,
      name: table.names.get(as) ?? '',
      relays,
      weightShare: shareOfAll(weight),
    }))
    .sort((a, b) => b.weightShare - a.weightShare || b.relays - a.relays || a.as - b.as);
  return {
    source: table.source,
    distinct: all.length,
    unknown: { relays: unknown.relays, weightShare: shareOfAll(unknown.weight) },
    largest: all.slice(0, networksNamed),
  };
}
