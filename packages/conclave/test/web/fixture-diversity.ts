/** Networks, platforms and operators of a made-up round, or why there are none. */
import type { Health } from '../../src/api/index.ts';

/** What tables and descriptors tell of so many relays. */
export function diversity(
  blind: boolean,
  relays: number,
): Pick<Health, 'networks' | 'described' | 'platforms' | 'operators'> {
  if (blind) {
    const none = { value: null, reason: 'no server descriptor that the consensus names is held' };
    const reason = 'no table of networks was configured when the round was counted (asn)';
    return { networks: { value: null, reason }, described: none, platforms: none, operators: none };
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
