/**
 * Answers that take a computation: one at a time, because each holds the machine, and each made once for the same
 * documents. Who comes when several wait already is asked to come again.
 */
import type { Declined } from '../api/index.ts';

/** Where long answers are made. */
export interface Workshop {
  /** Does a job unless its result is known by this key; declined when too many wait. */
  run<T extends object>(key: string, job: () => Promise<T>): Promise<T | Declined>;
}

/** How many may wait, and how many results are kept. */
const waitingMax = 4;
const keptMax = 50;

/** An empty workshop. */
export function openWorkshop(): Workshop {
  const kept = new Map<string, Promise<object>>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    run: async <T extends object>(key: string, job: () => Promise<T>): Promise<T | Declined> => {
      const known = kept.get(key);
      if (known) return known as Promise<T>;
      if (waiting >= waitingMax)
        return {
          declined: 'busy',
          message: `${waiting} such questions are being answered; ask again later.`,
        };
      waiting += 1;
      const made = last.then(job);
      last = made.catch(() => {});
      kept.set(key, made);
      const [oldest] = kept.keys();
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      try {
        return await made;
      } catch (error) {
        // A failed answer is not kept: the next one who asks tries again.
        kept.delete(key);
        throw error;
      } finally {
        waiting -= 1;
      }
    },
  };
}
