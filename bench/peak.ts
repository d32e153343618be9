/**
 * How much memory one piece of work takes, in a process of its own: `node --expose-gc peak.js WHAT FILE [CERTS…]`, or for work
 * on two consensuses `WHAT OLDER NEWER`, for work on a round `WHAT VOTE…`. Prints the peak in bytes, the document included: what the process held at most while it did the work for the first time, above
 * what it held before. Linux counts it (`VmHWM`, set back by `clear_refs`); nothing is printed where it does not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { jobOf, readBytes, ringOf, type Job, type What } from './jobs.ts';
import { pairJobOf, pairKinds } from './pairs.ts';
import { roundKinds, wholeRoundOf } from './rounds.ts';

const [what, file = '', ...others] = process.argv.slice(2);
const bytes = readBytes(file);
const { job, size } = prepare();
// What the preparation left behind is no part of the work.
globalThis.gc?.();
try {
  writeFileSync('/proc/self/clear_refs', '5');
  const before = kilobytes('VmRSS');
  const result = job.run();
  const peak = kilobytes('VmHWM');
  if (before !== undefined && peak !== undefined && result !== null)
    console.log(String((peak - before) * 1024 + size));
} catch {
  // No such counter here: the figure is left out rather than guessed.
}

function prepare(): { readonly job: Job; readonly size: number } {
  const roundWhat = roundKinds.find((kind) => kind === what);
  if (roundWhat) {
    const votes = [file, ...others].map((name) => ({ file: name, bytes: readBytes(name) }));
    return {
      job: wholeRoundOf(roundWhat, votes),
      size: votes.reduce((sum, vote) => sum + vote.bytes.length, 0),
    };
  }
  const pairWhat = pairKinds.find((kind) => kind === what);
  if (!pairWhat) return { job: jobOf(what as What, file, bytes, ringOf(others)), size: bytes.length };
  const [newer = ''] = others;
  const target = { file: newer, bytes: readBytes(newer) };
  return { job: pairJobOf(pairWhat, { file, bytes }, target), size: bytes.length + target.bytes.length };
}

function kilobytes(name: string): number | undefined {
  const [, digits] =
    new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
