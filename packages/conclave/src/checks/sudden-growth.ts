/** Did many relays come in one round that look alike? (S8.5) */
import { roundName } from './finding.ts';
import type { Check, HealthSituation } from './finding.ts';

type Growth = HealthSituation['growth'][number];

/** One finding for the newest round, with every group that is larger than its limit. */
export const suddenGrowthCheck: Check = ({ health }) => {
  if (!health || health.growth.length === 0) return [];
  const { growth, validAfter } = health;
  return [
    {
      check: 'sudden-growth',
      category: 'consensus_health',
      severity: 'warning',
      title: growth.some(({ by }) => by === 'all')
        ? 'Very many relays came in one round'
        : 'Relays that look alike came in one round',
      message: `Against the round before ${roundName(validAfter)}: ${growth.map(textOf).join('; ')}.`,
      link: `/health?at=${roundName(validAfter)}`,
    },
  ];
};

function textOf({ by, pattern, relays, before, limit }: Growth): string {
  if (by === 'all') return `${relays} new relays, ${before} were there, limit ${limit}`;
  return `${relays} new relays ${words[by]} ${pattern} (${before} had it before), limit ${limit}`;
}

const words: Readonly<Record<Exclude<Growth['by'], 'all'>, string>> = {
  nickname: 'with a nickname like',
  network16: 'in',
  network24: 'in',
  version: 'of version',
  bandwidth: 'with weight',
  contact: 'with contact',
};
