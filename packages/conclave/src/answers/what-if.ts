/** What a round would be without some of its authorities. */
import { parseIpv4 } from '@conclave/netdoc';
import type { ConsensusChanges, Fingerprint } from '@conclave/netdoc';
import type { Declined, Sentence, WhatIfAnswer, WhatIfQuery } from '../api/index.ts';
import { headerBeyondVoters, whatIf, wholeRound } from '../analysis/index.ts';
import type { BeforeAfter, WhatIf } from '../analysis/index.ts';
import { listing } from '../checks/index.ts';
import { countryOf, networkOf } from '../geo/index.ts';
import type { Voter } from '../network/index.ts';
import { isoOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { changeView, readVotes, roundVotes, stampOf } from './round-votes.ts';
import type { RoundVotes } from './round-votes.ts';
import type { Workshop } from './workshop.ts';

/** How many relays an answer names of those that come and go. */
const relaysNamed = 50;

/** Answers `/api/v1/what-if`. */
export async function whatIfAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  query: WhatIfQuery,
): Promise<WhatIfAnswer | Declined | undefined> {
  const round = await roundVotes(sources, query.at === undefined ? undefined : Date.parse(query.at) / 1000);
  if (!round) return undefined;
  const lost = lostBy(query, round.voters, sources);
  if ('declined' in lost) return lost;
  const key = [
    'what-if',
    round.round.valid_after,
    ...lost.identities,
    ...round.held.map(({ digest }) => digest),
  ];
  const what = await workshop.run(key.join(' '), async () => {
    const votes = await readVotes(sources, round.held);
    const { authorities, sharedRandomFresh } = round;
    const whole = wholeRound(votes, { authorities, sharedRandomFresh });
    await sources.breathe?.();
    const without = ({ identity }: { readonly identity: Fingerprint }): boolean =>
      lost.identities.includes(identity);
    return whatIf(votes, { authorities, sharedRandomFresh, whole, without });
  });
  if ('declined' in what) return what;
  return {
    ...(await stampOf(sources)),
    ...whatIfView(what, round, lost.identities),
    country: query.country?.toUpperCase() ?? null,
    as: query.as === undefined ? null : asText(query.as),
  };
}

/** Who is lost, by identity, sorted; a name or place that nobody has is not answered as if nobody were lost. */
function lostBy(
  { without, country, as }: WhatIfQuery,
  voters: readonly Voter[],
  { countries, networks }: AnswerSources,
): Declined | { readonly identities: readonly string[] } {
  const named = without.map((name) => ({
    name,
    voter: voters.find(({ nickname }) => nickname.toLowerCase() === name.toLowerCase()),
  }));
  const unknown = named.filter(({ voter }) => !voter).map(({ name }) => name);
  if (unknown.length > 0)
    return bad(
      `without: expected names among ${voters.map(({ nickname }) => nickname).join(', ')}; found ${unknown.join(', ')}`,
    );
  const identities = new Set<string>(named.flatMap(({ voter }) => voter?.v3ident ?? []));
  if (country !== undefined && !countries)
    return bad('country: no country table is configured here (tor-geoipdb)');
  if (as !== undefined && !networks) return bad('as: no table of networks is configured here (asn)');
  const places = [
    ['country', country?.toUpperCase(), (address: number) => countries && countryOf(countries, address)],
    ['as', as && asText(as), (address: number) => networks && asText(networkOf(networks, address))],
  ] as const;
  for (const [kind, wanted, placeOf] of places) {
    const there = wanted === undefined ? [] : votersIn(kind, wanted, voters, placeOf);
    if ('declined' in there) return there;
    for (const { v3ident } of there) identities.add(v3ident);
  }
  return { identities: [...identities].sort() };
}

function bad(message: string): Declined {
  return { declined: 'bad-request', message };
}

/** `AS24940`, however it was written. */
function asText(as: string | number): string;
function asText(as: string | number | undefined): string | undefined;
function asText(as: string | number | undefined): string | undefined {
  return as === undefined ? undefined : `AS${Number(String(as).replace(/^AS/i, ''))}`;
}

/** The authorities whose address is in a place; declined when there is none. */
function votersIn(
  kind: string,
  wanted: string,
  voters: readonly Voter[],
  placeOf: (address: number) => string | undefined,
): Declined | readonly Voter[] {
  const places = voters.map((voter) => {
    const address = parseIpv4(voter.ipv4 ?? '');
    return { voter, place: address === undefined ? undefined : placeOf(address) };
  });
  const there = places.filter(({ place }) => place === wanted);
  if (there.length > 0) return there.map(({ voter }) => voter);
  const known = [...new Set(places.flatMap(({ place }) => place ?? []))].sort().join(', ');
  return bad(`${kind}: expected one that an authority is in (${known || 'none is known'}); found ${wanted}`);
}

function whatIfView(
  what: WhatIf,
  { round, voters, unheld }: RoundVotes,
  lost: readonly string[],
): Omit<WhatIfAnswer, 'network' | 'now' | 'revision' | 'country' | 'as'> {
  const nameOf = (identity: string): string =>
    voters.find(({ v3ident }) => v3ident === identity)?.nickname ?? identity.slice(0, 8);
  const without = lost.map(nameOf).sort();
  const others = unheld.filter((identity) => !lost.includes(identity)).map(nameOf);
  const { changes } = what;
  return {
    sentence: whatIfSentence(what, without, others),
    validAfter: isoOf(round.valid_after ?? 0),
    without,
    votes: what.votes.map(({ identity }) => nameOf(identity)),
    unheld: others,
    needed: what.needed,
    outcome: what.outcome,
    detail: what.detail,
    method: pair(what.method),
    relays: pair(what.relays),
    weight: pair(what.weight),
    header: changes ? headerBeyondVoters(changes).map(changeView) : [],
    flags: (changes?.flags ?? []).map((one) => ({ ...one })),
    added: someRelays(changes?.added),
    removed: someRelays(changes?.removed),
    changed: changes?.changed.length ?? 0,
    identical: what.identical ?? null,
  };
}

function whatIfSentence(what: WhatIf, without: readonly string[], unheld: readonly string[]): Sentence {
  const who = without.length === 0 ? 'With all votes' : `Without ${listing(without)}`;
  const missing =
    unheld.length === 0
      ? ''
      : ` The ${unheld.length === 1 ? 'vote' : 'votes'} of ${listing(unheld)} ${unheld.length === 1 ? 'is' : 'are'} not held here: the figures are without.`;
  const have = `${what.votes.length} votes are left, ${what.needed} are needed.`;
  switch (what.outcome) {
    case 'computed':
      return {
        level: without.length === 0 || what.identical === true ? 'ok' : 'warn',
        headline: `${who} there would be a consensus${what.identical === true ? ' of the same text' : ''}.`,
        detail: `${have}${missing}`,
      };
    case 'impossible':
      return {
        level: unheld.length > 0 ? 'unknown' : 'bad',
        headline: `${who} there would be no consensus.`,
        detail: `${what.detail}. ${have}${missing}`,
      };
    case 'unsupported':
      return {
        level: 'unknown',
        headline: `${who} nobody can tell.`,
        detail: `${what.detail}. ${have}${missing}`,
      };
  }
}

function pair({ before, after }: BeforeAfter): { before: number | null; after: number | null } {
  return { before: before ?? null, after: after ?? null };
}

function someRelays(relays: ConsensusChanges['added'] = []): WhatIfAnswer['added'] {
  return {
    count: relays.length,
    first: relays.slice(0, relaysNamed).map(({ fingerprint, nickname }) => ({ fingerprint, nickname })),
  };
}
