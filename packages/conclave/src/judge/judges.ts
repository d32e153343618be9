/** Whose word counts for a document of some time: a set of authorities, and where it comes from. */
import { formatTime, type Fingerprint, type UnixSeconds } from '@conclave/netdoc';
import {
  identitiesOf,
  publicAuthoritiesAt,
  publicAuthoritySets,
  votersOf,
  type AuthoritySet,
} from '../network/index.ts';

/** The set that a document is judged by, and where it comes from, in words. */
export interface Judges {
  readonly set: AuthoritySet;
  readonly identities: ReadonlySet<Fingerprint>;
  readonly from: string;
}

/**
 * Finds the judges of a document of this time; undefined when nobody told who they are. `named` are the identities that
 * the document itself names: they may choose between sets that are trusted anyway, never add to one.
 */
export type FindJudges = (at: UnixSeconds | undefined, named?: readonly Fingerprint[]) => Judges | undefined;

/** The public network's authorities as they were at a time; undefined for a time before the first. */
export function publicJudges(at: UnixSeconds | undefined): Judges | undefined {
  const set = at === undefined ? undefined : publicAuthoritiesAt(at);
  const dated = publicAuthoritySets.findLast((dated) => dated.set === set);
  if (!set || !dated) return undefined;
  const since = formatTime(dated.since as UnixSeconds).slice(0, 10);
  return {
    set,
    identities: identitiesOf(set),
    from: `the public Tor network's, as they were from ${since} on`,
  };
}

/** The nickname of an identity: as the authorities file or table has it. */
export function nicknameIn(judges: Judges | undefined, identity: Fingerprint): string | undefined {
  return judges && votersOf(judges.set).find(({ v3ident }) => v3ident === identity)?.nickname;
}
