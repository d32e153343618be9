/** Questions that are answered from the documents themselves: what would be, what differs, and why a line says so. */
import { compareConsensuses, explain, parseConsensus, parseIpv4, parseVote } from '@conclave/netdoc';
import type { Consensus, ConsensusChanges, Explanation, Fingerprint, Vote } from '@conclave/netdoc';
import type {
  Declined,
  DiffAnswer,
  ExplainAnswer,
  ExplainQuery,
  Sentence,
  WhatIfAnswer,
  WhatIfQuery,
} from '../api/index.ts';
import { headerBeyondVoters, whatIf, wholeRound } from '../analysis/index.ts';
import type { BeforeAfter, WhatIf } from '../analysis/index.ts';
import { listing } from '../checks/index.ts';
import { countryOf } from '../geo/index.ts';
import { isVoter } from '../network/index.ts';
import type { Voter } from '../network/index.ts';
import { authorityOfRow } from '../pipeline/index.ts';
import type { Row } from '../store/index.ts';
import { fromJson, isoOf, isoOfMs, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import type { Workshop } from './workshop.ts';

/** How many relays an answer names of those that come and go. */
const relaysNamed = 50;

/** What every answer carries. */
async function stampOf(
  sources: AnswerSources,
): Promise<{ readonly network: string; readonly now: string; readonly revision: number }> {
  const { network } = await metaOf(sources);
  return { network, now: isoOfMs(sources.now()), revision: sources.revision() };
}

/** A round with the votes that its consensus names. */
export interface RoundVotes {
  readonly round: Row<'rounds'>;
  readonly voters: readonly Voter[];
  /** The rows of those that are held, by identity. */
  readonly held: readonly Row<'votes'>[];
  /** Identities of the others. */
  readonly unheld: readonly string[];
  /** How many authorities whoever computed has configured, and whether it had just computed a new shared random value. */
  readonly authorities: number;
  readonly sharedRandomFresh: boolean;
}

/** The votes of a round; undefined when it is not known. */
export async function roundVotes(
  { store }: AnswerSources,
  validAfter: number | undefined,
): Promise<RoundVotes | undefined> {
  const [round] =
    validAfter === undefined
      ? await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 })
      : await store.query('round', { valid_after: validAfter });
  if (!round) return undefined;
  const at = { valid_after: round.valid_after ?? 0 };
  const voters = (await store.query('authorities')).map(authorityOfRow).filter(isVoter);
  const named = await store.query('sourcesOf', at);
  const votes = (await store.query('votesOf', at)).filter(({ outcome }) => outcome === 'accepted');
  const held = named.flatMap(
    ({ identity, vote_digest }) =>
      votes.find((vote) => vote.identity === identity && vote.digest === vote_digest) ?? [],
  );
  const holding = new Set(held.map(({ identity }) => identity));
  const proof = (await store.query('proofsOf', at)).find(({ flavor }) => flavor === 'ns');
  return {
    round,
    voters,
    held,
    unheld: named.flatMap(({ identity }) => (identity === null || holding.has(identity) ? [] : [identity])),
    ...fromJson(proof?.assumptions, { authorities: voters.length, sharedRandomFresh: false }),
  };
}

/** Reads and parses the votes, letting others have their turn between two. */
export async function readVotes(sources: AnswerSources, held: readonly Row<'votes'>[]): Promise<Vote[]> {
  const votes: Vote[] = [];
  for (const { sha256 } of held) {
    const bytes = await sources.archive.read(sha256 ?? '');
    const { document } = bytes ? parseVote(bytes, { profile: 'tor-0.4.9' }) : {};
    if (document) votes.push(document);
    await sources.breathe?.();
  }
  return votes;
}

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
  };
}

/** Who is lost, by identity, sorted; a name or country that nobody has is not answered as if nobody were lost. */
function lostBy(
  { without, country }: WhatIfQuery,
  voters: readonly Voter[],
  { countries }: AnswerSources,
): Declined | { readonly identities: readonly string[] } {
  const bad = (message: string): Declined => ({ declined: 'bad-request', message });
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
  if (country !== undefined) {
    if (!countries) return bad('country: no country table is configured here (tor-geoipdb)');
    const places = voters.map((voter) => {
      const address = parseIpv4(voter.ipv4 ?? '');
      return { voter, place: address === undefined ? undefined : countryOf(countries, address) };
    });
    const there = places.filter(({ place }) => place === country.toUpperCase());
    if (there.length === 0) {
      const known = [...new Set(places.flatMap(({ place }) => place ?? []))].sort().join(', ');
      return bad(
        `country: expected one that an authority is in (${known || 'none is known'}); found ${country}`,
      );
    }
    for (const { voter } of there) identities.add(voter.v3ident);
  }
  return { identities: [...identities].sort() };
}

function whatIfView(
  what: WhatIf,
  { round, voters, unheld }: RoundVotes,
  lost: readonly string[],
): Omit<WhatIfAnswer, 'network' | 'now' | 'revision' | 'country'> {
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

function changeView({
  keyword,
  before,
  after,
}: ConsensusChanges['header'][number]): DiffAnswer['header'][number] {
  return { name: keyword, before: before ?? null, after: after ?? null };
}

function someRelays(relays: ConsensusChanges['added'] = []): WhatIfAnswer['added'] {
  return {
    count: relays.length,
    first: relays.slice(0, relaysNamed).map(({ fingerprint, nickname }) => ({ fingerprint, nickname })),
  };
}

/** Answers `/api/v1/rounds/{validAfter}/explain`. */
export async function explainAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  { validAfter, flavor, relay, keyword }: ExplainQuery,
): Promise<ExplainAnswer | Declined | undefined> {
  const subject =
    relay !== undefined
      ? { flavor, fingerprint: relay.toUpperCase(), ...(keyword === undefined ? {} : { keyword }) }
      : keyword === undefined
        ? undefined
        : { flavor, keyword };
  if (!subject) return { declined: 'bad-request', message: 'expected a relay, a keyword, or both' };
  const round = await roundVotes(sources, Date.parse(validAfter) / 1000);
  if (!round) return undefined;
  if (round.unheld.length > 0)
    return {
      declined: 'not-yet',
      message: `${round.unheld.length} of the votes that the consensus names are not held here; without them nothing is explained.`,
    };
  const key = ['explain', JSON.stringify(subject), ...round.held.map(({ digest }) => digest)];
  const made = await workshop.run(key.join(' '), async () => {
    const votes = await readVotes(sources, round.held);
    const { authorities, sharedRandomFresh } = round;
    return { lines: explain(votes, { authorities, sharedRandomFresh }, subject) };
  });
  if ('declined' in made) return made;
  const lines = made.lines.map((one) => lineView(one, round.voters));
  const of = [keyword, relay === undefined ? '' : `relay ${relay.toUpperCase().slice(0, 8)}`].filter(Boolean);
  return {
    ...(await stampOf(sources)),
    sentence: explainSentence(lines, of.join(' of '), round.held.length),
    validAfter: isoOf(round.round.valid_after ?? 0),
    flavor,
    lines,
  };
}

function explainSentence(lines: ExplainAnswer['lines'], of: string, votes: number): Sentence {
  const detail = `Recomputed from ${votes} votes.`;
  if (lines.length === 0)
    return { level: 'unknown', headline: 'No line was found that fits this question.', detail };
  const says = lines.some(({ text }) => text !== null);
  return { level: 'ok', headline: `Why it says ${says ? 'so' : 'nothing'}: ${of}.`, detail };
}

function lineView(
  { line, text, rule, clause, given }: Explanation,
  voters: readonly Voter[],
): ExplainAnswer['lines'][number] {
  return {
    line: line ?? null,
    text: text ?? null,
    rule,
    clause,
    given: given.map((one) => ({
      authority: voters.find(({ v3ident }) => v3ident === one.identity)?.nickname ?? one.nickname,
      identity: one.identity,
      value: one.value ?? null,
      counted: one.counted,
      note: one.note ?? null,
    })),
  };
}

/** Answers `/api/v1/diff`: two consensuses of the ns flavour, by default the newest two. */
export async function diffAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  query: { readonly from?: string; readonly to?: string },
): Promise<DiffAnswer | Declined | undefined> {
  const newest = await sources.store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 2 });
  const roundAt = async (time: string | undefined, otherwise: number): Promise<Row<'rounds'> | undefined> =>
    time === undefined
      ? newest[otherwise]
      : (await sources.store.query('round', { valid_after: Date.parse(time) / 1000 }))[0];
  const [from, to] = [await roundAt(query.from, 1), await roundAt(query.to, 0)];
  if (!from || !to) return undefined;
  const made = await workshop.run(`diff ${from.ns_sha256} ${to.ns_sha256}`, async () => {
    const [before, after] = [await readConsensus(sources, from), await readConsensus(sources, to)];
    return before && after ? diffView(before, after) : { lost: true as const };
  });
  if ('declined' in made) return made;
  // The archive has lost what the store knows of: there is nothing to compare.
  if ('lost' in made) return undefined;
  return { ...(await stampOf(sources)), ...made };
}

async function readConsensus(sources: AnswerSources, round: Row<'rounds'>): Promise<Consensus | undefined> {
  const bytes = await sources.archive.read(round.ns_sha256 ?? '');
  await sources.breathe?.();
  return bytes && parseConsensus(bytes, { profile: 'tor-0.4.9' }).document;
}

function diffView(before: Consensus, after: Consensus): Omit<DiffAnswer, 'network' | 'now' | 'revision'> {
  const changes = compareConsensuses(before, after);
  const { added, removed, changed, flags, relays } = changes;
  const listed = ({
    fingerprint,
    nickname,
    address,
    orPort,
    flags: own,
  }: ConsensusChanges['added'][number]) => ({
    fingerprint,
    nickname,
    address: `${address}:${orPort}`,
    flags: [...own],
  });
  return {
    sentence: {
      level: 'ok',
      headline: `${added.length} relays came, ${removed.length} went, ${changed.length} changed.`,
      detail: `${relays.both} relays are in both; ${changes.header.length} values of the header differ.`,
    },
    from: isoOf(before.validAfter),
    to: isoOf(after.validAfter),
    header: changes.header.map(changeView),
    relaysBefore: relays.before,
    relaysAfter: relays.after,
    added: added.map(listed),
    removed: removed.map(listed),
    changed: changed.map(({ fingerprint, nickname, gained, lost, fields }) => ({
      fingerprint,
      nickname,
      gained: [...gained],
      lost: [...lost],
      fields: fields.map((one) => ({
        field: one.field,
        before: valueText(one.before),
        after: valueText(one.after),
      })),
    })),
    flags: flags.map((one) => ({ ...one })),
  };
}

function valueText(value: string | number | boolean | undefined): string | null {
  return value === undefined ? null : String(value);
}
