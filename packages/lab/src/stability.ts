/**
 * What an authority remembers of relays' uptimes (its router-stability file), written before its first start so that
 * Stable, Guard and HSDir mean something at once. Each authority has seen almost the same.
 */
import { createRandom } from './random.ts';
import type { Relay } from './relay.ts';
import { directoryTime } from './schedule.ts';

const trackedDays = 120;

/** Writes the file of one authority, as tor keeps it. */
export function writeRouterStability(
  seed: string,
  authority: string,
  relays: readonly Relay[],
  now: Date,
): string {
  const since = new Date(now.getTime() - trackedDays * 86_400_000);
  const known = relays.filter((relay) => relay.history.knownSeconds > 0);
  return [
    'format 2\n',
    `stored-at ${directoryTime(now)}\n`,
    `tracked-since ${directoryTime(since)}\n`,
    'data\n',
    ...known.map((relay) => historyItem(seed, authority, relay, now)),
    '.\n',
  ].join('');
}

/**
 * Every twelve hours tor weighs what it knows by 0.95, so a history saturates at ten days; the run in progress is given
 * by its start, and counts in full.
 */
function historyItem(seed: string, authority: string, relay: Relay, now: Date): string {
  const random = createRandom(seed, 'stability', authority, relay.fingerprint);
  const { knownSeconds, upFraction, mtbfSeconds } = relay.history;
  const error = (size: number): number => 1 + size * (2 * random.next() - 1);
  const run = Math.max(
    60,
    Math.round(Math.min(knownSeconds, (now.getTime() - relay.startedAt.getTime()) / 1000)),
  );
  const started = directoryTime(new Date(now.getTime() - run * 1000));
  const pastRuns = 1 + Math.floor(random.next() * 3);
  // (past + run) / (pastRuns + 1) is to come out at the MTBF, give or take this authority's error.
  const past = Math.max(0, Math.round(mtbfSeconds * error(0.03) * (pastRuns + 1) - run));
  const total = Math.max(0, Math.round(Math.min(knownSeconds, 20 * 86_400) * error(0.02)) - run);
  const fraction = Math.min(1, 1 - (1 - upFraction) * error(0.12));
  const up = Math.max(0, Math.min(total, Math.round((total + run) * fraction) - run));
  return [
    `R ${relay.fingerprint}\n`,
    `+MTBF ${past} ${pastRuns.toFixed(5)} S=${started}\n`,
    `+WFU ${up} ${total} S=${started}\n`,
  ].join('');
}
