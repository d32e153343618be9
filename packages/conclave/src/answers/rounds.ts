/** The list of rounds, and the page of one: what was due, what came, who signed (S5.1, S5.2, S5.4). */
import type { RoundPage, Rounds, Sentence } from '../api/index.ts';
import { shareOf } from '../analysis/index.ts';
import type { FlagAgreement } from '../analysis/index.ts';
import { counted, listing } from '../checks/index.ts';
import { isVoter } from '../network/index.ts';
import type { Voter } from '../network/index.ts';
import { viaArchive } from '../pipeline/index.ts';
import type { Row, ServedRow } from '../store/index.ts';
import { eventView, fromJson, isoMsOrNull, isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { copiesView, copyRows, pendingView } from './copies.ts';
import { authoritiesThen, fromArchivesAlone, readAuthorities } from './past.ts';
import { previewView, roundProof } from './proof.ts';
import { phaseRows, qualityOf } from './round-figures.ts';

type Level = Sentence['level'];

/** Answers `/api/v1/rounds`. */
export async function roundsAnswer(
  sources: AnswerSources,
  query: { readonly before?: string; readonly limit: number },
): Promise<Rounds> {
  const { store } = sources;
  const meta = await metaOf(sources);
  const before = query.before === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.before) / 1000;
  const rows = await store.query('rounds', { before, limit: query.limit + 1 });
  const authorities = await readAuthorities(store);
  const rounds = rows
    .slice(0, query.limit)
    .map((row) => summary(row, authoritiesThen(authorities, row).filter(isVoter).length));
  const last = rounds.at(-1);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: listSentence(rounds, query.before !== undefined),
    rounds,
    older: rows.length > query.limit && last ? `/rounds?before=${last.validAfter}` : null,
  };
}

function summary(row: Row<'rounds'>, voters: number): Rounds['rounds'][number] {
  const votes = row.votes ?? 0;
  const signed = row.valid_signatures ?? 0;
  const seen = !lacksWatch(row);
  const margin = (seen ? Math.min(votes, signed) : votes) - (row.needed ?? 0);
  const digests = lacksWatch(row) ? null : (row.digests ?? 1);
  const split = digests !== null && digests > 1;
  const level: Level = split
    ? 'bad'
    : votes === voters && (signed === voters || !seen)
      ? 'ok'
      : margin <= 1
        ? 'bad'
        : 'warn';
  const text = [
    split ? `${digests} different consensuses` : '',
    votes < voters ? `${voters - votes} ${voters - votes === 1 ? 'vote' : 'votes'} missing` : '',
    signed < voters
      ? `${voters - signed} ${voters - signed === 1 ? 'signature' : 'signatures'} ${seen ? 'missing' : "not on an archive's copy"}`
      : '',
  ].filter(Boolean);
  return {
    validAfter: isoOf(row.valid_after ?? 0),
    level,
    text: text.length === 0 ? 'all voted and signed' : text.join(', '),
    relays: row.relays,
    votes: row.votes,
    signatures: row.valid_signatures,
    agreement: row.agreement,
    digests,
  };
}

function listSentence(rounds: Rounds['rounds'], older: boolean): Sentence {
  if (rounds.length === 0) return { level: 'unknown', headline: 'No round is known yet.', detail: '' };
  const odd = rounds.filter(({ level }) => level !== 'ok').length;
  const which = older ? 'these' : 'the last';
  if (odd === 0)
    return { level: 'ok', headline: `All voted and signed in ${which} ${rounds.length} rounds.`, detail: '' };
  const bad = rounds.some(({ level }) => level === 'bad');
  return {
    level: bad ? 'bad' : 'warn',
    headline: `Something was missing in ${odd} of ${which} ${rounds.length} rounds.`,
    detail: '',
  };
}

/** What the page of a round is told from. */
interface RoundFacts {
  readonly round: Row<'rounds'>;
  readonly voters: readonly Voter[];
  readonly votes: readonly Row<'votes'>[];
  readonly sources: ReadonlyMap<string, Row<'sources'>>;
  readonly signatures: readonly Row<'signatures'>[];
  readonly served: readonly ServedRow[];
  readonly seenVotes: readonly {
    readonly identity: string;
    readonly authority: string;
    readonly sha256: string;
  }[];
  readonly nsDigest: string | undefined;
  readonly microdescDigest: string | undefined;
}

/** Answers `/api/v1/rounds/{validAfter}`. */
export async function roundAnswer(
  sources: AnswerSources,
  validAfter: string,
): Promise<RoundPage | undefined> {
  const { store } = sources;
  const at = { valid_after: Date.parse(validAfter) / 1000 };
  const [round] = Number.isSafeInteger(at.valid_after) ? await store.query('round', at) : [];
  if (!round) return undefined;
  const meta = await metaOf(sources);
  const consensuses = await store.query('consensusesOf', at);
  const digestOf = (sha256: string | null): string | undefined =>
    consensuses.find((row) => row.sha256 === sha256)?.digest ?? undefined;
  const facts: RoundFacts = {
    round,
    voters: authoritiesThen(await readAuthorities(store), round).filter(isVoter),
    votes: await store.query('votesOf', at),
    sources: new Map((await store.query('sourcesOf', at)).map((row) => [row.identity ?? '', row])),
    signatures: await store.query('signaturesOf', at),
    served: await store.query('servedConsensuses', at),
    seenVotes: await store.query('firstSeenVotes', at),
    nsDigest: digestOf(round.ns_sha256),
    microdescDigest: digestOf(round.microdesc_sha256),
  };
  const came = await fromArchivesAlone(
    store,
    consensuses.map(({ sha256 }) => sha256),
  );
  const [previous] = await store.query('rounds', { before: at.valid_after, limit: 1 });
  const [following] = await store.query('roundAfter', at);
  const [preview] = await store.query('newestPreview', at);
  const names = new Map<string, string>(facts.voters.map(({ v3ident, nickname }) => [v3ident, nickname]));
  const authorities = facts.voters.map((voter) => authorityOfRound(voter, facts));
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: pageSentence(round, authorities),
    validAfter: isoOf(at.valid_after),
    previous: isoOrNull(previous?.valid_after),
    following: isoOrNull(following?.valid_after),
    phases: phaseRows(round, facts),
    consensuses: consensuses.map((row) => consensusView(row, facts, came)),
    authorities,
    perFlag: flagRows(facts),
    quality: qualityOf(round),
    proof: roundProof(await store.query('proofsOf', at)),
    preview: preview ? previewView(preview, names) : null,
    pending: pendingView(await store.query('pendingOf', at)),
    copies: copiesView(
      await copyRows(store, at.valid_after, round, following?.valid_after ?? undefined, names),
    ),
    events: (await store.query('eventsOfRound', at)).map(eventView),
  };
}

/** `came`: those that archives brought and nobody was seen to serve. */
function consensusView(
  row: Row<'documents'>,
  facts: RoundFacts,
  came: ReadonlyMap<string, number>,
): RoundPage['consensuses'][number] {
  return {
    flavor: row.flavor === 'microdesc' ? 'microdesc' : 'ns',
    sha256: row.sha256 ?? '',
    digest: row.digest ?? '',
    bytes: row.bytes ?? 0,
    verdict: row.verdict ?? '',
    level: row.outcome === 'accepted' ? 'ok' : row.outcome === 'rejected' ? 'bad' : 'unknown',
    valid: row.signers ?? 0,
    needed: row.needed ?? 0,
    firstSeen: came.has(row.sha256 ?? '') ? null : isoMsOrNull(row.first_seen),
    servedBy: facts.served
      .filter(({ sha256 }) => sha256 === row.sha256)
      .map(({ authority, first_seen }) => ({ authority, firstSeen: isoOfMs(first_seen) })),
  };
}

/** The vote that the consensus names, or else the first one seen. */
function voteOf(voter: Voter, facts: RoundFacts): Row<'votes'> | undefined {
  const own = facts.votes.filter(({ identity }) => identity === voter.v3ident);
  const digest = facts.sources.get(voter.v3ident)?.vote_digest;
  return own.find((vote) => vote.digest === digest) ?? own[0];
}

function fateOf(voter: Voter, flavor: string, digest: string | undefined, facts: RoundFacts): string | null {
  const row = facts.signatures.find(
    (one) => one.identity === voter.v3ident && one.flavor === flavor && one.digest === digest,
  );
  return row?.fate ?? null;
}

function authorityOfRound(voter: Voter, facts: RoundFacts): RoundPage['authorities'][number] {
  const vote = voteOf(voter, facts);
  const voted = facts.sources.has(voter.v3ident);
  const signed = {
    ns: fateOf(voter, 'ns', facts.nsDigest, facts),
    microdesc: fateOf(voter, 'microdesc', facts.microdescDigest, facts),
  };
  const signatures = facts.signatures
    .filter(({ identity }) => identity === voter.v3ident)
    .flatMap(({ first_seen }) => first_seen ?? []);
  const served = facts.served
    .filter(({ authority, flavor }) => authority === voter.nickname && flavor === 'ns')
    .map(({ first_seen }) => first_seen);
  const good = signed.ns === 'good';
  const share = vote?.decisions ? shareOf({ equal: vote.equal ?? 0, decisions: vote.decisions }) : undefined;
  return {
    nickname: voter.nickname,
    mark: voted && good ? 'good' : voted && lacksWatch(facts.round) ? 'unobserved' : 'missing',
    voteSha256: vote?.sha256 ?? null,
    voteDigest: facts.sources.get(voter.v3ident)?.vote_digest ?? vote?.digest ?? null,
    votePublished: isoOrNull(vote?.published),
    voteFirstSeen: isoMsOrNull(vote?.first_seen),
    voteSeenAt: facts.seenVotes
      .filter(({ sha256 }) => sha256 === vote?.sha256)
      .map(({ authority }) => authority),
    voteBytes: vote?.bytes ?? null,
    voteVerdict: voteVerdict(vote, voted, facts.round),
    inConsensus: voted,
    relays: vote?.relays ?? null,
    running: vote?.running ?? null,
    measured: vote?.scanner === true ? (vote.measured ?? null) : null,
    agreement: share ?? null,
    signatureFirstSeen: signatures.length === 0 ? null : isoOfMs(Math.min(...signatures)),
    signed,
    consensusFirstServed: served.length === 0 ? null : isoOfMs(Math.min(...served)),
    text: roundText(voted, good, vote, facts.round),
  };
}

/**
 * Nobody watched: the signatures on an archive's copy are those of some moment, and who signed after it is not known.
 * Whose votes were counted, the consensus says itself.
 */
function lacksWatch({ first_seen }: Row<'rounds'>): boolean {
  return first_seen === null;
}

/** What is to be said of its vote: by itself, and how it came here; of one that is not held, why. */
function voteVerdict(vote: Row<'votes'> | undefined, voted: boolean, round: Row<'rounds'>): string {
  if (vote?.via === viaArchive) return `${vote.verdict ?? ''} Not seen by us: it came out of an archive.`;
  if (vote) return vote.verdict ?? '';
  if (voted) return 'Named by the consensus, not held here.';
  return round.first_seen === null ? 'None held; nobody watched this round.' : 'None seen.';
}

function roundText(
  voted: boolean,
  signed: boolean,
  vote: Row<'votes'> | undefined,
  round: Row<'rounds'>,
): string {
  if (voted && signed) return 'voted and signed';
  if (voted)
    return lacksWatch(round) ? "voted; an archive's copy lacks its signature" : 'voted, but did not sign';
  const how = vote?.via === viaArchive ? 'an archive has a vote of it' : 'a vote of it was seen';
  const late = vote ? `${how}, but the consensus does not name it` : 'no vote';
  if (signed) return `${late}; signed all the same`;
  return lacksWatch(round) ? `${late}; an archive's copy lacks its signature` : `${late}, and no signature`;
}

function pageSentence(round: Row<'rounds'>, authorities: RoundPage['authorities']): Sentence {
  const at = isoOf(round.valid_after ?? 0);
  const clock = at.slice(11, at.endsWith(':00Z') ? 16 : 19);
  const missing = authorities
    .filter(({ inConsensus }) => inConsensus !== true)
    .map(({ nickname }) => nickname);
  const absent = authorities.filter(({ signed }) => signed.ns !== 'good').map(({ nickname }) => nickname);
  const unsigned = lacksWatch(round) ? [] : absent;
  const lacking = lacksWatch(round) && absent.length > 0;
  const detail = `${counted(round.relays ?? 0, 'relay')} by consensus method ${round.method}; ${round.valid_signatures} good signatures, ${round.needed} needed.${lacking ? ` An archive's copy lacks ${absent.length === 1 ? 'the signature' : 'signatures'} of ${listing(absent)}; nobody watched who signed later.` : ''}`;
  if ((round.digests ?? 1) > 1)
    return {
      level: 'bad',
      headline: `At ${clock} the authorities served ${round.digests} different consensuses.`,
      detail,
    };
  if (lacking && missing.length === 0)
    return { level: 'ok', headline: `At ${clock} all ${authorities.length} voted.`, detail };
  if (missing.length === 0 && unsigned.length === 0)
    return { level: 'ok', headline: `At ${clock} all ${authorities.length} voted and signed.`, detail };
  const without = (names: readonly string[], one: string, many: string): string =>
    names.length === 0 ? '' : `without the ${names.length === 1 ? one : many} of ${listing(names)}`;
  const same = missing.length === unsigned.length && missing.every((name) => unsigned.includes(name));
  const parts = same
    ? [without(missing, 'vote and signature', 'votes and signatures')]
    : [without(missing, 'vote', 'votes'), without(unsigned, 'signature', 'signatures')].filter(Boolean);
  const margin = authorities.length - Math.max(missing.length, unsigned.length) - (round.needed ?? 0);
  return {
    level: margin <= 1 ? 'bad' : 'warn',
    headline: `At ${clock} a consensus was made ${parts.join(' and ')}.`,
    detail,
  };
}

/** Each flag: how many relays have it in the consensus and in each vote, and how far each vote agrees. */
function flagRows(facts: RoundFacts): RoundPage['perFlag'] {
  const flags = fromJson<{ counts: Record<string, number>; agreement: FlagAgreement[] }>(facts.round.flags, {
    counts: {},
    agreement: [],
  });
  return Object.entries(flags.counts).map(([flag, consensus]) => {
    const overall = flags.agreement.find((one) => one.flag === flag);
    return {
      flag,
      consensus,
      share: overall ? (shareOf(overall) ?? null) : null,
      perAuthority: facts.voters.map((voter) => {
        const vote = voteOf(voter, facts);
        const count = fromJson<Record<string, number>>(vote?.flags, {})[flag];
        const own = fromJson<FlagAgreement[]>(vote?.per_flag, []).find((one) => one.flag === flag);
        return {
          authority: voter.nickname,
          count: count ?? null,
          share: own ? (shareOf(own) ?? null) : null,
        };
      }),
    };
  });
}
