/** Does every authority answer, and how many more may fail? (S2.1.22) */
import { isUp } from '../analysis/index.ts';
import { isVoter, majorityOf } from '../network/index.ts';
import { listing } from './finding.ts';
import type { AuthoritySituation, Check, Severity } from './finding.ts';

const words = { timeout: 'hangs', offline: 'cannot be reached', error: 'answers nonsense' } as const;

/** Severity by margin: the voters that are up, less those needed. */
export function severityByMargin(margin: number): Severity {
  if (margin >= 2) return 'warning';
  return margin === 1 ? 'high' : 'critical';
}

function isDown({ state }: AuthoritySituation): boolean {
  return state.condition !== 'unknown' && !isUp(state.condition);
}

/** One finding for each authority that is down; its severity says how close the network is to having no consensus. */
export const authorityOffline: Check = ({ authorities, set }) => {
  const needed = majorityOf(set);
  const voters = authorities.filter(({ authority }) => isVoter(authority));
  const downVoters = voters.filter(isDown).map(({ authority }) => authority.nickname);
  const up = voters.length - downVoters.length;
  const margin = up - needed;
  return authorities.filter(isDown).map((one) => {
    const { authority, state } = one;
    const condition =
      state.condition === 'timeout' || state.condition === 'error' ? state.condition : 'offline';
    const votes = isVoter(authority);
    const rest =
      margin < 0
        ? `a consensus needs ${needed}: none is possible`
        : `${needed} are needed, so ${margin} more may fail`;
    return {
      check: 'authority-offline',
      category: 'authority_connectivity',
      severity: votes ? severityByMargin(margin) : 'warning',
      title: `${authority.nickname} ${words[condition]}`,
      message: votes
        ? `${up} of ${voters.length} voters answer, ${rest}; down: ${listing(downVoters)}. Newest probe: ${state.lastProbe?.detail ?? state.lastProbe?.outcome ?? 'none'}.`
        : `It does not vote, so no consensus depends on it. Newest probe: ${state.lastProbe?.detail ?? state.lastProbe?.outcome ?? 'none'}.`,
      authority: authority.nickname,
      link: `/authorities/${authority.nickname}`,
    };
  });
};
