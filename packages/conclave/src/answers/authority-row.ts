/** One authority as the tables show it (S2.1.8 to S2.1.16), from the gathered facts. */
import type { AuthorityRow, AuthorityState, Beat, Level } from '../api/index.ts';
import { baselineOf, median, nothingSeenOfIt, scaled, shareOf, slowLimitMs } from '../analysis/index.ts';
import type { Limits, StateOfAuthority } from '../analysis/index.ts';
import { duration, scanFault } from '../checks/index.ts';
import { isVoter } from '../network/index.ts';
import type { Authority } from '../network/index.ts';
import { newestCertificate, scanOfVote, viaArchive } from '../pipeline/index.ts';
import type { Row } from '../store/index.ts';
import { beatsShown } from './authority-facts.ts';
import type { AuthorityFacts } from './authority-facts.ts';
import { fromJson, isoMsOrNull, isoOf, isoOrNull } from './context.ts';

type Mark = AuthorityRow['vote']['signed'];

/** How many probes a median is taken over. */
export const probesInMedian = 9;

const levels: Readonly<Record<AuthorityState, Level>> = {
  unknown: 'unknown',
  online: 'ok',
  slow: 'warn',
  degraded: 'warn',
  timeout: 'bad',
  offline: 'bad',
  error: 'bad',
};

/** The row of one authority. */
export function authorityRow(authority: Authority, facts: AuthorityFacts, limits: Limits): AuthorityRow {
  const { nickname } = authority;
  const identity = isVoter(authority) ? authority.v3ident : undefined;
  const state = fromJson<StateOfAuthority>(facts.states.get(nickname)?.state, nothingSeenOfIt);
  const observations = facts.observations.get(nickname) ?? [];
  const round = facts.rounds[0];
  return {
    nickname,
    votes: identity !== undefined,
    v3ident: identity ?? null,
    fingerprint: authority.fingerprint ?? null,
    address: authority.ipv4 ?? '',
    dirPort: authority.dirPort ?? 0,
    orPort: authority.orPort ?? null,
    ipv6: authority.ipv6 ? `[${authority.ipv6.address}]:${authority.ipv6.orPort}` : null,
    state: state.condition,
    stateText: stateText(state, limits),
    stateSince: isoMsOrNull(state.since),
    level: levels[state.condition],
    lastProbe: isoMsOrNull(state.lastProbe?.at),
    vote: voteMarks(identity, round, facts),
    scan: scanOf(identity, facts, limits),
    agreement: agreementFigure(identity, round, facts),
    latency: latencyOf(state, observations, limits),
    clockSkewSeconds: skewFigure(observations),
    certificate: certificateOf(identity, facts, limits),
    version: versionFigure(identity, round, facts),
    orPortIpv4: orPortMark(authority.orPort !== undefined, 'ipv4', observations),
    orPortIpv6: orPortMark(authority.ipv6 !== undefined, 'ipv6', observations),
    newestVote: identity === undefined ? null : isoOrNull(facts.newestVotes.get(identity)),
    differences: fromJson<string[]>(sourceOf(identity, round, facts)?.differences, []),
    beats: identity === undefined ? [] : beatsOf(nickname, identity, facts, limits),
  };
}

const sayings: Readonly<Record<AuthorityState, string>> = {
  unknown: 'not seen yet',
  online: 'answered in its usual time',
  slow: 'were slow',
  degraded: 'were answered "busy"',
  timeout: 'timed out',
  offline: 'found no connection',
  error: 'were answered with nonsense',
};

function stateText(state: StateOfAuthority, limits: Limits): string {
  if (!state.lastProbe) return 'not probed yet';
  if (state.inARow === 0) return `we could not look: ${state.lastProbe.detail ?? state.lastProbe.outcome}`;
  const inARow = `${state.inARow} ${state.inARow === 1 ? 'probe' : 'probes'} in a row ${sayings[state.leaning]}`;
  if (state.leaning === state.condition) {
    const baseline = baselineOf(state.history, limits);
    const last = state.history.at(-1);
    const times =
      baseline && last && state.condition === 'slow'
        ? `; ${(last / baseline).toFixed(1)} times its usual ${Math.round(baseline)} ms`
        : '';
    const detail =
      state.condition === 'online' || state.lastProbe.detail === undefined
        ? ''
        : `: ${state.lastProbe.detail}`;
    return `${inARow}${times}${detail}`;
  }
  return `${inARow}; ${state.condition} until ${state.leaning === 'online' ? limits.successesInARow : limits.failuresInARow} do`;
}

function sourceOf(
  identity: string | undefined,
  round: Row<'rounds'> | undefined,
  facts: AuthorityFacts,
): Row<'sources'> | undefined {
  return facts.sources.find((row) => row.identity === identity && row.valid_after === round?.valid_after);
}

function voteMarks(
  identity: string | undefined,
  round: Row<'rounds'> | undefined,
  facts: AuthorityFacts,
): AuthorityRow['vote'] {
  if (identity === undefined) {
    const none = { value: null, text: 'it does not vote' };
    return { inConsensus: none, retrievable: none, signed: none };
  }
  if (!round) {
    const none = { value: null, text: 'no consensus known yet' };
    return { inConsensus: none, retrievable: none, signed: none };
  }
  const at = isoOf(round.valid_after ?? 0);
  const source = sourceOf(identity, round, facts);
  const held = facts.votes.find(
    (vote) =>
      vote.identity === identity &&
      vote.valid_after === round.valid_after &&
      vote.outcome === 'accepted' &&
      (!source || vote.digest === source.vote_digest),
  );
  const signed = signedRound(identity, round, facts);
  return {
    inConsensus: {
      value: source !== undefined,
      text: source ? `its vote is in the consensus of ${at}` : `its vote is not in the consensus of ${at}`,
    },
    retrievable: retrievable(held, source, round, facts.nowMs),
    signed: signedMark(signed, round, at),
  };
}

/** Whoever watches sees copies with ever more signatures; an archive has one, of some moment, and what is not on it may come later. */
function signedMark(signed: boolean, { first_seen }: Row<'rounds'>, at: string): Mark {
  if (signed) return { value: true, text: `it signed the consensus of ${at}` };
  return first_seen === null
    ? { value: null, text: `an archive's copy of the consensus of ${at} lacks its signature; nobody watched` }
    : { value: false, text: `no good signature of it on the consensus of ${at}` };
}

/**
 * Right after publication we may simply not have asked yet; that is no failure. Nor is it that of a round which nobody
 * watched, or when an archive has what was not to be had here.
 */
function retrievable(
  held: Row<'votes'> | undefined,
  source: Row<'sources'> | undefined,
  { valid_after, first_seen }: Row<'rounds'>,
  nowMs: number,
): Mark {
  const at = isoOf(valid_after ?? 0);
  if (held?.via === viaArchive)
    return { value: null, text: `its vote for ${at} was not seen by us; an archive has it` };
  if (held) return { value: true, text: `its vote for ${at} was retrieved and verified` };
  if (first_seen === null)
    return { value: null, text: `nobody asked for its vote for ${at}: the round came out of an archive` };
  if (nowMs - first_seen < 20_000)
    return { value: null, text: `its vote for ${at} has not been retrieved yet` };
  return {
    value: false,
    text: source
      ? `its vote for ${at} could not be retrieved from anyone`
      : `no vote of it for ${at} was found`,
  };
}

/** Whether an authority's signature on the accepted ns consensus of a round was good. */
export function signedRound(
  identity: string,
  round: Row<'rounds'>,
  facts: Pick<AuthorityFacts, 'signatures'>,
): boolean {
  return facts.signatures.some(
    (row) =>
      row.identity === identity &&
      row.valid_after === round.valid_after &&
      row.flavor === 'ns' &&
      row.fate === 'good',
  );
}

/** The newest accepted vote of an authority. */
export function newestVote(
  identity: string | undefined,
  facts: Pick<AuthorityFacts, 'votes'>,
): Row<'votes'> | undefined {
  return facts.votes.filter((vote) => vote.identity === identity && vote.outcome === 'accepted').at(-1);
}

function scanOf(identity: string | undefined, facts: AuthorityFacts, limits: Limits): AuthorityRow['scan'] {
  const nothing = { measured: null, running: null, fileAgeSeconds: null };
  const vote = newestVote(identity, facts);
  if (identity === undefined)
    return { ...nothing, state: 'none', level: 'unknown', text: 'n/a: it does not vote' };
  if (!vote) return { ...nothing, state: 'unknown', level: 'unknown', text: 'no vote of it seen yet' };
  const scan = scanOfVote(vote);
  if (!scan) return { ...nothing, state: 'none', level: 'unknown', text: 'no scanner' };
  const round = facts.rounds[0];
  const intervalSeconds = round ? (round.fresh_until ?? 0) - (round.valid_after ?? 0) : 3600;
  const fault = scanFault(scan, { limits, intervalSeconds });
  const share = scan.running
    ? `${((100 * scan.measured) / scan.running).toFixed(1)} %`
    : `${scan.measured} relays`;
  const age = scan.fileTime === null ? null : scan.validAfter - scan.fileTime;
  const figures = { measured: scan.measured, running: scan.running, fileAgeSeconds: age };
  const said = `${share} measured${age === null ? '' : `, file ${duration(age)} old`}`;
  if (scan.validAfter < (round?.valid_after ?? 0)) {
    const text = `not known since its vote for ${isoOf(scan.validAfter)}: ${fault ?? said}`;
    return { ...figures, state: 'unknown', level: 'unknown', text };
  }
  const silent = scan.fileTime === null || scan.measured === 0;
  const state = fault === undefined ? 'ok' : silent ? 'silent' : 'stale';
  return { ...figures, state, level: fault === undefined ? 'ok' : 'warn', text: fault ?? said };
}

function agreementFigure(
  identity: string | undefined,
  round: Row<'rounds'> | undefined,
  facts: AuthorityFacts,
): AuthorityRow['agreement'] {
  if (identity === undefined) return { value: null, reason: 'it does not vote' };
  if (!round) return { value: null, reason: 'no consensus known yet' };
  const source = sourceOf(identity, round, facts);
  const vote = facts.votes.find(
    (one) =>
      one.identity === identity &&
      one.valid_after === round.valid_after &&
      one.digest === source?.vote_digest,
  );
  if (!source) return { value: null, reason: 'its vote is not in the newest consensus' };
  if (!vote || vote.decisions === null)
    return { value: null, reason: 'its vote for the newest consensus is not held' };
  const share = shareOf({ equal: vote.equal ?? 0, decisions: vote.decisions });
  return share === undefined ? { value: null, reason: 'no relay and flag in common' } : { value: share };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10;
}

function latencyOf(
  state: StateOfAuthority,
  observations: readonly Row<'observations'>[],
  limits: Limits,
): AuthorityRow['latency'] {
  const probes = observations
    .filter(({ kind, first_byte_ms }) => kind === 'liveness' && first_byte_ms !== null)
    .slice(-probesInMedian);
  const of = (column: 'connect_ms' | 'first_byte_ms' | 'total_ms'): number | null =>
    rounded(median(probes.flatMap((row) => row[column] ?? [])));
  return {
    connectMs: of('connect_ms'),
    firstByteMs: of('first_byte_ms'),
    totalMs: of('total_ms'),
    probes: probes.length,
    bytes: probes.at(-1)?.bytes ?? null,
    baselineFirstByteMs: rounded(baselineOf(state.history, limits)),
    limitMs: Math.round(slowLimitMs(state.history, limits)),
    slow: state.condition === 'slow',
  };
}

function skewFigure(observations: readonly Row<'observations'>[]): AuthorityRow['clockSkewSeconds'] {
  const skews = observations.flatMap(({ clock_skew }) => clock_skew ?? []).slice(-probesInMedian);
  const value = median(skews);
  return value === undefined
    ? { value: null, reason: 'no answer with a Date lately' }
    : { value: Math.round(value * 10) / 10 };
}

function certificateOf(
  identity: string | undefined,
  facts: AuthorityFacts,
  limits: Limits,
): AuthorityRow['certificate'] {
  const nothing = { expires: null, remainingSeconds: null, level: 'unknown' as const };
  if (identity === undefined) return { ...nothing, text: 'n/a: it does not vote' };
  const newest = newestCertificate(facts.certificates, identity);
  if (!newest) return { ...nothing, text: 'no certificate of it seen yet' };
  const remaining = Math.round((newest.expires ?? 0) - facts.nowMs / 1000);
  const level =
    remaining <= limits.certificateUrgentSeconds
      ? 'bad'
      : remaining <= limits.certificateWarnSeconds
        ? 'warn'
        : 'ok';
  const text = remaining <= 0 ? `expired ${duration(-remaining)} ago` : `in ${duration(remaining)}`;
  return { expires: isoOf(newest.expires ?? 0), remainingSeconds: remaining, level, text };
}

function versionFigure(
  identity: string | undefined,
  round: Row<'rounds'> | undefined,
  facts: AuthorityFacts,
): AuthorityRow['version'] {
  const source = sourceOf(identity, round, facts);
  if (source?.version) return { value: source.version.replace(/^Tor /, '') };
  return {
    value: null,
    reason: identity === undefined ? 'it does not vote' : 'its relay has no version in the newest consensus',
  };
}

function orPortMark(has: boolean, family: string, observations: readonly Row<'observations'>[]): Mark {
  if (!has) return { value: null, text: `it has no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} ORPort` };
  const newest = observations.filter(({ kind, subject }) => kind === 'or-port' && subject === family).at(-1);
  if (!newest) return { value: null, text: 'not tried lately' };
  if (newest.outcome === 'not-asked') return { value: null, text: newest.detail ?? 'we could not look' };
  const connected = newest.outcome === 'connected';
  const how = connected
    ? `TCP in ${Math.round(newest.connect_ms ?? 0)} ms, TLS in ${Math.round(newest.tls_ms ?? newest.total_ms ?? 0)} ms`
    : (newest.detail ?? newest.outcome ?? '');
  return { value: connected, text: how };
}

/** What became of the last rounds at this authority, oldest first. */
function beatsOf(nickname: string, identity: string, facts: AuthorityFacts, limits: Limits): Beat[] {
  const newest = facts.rounds[0];
  if (!newest) return [];
  const interval = Math.max(1, (newest.fresh_until ?? 0) - (newest.valid_after ?? 0));
  return Array.from({ length: beatsShown }, (_, index) => {
    const validAfter = (newest.valid_after ?? 0) - (beatsShown - 1 - index) * interval;
    return {
      validAfter: isoOf(validAfter),
      ...beatOf(nickname, identity, validAfter, interval, facts, limits),
    };
  });
}

function beatOf(
  nickname: string,
  identity: string,
  validAfter: number,
  interval: number,
  facts: AuthorityFacts,
  limits: Limits,
): { mark: Beat['mark']; text: string } {
  const round = facts.rounds.find((row) => row.valid_after === validAfter);
  if (!round) {
    return facts.watched.has(validAfter)
      ? { mark: 'missing', text: 'no consensus was published' }
      : { mark: 'unobserved', text: 'we did not look' };
  }
  const voted = facts.sources.some((row) => row.identity === identity && row.valid_after === validAfter);
  const signed = signedRound(identity, round, facts);
  if (voted && !signed && round.first_seen === null)
    return { mark: 'unobserved', text: "voted; an archive's copy lacks its signature" };
  if (!voted || !signed)
    return {
      mark: 'missing',
      text: voted
        ? 'voted, but did not sign'
        : signed
          ? 'signed, but its vote is missing'
          : 'no vote and no signature',
    };
  const served = facts.firstServed.get(`${validAfter}/${nickname}`);
  const grace = scaled(limits.publicationGraceSeconds, interval) * 2;
  // Judged against the first that served it: when we began to look late, nobody else is late for it.
  const late = served === undefined || round.first_seen === null ? 0 : (served - round.first_seen) / 1000;
  if (late > grace) return { mark: 'late', text: `served the consensus ${duration(late)} after the first` };
  return { mark: 'good', text: 'voted and signed' };
}
