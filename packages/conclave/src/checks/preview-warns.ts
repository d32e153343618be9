/** Will the coming consensus be made, and will it lose many relays? */
import { scaled } from '../analysis/index.ts';
import { duration, listing, roundName } from './finding.ts';
import type { Check, ComingSituation, Finding } from './finding.ts';

/** One finding from some minutes before publication on, when too few votes are there or too many relays would go. */
export const previewWarns: Check = ({ coming, limits, intervalSeconds, nowMs }) => {
  if (!coming) return [];
  const left = coming.validAfter - nowMs / 1000;
  // Before they have asked each other for missing votes, a vote that is not here may still come.
  const fetched = coming.distSeconds + Math.floor(coming.voteSeconds / 2);
  const early = left > Math.min(fetched, scaled(limits.previewWarnSeconds, intervalSeconds));
  if (early || left <= 0) return [];
  return tooFew(coming, left) ?? losing(coming, limits.previewLostShare) ?? [];
};

const common = { check: 'preview-warns', category: 'consensus_health', link: '/next' } as const;

/** Those who do not answer us may have voted all the same; those whom we did not ask count as if they had. */
function tooFew(coming: ComingSituation, left: number): Finding[] | undefined {
  const { held, absent, silent, unasked, needed, validAfter } = coming;
  if (held.length + unasked.length >= needed) return undefined;
  const possible = held.length + unasked.length + silent.length >= needed;
  const without = [
    absent.length > 0
      ? `${listing(absent)} ${absent.length === 1 ? 'says it has' : 'say they have'} none`
      : '',
    silent.length > 0 ? `${listing(silent)} did not answer us` : '',
  ].filter(Boolean);
  return [
    {
      ...common,
      severity: possible ? 'high' : 'critical',
      title: possible
        ? 'The coming consensus may lack votes'
        : 'There are too few votes for the coming consensus',
      message: `${duration(left)} before ${roundName(validAfter)}, ${held.length} votes were seen; ${needed} are needed. ${without.join('; ')}.`,
    },
  ];
}

/** Only when everything that can be known of the votes is known: a preview made of fewer votes lists fewer relays. */
function losing(coming: ComingSituation, limit: number): Finding[] | undefined {
  const { preview, silent, unasked, validAfter } = coming;
  if (!preview || silent.length > 0 || unasked.length > 0) return undefined;
  if (preview.outcome === 'impossible')
    return [
      {
        ...common,
        severity: 'critical',
        title: 'The coming consensus cannot be made',
        message: preview.explanation,
      },
    ];
  const share = preview.relaysBefore ? preview.removed / preview.relaysBefore : 0;
  if (share <= limit) return undefined;
  return [
    {
      ...common,
      severity: 'high',
      title: 'The coming consensus will lose many relays',
      message: `By the votes for ${roundName(validAfter)}, ${preview.removed} of ${preview.relaysBefore} relays (${percent(share)}) will not be listed any more, limit ${percent(limit)}.`,
    },
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
