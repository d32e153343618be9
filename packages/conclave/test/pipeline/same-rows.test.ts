/** The same journal gives the same rows, however it is read: at once, in pieces, after failures. */
import { fc } from '../../../../test/support/properties.ts';
import { expect, test } from 'vitest';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { badDay } from '../support/bad-day.ts';
import { dump, feed, rowsOf, withStorePath } from '../support/journal.ts';

const { journal } = badDay();
const uninterrupted = rowsOf(journal);

test('the bad day is one: it fills every table', async () => {
  const rows = await uninterrupted;
  for (const [name, list] of Object.entries(rows)) expect([name, list.length > 0]).toEqual([name, true]);
});

test('openPipeline() on the same store after each kind of interruption gives the rows of an uninterrupted run', async () => {
  const expected = await uninterrupted;
  const positions = journal.placed.map(({ position }) => position);
  for (const cuts of [
    positions.filter((_, index) => index % 29 === 3),
    positions.filter((_, index) => index % 97 === 60),
  ]) {
    const rows = await withStorePath(async (path) => {
      for (const upTo of [...cuts, Infinity]) {
        const store = await openDuckDb({ path });
        await feed(await openPipeline({ archive: journal, store }), journal, upTo);
        await store.close();
      }
      return dump(path);
    });
    expect(rows).toEqual(expected);
  }
}, 180_000);

test('openPipeline() with any number of ticks to a commit gives the same rows', async () => {
  const expected = await uninterrupted;
  for (const ticksPerCommit of [3, 50]) expect(await rowsOf(journal, { ticksPerCommit })).toEqual(expected);
});

/** A store whose writes, and reads, fail as a full disk makes them fail: when `fails` says so. */
function failing(store: Store, fails: () => boolean): Store {
  const or = <T>(job: () => Promise<T>): Promise<T> =>
    fails() ? Promise.reject(new Error('No space left on device')) : job();
  return {
    write: (batch) => or(() => store.write(batch)),
    query: (name, ...parameters) => or(() => store.query(name, ...parameters)),
    close: () => store.close(),
  };
}

test('a store that fails to write or read now and then loses nothing and doubles nothing', async () => {
  const expected = await uninterrupted;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 }),
      async (gaps) => {
        const rows = await withStorePath(async (path) => {
          let [armed, next, calls] = [false, 0, 0];
          const fails = (): boolean => {
            calls += 1;
            if (!armed || next >= gaps.length || calls < (gaps[next] ?? 0)) return false;
            next += 1;
            calls = 0;
            return true;
          };
          const store = failing(await openDuckDb({ path }), fails);
          const pipeline = await openPipeline({ archive: journal, store });
          armed = true;
          // As the daemon does it: after a failure the journal is read again from where the pipeline stands.
          for (let tries = 0; ; tries += 1) {
            try {
              await feed(pipeline, journal);
              break;
            } catch (error) {
              if (tries > gaps.length) throw error;
            }
          }
          await store.close();
          return dump(path);
        });
        expect(rows).toEqual(expected);
      },
    ),
    { numRuns: 3 },
  );
}, 180_000);
