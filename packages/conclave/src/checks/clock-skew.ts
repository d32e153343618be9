/** Are the authorities' clocks right? They act at fixed times, so a wrong clock loses votes. */
import type { Check } from './finding.ts';

/** One finding for each clock that is off by more than the limit. When most are, it is ours that is wrong. */
export const clockSkew: Check = ({ authorities, limits }) => {
  const off = authorities.filter(
    ({ clockSkewSeconds }) => Math.abs(clockSkewSeconds ?? 0) > limits.clockSkewSeconds,
  );
  const known = authorities.filter(({ clockSkewSeconds }) => clockSkewSeconds !== undefined);
  if (off.length > 1 && off.length * 2 > known.length) {
    return [
      {
        check: 'own-clock',
        category: 'observatory',
        severity: 'warning',
        title: 'Our own clock seems to be wrong',
        message: `${off.length} of ${known.length} authorities differ from it by more than ${limits.clockSkewSeconds} s.`,
      },
    ];
  }
  return off.map(({ authority, clockSkewSeconds = 0 }) => ({
    check: 'clock-skew',
    category: 'authority_performance',
    severity: 'warning',
    title: `${authority.nickname}'s clock is off`,
    message: `${clockSkewSeconds > 0 ? 'Ahead' : 'Behind'} of ours by ${Math.abs(clockSkewSeconds).toFixed(1)} s, limit ${limits.clockSkewSeconds} s.`,
    authority: authority.nickname,
    link: `/authorities/${authority.nickname}`,
  }));
};
