/** Did every authority vote, and sign what came of it? (S2.1.4, S2.1.14) */
import { isVoter } from '../network/index.ts';
import { severityByMargin } from './authority-offline.ts';
import { roundName } from './finding.ts';
import type { Check } from './finding.ts';

/** One finding for each voter whose vote is not in the newest consensus. */
export const voteMissing: Check = ({ authorities, consensus }) => {
  if (!consensus) return [];
  const voters = authorities.filter(({ authority }) => isVoter(authority));
  return voters
    .filter(({ voted }) => voted === false)
    .map(({ authority }) => ({
      check: 'vote-missing',
      category: 'consensus_health',
      severity: severityByMargin(consensus.votes - consensus.needed),
      title: `${authority.nickname}'s vote is missing`,
      message: `The consensus of ${roundName(consensus.validAfter)} was made from ${consensus.votes} of ${voters.length} votes; ${consensus.needed} are needed.`,
      authority: authority.nickname,
      link: `/rounds/${roundName(consensus.validAfter)}`,
    }));
};

/** One finding for each voter that voted and did not sign. */
export const signatureMissing: Check = ({ authorities, consensus }) => {
  if (!consensus) return [];
  return authorities
    .filter(({ voted, signed }) => voted === true && signed === false)
    .map(({ authority }) => ({
      check: 'signature-missing',
      category: 'consensus_health',
      severity: severityByMargin(consensus.signers - consensus.needed),
      title: `${authority.nickname} voted but did not sign`,
      message: `The consensus of ${roundName(consensus.validAfter)} has ${consensus.signers} good signatures; ${consensus.needed} are needed.`,
      authority: authority.nickname,
      link: `/rounds/${roundName(consensus.validAfter)}`,
    }));
};
