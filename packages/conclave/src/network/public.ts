/**
 * The public network's authorities, as a dated list: which identities counted when, from the first that voted (v3,
 * 2007-09-19) on. Every set is fully known; times before the first have none: never guess.
 */
import { parseFingerprint, type Fingerprint } from '@conclave/netdoc';
import { votersOf, type Authority, type AuthoritySet } from './authority.ts';
import { publicHistory, type History, type Listing } from './public-history.ts';

/** The authorities of the public network from one moment on. */
export interface DatedAuthoritySet {
  /** Seconds since 1970-01-01 UTC. */
  readonly since: number;
  /** Where the change is recorded. */
  readonly source: string;
  readonly set: AuthoritySet;
}

/** The public network's authorities, oldest first; one set for each day on which tor's list changed. */
export const publicAuthoritySets: readonly DatedAuthoritySet[] = [
  ...new Set(publicHistory.flat().map(({ since }) => since)),
]
  .toSorted()
  .map(dated)
  .filter(({ set }) => votersOf(set).length > 0);

/** The public network's authorities at a time, or undefined for a time of which the list knows nothing. */
export function publicAuthoritiesAt(unixSeconds: number): AuthoritySet | undefined {
  return publicAuthoritySets.findLast(({ since }) => since <= unixSeconds)?.set;
}

/** The public network's authorities of today: nine that vote, and the bridge authority. */
export const publicAuthorities: AuthoritySet = newest(publicAuthoritySets);

function newest(sets: readonly DatedAuthoritySet[]): AuthoritySet {
  const last = sets.at(-1);
  if (last === undefined) throw new Error('the list of public authorities is empty');
  return last.set;
}

function dated(day: string): DatedAuthoritySet {
  const listings = publicHistory.map((history) => listingOn(history, day));
  return {
    since: Date.parse(`${day}T00:00:00Z`) / 1000,
    source: sourceOf(day),
    set: {
      network: 'public Tor network',
      authorities: listings.filter((listing) => listing !== undefined).map(authority),
    },
  };
}

/** What the list said of the authority at the end of the day; undefined when it was not there. */
function listingOn([first, ...changes]: History, day: string): Listing | undefined {
  if (first.since > day) return undefined;
  let listing: Listing = first;
  for (const change of changes.filter(({ since }) => since <= day)) {
    if ('gone' in change) return undefined;
    listing = { ...listing, ...change };
  }
  return listing;
}

/** The commits of the day, each with the authorities that it is about: `tor adae600715: moria1, gabelmoo`. */
function sourceOf(day: string): string {
  const nicknames = new Map<string, string[]>();
  for (const history of publicHistory) {
    const past = history.filter(({ since }) => since <= day);
    const nickname = past.flatMap((change) => ('nickname' in change ? (change.nickname ?? []) : [])).at(-1);
    for (const { commit } of past.filter(({ since }) => since === day)) {
      nicknames.set(commit, [...(nicknames.get(commit) ?? []), nickname ?? history[0].nickname]);
    }
  }
  return [...nicknames].map(([commit, names]) => `tor ${commit}: ${names.join(', ')}`).join('; ');
}

function authority({ nickname, v3ident, fingerprint, ipv4, dirPort, orPort, ipv6 }: Listing): Authority {
  return {
    nickname,
    ...(v3ident === undefined ? {} : { v3ident: atom(v3ident) }),
    fingerprint: atom(fingerprint),
    ipv4,
    dirPort,
    orPort,
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}

function atom(text: string): Fingerprint {
  const fingerprint = parseFingerprint(text);
  if (fingerprint === undefined) throw new Error(`not a fingerprint: ${text}`);
  return fingerprint;
}
