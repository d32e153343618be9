/** Verdicts in one sentence, the same on pages and in the command line. */
import { formatTime } from '@conclave/netdoc';
import type { DescriptorVerdict, Refusal, Verdict } from '@conclave/netdoc';

/** What kind of document the verdict is on. */
export type JudgedKind = 'consensus' | 'vote' | 'certificate';

function refusalText(refusal: Refusal): string {
  switch (refusal.code) {
    case 'malformed':
      return `it is malformed (${refusal.errors} ${refusal.errors === 1 ? 'error' : 'errors'})`;
    case 'too-few-signers':
      return `${refusal.signers} good ${refusal.signers === 1 ? 'signature' : 'signatures'} where ${refusal.needed} are needed`;
    case 'certificate':
      return `its certificate does not hold (${refusal.faults.join(', ')})`;
    case 'certificate-time':
      return 'its certificate was not valid at the time asked about';
    case 'unknown-authority':
      return 'it is by nobody we count as an authority';
    case 'no-signature':
      return 'it has no good signature';
    case 'not-alive':
      return `it was not alive at ${formatTime(refusal.at)}`;
  }
}

/** For example `Genuine: signed by 9 of 9 authorities, 5 needed.` */
export function verdictText(kind: JudgedKind, verdict: Verdict): string {
  const { outcome, signers, authorities, needed, refusals, missing } = verdict;
  if (outcome === 'accepted') {
    if (kind === 'consensus')
      return `Genuine: signed by ${signers.length} of ${authorities} authorities, ${needed} needed.`;
    return kind === 'vote' ? 'Genuine: signed by its authority.' : 'It holds: certified by its identity key.';
  }
  if (outcome === 'undecided') {
    return `Undecided: ${signers.length} good signatures of ${needed} needed, ${missing.length} cannot be checked without their certificates.`;
  }
  return `Not genuine: ${refusals.map(refusalText).join('; ')}.`;
}

/** The verdict on what a relay signs itself: `holds` says what it comes to when every check holds. */
export function checksText({ outcome, checks }: DescriptorVerdict, holds: string): string {
  if (outcome === 'accepted') return `Genuine: ${holds}.`;
  const wanted = outcome === 'rejected' ? new Set(['wrong', 'expired']) : new Set(['unchecked']);
  const failed = checks
    .filter((check) => wanted.has(check.outcome))
    .map(({ name, detail }) => (detail === '' ? name : `${name} (${detail})`));
  return outcome === 'rejected'
    ? `Not genuine: what does not hold is ${failed.join('; ')}.`
    : `Undecided: what cannot be checked is ${failed.join('; ')}.`;
}
