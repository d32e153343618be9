/** Did an authority serve something that does not verify? */
import type { Check } from './finding.ts';

/** One finding for each authority and kind of document that it serves and that does not verify. */
export const documentRefused: Check = ({ refused }) =>
  refused.map(({ sha256, kind, authority, why }) => ({
    check: `document-refused-${kind}`,
    category: 'consensus_health',
    severity: kind === 'consensus' ? 'critical' : 'high',
    title: `${authority} serves a ${kind} that does not verify`,
    message: why,
    authority,
    link: `/documents/${sha256}`,
  }));
