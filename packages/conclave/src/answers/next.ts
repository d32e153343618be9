/** The coming round: its phase, whose votes were seen, what will come of them, what the authorities show. */
import type { NextRound, Sentence } from '../api/index.ts';
import { duration, listing } from '../checks/index.ts';
import {
  isVoter,
  majorityOf,
  nextValidAfter,
  phasesOf,
  publicSchedule,
  scheduleOf,
} from '../network/index.ts';
import type { PhaseName, Voter, VotingSchedule } from '../network/index.ts';
import { authorityOfRow } from '../pipeline/index.ts';
import type { Row } from '../store/index.ts';
import { isoMsOrNull, isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { copiesView, copyRows, pendingView } from './copies.ts';
import { previewView } from './proof.ts';
import { phaseRows } from './round-figures.ts';

/** Answers `/api/v1/next`. */
export async function nextAnswer(sources: AnswerSources): Promise<NextRound> {
  const { store } = sources;
  const meta = await metaOf(sources);
  const now = sources.now() / 1000;
  const [newest] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const authorities = (await store.query('authorities')).map(authorityOfRow);
  const voters = authorities.filter(isVoter);
  const names = new Map<string, string>(voters.map(({ v3ident, nickname }) => [v3ident, nickname]));
  const schedule = scheduleAfter(newest, meta.schedule ?? publicSchedule);
  const validAfter = comingAfter(newest, schedule, now);
  const at = { valid_after: validAfter };
  const phases = phasesOf(schedule, validAfter);
  const [preview] = await store.query('newestPreview', at);
  const pending = await store.query('pendingOf', at);
  const copies = await copyRows(store, validAfter, undefined, undefined, names);
  const asked = await store.query('voteQuestionsSince', { since: (phases[0]?.at ?? validAfter) * 1000 });
  const votes = voters.map((voter) => voteOf(voter, copies, asked));
  const needed = majorityOf({ network: meta.network, authorities });
  const phase = phaseAt(phases, now);
  const signatures = await store.query('signaturesOf', at);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: sentenceOf({ validAfter, now, phase: phase.name, votes, needed, preview, assumed: !newest }),
    validAfter: isoOf(validAfter),
    phase,
    phases: phaseRows(
      {
        valid_after: validAfter,
        fresh_until: validAfter + schedule.intervalSeconds,
        vote_seconds: schedule.voteSeconds,
        dist_seconds: schedule.distSeconds,
        first_seen: null,
      },
      { votes: copies.votes, signatures },
    ).map((row) => (Date.parse(row.due) > now * 1000 ? { ...row, text: 'not due yet' } : row)),
    needed,
    votes,
    preview: preview ? previewView(preview, names) : null,
    previewReason: preview ? null : whyNoPreview(votes, needed),
    pending: pendingView(pending),
    copies: copiesView(copies),
    warnings: (await store.query('firingAlerts')).filter(isAhead).map((alert) => ({
      check: alert.check ?? '',
      level: alert.severity === 'info' ? 'ok' : alert.severity === 'warning' ? 'warn' : 'bad',
      title: alert.title ?? '',
      message: alert.message ?? '',
    })),
  };
}

const aheadChecks: ReadonlySet<string> = new Set(['preview-warns', 'split-ahead', 'vote-equivocation']);

function isAhead({ check }: Row<'alerts'>): boolean {
  return aheadChecks.has(check ?? '');
}

/** The schedule by the newest consensus; the one that is assumed until there is one. */
function scheduleAfter(newest: Row<'rounds'> | undefined, assumed: VotingSchedule): VotingSchedule {
  if (!newest) return assumed;
  const times = {
    validAfter: newest.valid_after ?? 0,
    freshUntil: newest.fresh_until ?? 0,
    voteSeconds: newest.vote_seconds ?? assumed.voteSeconds,
    distSeconds: newest.dist_seconds ?? assumed.distSeconds,
  };
  return scheduleOf(times, assumed.startOffset);
}

/** The next valid-after is the newest consensus's fresh-until; when that has passed, what the schedule says. */
function comingAfter(newest: Row<'rounds'> | undefined, schedule: VotingSchedule, now: number): number {
  const due = newest?.fresh_until ?? 0;
  return due > now ? due : nextValidAfter(schedule, now);
}

type Phase = NonNullable<NextRound['phase']>;

const phaseTexts: Readonly<Record<Phase['name'], string>> = {
  quiet: 'Nothing is due yet.',
  voting: 'The authorities make their votes and send them to each other.',
  'fetching-votes': 'The authorities ask each other for votes that they lack.',
  computing: 'Each authority computes the consensus and signs it.',
  'fetching-signatures': 'The authorities ask each other for signatures that they lack.',
};

const phaseAfter: Readonly<Record<PhaseName, Phase['name']>> = {
  vote: 'voting',
  'fetch-votes': 'fetching-votes',
  compute: 'computing',
  'fetch-signatures': 'fetching-signatures',
  publish: 'quiet',
};

function phaseAt(phases: ReturnType<typeof phasesOf>, now: number): Phase {
  const begun = phases.findLast(({ at }) => at <= now);
  const next = phases.find(({ at }) => at > now);
  const name = begun ? phaseAfter[begun.name] : 'quiet';
  return { name, text: phaseTexts[name], until: isoOf(next?.at ?? now) };
}

function voteOf(
  { nickname, v3ident }: Voter,
  {
    votes,
    servedVotes,
  }: { readonly votes: readonly Row<'votes'>[]; readonly servedVotes: readonly Row<'copies'>[] },
  asked: readonly Row<'observations'>[],
): NextRound['votes'][number] {
  const own = votes.filter(({ identity }) => identity === v3ident);
  const vote =
    own
      .filter(({ outcome }) => outcome === 'accepted')
      .toSorted((a, b) => (b.published ?? 0) - (a.published ?? 0))[0] ?? own[0];
  const last = asked.findLast((one) => one.authority === nickname && one.subject === `next ${v3ident}`);
  const none = { sha256: null, digest: null, published: null, firstSeen: null, seenAt: [], relays: null };
  if (!vote) {
    if (!last || last.outcome === 'not-asked')
      return { authority: nickname, state: 'not-asked', ...none, text: 'We have not asked for it yet.' };
    const why =
      last.outcome === 'absent'
        ? `Asked at ${isoOfMs(last.at ?? 0).slice(11, 19)}, it said that it has none.`
        : `Asked at ${isoOfMs(last.at ?? 0).slice(11, 19)}, it gave no answer (${last.detail ?? last.outcome}).`;
    return { authority: nickname, state: 'missing', ...none, text: why };
  }
  return {
    authority: nickname,
    state: vote.outcome === 'accepted' ? 'seen' : 'refused',
    sha256: vote.sha256,
    digest: vote.digest,
    published: isoOrNull(vote.published),
    firstSeen: isoMsOrNull(vote.first_seen),
    seenAt: servedVotes
      .filter(({ sha256 }) => sha256 === vote.sha256)
      .map(({ authority }) => authority ?? ''),
    relays: vote.relays,
    text: vote.verdict ?? '',
  };
}

function whyNoPreview(votes: NextRound['votes'], needed: number): string {
  const seen = votes.filter(({ state }) => state === 'seen').length;
  return seen < needed
    ? `${seen} votes were seen; ${needed} are needed`
    : 'the votes were not computed yet: that happens at the end of a cycle';
}

interface Standing {
  readonly validAfter: number;
  readonly now: number;
  readonly phase: Phase['name'];
  readonly votes: NextRound['votes'];
  readonly needed: number;
  readonly preview: Row<'previews'> | undefined;
  /** No consensus says yet when the network votes. */
  readonly assumed: boolean;
}

function sentenceOf({ validAfter, now, phase, votes, needed, preview, assumed }: Standing): Sentence {
  const left = duration(Math.max(0, Math.round(validAfter - now)));
  const seen = votes.filter(({ state }) => state === 'seen').length;
  const lacking = votes.filter(({ state }) => state === 'missing').map(({ authority }) => authority);
  const clock = isoOf(validAfter).slice(11, validAfter % 60 === 0 ? 16 : 19);
  if (phase === 'quiet' && seen === 0)
    return {
      level: 'unknown',
      headline: `The consensus of ${clock} is due in ${left}.`,
      detail: assumed
        ? 'No consensus says yet when this network votes: the time is by the schedule that is assumed.'
        : 'Voting has not begun.',
    };
  // A preview names them itself.
  const missing = lacking.length === 0 || preview ? '' : ` Missing: ${listing(lacking)}.`;
  return {
    level: seen >= needed ? (lacking.length === 0 ? 'ok' : 'warn') : 'unknown',
    headline: `The consensus of ${clock} is due in ${left}: ${seen} of ${votes.length} votes were seen.`,
    detail: `${preview?.explanation ?? `${needed} are needed.`}${missing}`,
  };
}
