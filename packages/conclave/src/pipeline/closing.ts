/** Rounds of which something is new, at the end of a tick: figures, history, preview and proof. */
import { parseConsensus, parseVote } from '@conclave/netdoc';
import type { Desk } from './desk.ts';
import { updateHealth } from './health.ts';
import { putFigures, takeEntries } from './history.ts';
import { newestRound, roundOf } from './memory.ts';
import type { RoundNote } from './memory.ts';
import { explainShown, settlePreview, takePreview } from './previews.ts';
import type { PreviewSources } from './previews.ts';
import { proveFlavor } from './proofs.ts';
import { closeRound, tidyShelf } from './rounds.ts';
import { digestOf } from './situation.ts';

/** Brings every round up to date of which something came since the last tick. */
export async function closeRounds(desk: Desk, at: number): Promise<void> {
  for (const round of desk.memory.rounds.values()) {
    if (round.dirty) await close(desk, round.validAfter, at);
    await explainShown(round, sourcesOf(desk));
  }
}

function sourcesOf(desk: Desk): PreviewSources {
  const { memory, shelf, batch, options } = desk;
  return {
    memory,
    shelf,
    batch,
    breathe: options.breathe ?? (async () => {}),
    consensus: (sha256) => desk.consensus(sha256),
    shelve: (validAfter) => shelve(desk, validAfter),
  };
}

async function close(desk: Desk, validAfter: number, at: number): Promise<void> {
  const { memory, shelf, batch, options } = desk;
  const round = roundOf(memory, validAfter);
  const sources = sourcesOf(desk);
  await shelve(desk, validAfter);
  const before = digestOf(round, memory);
  closeRound(round, memory, shelf, batch, options.countries);
  const changed = await updateHealth(round, options, desk.healthShelf, sources);
  await keepHistory(desk, round, before);
  for (const { row } of changed) if (row && row !== round.row) putFigures(row, batch);
  await takePreview(round, sources, at);
  for (const flavor of ['ns', 'microdesc'] as const) {
    if (proveFlavor(round, flavor, sources, at)) await sources.breathe();
  }
  settlePreview(round, memory, batch);
  const newest = newestRound(memory);
  if (newest) tidyShelf(shelf, newest.validAfter);
}

/** The figures of a round whenever they are computed, its entries when another consensus than before was chosen. */
async function keepHistory(
  { memory, shelf, batch, options }: Desk,
  round: RoundNote,
  before: string | undefined,
): Promise<void> {
  if (!round.row) return;
  putFigures(round.row, batch);
  const consensus = shelf.consensuses.get(round.row.ns_sha256 ?? '')?.document;
  if (consensus && digestOf(round, memory) !== before)
    await takeEntries(memory.history, round.validAfter, consensus.routers, options.store, batch);
}

/** After a restart the documents of a round that goes on are not on the shelf: they are read again. */
async function shelve(desk: Desk, validAfter: number): Promise<void> {
  const { memory, shelf } = desk;
  const round = roundOf(memory, validAfter);
  const wanted = [...memory.documents.values()].filter(
    (row) =>
      row.valid_after === validAfter &&
      row.outcome === 'accepted' &&
      ((row.kind === 'consensus' && !shelf.consensuses.has(row.sha256 ?? '')) ||
        (row.kind === 'vote' && !shelf.votes.has(row.sha256 ?? '') && round.votes.has(row.sha256 ?? ''))),
  );
  for (const row of wanted) {
    const bytes = await desk.read(row.sha256 ?? '');
    if (!bytes) continue;
    if (row.kind === 'vote') shelf.votes.set(row.sha256 ?? '', parseVote(bytes, { profile: 'tor-0.4.9' }));
    else shelf.consensuses.set(row.sha256 ?? '', parseConsensus(bytes, { profile: 'tor-0.4.9' }));
  }
}
