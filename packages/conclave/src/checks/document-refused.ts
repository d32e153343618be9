/** Did an authority serve something that does not verify? */
import type { Check, Severity } from './finding.ts';

/** Clients are given a consensus, a round is made of votes; a descriptor is only about the authority as a relay. */
const severities: Readonly<Record<string, Severity>> = {
  consensus: 'critical',
  vote: 'high',
  'server-descriptor': 'warning',
};

/** One finding for each authority and kind of document that it serves and that does not verify. */
export const documentRefused: Check = ({ refused }) =>
  refused.map(({ sha256, kind, authority, why }) => ({
    check: `document-refused-${kind}`,
    category: 'consensus_health',
    severity: severities[kind] ?? 'high',
    title: `${authority} serves a ${kind} that does not verify`,
    message: why,
    authority,
    link: `/documents/${sha256}`,
  }));
