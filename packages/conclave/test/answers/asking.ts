/** For tests of the answers: rounds played through the pipeline, and everything that can be asked after them. */
import { expect } from 'vitest';
import {
  alertsSchema,
  authoritiesSchema,
  authorityPageSchema,
  documentPageSchema,
  documentsSchema,
  eventsSchema,
  roundPageSchema,
  roundsSchema,
  statusSchema,
} from '../../src/api/index.ts';
import type { Status } from '../../src/api/index.ts';
import type { AnswerSources, LiveAnswers } from '../../src/answers/index.ts';
import { parseGeoip } from '../../src/geo/index.ts';
import type { Store } from '../../src/store/index.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Journal, PlayOptions } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';
import type { MadeNetwork, RoundOptions } from '../support/network.ts';

/** Nine voters and a bridge authority. */
export const network: MadeNetwork = madeNetwork(9, true);
/** In seconds. */
export const hour = 3600;

/** Everything that can be asked conforms to the contract, and so do the pages of the newest documents; gives the status. */
export async function allConform(answers: LiveAnswers, store: Store, pages = 8): Promise<Status> {
  const status = statusSchema.parse(await answers.status());
  authoritiesSchema.parse(await answers.authorities());
  for (const { nickname } of status.authorities) authorityPageSchema.parse(await answers.authority(nickname));
  for (const { validAfter } of roundsSchema.parse(await answers.rounds({ limit: 500 })).rounds)
    roundPageSchema.parse(await answers.round(validAfter));
  for (const { sha256 } of documentsSchema.parse(await answers.documents({ limit: pages })).documents)
    documentPageSchema.parse(await answers.document(sha256));
  alertsSchema.parse(await answers.alerts());
  eventsSchema.parse(await answers.events({ limit: 500 }));
  expect((await store.query('rounds', { before: 1e12, limit: 1 })).length === 0).toBe(
    status.consensus.state === 'none',
  );
  return status;
}

/** What was played before somebody asks. */
export interface Asking {
  readonly of?: MadeNetwork;
  readonly rounds?: readonly (Partial<RoundOptions> & PlayOptions)[];
  readonly more?: (journal: Journal) => void;
  /** Seconds after the last entry. */
  readonly later?: number;
  readonly sources?: Partial<AnswerSources>;
}

/** What can be asked after rounds were played, until it is closed. */
export interface Opened {
  readonly status: Status;
  readonly answers: LiveAnswers;
  readonly store: Store;
  readonly close: () => Promise<void>;
}

/** Plays rounds an hour from each other and hands over the answers after them, all of which conform. */
export async function asked(
  asking: Asking,
  job: (status: Status, answers: LiveAnswers, store: Store) => Promise<void> | void,
): Promise<void> {
  const { status, answers, store, close } = await opened(asking);
  await job(status, answers, store);
  await close();
}

/** The same for several tests, which only ask. */
export async function opened({
  of = network,
  rounds = [],
  more,
  later = 5,
  sources,
}: Asking): Promise<Opened> {
  const journal = makeJournal(of, noon - 1200);
  for (const [index, options] of rounds.entries())
    journal.play(of.round({ validAfter: noon + index * hour, ...options }), options);
  more?.(journal);
  const fed = await run(
    journal,
    sources?.geoSource === undefined
      ? {}
      : { countries: parseGeoip(`# Generated: 2026-07-01\n0,4294967295,DE\n`) },
  );
  const answers = fed.answers(journal.now() + later, sources);
  const status = await allConform(answers, fed.store);
  return { status, answers, store: fed.store, close: () => fed.close() };
}

/** The row of one authority. */
export const rowOf = (status: Status, nickname: string): Status['authorities'][number] => {
  const row = status.authorities.find((one) => one.nickname === nickname);
  if (!row) throw new Error(`no ${nickname}`);
  return row;
};
