/** Where the relays of a consensus are, by count and by weight (S2.1.31). Needs a country table; invents nothing. */
import type { RouterTable } from '@conclave/netdoc';
import { countryOf } from '../geo/index.ts';
import type { CountryTable } from '../geo/index.ts';

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
