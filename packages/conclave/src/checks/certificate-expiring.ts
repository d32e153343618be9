/** Will an authority's signing certificate run out? Without one it can neither vote nor sign. */
import { duration, roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** One finding for each certificate that ends soon or has ended. */
export const certificateExpiring: Check = ({ authorities, limits, nowMs }) =>
  authorities.flatMap(({ authority, certificateExpires }) => {
    if (certificateExpires === undefined) return [];
    const left = certificateExpires - nowMs / 1000;
    if (left > limits.certificateWarnSeconds) return [];
    const ended = left <= 0;
    return [
      {
        check: 'certificate-expiring',
        category: 'consensus_health' as const,
        severity: ended
          ? ('critical' as const)
          : left <= limits.certificateUrgentSeconds
            ? ('high' as const)
            : ('warning' as const),
        title: ended
          ? `${authority.nickname}'s certificate has expired`
          : `${authority.nickname}'s certificate ends in ${duration(left)}`,
        message: `It ends at ${roundName(certificateExpires)}; warned from ${duration(limits.certificateWarnSeconds)} on.`,
        authority: authority.nickname,
        link: `/authorities/${authority.nickname}`,
      },
    ];
  });
