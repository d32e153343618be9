/** Between two long computations whoever waits for an answer gets it: a whole turn of the event loop. */
import { setImmediate } from 'node:timers/promises';

/** Resolves when everything that is ready has had its turn. */
export async function breathe(): Promise<void> {
  await setImmediate();
}
