/** The authorities page, and the page of one authority. */
import type { Authorities, AuthorityPage, AuthorityRow, Sentence } from '../api/index.ts';
import { shareOf } from '../analysis/index.ts';
import type { FlagAgreement } from '../analysis/index.ts';
import { listing } from '../checks/index.ts';
import { newestCertificate } from '../pipeline/index.ts';
import type { Row } from '../store/index.ts';
import { gatherFacts } from './authority-facts.ts';
import type { AuthorityFacts } from './authority-facts.ts';
import { authorityRow, newestVote, signedRound } from './authority-row.ts';
import { alertView, eventView, fromJson, isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';

/** Answers `/api/v1/authorities`. */
export async function authoritiesAnswer(sources: AnswerSources): Promise<Authorities> {
  const meta = await metaOf(sources);
  const facts = await gatherFacts(sources, meta.probeSeconds);
  const authorities = facts.authorities.map((authority) => authorityRow(authority, facts, sources.limits));
  return {
    network: meta.network,
    now: isoOfMs(facts.nowMs),
    revision: sources.revision(),
    sentence: sentenceOfAll(authorities),
    authorities,
  };
}

function sentenceOfAll(authorities: readonly AuthorityRow[]): Sentence {
  const down = authorities.filter(({ level }) => level === 'bad');
  const odd = authorities.filter(({ level }) => level === 'warn');
  const unknown = authorities.filter(({ state }) => state === 'unknown');
  const voters = authorities.filter(({ votes }) => votes).length;
  const detail = [
    down.length > 0 ? `Down: ${listing(down.map(({ nickname, state }) => `${nickname} (${state})`))}.` : '',
    odd.length > 0 ? `Odd: ${listing(odd.map(({ nickname, state }) => `${nickname} (${state})`))}.` : '',
    unknown.length > 0 ? `Not seen yet: ${listing(unknown.map(({ nickname }) => nickname))}.` : '',
  ].filter(Boolean);
  if (authorities.length === 0)
    return { level: 'unknown', headline: 'No authority is known yet.', detail: '' };
  if (down.length === 0 && odd.length === 0 && unknown.length === 0) {
    return {
      level: 'ok',
      headline: `All ${authorities.length} authorities answer.`,
      detail: `${voters} of them vote.`,
    };
  }
  const up = authorities.length - down.length - unknown.length;
  return {
    level: down.length > 0 ? 'bad' : odd.length > 0 ? 'warn' : 'unknown',
    headline: `${up} of ${authorities.length} authorities answer.`,
    detail: detail.join(' '),
  };
}

/** Answers `/api/v1/authorities/{nickname}`. */
export async function authorityAnswer(
  sources: AnswerSources,
  nickname: string,
): Promise<AuthorityPage | undefined> {
  const { store } = sources;
  const meta = await metaOf(sources);
  const facts = await gatherFacts(sources, meta.probeSeconds);
  const authority = facts.authorities.find((one) => one.nickname.toLowerCase() === nickname.toLowerCase());
  if (!authority) return undefined;
  const row = authorityRow(authority, facts, sources.limits);
  const name = authority.nickname;
  const vote = newestVote(authority.v3ident, facts);
  const certificate = authority.v3ident
    ? newestCertificate(facts.certificates, authority.v3ident)
    : undefined;
  const [load] = await store.query('loadOf', { authority: name, since: facts.nowMs - 3_600_000 });
  return {
    network: meta.network,
    now: isoOfMs(facts.nowMs),
    revision: sources.revision(),
    sentence: sentenceOfOne(row),
    authority: row,
    contact: vote?.contact ?? null,
    certificate: certificate ? certificateView(certificate) : null,
    perFlag: fromJson<FlagAgreement[]>(comparedVote(authority.v3ident, facts)?.per_flag, [])
      .filter(({ decisions }) => decisions > 0)
      .map(({ flag, equal, decisions }) => ({ flag, share: equal / decisions, decisions })),
    thresholds: Object.entries(fromJson<Record<string, string>>(vote?.thresholds, {})).map(
      ([key, value]) => ({ key, value }),
    ),
    probes: (await store.query('observationsOf', { authority: name, limit: 40 })).map(probeView),
    documents: (await store.query('documentsServedBy', { authority: name, limit: 30 })).map((document) => ({
      kind: document.flavor === null ? (document.kind ?? '') : `${document.kind} (${document.flavor})`,
      validAfter: isoOrNull(document.valid_after),
      sha256: document.sha256 ?? '',
      firstSeen: isoOfMs(document.first_seen ?? 0),
      bytes: document.bytes ?? 0,
    })),
    rounds: authority.v3ident === undefined ? [] : roundsOf(authority.v3ident, row, facts),
    alerts: (await store.query('alertsOf', { authority: name, limit: 20 })).map(alertView),
    events: (
      await store.query('events', { before: Number.MAX_SAFE_INTEGER, rule: '', authority: name, limit: 20 })
    ).map(eventView),
    load: { requests: load?.requests ?? 0, wireBytes: load?.wire_bytes ?? 0 },
  };
}

function comparedVote(identity: string | undefined, facts: AuthorityFacts): Row<'votes'> | undefined {
  return facts.votes.filter((vote) => vote.identity === identity && vote.decisions !== null).at(-1);
}

function certificateView(row: Row<'certificates'>): NonNullable<AuthorityPage['certificate']> {
  return {
    published: isoOf(row.published ?? 0),
    expires: isoOf(row.expires ?? 0),
    signingKeyDigest: row.signing_key_digest ?? '',
    identityKeyBits: row.identity_key_bits ?? 0,
    signingKeyBits: row.signing_key_bits ?? 0,
    sha256: row.sha256 ?? '',
  };
}

function probeView(row: Row<'observations'>): AuthorityPage['probes'][number] {
  return {
    at: isoOfMs(row.at ?? 0),
    subject: [row.kind, row.subject].filter(Boolean).join(' '),
    outcome: row.outcome ?? '',
    detail: row.detail,
    status: row.status,
    connectMs: row.connect_ms,
    firstByteMs: row.first_byte_ms,
    totalMs: row.total_ms ?? 0,
    clockSkewSeconds: row.clock_skew,
    sha256: row.sha256,
    bytes: row.bytes,
    wireBytes: row.wire_bytes,
  };
}

/** Its part in the last rounds, newest first. */
function roundsOf(identity: string, row: AuthorityRow, facts: AuthorityFacts): AuthorityPage['rounds'] {
  return row.beats.toReversed().map(({ validAfter, mark, text }) => {
    const seconds = Date.parse(validAfter) / 1000;
    const round = facts.rounds.find((one) => one.valid_after === seconds);
    const source = facts.sources.find((one) => one.identity === identity && one.valid_after === seconds);
    const vote = facts.votes.find(
      (one) => one.identity === identity && one.valid_after === seconds && one.digest === source?.vote_digest,
    );
    const share = vote?.decisions
      ? shareOf({ equal: vote.equal ?? 0, decisions: vote.decisions })
      : undefined;
    return {
      validAfter,
      voted: round ? source !== undefined : mark === 'unobserved' ? null : false,
      signed: round
        ? signedRound(identity, round, facts) || (round.first_seen === null ? null : false)
        : mark === 'unobserved'
          ? null
          : false,
      agreement: share ?? null,
      text,
    };
  });
}

function signing(signed: boolean | null): string {
  if (signed === null) return "and an archive's copy lacks its signature";
  return signed ? 'and it signed it' : 'and it did not sign it';
}

function sentenceOfOne(row: AuthorityRow): Sentence {
  const faults = [
    row.scan.level === 'warn' ? `Scanner: ${row.scan.text}.` : '',
    row.certificate.level === 'warn' || row.certificate.level === 'bad'
      ? `Certificate ends ${row.certificate.text}.`
      : '',
    row.differences.length > 0 ? `${row.differences.join('; ')}.` : '',
  ].filter(Boolean);
  const voted = row.vote.inConsensus.value;
  const part = !row.votes
    ? 'It is a bridge authority and does not vote.'
    : voted === null
      ? 'No consensus is known yet.'
      : `${voted ? 'Its vote is in the newest consensus' : 'Its vote is missing from the newest consensus'}, ${signing(row.vote.signed.value)}.`;
  const missing = row.votes && (voted === false || row.vote.signed.value === false);
  const level =
    row.level === 'bad' ? 'bad' : missing || faults.length > 0 || row.level === 'warn' ? 'warn' : row.level;
  const since = row.stateSince === null ? '' : ` since ${row.stateSince.slice(11, 19)}`;
  return {
    level,
    headline: `${row.nickname} is ${row.state === 'timeout' ? 'hanging' : row.state === 'error' ? 'answering nonsense' : row.state}${since}.`,
    detail: [part, ...faults].join(' '),
  };
}
