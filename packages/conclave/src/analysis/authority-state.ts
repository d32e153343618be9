/**
 * The state of one authority with hysteresis (S2.1.10, S2.1.13): it changes only after several probes in a row say so.
 * A probe that we could not make counts neither way. The state is a value; `step` folds one probe into it.
 */
import type { Outcome } from '../collect/index.ts';
import { median } from './figures.ts';
import type { Limits } from './limits.ts';

/**
 * - `online`: it answers in its usual time; `slow`: it answers, but late;
 * - `degraded`: it answers "busy" (503), which is up but shedding load;
 * - `timeout`: it hangs; `offline`: connections are refused or find no way; `error`: it answers, but nonsense;
 * - `unknown`: not enough seen yet.
 */
export type AuthorityCondition = 'unknown' | 'online' | 'slow' | 'degraded' | 'timeout' | 'offline' | 'error';

/** One liveness probe, as far as the state depends on it. */
export interface Probe {
  readonly at: number;
  readonly outcome: Outcome;
  readonly firstByteMs?: number;
  readonly detail?: string;
}

/** The state after some probes. */
export interface StateOfAuthority {
  readonly condition: AuthorityCondition;
  /** When this condition began: the first of the probes that brought it about. */
  readonly since: number | undefined;
  /** What the newest probes say, and for how many in a row, since when. */
  readonly leaning: AuthorityCondition;
  readonly inARow: number;
  readonly leaningSince: number | undefined;
  /** How many of the newest it answered, or failed, in whatever way, and since when. */
  readonly sideInARow: number;
  readonly sideSince: number | undefined;
  readonly lastProbe: Probe | undefined;
  /** When the newest probe was sent that it answered, in ms. */
  readonly lastAnswered: number | undefined;
  /** First-byte times of the newest good probes, oldest first; at most `historyKept`. */
  readonly history: readonly number[];
}

/** The state before anything was seen. */
export const nothingSeenOfIt: StateOfAuthority = {
  condition: 'unknown',
  since: undefined,
  leaning: 'unknown',
  inARow: 0,
  leaningSince: undefined,
  sideInARow: 0,
  sideSince: undefined,
  lastProbe: undefined,
  lastAnswered: undefined,
  history: [],
};

/** How many first-byte times are kept for the baseline. */
export const historyKept = 240;
/** How many of the newest are "now" and so not part of the baseline. */
const newest = 5;

/** The median first byte of the past, when enough of it is known; the newest probes do not count towards it. */
export function baselineOf(history: readonly number[], limits: Limits): number | undefined {
  const past = history.slice(0, -newest);
  return past.length >= limits.baselineProbes ? median(past) : undefined;
}

/** From how many milliseconds on a first byte is slow for this authority: its own baseline decides, within bounds. */
export function slowLimitMs(history: readonly number[], limits: Limits): number {
  const baseline = baselineOf(history, limits);
  if (baseline === undefined) return limits.slowMs;
  return Math.min(limits.slowMs, Math.max(limits.slowFloorMs, baseline * limits.slowTimesBaseline));
}

/** What one probe says on its own; undefined when it says nothing about the authority. */
function sayingOf(probe: Probe, history: readonly number[], limits: Limits): AuthorityCondition | undefined {
  switch (probe.outcome) {
    case 'not-asked':
      return undefined;
    case 'timed-out':
      return 'timeout';
    case 'refused':
    case 'unreachable':
      return 'offline';
    case 'malformed':
      return 'error';
    case 'busy':
      return 'degraded';
    case 'received':
    case 'not-modified':
    case 'absent':
    case 'connected':
      return (probe.firstByteMs ?? 0) > slowLimitMs(history, limits) ? 'slow' : 'online';
  }
}

function neededFor(condition: AuthorityCondition, limits: Limits): number {
  if (condition === 'online') return limits.successesInARow;
  return condition === 'slow' || condition === 'degraded' ? limits.slowInARow : limits.failuresInARow;
}

/**
 * Whether the probes in a row are enough to change to what the newest says. Going down and coming up is decided by all
 * failures, or all answers, together, however they differ; which kind of failure or answer it is, by its own kind alone.
 */
function enough(
  condition: AuthorityCondition,
  saying: AuthorityCondition,
  rows: Rows,
  limits: Limits,
): boolean {
  // The very first answer is believed at once: nothing was known before.
  if (condition === 'unknown' && saying === 'online') return true;
  if (crosses(condition, saying))
    return rows.sideInARow >= (isUp(saying) ? limits.successesInARow : limits.failuresInARow);
  return rows.inARow >= neededFor(saying, limits);
}

type Rows = Pick<StateOfAuthority, 'inARow' | 'sideInARow'>;

/** From up to down or back; from unknown only downwards. */
function crosses(condition: AuthorityCondition, saying: AuthorityCondition): boolean {
  return condition === 'unknown' ? !isUp(saying) : isUp(condition) !== isUp(saying);
}

/** Folds one probe into the state. */
export function step(state: StateOfAuthority, probe: Probe, limits: Limits): StateOfAuthority {
  const saying = sayingOf(probe, state.history, limits);
  if (saying === undefined) return { ...state, lastProbe: probe };
  const again = saying === state.leaning;
  const sameSide = again || (state.leaning !== 'unknown' && isUp(saying) === isUp(state.leaning));
  const rows = {
    inARow: again ? state.inARow + 1 : 1,
    leaningSince: again ? state.leaningSince : probe.at,
    sideInARow: sameSide ? state.sideInARow + 1 : 1,
    sideSince: sameSide ? state.sideSince : probe.at,
  };
  const history =
    probe.firstByteMs === undefined || saying === 'timeout'
      ? state.history
      : [...state.history, probe.firstByteMs].slice(-historyKept);
  const changes = saying !== state.condition && enough(state.condition, saying, rows, limits);
  const began = crosses(state.condition, saying) ? rows.sideSince : rows.leaningSince;
  return {
    condition: changes ? saying : state.condition,
    since: changes ? began : state.since,
    leaning: saying,
    ...rows,
    lastProbe: probe,
    lastAnswered: isUp(saying) ? probe.at : state.lastAnswered,
    history,
  };
}

/** Whether an authority in this condition can be expected to take part in a vote. */
export function isUp(condition: AuthorityCondition): boolean {
  return condition === 'online' || condition === 'slow' || condition === 'degraded';
}
