/** What a round rests on, as the contract has it: its proof, preview, what was shown before publication, its copies. */
import type { RoundPage, Status } from '../api/index.ts';

/** What is said of these where nothing was seen. */
export const nothingSeen: Pick<RoundPage, 'proof' | 'preview' | 'pending' | 'copies'> = {
  proof: { level: 'unknown', text: 'No proof was made of this round.', ns: null, microdesc: null },
  preview: null,
  pending: { level: 'unknown', text: 'Nothing was seen before publication.', groups: [], authorities: [] },
  copies: { level: 'unknown', text: 'No copy was seen.', consensuses: [], votes: [], lagging: [] },
};

/** The tile of the newest round's proof where there is none. */
export const noProof: Status['proof'] = {
  level: 'unknown',
  verdict: { value: null, reason: 'no proof is known yet' },
  text: 'No proof is known yet.',
  validAfter: null,
};
