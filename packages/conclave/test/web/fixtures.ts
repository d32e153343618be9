/**
 * Answers for tests of the API and the pages: a made-up network in the situations that a page has to survive.
 */
import type { Answers, LiveMessage, Status } from '../../src/api/index.ts';
import {
  alertAnswer,
  authoritiesOf,
  certificateAnswer,
  authorityOf,
  documentOf,
  documentsOf,
  eventAnswer,
  preview,
  roundOf,
  roundsOf,
} from './fixture-pages.ts';
import { churnSeriesOf, healthOf, relayHistoryOf, relaysOf, seriesOf, trendsOf } from './fixture-health.ts';
import { diffOf, explainOf, nextOf, proofTileOf, whatIfOf } from './fixture-proof.ts';
import { consensusSha, type Situation, validAfter, voteSha } from './fixture-rows.ts';
import { sourcesOf } from './fixture-sources.ts';
import { statusOf } from './fixture-status.ts';

export {
  consensusSha,
  hostileName,
  now,
  type Situation,
  situations,
  validAfter,
  votersOf,
  voteSha,
} from './fixture-rows.ts';

/** Answers for one situation, with a lever to change what is known. */
export interface TestAnswers extends Answers {
  /** Replaces the situation and says so to everyone who listens. */
  readonly change: (situation: Situation, edit?: (status: Status) => Status) => void;
  readonly watchers: () => number;
}

const notYet = { declined: 'not-yet', message: 'No consensus that verifies has been seen yet.' } as const;

/** The answers of a situation. */
export function answersFor(first: Situation): TestAnswers {
  let situation = first;
  let revision = 41;
  let edit = (status: Status): Status => status;
  const listeners = new Set<(message: Omit<LiveMessage, 'sentAt'>) => void>();
  const stamp = <T extends { revision: number }>(answer: T): T => ({ ...answer, revision });
  const maybe = <T extends { revision: number }>(answer: T | undefined): T | undefined =>
    answer && stamp(answer);
  return {
    status: async () => edit({ ...statusOf(situation, revision), proof: proofTileOf(situation) }),
    authorities: async () => stamp(authoritiesOf(situation)),
    authority: async (nickname) => maybe(authorityOf(situation, nickname)),
    rounds: async () => stamp(roundsOf(situation)),
    round: async (time) => maybe(roundOf(situation, time)),
    next: async () => stamp(nextOf(situation)),
    whatIf: async (query) => maybe(whatIfOf(situation, query)),
    diff: async ({ from = '2026-07-27T13:00:00Z', to = validAfter }) => maybe(diffOf(situation, from, to)),
    explain: async ({ validAfter: of, keyword }) =>
      of === validAfter ? maybe(explainOf(situation, keyword)) : undefined,
    series: async (query) => maybe(seriesOf(situation, query)),
    health: async ({ at }) => maybe(healthOf(situation, at)),
    trends: async () => maybe(trendsOf(situation)) ?? notYet,
    churn: async ({ from }) => maybe(churnSeriesOf(situation, from)) ?? notYet,
    relays: async ({ search }) => stamp(relaysOf(situation, search)),
    relayHistory: async ({ fingerprint }) => maybe(relayHistoryOf(situation, fingerprint)),
    documents: async () => stamp(documentsOf(situation)),
    document: async (sha256) => maybe(documentOf(situation, sha256)),
    raw: async (sha256) =>
      sha256 === consensusSha || sha256 === voteSha ? new TextEncoder().encode(preview) : undefined,
    certificates: async () => stamp(certificateAnswer(situation)),
    allium: async () => ({
      etag: '"votes"',
      modifiedAt: 0,
      validAfter: Date.parse(validAfter) / 1000,
      async *pieces() {
        yield '{}';
      },
    }),
    sources: async () => stamp(sourcesOf(situation)),
    alerts: async () => stamp(alertAnswer(situation)),
    events: async () => stamp(eventAnswer(situation)),
    revision: () => revision,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change: (next, how = (status) => status) => {
      situation = next;
      edit = how;
      revision += 1;
      for (const listener of listeners) listener({ revision, learnedAt: Date.now() });
    },
    watchers: () => listeners.size,
  };
}
