/** Does the consensus know the authorities as we do? A moved authority, or a stale list of ours (S2.1.9). */
import type { Check } from './finding.ts';

/** One finding for each authority whose dir-source contradicts the configuration. */
export const authorityDiffers: Check = ({ authorities }) =>
  authorities
    .filter(({ differences }) => differences.length > 0)
    .map(({ authority, differences }) => ({
      check: 'authority-differs',
      category: 'authority_connectivity',
      severity: 'warning',
      title: `${authority.nickname} is not where we look for it`,
      message: `${differences.join('; ')}.`,
      authority: authority.nickname,
      link: `/authorities/${authority.nickname}`,
    }));
