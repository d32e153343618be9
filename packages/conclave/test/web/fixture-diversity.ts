/** Places, networks, platforms and operators of a made-up round, or why there are none. */
import type { Health } from '../../src/api/index.ts';

/** What tables and descriptors tell of so many relays. */
export function diversity(
  blind: boolean,
  relays: number,
): Pick<
  Health,
  'countries' | 'regions' | 'geoSource' | 'networks' | 'described' | 'platforms' | 'operators'
> {
  if (blind) {
    const none = { value: null, reason: 'no server descriptor that the consensus names is held' };
    const reason = 'no table of networks was configured when the round was counted (asn)';
    const nowhere = { value: null, reason: 'no country table is configured' };
    return {
      countries: nowhere,
      regions: nowhere,
      geoSource: null,
      networks: { value: null, reason },
      described: none,
      platforms: none,
      operators: none,
    };
  }
  const part = (
    count: number,
    weightShare: number,
  ): { relays: number; share: number; weightShare: number } => ({
    relays: count,
    share: count / relays,
    weightShare,
  });
  return {
    countries: {
      value: [
        { name: 'DE', ...part(3_010, 0.31) },
        { name: '??', ...part(40, 0.001) },
      ],
    },
    regions: { value: [{ name: 'Europe', ...part(7_500, 0.66) }] },
    geoSource: 'tor-geoipdb of 2026-06-25',
    networks: {
      value: {
        source: 'ip2asn-v4.tsv of 2026-07-01',
        distinct: 1_204,
        unknown: part(3, 0.0004),
        largest: [{ as: 64_500, name: 'EXAMPLE-HOSTING', ...part(812, 0.151) }],
      },
    },
    described: { value: { ...part(relays - 12, 0.999), source: 'collector' } },
    platforms: {
      value: [
        { name: 'Linux', ...part(9_000, 0.91) },
        { name: '??', ...part(2, 0) },
      ],
    },
    operators: {
      value: {
        distinct: 2_310,
        silent: part(1_100, 0.0734),
        largest: [
          { contact: 'maple <ops at example dot org>', ...part(300, 0.062) },
          { contact: null, ...part(20, 0.004) },
        ],
      },
    },
  };
}
