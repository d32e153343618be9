/**
 * One backfill in a process of its own, for `backfill.ts`: `node backfill-run.js DIRECTORY FROM SINCE UNTIL THREADS IDENTITY…`.
 * Prints what became of it, and the most memory that the process had.
 */
import { backfill } from 'conclave/backfill';

/** What it prints, as JSON. */
export interface FilledReport {
  readonly accepted: number;
  readonly proofs: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

const [directory = '', from = '', since, until, threads, ...identities] = process.argv.slice(2);
const authorities = identities.map((v3ident, index) => ({ nickname: `authority${index}`, v3ident }));
const { held } = await backfill({
  directory,
  from,
  since: Number(since),
  until: Number(until),
  kinds: ['consensus', 'vote', 'certificate'],
  set: { network: 'made-up network', authorities: authorities as never },
  threads: Number(threads),
  now: Date.now,
  signal: new AbortController().signal,
});
const report: FilledReport = {
  accepted: held.outcomes['accepted'] ?? 0,
  proofs: held.proofs,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(report));
