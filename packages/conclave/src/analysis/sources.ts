/** Does the consensus say of the authorities what is configured here? (S2.1.9) */
import type { ConsensusSource } from '@conclave/netdoc';
import type { Authority } from '../network/index.ts';

/** The differences between an authority as configured and its dir-source in the consensus; empty when there is none. */
export function differencesOf(authority: Authority, sources: readonly ConsensusSource[]): string[] {
  const source = sources.find(({ identity }) => identity === authority.v3ident);
  if (!source) return [];
  const list: string[] = [];
  const compare = (what: string, configured: string | number | undefined, stated: string | number): void => {
    if (configured !== undefined && configured !== stated)
      list.push(`${what}: configured ${configured}, the consensus says ${stated}`);
  };
  compare('nickname', authority.nickname.toLowerCase(), source.nickname.toLowerCase());
  compare('address', authority.ipv4, source.address);
  compare('DirPort', authority.dirPort, source.dirPort);
  compare('ORPort', authority.orPort, source.orPort);
  return list;
}
