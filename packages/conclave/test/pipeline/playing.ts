/** For tests of the pipeline: rounds played through its door, and what they left in the store. */
import type { Row, Store } from '../../src/store/index.ts';
import { makeJournal, nameOf, run } from '../support/journal.ts';
import type { Journal, PlayOptions, Run } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';
import type { MadeNetwork, MadeRound, RoundOptions } from '../support/network.ts';

/** Nine voters and a bridge authority. */
export const network: MadeNetwork = madeNetwork(9, true);
/** In seconds. */
export const hour = 3600;

/** A journal that begins twenty minutes before noon. */
export function started(at = noon - 1200): Journal {
  return makeJournal(network, at);
}

/** One round played and fed; the job looks at what came of it. */
export async function played(
  options: Partial<RoundOptions> & PlayOptions,
  job: (fed: Run, round: MadeRound, journal: Journal) => Promise<void>,
  more: (journal: Journal, round: MadeRound) => void = () => {},
): Promise<void> {
  const journal = started();
  const round = network.round({ validAfter: noon, ...options });
  journal.play(round, options);
  more(journal, round);
  const fed = await run(journal);
  try {
    await job(fed, round, journal);
  } finally {
    await fed.close();
  }
}

/** The row of a round. */
export const roundAt = async (store: Store, validAfter: number): Promise<Row<'rounds'> | undefined> =>
  (await store.query('round', { valid_after: validAfter }))[0];
/** What fires now. */
export const firing = (store: Store): Promise<Row<'alerts'>[]> => store.query('firingAlerts');
/** Alerts as `check authority severity`. */
export const named = (alerts: readonly Row<'alerts'>[]): string[] =>
  alerts.map((one) => `${one.check} ${one.authority ?? 'network'} ${one.severity}`).sort();
/** Events, oldest first. */
export const eventsOf = async (store: Store, rule = ''): Promise<Row<'events'>[]> =>
  (
    await store.query('events', { before: Number.MAX_SAFE_INTEGER, rule, authority: '', limit: 500 })
  ).toReversed();
/** All alerts there ever were. */
export const allAlerts = (store: Store): Promise<Row<'alerts'>[]> => store.query('alerts', { limit: 1000 });
/** The row of a document. */
export const documentOf = async (
  store: Store,
  bytes: Uint8Array | string,
): Promise<Row<'documents'> | undefined> => (await store.query('document', { sha256: nameOf(bytes) }))[0];
