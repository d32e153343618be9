/** A process for the backfill's test: fills a data directory on the built package, until it is done or killed. */
import { readFileSync } from 'node:fs';
import { backfill, usualKinds } from '../../dist/backfill/index.js';

const [directory = '', from = '', authorities = '', since = '', until = ''] = process.argv.slice(2);
await backfill({
  directory,
  from,
  since: Number(since),
  until: Number(until),
  kinds: usualKinds,
  set: JSON.parse(readFileSync(authorities, 'utf8')),
  threads: 1,
  now: () => 1_800_000_000_000,
  signal: new AbortController().signal,
});
