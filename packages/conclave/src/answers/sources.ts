/** Every source, how fresh what it serves is, and what is old because of it. */
import type { Level, Sentence, Sources } from '../api/index.ts';
import { duration, sourceFault, sourceTitles } from '../checks/index.ts';
import type { SourceSituation } from '../checks/index.ts';
import { answered } from '../collect/index.ts';
import type { StateOfAuthority } from '../analysis/index.ts';
import type { Row } from '../store/index.ts';
import { fromJson, isoMsOrNull, isoOf, isoOfMs, isoOrNull, metaOf, type AnswerSources } from './context.ts';

type Source = Sources['sources'][number];
type Question = Source['questions'][number];
/** Blindness is about the authorities: a source beside them that cannot be reached has failed, and nobody is judged by it. */
type FeedState = Exclude<Source['state'], 'blind'>;

/** What is shown that rests on each question. */
const rests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  collector: {
    index: 'how far CollecTor is behind the authorities',
    consensus: 'consensuses that no authority gave us',
    'microdesc-consensus': 'microdesc consensuses that no authority gave us',
    certificates: 'key certificates that no authority gave us',
    vote: 'votes that no authority gave us, and proofs that need them',
    'bandwidth-file': 'bandwidth files that no authority gave us',
    'server-descriptors':
      'server descriptors of relays that no authority gave us, and capacities that need them',
  },
  onionoo: {
    details: "Onionoo's facts about authorities: AS, country, version status",
    uptime: "Onionoo's uptime of authorities",
    bandwidth: "Onionoo's bandwidth of authorities",
    relays: 'how many relays Onionoo knows',
    running: 'how many of them Onionoo calls running',
  },
};

/** The question whose freshness is that of the source. */
const chief: Readonly<Record<string, string>> = { collector: 'index', onionoo: 'details' };

/** How many rounds' lags are told. */
const lagsTold = 24;

/** Answers `/api/v1/sources`. */
export async function sourcesAnswer(sources: AnswerSources): Promise<Sources> {
  const { store } = sources;
  const nowMs = sources.now();
  const [meta, rows, rounds] = await Promise.all([
    metaOf(sources),
    store.query('feeds'),
    store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: lagsTold }),
  ]);
  const list: Source[] = [
    await authoritiesSource(sources, nowMs),
    feedSource('collector', rows, sources, nowMs),
    feedSource('onionoo', rows, sources, nowMs),
  ];
  return {
    network: meta.network,
    now: isoOfMs(nowMs),
    revision: sources.revision(),
    sentence: sentenceOf(list),
    sources: list,
    lags: await lagsOf(sources, rounds.at(-1)?.valid_after ?? 0),
    relays: await relaysOf(sources, rows),
    totals: { relays: totalOf(rows, 'relays'), running: totalOf(rows, 'running') },
    capacities: await capacitiesOf(sources),
  };
}

function sentenceOf(list: readonly Source[]): Sentence {
  const asked = list.filter(({ state }) => state !== 'off');
  const failing = asked.filter(({ state }) => state === 'failing' || state === 'old' || state === 'blind');
  const off = list.filter(({ state }) => state === 'off').map(({ name }) => name);
  const detail = off.length === 0 ? '' : `Not configured: ${off.join(', ')}.`;
  if (failing.length === 0)
    return {
      level: 'ok',
      headline: `${asked.length} ${asked.length === 1 ? 'source is' : 'sources are'} asked, and none is in trouble.`,
      detail,
    };
  const stale = failing.flatMap((source) => source.stale);
  return {
    level: 'warn',
    headline: `${failing.map(({ name }) => name).join(' and ')}: nothing fresh; what other sources give is not touched.`,
    detail: [stale.length === 0 ? '' : `Old because of it: ${stale.join('; ')}.`, detail]
      .filter(Boolean)
      .join(' '),
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** The authorities' DirPorts: the newest liveness question to each. */
async function authoritiesSource({ store, limits }: AnswerSources, nowMs: number): Promise<Source> {
  const [authorities, states, [tick]] = await Promise.all([
    store.query('authorities'),
    store.query('states'),
    store.query('newestTick'),
  ]);
  const blind = tick?.blind === true;
  const byName = new Map(states.map((row) => [row.nickname, row]));
  const questions = authorities.map(({ nickname }) =>
    dirPort(nickname ?? '', byName.get(nickname), blind, nowMs),
  );
  const tries = questions.flatMap(({ lastTry }) => lastTry ?? []).sort();
  const well = questions.flatMap(({ lastSuccess }) => lastSuccess ?? []).sort();
  const answering = questions.filter(({ level }) => level !== 'bad' && level !== 'unknown').length;
  const [round] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const lastSuccess = well.at(-1) ?? null;
  const state = blind ? 'blind' : tries.length === 0 ? 'waiting' : answering === 0 ? 'failing' : 'fresh';
  return {
    source: 'authorities',
    name: 'Directory authorities',
    state,
    level: state === 'fresh' && answering < questions.length ? 'warn' : levels[state],
    text: blind
      ? 'We are blind: none can be reached from here, and this says nothing about any of them.'
      : `${answering} of ${questions.length} answer at their DirPorts; called down after ${limits.failuresInARow} failures in a row.`,
    url: null,
    periodSeconds: null,
    lastTry: tries.at(-1) ?? null,
    lastSuccess,
    ageSeconds: lastSuccess === null ? null : seconds(nowMs - Date.parse(lastSuccess)),
    asOf: isoOrNull(round?.valid_after),
    asOfAgeSeconds: ageOf(inMs(round?.valid_after), nowMs),
    rests: ['everything but what is named below'],
    stale:
      state === 'failing' || state === 'blind'
        ? ['what only authorities tell: who is there, who voted, who signs']
        : [],
    questions,
  };
}

function dirPort(nickname: string, row: Row<'states'> | undefined, blind: boolean, nowMs: number): Question {
  const state = fromJson<StateOfAuthority | undefined>(row?.state, undefined);
  const probe = state?.lastProbe;
  const good = probe !== undefined && answered.has(probe.outcome);
  // A state that was kept before this was counted knows only whether the last probe was answered.
  const success = state?.lastAnswered ?? (good ? probe.at : undefined);
  const condition = row?.condition ?? 'unknown';
  const down = ['offline', 'timeout', 'error'].includes(condition);
  const failed = probe !== undefined && probe.outcome !== 'not-asked' && !good;
  return {
    ...nothingOf(nickname),
    level:
      blind || condition === 'unknown' ? 'unknown' : down ? 'bad' : condition === 'online' ? 'ok' : 'warn',
    text:
      probe === undefined
        ? 'Not asked yet.'
        : `${condition}; the last answer: ${probe.outcome}${probe.detail === undefined ? '' : ` (${probe.detail})`}.`,
    outcome: probe?.outcome ?? null,
    detail: probe?.detail ?? null,
    lastTry: isoMsOrNull(probe?.at),
    lastSuccess: isoMsOrNull(success),
    ageSeconds: ageOf(success, nowMs),
    failures: failed ? (state?.sideInARow ?? 0) : 0,
    failingSince: failed ? isoMsOrNull(state?.sideSince) : null,
  };
}

function nothingOf(subject: string): Question {
  return {
    subject,
    level: 'unknown',
    text: 'Not asked yet.',
    outcome: null,
    detail: null,
    status: null,
    lastTry: null,
    lastSuccess: null,
    ageSeconds: null,
    failures: 0,
    failingSince: null,
    asOf: null,
    file: null,
    sha256: null,
    bytes: null,
    wireBytes: null,
    totalMs: null,
    etag: null,
    lastModified: null,
  };
}

function feedSource(
  feed: 'collector' | 'onionoo',
  all: readonly Row<'feeds'>[],
  sources: AnswerSources,
  nowMs: number,
): Source {
  const rows = all.filter((row) => row.feed === feed);
  const watched = rows.some((row) => row.watched === true);
  const name = sourceTitles[feed] ?? feed;
  const order = Object.keys(rests[feed] ?? {});
  const sorted = [...rows].sort((a, b) => order.indexOf(a.subject ?? '') - order.indexOf(b.subject ?? ''));
  const questions = sorted.map((row) => questionOf(row, sources, nowMs));
  const first = rows.find(({ subject }) => subject === chief[feed]);
  const stale = sorted.flatMap((row) => staleOf(row, sources, nowMs));
  const state = stateOf(watched, rows, first, sources, nowMs);
  return {
    source: feed,
    name,
    state,
    level: levels[state],
    text: textOf(name, state, questions, first, nowMs),
    url: first?.url ?? null,
    periodSeconds: first?.period_seconds ?? null,
    lastTry: newest(rows.map(({ last_try }) => last_try)),
    lastSuccess: newest(rows.map(({ last_success }) => last_success)),
    ageSeconds: ageOf(first?.last_success, nowMs),
    asOf: isoOrNull(first?.as_of),
    asOfAgeSeconds: ageOf(inMs(first?.as_of), nowMs),
    rests: Object.values(rests[feed] ?? {}),
    stale: watched ? stale : [],
    questions,
  };
}

const levels: Readonly<Record<Source['state'], Level>> = {
  off: 'unknown',
  waiting: 'unknown',
  fresh: 'ok',
  failing: 'warn',
  old: 'warn',
  blind: 'unknown',
};

/** How old a time in milliseconds is; null where there is none. */
function ageOf(at: number | null | undefined, nowMs: number): number | null {
  return at === null || at === undefined ? null : seconds(nowMs - at);
}

/** Seconds as milliseconds. */
function inMs(at: number | null | undefined): number | null {
  return at === null || at === undefined ? null : at * 1000;
}

function newest(times: readonly (number | null)[]): string | null {
  const most = Math.max(0, ...times.map((time) => time ?? 0));
  return most === 0 ? null : isoOfMs(most);
}

/** What the check is told of a question: the page and the alert say the same. */
function situationOf(row: Row<'feeds'>): SourceSituation {
  return {
    feed: row.feed ?? '',
    subject: row.subject ?? '',
    failures: row.failures ?? 0,
    detail: row.detail ?? undefined,
    lastSuccessMs: row.last_success ?? undefined,
    asOf: row.subject === 'index' || row.feed === 'onionoo' ? (row.as_of ?? undefined) : undefined,
  };
}

function stateOf(
  watched: boolean,
  rows: readonly Row<'feeds'>[],
  first: Row<'feeds'> | undefined,
  { limits }: AnswerSources,
  nowMs: number,
): FeedState {
  if (!watched) return 'off';
  if (!first || rows.every(({ last_try }) => last_try === null)) return 'waiting';
  if (rows.some(({ failures }) => (failures ?? 0) >= limits.failuresInARow)) return 'failing';
  if (first.last_success === null) return (first.failures ?? 0) > 0 ? 'failing' : 'waiting';
  return sourceFault(situationOf(first), { limits, nowMs }) || isOverdue(first, nowMs) ? 'old' : 'fresh';
}

/** Nothing came for two periods and a bit, whatever the reason. */
function isOverdue({ last_success, period_seconds }: Row<'feeds'>, nowMs: number): boolean {
  return last_success !== null && nowMs - last_success > 1000 * (2 * (period_seconds ?? 3600) + 600);
}

function textOf(
  name: string,
  state: FeedState,
  questions: readonly Question[],
  first: Row<'feeds'> | undefined,
  nowMs: number,
): string {
  const wrong = questions.filter(({ failures }) => failures > 0);
  const why = wrong
    .map(
      ({ subject, detail, failures }) =>
        `${subject} failed ${failures} times in a row (${detail ?? 'no reason given'})`,
    )
    .join('; ');
  const age = ageOf(first?.last_success, nowMs);
  const last = age === null ? 'it never answered properly' : `the last good answer is ${duration(age)} old`;
  switch (state) {
    case 'off':
      return `${name} is not configured, so it is not asked.`;
    case 'waiting':
      return `${name} has not been asked yet, or has not answered.`;
    case 'fresh':
      return why === '' ? `${name} answers; ${last}.` : `${name} answers; ${last}; ${why}.`;
    case 'failing':
      return `${name}: ${why}; ${last}. This says nothing about any authority.`;
    case 'old':
      return `${name}: ${last}, and what it serves is of ${isoOrNull(first?.as_of) ?? 'an unknown time'}.`;
  }
}

function questionOf(row: Row<'feeds'>, { limits }: AnswerSources, nowMs: number): Question {
  const fault = sourceFault(situationOf(row), { limits, nowMs });
  const failed = (row.failures ?? 0) > 0;
  const why = row.detail === null ? '' : ` (${row.detail})`;
  return {
    subject: row.subject ?? '',
    level: row.last_try === null ? 'unknown' : fault || failed ? 'warn' : 'ok',
    text: row.last_try === null ? 'Not asked yet.' : (fault?.text ?? `${row.outcome}${why}`),
    outcome: row.outcome,
    detail: row.detail,
    status: row.status,
    lastTry: isoMsOrNull(row.last_try),
    lastSuccess: isoMsOrNull(row.last_success),
    ageSeconds: ageOf(row.last_success, nowMs),
    failures: row.failures ?? 0,
    failingSince: isoMsOrNull(row.failing_since),
    asOf: isoOrNull(row.as_of),
    file: row.file,
    sha256: row.sha256,
    bytes: row.bytes,
    wireBytes: row.wire_bytes,
    totalMs: row.total_ms,
    etag: row.etag,
    lastModified: row.last_modified,
  };
}

function staleOf(row: Row<'feeds'>, { limits }: AnswerSources, nowMs: number): string[] {
  const what = rests[row.feed ?? '']?.[row.subject ?? ''];
  const broken = (row.failures ?? 0) >= limits.failuresInARow;
  const regular = row.subject === 'index' || row.feed === 'onionoo';
  if (what === undefined || !(broken || (regular && isOverdue(row, nowMs)))) return [];
  return [row.last_success === null ? `${what} (never had)` : `${what} (since ${isoOfMs(row.last_success)})`];
}

async function lagsOf({ store }: AnswerSources, since: number): Promise<Sources['lags']> {
  const [rounds, served] = await Promise.all([
    store.query('feedRoundsSince', { since }),
    store.query('firstServed', { since }),
  ]);
  const first = new Map<number, number>();
  for (const { valid_after, first_seen } of served)
    first.set(valid_after, Math.min(first_seen, first.get(valid_after) ?? Infinity));
  return rounds
    .toSorted(
      (a, b) => (b.valid_after ?? 0) - (a.valid_after ?? 0) || ((a.feed ?? '') < (b.feed ?? '') ? -1 : 1),
    )
    .slice(0, 2 * lagsTold)
    .map((row) => {
      const at = first.get(row.valid_after ?? 0);
      const lag = lagOf(row, at);
      return {
        source: row.feed ?? '',
        validAfter: isoOf(row.valid_after ?? 0),
        authoritiesAt: isoMsOrNull(at),
        statedAt: isoOrNull(row.stated_at),
        seenAt: isoOfMs(row.seen_at ?? 0),
        lagSeconds: lag,
        votes: row.votes,
      };
    });
}

function lagOf(
  row: Row<'feed_rounds'>,
  authoritiesAt: number | undefined,
): Sources['lags'][number]['lagSeconds'] {
  if (authoritiesAt === undefined)
    return { value: null, reason: 'no authority was seen to serve this consensus' };
  if (row.stated_at === null)
    return { value: null, reason: 'the source does not say when it had it; we saw it when we asked' };
  return { value: Math.round(row.stated_at - authoritiesAt / 1000) };
}

async function relaysOf(
  { store }: AnswerSources,
  feeds: readonly Row<'feeds'>[],
): Promise<Sources['relays']> {
  const [relays, authorities] = await Promise.all([store.query('feedRelays'), store.query('authorities')]);
  const names = new Map(authorities.map(({ fingerprint, nickname }) => [fingerprint, nickname]));
  const details = feeds.find(({ feed, subject }) => feed === 'onionoo' && subject === 'details');
  const newestAt = details?.as_of ?? null;
  return relays.map((row) => ({
    fingerprint: row.fingerprint ?? '',
    nickname: row.nickname,
    authority: names.get(row.fingerprint) ?? null,
    listedAt: isoMsOrNull(row.listed_at),
    published: isoOrNull(row.published),
    listed: row.published !== null && row.published === newestAt,
    details: fromJson<Record<string, unknown> | null>(row.details, null),
    uptime: fromJson<Record<string, unknown> | null>(row.uptime, null),
    bandwidth: fromJson<Record<string, unknown> | null>(row.bandwidth, null),
  }));
}

function totalOf(rows: readonly Row<'feeds'>[], subject: string): { value: number | null; reason?: string } {
  const row = rows.find((one) => one.feed === 'onionoo' && one.subject === subject);
  if (row?.watched !== true) return { value: null, reason: 'Onionoo is not configured' };
  const facts = fromJson<{ readonly listed: number; readonly beyond: number } | undefined>(
    row.facts,
    undefined,
  );
  if (!facts) return { value: null, reason: 'Onionoo has not answered yet' };
  return { value: facts.listed + facts.beyond };
}

async function capacitiesOf({ store }: AnswerSources): Promise<Sources['capacities']> {
  const [newestOne] = await store.query('newestCapacities');
  const at = newestOne?.valid_after ?? null;
  if (at === null) return { value: null, reason: 'no server descriptor that a consensus names has come yet' };
  const rows = await store.query('capacitiesOf', { valid_after: at });
  const value = rows.map((row) => ({
    validAfter: isoOf(row.valid_after ?? 0),
    class: (row.class ?? 'total') as 'total',
    relays: row.relays ?? 0,
    described: row.described ?? 0,
    bitsPerSecond: row.bits_per_second ?? 0,
  }));
  return { value };
}
