/** Does a document break a rule that holds whoever runs the network? (S2.2.10, S2.2.12) */
import { roundName } from './finding.ts';
import type { Check, Finding } from './finding.ts';

/** One finding for the newest consensus, and one for each authority whose vote breaks a rule. */
export const healthInvariantBroken: Check = ({ health }) => {
  if (!health) return [];
  const documents = [...new Set(health.broken.map(({ document }) => document))];
  return documents.map((document): Finding => {
    const broken = health.broken.filter((one) => one.document === document);
    const ofConsensus = document === 'consensus';
    const texts = broken.map(({ text, violations, named }) => {
      const [first] = named;
      const times = violations === 1 ? 'once' : `${violations} times`;
      const example = first ? `, first by ${first.nickname} (${first.fingerprint}), which ${first.text}` : '';
      return `${text} It is broken ${times}${example}; limit 0.`;
    });
    return {
      check: 'health-invariant-broken',
      category: 'consensus_health',
      severity: ofConsensus ? 'high' : 'warning',
      title: ofConsensus ? 'The consensus breaks a rule' : `The vote of ${document} breaks a rule`,
      message: texts.join(' '),
      ...(ofConsensus ? {} : { authority: document }),
      link: `/health?at=${roundName(health.validAfter)}`,
    };
  });
};
