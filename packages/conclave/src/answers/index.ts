/**
 * The door of the answers room: what the API asks, answered from the store and the archive alone. An answer is computed
 * once for each revision and second, however many ask for it.
 */
import type { Answers, LiveMessage } from '../api/index.ts';
import { alliumAnswer } from './allium.ts';
import { authoritiesAnswer, authorityAnswer } from './authorities.ts';
import { certificatesAnswer } from './certificates.ts';
import { churnAnswer } from './churn.ts';
import type { AnswerSources } from './context.ts';
import { documentAnswer, documentsAnswer } from './documents.ts';
import { healthAnswer } from './health.ts';
import { alertsAnswer, eventsAnswer } from './lists.ts';
import { nextAnswer } from './next.ts';
import { diffAnswer } from './diff.ts';
import { explainAnswer } from './explain.ts';
import { whatIfAnswer } from './what-if.ts';
import { relayHistoryAnswer } from './relay-history.ts';
import { relaysAnswer } from './relays.ts';
import { roundAnswer, roundsAnswer } from './rounds.ts';
import { seriesAnswer } from './series.ts';
import { sourcesAnswer } from './sources.ts';
import { statusAnswer } from './status.ts';
import { trendsAnswer } from './trends.ts';
import { openWorkshop } from './workshop.ts';

export type { AnswerSources, Replay } from './context.ts';
export { probesInMedian } from './authority-row.ts';

/** The answers, with the door by which the daemon tells of changes. */
export interface LiveAnswers extends Answers {
  /** Tells all listeners that there is a new revision; `learnedAt` is our wall clock in ms. */
  tell(learnedAt: number): void;
}

/** How many answers are kept at once. */
const keptMax = 200;

/** Makes the answers over these sources. */
export function createAnswers(sources: AnswerSources): LiveAnswers {
  const listeners = new Set<(message: Omit<LiveMessage, 'sentAt'>) => void>();
  const workshop = openWorkshop();
  const kept = new Map<string, { readonly stamp: string; readonly answer: Promise<unknown> }>();
  const once = <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const slot = Math.floor(sources.now() / 1000 / Math.max(1, sources.cacheSeconds));
    const stamp = `${sources.revision()}/${slot}`;
    const known = kept.get(name);
    if (known?.stamp === stamp) return known.answer as Promise<T>;
    const answer = make();
    if (kept.size >= keptMax) kept.clear();
    kept.set(name, { stamp, answer });
    // A failed answer is not kept: the next one who asks tries again.
    answer.catch(() => kept.delete(name));
    return answer;
  };
  return {
    status: () => once('status', () => statusAnswer(sources)),
    authorities: () => once('authorities', () => authoritiesAnswer(sources)),
    authority: (nickname) => once(`authority ${nickname}`, () => authorityAnswer(sources, nickname)),
    rounds: (query) => once(`rounds ${JSON.stringify(query)}`, () => roundsAnswer(sources, query)),
    round: (validAfter) => once(`round ${validAfter}`, () => roundAnswer(sources, validAfter)),
    health: (query) => once(`health ${JSON.stringify(query)}`, () => healthAnswer(sources, workshop, query)),
    trends: () => once('trends', () => trendsAnswer(sources)),
    churn: (query) => once(`churn ${JSON.stringify(query)}`, () => churnAnswer(sources, query)),
    next: () => once('next', () => nextAnswer(sources)),
    whatIf: (query) => whatIfAnswer(sources, workshop, query),
    diff: (query) => diffAnswer(sources, workshop, query),
    explain: (query) => explainAnswer(sources, workshop, query),
    series: (query) => once(`series ${JSON.stringify(query)}`, () => seriesAnswer(sources, query)),
    relays: (query) => once(`relays ${JSON.stringify(query)}`, () => relaysAnswer(sources, workshop, query)),
    relayHistory: (query) =>
      once(`relay ${JSON.stringify(query)}`, () => relayHistoryAnswer(sources, workshop, query)),
    documents: (query) => once(`documents ${JSON.stringify(query)}`, () => documentsAnswer(sources, query)),
    document: (sha256) => once(`document ${sha256}`, () => documentAnswer(sources, sha256)),
    allium: (at) => alliumAnswer(sources, at),
    raw: (sha256) => sources.archive.read(sha256),
    certificates: () => once('certificates', () => certificatesAnswer(sources)),
    sources: () => once('sources', () => sourcesAnswer(sources)),
    alerts: () => once('alerts', () => alertsAnswer(sources)),
    events: (query) => once(`events ${JSON.stringify(query)}`, () => eventsAnswer(sources, query)),
    revision: sources.revision,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (learnedAt) => {
      for (const listener of listeners) listener({ revision: sources.revision(), learnedAt });
    },
  };
}
