/** Networks, platforms and operators of a round's relays, as they were counted; or why nothing is said of them (S2.1.31, S2.2.19). */
import type { Health } from '../api/index.ts';
import { describedEnough, isEnough } from '../analysis/index.ts';
import type { NetworkShares, Operators, PlatformCount } from '../analysis/index.ts';
import type { Row } from '../store/index.ts';
import { fromJson } from './context.ts';

/** What server descriptors tell of a round's relays. */
export type DescribedView = Pick<Health, 'described' | 'platforms' | 'operators'>;

/** What descriptors tell of a round, from its row; undefined where no descriptor of its relays is held. */
export function describedView(row: Row<'described'> | undefined): DescribedView {
  if (!row) {
    const none = { value: null, reason: 'no server descriptor that the consensus names is held' };
    return { described: none, platforms: none, operators: none };
  }
  const listed = { relays: row.relays ?? 0, weight: row.weight ?? 0 };
  const known = { relays: row.described ?? 0, weight: row.described_weight ?? 0 };
  const shares = ({ relays, weight }: typeof listed): Shares => ({
    relays,
    share: listed.relays === 0 ? 0 : relays / listed.relays,
    weightShare: listed.weight === 0 ? 0 : weight / listed.weight,
  });
  const described = { value: { ...shares(known), source: row.source ?? '' } };
  if (!isEnough({ listed, described: known })) {
    const few = { value: null, reason: whyFew(listed.relays, described.value) };
    return { described, platforms: few, operators: few };
  }
  const platforms = fromJson<{ list: readonly PlatformCount[] }>(row.platforms, { list: [] }).list;
  const silence = { relays: 0, weight: 0 };
  const operators = fromJson<Operators>(row.operators, { distinct: 0, silent: silence, list: [] });
  return {
    described,
    platforms: {
      value: platforms.map(({ platform, ...sum }) => ({ name: platform ?? '??', ...shares(sum) })),
    },
    operators: {
      value: {
        distinct: operators.distinct,
        silent: shares(operators.silent),
        largest: operators.list.map(({ contact, ...sum }) => ({ contact, ...shares(sum) })),
      },
    },
  };
}

interface Shares {
  readonly relays: number;
  readonly share: number;
  readonly weightShare: number;
}

function whyFew(listed: number, { relays, weightShare }: Shares): string {
  const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  return (
    `the descriptors of only ${relays} of ${listed} relays are held, with ${percent(weightShare)} of the weight; ` +
    `${Math.round(describedEnough * 100)} % of both are needed`
  );
}

/** The networks of a round, by the table of the time when it was counted. */
export function networksView(networks: NetworkShares | null, relays: number): Health['networks'] {
  if (!networks)
    return { value: null, reason: 'no table of networks was configured when the round was counted (asn)' };
  const shareOf = (part: number): number => (relays === 0 ? 0 : part / relays);
  return {
    value: {
      source: networks.source,
      distinct: networks.distinct,
      unknown: { ...networks.unknown, share: shareOf(networks.unknown.relays) },
      largest: networks.largest.map((one) => ({ ...one, share: shareOf(one.relays) })),
    },
  };
}
