/** Do the bandwidth scanners still measure? (S2.1.15, S2.1.21) Three are needed, or the network falls back to claims. */
import { scaled } from '../analysis/index.ts';
import { duration, roundName } from './finding.ts';
import type { AuthoritySituation, Check, Finding, Situation } from './finding.ts';

/** tor uses measured bandwidths only where at least three votes carry them (dir-spec 3.8.2). */
const scannersNeeded = 3;

type Scan = NonNullable<AuthoritySituation['scan']>;

/** From how many seconds on a bandwidth file is stale: three times its usual age, but never more than the limit. */
export function fileAgeLimit(
  scan: Pick<Scan, 'usualAgeSeconds'>,
  situation: Pick<Situation, 'limits' | 'intervalSeconds'>,
): number {
  const most = scaled(situation.limits.bandwidthFileSeconds, situation.intervalSeconds);
  const usual = scan.usualAgeSeconds;
  return usual === undefined ? most : Math.min(most, Math.max(3 * usual, situation.intervalSeconds * 2));
}

/** Why this scanner is not well; undefined when it is. */
export function scanFault(
  scan: Scan,
  situation: Pick<Situation, 'limits' | 'intervalSeconds'>,
): string | undefined {
  if (scan.fileTime === null) return 'its vote was made without a readable bandwidth file';
  const age = scan.validAfter - scan.fileTime;
  const limit = fileAgeLimit(scan, situation);
  const usual = scan.usualAgeSeconds === undefined ? '' : `, usual age ${duration(scan.usualAgeSeconds)}`;
  if (age > limit)
    return `its bandwidth file was ${duration(age)} old when it voted, limit ${duration(limit)}${usual}`;
  if (
    scan.running !== null &&
    scan.running > 0 &&
    scan.measured / scan.running < situation.limits.measuredShare
  ) {
    const share = ((100 * scan.measured) / scan.running).toFixed(1);
    return `it measured ${scan.measured} of ${scan.running} Running relays (${share} %), limit ${100 * situation.limits.measuredShare} %`;
  }
  return undefined;
}

/** One finding for each scanner that fell silent or measures too little. */
export const scannerSilent: Check = (situation) => {
  const scanners = situation.authorities.filter(({ scan }) => scan !== undefined);
  const well = scanners.filter(({ scan }) => scan && scanFault(scan, situation) === undefined).length;
  return scanners.flatMap(({ authority, scan }): Finding[] => {
    const fault = scan && scanFault(scan, situation);
    if (!scan || fault === undefined) return [];
    return [
      {
        check: 'scanner-silent',
        category: 'authority_performance',
        severity: well < scannersNeeded ? 'critical' : well === scannersNeeded ? 'high' : 'warning',
        title: `${authority.nickname}'s bandwidth scanner needs a look`,
        message: `In its vote for ${roundName(scan.validAfter)} ${fault}; ${well} scanners are well, ${scannersNeeded} are needed.`,
        authority: authority.nickname,
        link: `/authorities/${authority.nickname}`,
      },
    ];
  });
};
