/** Situations made by hand, for tests of checks. */
import { defaultLimits, nothingSeenOfIt } from '../../src/analysis/index.ts';
import type { AuthoritySituation, Situation } from '../../src/checks/index.ts';
import { madeNetwork, noon } from '../support/network.ts';

/** In seconds: ten minutes after the newest consensus. */
export const now: number = noon + 600;

/** A situation in which all is well. */
export function situation(count: number, change: Partial<Situation> = {}, bridge = false): Situation {
  const { set } = madeNetwork(count, bridge);
  const authorities = set.authorities.map((authority): AuthoritySituation => ({
    authority,
    state: { ...nothingSeenOfIt, condition: 'online', since: 0, leaning: 'online' },
    voted: authority.v3ident ? true : undefined,
    signed: authority.v3ident ? true : undefined,
    serves: { validAfter: noon, at: now * 1000 },
    clockSkewSeconds: 0,
    certificateExpires: noon + 90 * 86_400,
    scan: undefined,
    differences: [],
  }));
  return {
    nowMs: now * 1000,
    set,
    limits: defaultLimits,
    intervalSeconds: 3600,
    authorities,
    consensus: {
      validAfter: noon,
      freshUntil: noon + 3600,
      validUntil: noon + 10_800,
      votes: count,
      signers: count,
      needed: Math.floor(count / 2) + 1,
    },
    watchingSinceMs: (noon - 86_400) * 1000,
    consensusAskedMs: now * 1000,
    served: [{ digest: 'AA', authorities: set.authorities.map(({ nickname }) => nickname) }],
    proofs: [],
    votedTwice: [],
    coming: undefined,
    health: undefined,
    sources: [],
    refused: [],
    ...change,
  };
}

/** The same with some authorities changed, by their place. */
export function changed(
  base: Situation,
  places: readonly number[],
  change: Partial<AuthoritySituation>,
): Situation {
  return {
    ...base,
    authorities: base.authorities.map((one, index) => (places.includes(index) ? { ...one, ...change } : one)),
  };
}
