/** Does an authority still serve an old consensus when the others have a new one? */
import { isUp, scaled } from '../analysis/index.ts';
import { duration, roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** One finding for each authority that is up and lags behind the newest consensus by more than the grace. */
export const authorityLagging: Check = ({ authorities, consensus, nowMs, limits, intervalSeconds }) => {
  if (!consensus) return [];
  const grace = scaled(limits.publicationGraceSeconds, intervalSeconds);
  const age = nowMs / 1000 - consensus.validAfter;
  if (age <= 2 * grace) return [];
  return authorities.flatMap(({ authority, state, serves }) => {
    if (!isUp(state.condition) || !serves || serves.validAfter >= consensus.validAfter) return [];
    if (serves.at / 1000 < consensus.validAfter + grace) return [];
    return [
      {
        check: 'authority-lagging',
        category: 'authority_performance' as const,
        severity: 'warning' as const,
        title: `${authority.nickname} serves an old consensus`,
        message: `It serves that of ${roundName(serves.validAfter)}, ${duration(age)} after ${roundName(consensus.validAfter)} became valid; limit ${duration(2 * grace)}.`,
        authority: authority.nickname,
        link: `/authorities/${authority.nickname}`,
      },
    ];
  });
};
