/**
 * The clock of voting rounds: which round is in progress, and when its phases fall. The lab's intervals divide half an
 * hour, so every valid-after is a whole multiple of the interval since the epoch.
 */

/** The timing that all authorities of a lab share. */
export interface VotingTiming {
  readonly intervalSeconds: number;
  readonly voteDelaySeconds: number;
  readonly distDelaySeconds: number;
}

/** One voting round and the moments of its phases. */
export interface Round {
  /** Counts intervals since the epoch. */
  readonly number: number;
  /** Every authority builds its vote and posts it. */
  readonly voteAt: Date;
  /** Missing votes are fetched; votes posted later are refused. */
  readonly fetchVotesAt: Date;
  /** Both flavours are computed and signed. */
  readonly computeAt: Date;
  /** Missing signatures are fetched. */
  readonly fetchSignaturesAt: Date;
  /** The consensus is published. */
  readonly validAfter: Date;
}

/** Refuses timing that tor would refuse, or under which rounds would not fall on multiples of the interval. */
export function checkTiming(timing: VotingTiming): void {
  const { intervalSeconds, voteDelaySeconds, distDelaySeconds } = timing;
  const values = [intervalSeconds, voteDelaySeconds, distDelaySeconds];
  if (!values.every(Number.isInteger)) throw new RangeError('timing: expected whole seconds');
  if (intervalSeconds < 10)
    throw new RangeError(`voting interval: expected at least 10 s, found ${intervalSeconds}`);
  if (1800 % intervalSeconds !== 0) {
    throw new RangeError(`voting interval: expected a divisor of 1800 s, found ${intervalSeconds}`);
  }
  if (voteDelaySeconds < 2 || distDelaySeconds < 2) {
    throw new RangeError(
      `delays: expected at least 2 s each, found ${voteDelaySeconds} and ${distDelaySeconds}`,
    );
  }
  if (voteDelaySeconds + distDelaySeconds >= intervalSeconds / 2) {
    throw new RangeError(
      `delays: expected a sum below half of ${intervalSeconds} s, found ${voteDelaySeconds + distDelaySeconds} s`,
    );
  }
}

/** The round whose consensus is or will be published at that valid-after. */
export function roundOf(timing: VotingTiming, validAfter: Date): Round {
  const at = Math.round(validAfter.getTime() / 1000);
  const { intervalSeconds, voteDelaySeconds: vote, distDelaySeconds: dist } = timing;
  const before = (seconds: number): Date => new Date((at - seconds) * 1000);
  return {
    number: Math.floor(at / intervalSeconds),
    voteAt: before(dist + vote),
    fetchVotesAt: before(dist + vote / 2),
    computeAt: before(dist),
    fetchSignaturesAt: before(dist / 2),
    validAfter: before(0),
  };
}

/** The next moment of publication strictly after `now`. */
export function nextValidAfter(timing: VotingTiming, now: Date): Date {
  const interval = timing.intervalSeconds * 1000;
  return new Date((Math.floor(now.getTime() / interval) + 1) * interval);
}

/** The round in progress: the one that publishes next. */
export function roundAt(timing: VotingTiming, now: Date): Round {
  return roundOf(timing, nextValidAfter(timing, now));
}

/** The first round whose vote is at least `leadMs` away. */
export function nextVotingRound(timing: VotingTiming, now: Date, leadMs = 0): Round {
  const round = roundAt(timing, now);
  if (round.voteAt.getTime() - now.getTime() >= leadMs) return round;
  return laterRound(timing, round, 1);
}

/** The round `count` rounds after (or before) this one. */
export function laterRound(timing: VotingTiming, round: Round, count: number): Round {
  return roundOf(timing, new Date(round.validAfter.getTime() + count * timing.intervalSeconds * 1000));
}

/** A moment as directory documents write it: `YYYY-MM-DD HH:MM:SS`, UTC (dir-spec 1.2). */
export function directoryTime(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}
