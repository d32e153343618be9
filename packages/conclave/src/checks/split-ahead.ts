/** Are the authorities about to publish different consensuses? Seen minutes before, from what they sign (S6.3). */
import { severityByMargin } from './authority-offline.ts';
import { listing } from './finding.ts';
import type { Check, ShownGroup } from './finding.ts';

/**
 * Two digests of one flavour before publication, each shown by an authority with its own good signature on it. How much
 * it matters follows the margin of the largest group: without a majority behind one digest there will be no consensus.
 */
export const splitAhead: Check = ({ coming }) => {
  const flavors = [...new Set(coming?.shown.map(({ flavor }) => flavor))];
  const split = flavors
    .map((flavor) => coming?.shown.filter((group) => group.flavor === flavor) ?? [])
    .filter((groups) => groups.length > 1);
  if (!coming || split.length === 0) return [];
  const largest = Math.min(
    ...split.map((groups) => Math.max(...groups.map(({ authorities }) => authorities.length))),
  );
  return [
    {
      check: 'split-ahead',
      category: 'consensus_health',
      severity: severityByMargin(largest - coming.needed),
      title: `The authorities sign different consensuses for the coming round`,
      message: `${split.map(told).join(' ')} The largest group has ${largest}; ${coming.needed} are needed.`,
      link: '/next',
    },
  ];
};

function told(groups: readonly ShownGroup[]): string {
  const each = groups.map(
    ({ digest, authorities, explanation }) =>
      `${digest.slice(0, 8)} by ${listing(authorities)}${explanation === undefined ? '' : ` (${explanation})`}`,
  );
  return `${groups[0]?.flavor}: ${each.join('; ')}.`;
}
