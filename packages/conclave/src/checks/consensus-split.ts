/** Do all authorities serve the same consensus? (S2.1.20, S6.3) */
import { listing, roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** Two digests of the signed part for one valid-after: clients would see two networks. */
export const consensusSplit: Check = ({ served, consensus }) => {
  if (served.length < 2) return [];
  const groups = served.map(({ digest, authorities }) => `${digest.slice(0, 8)} by ${listing(authorities)}`);
  return [
    {
      check: 'consensus-split',
      category: 'consensus_health',
      severity: 'critical',
      title: `${served.length} different consensuses for one round`,
      message: `${groups.join('; ')}.`,
      ...(consensus ? { link: `/rounds/${roundName(consensus.validAfter)}` } : {}),
    },
  ];
};
