/** Is the newest consensus what its votes give? (S11.7) */
import { listing, roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** One finding when a flavour differs from what it was recomputed as. What could not be decided is no finding. */
export const consensusUnproven: Check = ({ proofs, consensus, limits }) => {
  const wrong = proofs.filter(({ verdict }) => verdict === 'differs');
  if (wrong.length === 0 || !consensus) return [];
  const told = wrong.map(({ flavor, differences, named, explanation }) => {
    const first = named.slice(0, limits.differencesNamed);
    const which = first.length < differences ? `the first ${first.length} are` : 'they are';
    return `${flavor}: ${explanation} ${differences} ${differences === 1 ? 'difference' : 'differences'}; ${which} ${first.join('; ')}.`;
  });
  return [
    {
      check: 'consensus-unproven',
      category: 'consensus_health',
      severity: 'critical',
      title: `The consensus (${listing(wrong.map(({ flavor }) => flavor))}) is not what its votes give`,
      message: told.join(' '),
      link: `/rounds/${roundName(consensus.validAfter)}`,
    },
  ];
};
