/** Does an authority take longer than it usually does, or than anyone should? (S2.1.13, S2.1.23) */
import { baselineOf, median, slowLimitMs } from '../analysis/index.ts';
import { duration } from './finding.ts';
import type { Check } from './finding.ts';

/** One finding for each authority in the state `slow` or `degraded`. */
export const authoritySlow: Check = ({ authorities, limits, nowMs }) =>
  authorities.flatMap(({ authority, state }) => {
    if (state.condition !== 'slow' && state.condition !== 'degraded') return [];
    const now = median(state.history.slice(-5));
    const baseline = baselineOf(state.history, limits);
    const usual =
      baseline === undefined ? 'its usual time is not known yet' : `usually ${Math.round(baseline)} ms`;
    const since = state.since === undefined ? '' : `, for ${duration((nowMs - state.since) / 1000)}`;
    const message =
      state.condition === 'degraded'
        ? `It answers "busy" (503)${since}: up, but shedding load.`
        : `First byte after ${Math.round(now ?? 0)} ms, limit ${Math.round(slowLimitMs(state.history, limits))} ms, ${usual}${since}.`;
    return [
      {
        check: 'authority-slow',
        category: 'authority_performance' as const,
        severity: 'warning' as const,
        title: `${authority.nickname} is ${state.condition === 'slow' ? 'slow' : 'shedding load'}`,
        message,
        authority: authority.nickname,
        link: `/authorities/${authority.nickname}`,
      },
    ];
  });
