/** Is there a consensus in its time? Judged by what the authorities themselves serve, never by an archive's delay (S2.1.24). */
import { freshnessAt, overdueSeconds, scaled } from '../analysis/index.ts';
import { duration, roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** Stale beyond the grace that publication and our own request take, expired, or never seen at all. */
export const consensusStale: Check = ({
  consensus,
  consensusAskedMs,
  nowMs,
  limits,
  intervalSeconds,
  watchingSinceMs,
}) => {
  const now = Math.floor(nowMs / 1000);
  const grace = scaled(limits.publicationGraceSeconds, intervalSeconds);
  const common = { check: 'consensus-stale', category: 'consensus_health', severity: 'critical' } as const;
  if (!consensus) {
    const waited = now - watchingSinceMs / 1000;
    if (waited < intervalSeconds + grace) return [];
    return [
      {
        ...common,
        title: 'No valid consensus',
        message: `No authority served one in the ${duration(waited)} since we look.`,
      },
    ];
  }
  const overdue = overdueSeconds(consensus, now);
  if (overdue <= grace || (consensusAskedMs ?? 0) < consensus.freshUntil * 1000) return [];
  const expired = freshnessAt(consensus, now) === 'expired';
  const state = expired
    ? `It expired ${duration(now - consensus.validUntil)} ago: clients have none.`
    : `Clients use it until ${roundName(consensus.validUntil)}.`;
  return [
    {
      ...common,
      title: expired ? 'The consensus has expired' : 'The consensus is stale',
      message: `The newest is of ${roundName(consensus.validAfter)}; the next is overdue by ${duration(overdue)}, limit ${duration(grace)}. ${state}`,
      link: `/rounds/${roundName(consensus.validAfter)}`,
    },
  ];
};
