/** For tests of the backfill: a data directory in which an observatory had watched rounds. */
import { join } from 'node:path';
import { openArchive } from '../../src/archive/index.ts';
import type { JournalEntry } from '../../src/archive/index.ts';
import { loadCountries } from '../../src/daemon/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import { feed, makeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import type { MadeNetwork, MadeRound } from './network.ts';

export { dump, feed, nameOf } from './journal.ts';

/** An observatory that is over, and can go on. */
export interface Watched {
  /** Goes on with a round after a restart. */
  play(round: MadeRound): Promise<void>;
}

/** What the observatory did not see of it: it was down, or somebody was out of its reach. */
export type Missed = (entry: JournalEntry) => boolean;

/** Writes what a journal has behind what was written before into a data directory, and brings its store up to date. */
async function write(directory: string, journal: Journal, from: number, missed: Missed): Promise<number> {
  const archive = await openArchive(directory);
  let last = from;
  for await (const { entry, position } of journal.entries(from)) {
    if (missed(entry)) continue;
    const sha256 = entry.type === 'observation' ? entry.document?.sha256 : undefined;
    const bytes = sha256 === undefined ? undefined : await journal.read(sha256);
    if (bytes) await archive.keep(bytes);
    await archive.append([entry]);
    last = position;
  }
  const store = await openDuckDb({ path: join(directory, 'store.duckdb') });
  const countries = await loadCountries();
  await feed(await openPipeline({ archive, store, ...(countries ? { countries } : {}) }), archive);
  await store.close();
  await archive.close();
  return last;
}

/** A data directory in which these rounds were watched. */
export async function started(
  directory: string,
  network: MadeNetwork,
  rounds: readonly MadeRound[],
  missed: Missed = () => false,
): Promise<Watched> {
  const journal = makeJournal(network, (rounds[0]?.validAfter ?? 1_714_564_800) - 1200);
  for (const round of rounds) journal.play(round);
  let position = await write(directory, journal, 0, missed);
  return {
    play: async (round) => {
      journal.play(round);
      position = await write(directory, journal, position, missed);
    },
  };
}
