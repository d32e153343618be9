/**
 * When the authorities vote. Every time is in whole seconds since 1970, UTC, and every division is C's, because tor's
 * own clock arithmetic decides (dir-spec 3; voting_schedule.c).
 */

/** How often a network votes and how long the halves of a vote last, in seconds (dir-spec `voting-delay`). */
export interface VotingSchedule {
  readonly intervalSeconds: number;
  readonly voteSeconds: number;
  readonly distSeconds: number;
  /** `TestingV3AuthVotingStartOffset`: how far every round is shifted against midnight. */
  readonly startOffset?: number;
}

/** A step of a round that every authority takes at a fixed time. */
export type PhaseName = 'vote' | 'fetch-votes' | 'compute' | 'fetch-signatures' | 'publish';

/** One phase with the second at which it is due. */
export interface Phase {
  readonly name: PhaseName;
  readonly at: number;
}

/** The fields of a consensus that say how its network votes. */
export interface VotingTimes {
  readonly validAfter: number;
  readonly freshUntil: number;
  readonly voteSeconds: number;
  readonly distSeconds: number;
}

/** The public network's schedule: hourly, five minutes for votes, five for signatures. */
export const publicSchedule: VotingSchedule = { intervalSeconds: 3600, voteSeconds: 300, distSeconds: 300 };

/**
 * The schedule that a consensus announces. How far its rounds are shifted against midnight follows from its valid-after
 * where the interval divides a day; elsewhere it has to be known otherwise, and is `startOffset`.
 */
export function scheduleOf(times: VotingTimes, startOffset = 0): VotingSchedule {
  const { validAfter, freshUntil, voteSeconds, distSeconds } = times;
  const intervalSeconds = freshUntil - validAfter;
  const divides = intervalSeconds > 0 && daySeconds % intervalSeconds === 0;
  const shift = divides ? modulo(validAfter, intervalSeconds) : startOffset;
  const schedule = { intervalSeconds, voteSeconds, distSeconds };
  return shift === 0 ? schedule : { ...schedule, startOffset: shift };
}

/** The valid-after of the first round that is published after `nowSeconds`. */
export function nextValidAfter(schedule: VotingSchedule, nowSeconds: number): number {
  const interval = usableInterval(schedule);
  const now = Math.floor(nowSeconds);
  const midnight = now - modulo(now, daySeconds);
  const tomorrow = midnight + daySeconds;
  let next = midnight + (Math.floor((now - midnight) / interval) + 1) * interval;
  // A round never crosses midnight, and one that would last less than half of its length is not held.
  if (next > tomorrow || next + Math.floor(interval / 2) > tomorrow) next = tomorrow;
  next += schedule.startOffset ?? 0;
  return next - interval > now ? next - interval : next;
}

/** The valid-after of the last round that was due for publication at or before `nowSeconds`. */
export function lastValidAfter(schedule: VotingSchedule, nowSeconds: number): number {
  let last = nextValidAfter(schedule, nowSeconds - 2 * usableInterval(schedule));
  for (;;) {
    const next = nextValidAfter(schedule, last);
    if (next > nowSeconds || next <= last) return last;
    last = next;
  }
}

/** The five phases of the round with this valid-after, in order. */
export function phasesOf(schedule: VotingSchedule, validAfter: number): readonly Phase[] {
  const { voteSeconds, distSeconds } = usableDelays(schedule);
  return [
    { name: 'vote', at: validAfter - distSeconds - voteSeconds },
    { name: 'fetch-votes', at: validAfter - distSeconds - Math.floor(voteSeconds / 2) },
    { name: 'compute', at: validAfter - distSeconds },
    { name: 'fetch-signatures', at: validAfter - Math.floor(distSeconds / 2) },
    { name: 'publish', at: validAfter },
  ];
}

/** The delays that authorities really use: when they do not fit into half an interval, each becomes a quarter of it. */
export function usableDelays(schedule: VotingSchedule): {
  readonly voteSeconds: number;
  readonly distSeconds: number;
} {
  const interval = usableInterval(schedule);
  if (schedule.voteSeconds + schedule.distSeconds <= Math.floor(interval / 2)) return schedule;
  const quarter = Math.floor(interval / 4);
  return { voteSeconds: quarter, distSeconds: quarter };
}

const daySeconds = 86_400;

/** A consensus is hostile input until it is verified: a senseless interval must not become an endless loop. */
function usableInterval(schedule: VotingSchedule): number {
  const interval = Math.floor(schedule.intervalSeconds);
  return interval >= 1 && interval <= daySeconds ? interval : publicSchedule.intervalSeconds;
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
