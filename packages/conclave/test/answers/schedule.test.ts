/** When the next round is and how often is probed: by what is assumed, as the journal says, until a consensus says it. */
import { expect, test } from 'vitest';
import { nextRoundSchema, statusSchema } from '../../src/api/index.ts';
import type { JournalEntry, PlacedEntry } from '../../src/archive/index.ts';
import { network, started } from '../pipeline/playing.ts';
import { feed, run, type Journal } from '../support/journal.ts';
import { noon } from '../support/network.ts';

/** A journal whose first line says more. */
function startedWith(more: Partial<Extract<JournalEntry, { type: 'watching' }>>): Journal {
  const journal = started();
  const [first] = journal.placed;
  if (first?.entry.type !== 'watching') throw new Error('a journal begins with who is watched');
  (journal.placed as PlacedEntry[])[0] = { ...first, entry: { ...first.entry, ...more } };
  return journal;
}

const short = { intervalSeconds: 300, voteSeconds: 20, distSeconds: 20, startOffset: 60 };

test('until there is a consensus, the next round is by the schedule that the journal says was assumed', async () => {
  const journal = startedWith({ schedule: short });
  journal.cycle(noon + 5);
  const fed = await run(journal);
  expect(fed.pipeline.knowledge()).toMatchObject({ schedule: short, scheduleAssumed: true });
  const next = nextRoundSchema.parse(await fed.answers(noon + 70).next());
  expect(next.validAfter).toBe('2024-05-01T12:06:00Z');
  expect(next.sentence.detail).toContain('by the schedule that is assumed');
  await fed.close();
});

test('a journal of an earlier version means the schedule of the public network', async () => {
  const journal = started();
  journal.cycle(noon + 5);
  const fed = await run(journal);
  expect(nextRoundSchema.parse(await fed.answers(noon + 70).next()).validAfter).toBe('2024-05-01T13:00:00Z');
  await fed.close();
});

test('probes that the schedule decides follow the consensus; those that were set stay, after a restart too', async () => {
  for (const [more, before, after] of [
    [{ schedule: short, probeSeconds: 2, probeBySchedule: true }, 2, 10],
    [{ schedule: short, probeSeconds: 7 }, 7, 7],
  ] as const) {
    const journal = startedWith(more);
    journal.cycle(noon - 5);
    const fed = await run(journal);
    const probes = async ({ answers }: typeof fed): Promise<number> =>
      statusSchema.parse(await answers(noon + 600).status()).observing.probeSeconds;
    expect(await probes(fed)).toBe(before);
    journal.play(network.round({ validAfter: noon }));
    await feed(fed.pipeline, journal);
    expect(await probes(fed)).toBe(after);
    const again = await run(journal, { store: fed.store });
    journal.cycle(noon + 900);
    await feed(again.pipeline, journal);
    expect(await probes(again)).toBe(after);
    await fed.close();
  }
});
