/** Did an authority sign two different votes for one round? */
import { listing, roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** One finding for each such authority; a vote that was replaced in time is only information. */
export const voteEquivocation: Check = ({ votedTwice }) =>
  votedTwice.map(({ authority, validAfter, replaced, votes }) => {
    const told = votes.map(
      ({ digest, published, servedBy }) =>
        `${digest.slice(0, 8)} published ${roundName(published).slice(11, 19)}, served by ${servedBy.length === 0 ? 'nobody now' : listing(servedBy)}`,
    );
    return {
      check: 'vote-equivocation',
      category: 'consensus_health',
      severity: replaced ? 'info' : 'critical',
      title: replaced
        ? `${authority} replaced its vote`
        : `${authority} signed ${votes.length} different votes`,
      message: replaced
        ? `The later took the place of the earlier, as it may: ${told.join('; ')}.`
        : `Whoever counts one and whoever counts another compute different consensuses: ${told.join('; ')}.`,
      authority,
      link: `/rounds/${roundName(validAfter)}`,
    };
  });
