/** The status page, whole (S2.1). */
import { strictMajority } from '@conclave/netdoc';
import type { Level, Sentence, Status } from '../api/index.ts';
import { freshnessAt, overdueSeconds, scaled, shareOf } from '../analysis/index.ts';
import type { FlagAgreement, Limits } from '../analysis/index.ts';
import { duration } from '../checks/index.ts';
import type { Row, ServedRow } from '../store/index.ts';
import { gatherFacts } from './authority-facts.ts';
import type { AuthorityFacts } from './authority-facts.ts';
import { authorityRow } from './authority-row.ts';
import {
  alertView,
  eventView,
  fromJson,
  isoMsOrNull,
  isoOf,
  isoOfMs,
  isoOrNull,
  metaOf,
  observingOf,
} from './context.ts';
import type { AnswerSources } from './context.ts';
import { proofTile } from './proof.ts';
import { diversityOf, formationOf, qualityOf } from './round-figures.ts';

/** Answers `/api/v1/status`. */
export async function statusAnswer(sources: AnswerSources): Promise<Status> {
  const { store, limits, revision } = sources;
  const meta = await metaOf(sources);
  const facts = await gatherFacts(sources, meta.probeSeconds);
  const round = facts.rounds[0];
  // What does not verify is refused, and is not served in the sense of this page.
  const copies = round ? await store.query('servedConsensuses', { valid_after: round.valid_after ?? 0 }) : [];
  const served = copies.filter(({ outcome }) => outcome === 'accepted');
  const proofs = round ? await store.query('proofsOf', { valid_after: round.valid_after ?? 0 }) : [];
  const [tick] = await store.query('newestTick');
  const alerts = (await store.query('firingAlerts')).map(alertView);
  const due = alerts.filter(({ severity }) => severity !== 'info');
  const authorities = facts.authorities.map((authority) => authorityRow(authority, facts, limits));
  const observing = observingOf(sources, meta, tick);
  const consensus = consensusTile(round, served, facts, limits);
  const voting = votingTile(round, facts);
  const agreement = agreementTile(round, facts);
  return {
    network: meta.network,
    now: isoOfMs(facts.nowMs),
    revision: revision(),
    sentence: statusSentence({ observing, consensus, voting, alerts: due }, facts),
    observing,
    consensus,
    voting,
    agreement,
    proof: proofTile(round, proofs),
    authorities,
    alerts,
    events: (
      await store.query('events', { before: Number.MAX_SAFE_INTEGER, rule: '', authority: '', limit: 12 })
    ).map(eventView),
    formation: round ? formationOf(round, facts) : null,
    quality: round ? qualityOf(round) : null,
    diversity: round ? await diversityOf(sources, round) : null,
    cacheSeconds: sources.cacheSeconds,
  };
}

/** The authorities that serve a consensus of the newest round, by digest. */
function digestGroups(served: readonly ServedRow[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { flavor, digest, authority } of served) {
    if (flavor !== 'ns') continue;
    const group = groups.get(digest) ?? [];
    if (!group.includes(authority)) group.push(authority);
    groups.set(digest, group);
  }
  return groups;
}

function consensusTile(
  round: Row<'rounds'> | undefined,
  served: readonly ServedRow[],
  facts: AuthorityFacts,
  limits: Limits,
): Status['consensus'] {
  if (!round) {
    return {
      state: 'none',
      level: 'unknown',
      validAfter: null,
      freshUntil: null,
      validUntil: null,
      ageSeconds: null,
      next: null,
      overdueSeconds: 0,
      checkedAt: null,
      source: null,
      sha256: null,
      microdescSha256: null,
      signatures: null,
      verdict: 'No consensus that verifies has been seen yet.',
      digestsServed: 0,
      servedBy: [],
    };
  }
  const lifetime = {
    validAfter: round.valid_after ?? 0,
    freshUntil: round.fresh_until ?? 0,
    validUntil: round.valid_until ?? 0,
  };
  const now = Math.floor(facts.nowMs / 1000);
  const state = freshnessAt(lifetime, now);
  const overdue = overdueSeconds(lifetime, now);
  const grace = scaled(limits.publicationGraceSeconds, lifetime.freshUntil - lifetime.validAfter);
  const groups = digestGroups(served);
  const newest = served.toSorted((a, b) => b.last_seen - a.last_seen)[0];
  // Out of an archive: whether one came after it, nobody saw.
  const unwatched = round.first_seen === null && state !== 'current';
  const level: Level = unwatched
    ? 'unknown'
    : state === 'expired' || groups.size > 1 || overdue > grace
      ? 'bad'
      : state === 'current'
        ? 'ok'
        : 'warn';
  return {
    state,
    level,
    validAfter: isoOf(lifetime.validAfter),
    freshUntil: isoOf(lifetime.freshUntil),
    validUntil: isoOf(lifetime.validUntil),
    ageSeconds: Math.max(0, now - lifetime.validAfter),
    next: isoOf(lifetime.freshUntil),
    overdueSeconds: unwatched ? 0 : overdue,
    checkedAt: isoMsOrNull(newest?.last_seen),
    source: newest?.authority ?? null,
    sha256: round.ns_sha256,
    microdescSha256: round.microdesc_sha256,
    signatures: {
      present: round.signatures ?? 0,
      valid: round.valid_signatures ?? 0,
      needed: round.needed ?? 0,
    },
    verdict: `Genuine: ${round.valid_signatures} good signatures, ${round.needed} needed.`,
    digestsServed: groups.size,
    servedBy: [...groups.values()].flat().toSorted(),
  };
}

function votingTile(round: Row<'rounds'> | undefined, facts: AuthorityFacts): Status['voting'] {
  const { voters } = facts;
  const needed = strictMajority(voters.length);
  const voted = round?.votes ?? null;
  const margin = voted === null ? null : voted - needed;
  const expected = round?.valid_after ?? 0;
  const laggards = voters
    .filter(({ v3ident }) => (facts.newestVotes.get(v3ident) ?? 0) < expected)
    .map(({ nickname, v3ident }) => ({
      authority: nickname,
      newestVote: isoOrNull(facts.newestVotes.get(v3ident)),
    }));
  const level: Level =
    margin === null ? 'unknown' : voted === voters.length ? 'ok' : margin <= 1 ? 'bad' : 'warn';
  const lastVotes =
    voted === null
      ? 'none seen yet'
      : laggards.length === 0
        ? 'all recent'
        : `${voters.length - laggards.length} of ${voters.length} recent`;
  return { level, voted, configured: voters.length, needed, margin, lastVotes, laggards };
}

function agreementTile(round: Row<'rounds'> | undefined, facts: AuthorityFacts): Status['agreement'] {
  const compared = facts.votes.filter(
    (vote) => vote.valid_after === round?.valid_after && vote.decisions !== null,
  );
  const shares = compared.flatMap(
    (vote) => shareOf({ equal: vote.equal ?? 0, decisions: vote.decisions ?? 0 }) ?? [],
  );
  const sum = shares.reduce((total, share) => total + share, 0);
  const flags = fromJson<{ agreement: FlagAgreement[] }>(round?.flags, { agreement: [] }).agreement;
  const reason = round ? 'no vote of the newest consensus is held yet' : 'no consensus known yet';
  return {
    level: shares.length === 0 ? 'unknown' : 'ok',
    mean: shares.length === 0 ? { value: null, reason } : { value: sum / shares.length },
    sum: shares.length === 0 ? null : sum,
    voters: shares.length,
    perFlag: flags
      .filter(({ decisions }) => decisions > 0)
      .map(({ flag, equal, decisions }) => ({ flag, share: equal / decisions, decisions }))
      .toSorted((a, b) => a.share - b.share),
    validAfter: isoOrNull(round?.valid_after),
  };
}

function clock(iso: string | null): string {
  return iso === null ? '' : iso.slice(11, iso.endsWith(':00Z') ? 16 : 19);
}

/** The first sentence: is the network's directory all right now? */
function statusSentence(
  { observing, consensus, voting, alerts }: Pick<Status, 'observing' | 'consensus' | 'voting' | 'alerts'>,
  facts: AuthorityFacts,
): Sentence {
  if (observing.state === 'blind')
    return {
      level: 'unknown',
      headline: 'We are blind.',
      detail:
        consensus.state === 'none' ? 'Nothing was known before.' : 'What follows is what we knew before.',
    };
  const none = alerts.find(({ check }) => check === 'consensus-stale');
  if (consensus.state === 'none' && none)
    return { level: 'bad', headline: `${none.title}.`, detail: none.message };
  if (consensus.state === 'none') {
    const answering = [...facts.states.values()].filter(({ condition }) => condition === 'online').length;
    return {
      level: 'unknown',
      headline: 'No consensus is known yet.',
      detail: `${answering} of ${facts.authorities.length} authorities answer; we have only begun to look.`,
    };
  }
  if (observing.state === 'behind' && consensus.level === 'bad' && consensus.digestsServed < 2)
    return {
      level: 'unknown',
      headline: 'The observatory itself is behind.',
      detail: `${observing.text} The newest consensus it knows is that of ${clock(consensus.validAfter)}.`,
    };
  if (facts.rounds[0]?.first_seen === null && consensus.level === 'unknown')
    return {
      level: none ? 'bad' : 'unknown',
      headline: none ? `${none.title}.` : 'No consensus was seen here yet.',
      detail: `${none ? `${none.message} ` : ''}The newest that is held, of ${consensus.validAfter}, came out of an archive.`,
    };
  const when = `The consensus of ${clock(consensus.validAfter)}`;
  const voted =
    voting.voted === voting.configured
      ? `All ${voting.configured} authorities voted`
      : `${voting.voted} of ${voting.configured} authorities voted`;
  const detail = `${voted}, ${consensus.signatures?.valid ?? 0} signed; ${voting.needed} are needed. ${attention(alerts)}`;
  if (consensus.digestsServed > 1)
    return { level: 'bad', headline: 'The authorities serve different consensuses.', detail };
  if (consensus.state === 'expired')
    return { level: 'bad', headline: `${when} has expired: clients have none.`, detail };
  if (consensus.state === 'future') return { level: 'warn', headline: `${when} is not valid yet.`, detail };
  const urgent = alerts.some(({ severity }) => severity === 'critical' || severity === 'high');
  if (consensus.level === 'bad')
    return {
      level: 'bad',
      headline: `${when} is stale: the next is overdue by ${duration(consensus.overdueSeconds)}.`,
      detail,
    };
  return {
    level: urgent ? 'bad' : alerts.length > 0 ? 'warn' : 'ok',
    headline: `${when} is current.`,
    detail,
  };
}

function attention(alerts: Status['alerts']): string {
  const [first, ...others] = alerts;
  if (!first) return 'Nothing needs attention.';
  return others.length === 0 ? `${first.title}.` : `${alerts.length} things need a look.`;
}
