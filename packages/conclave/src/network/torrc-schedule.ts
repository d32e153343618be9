/** When a private network votes, as its torrc says it (tor.1, DIRECTORY AUTHORITY SERVER OPTIONS and TESTING NETWORK OPTIONS). */
import { publicSchedule, type VotingSchedule } from './schedule.ts';
import type { TorrcLine } from './torrc.ts';

/** What the options of a torrc say: a schedule unless it is the public network's, or what cannot be read. */
export interface TorrcSchedule {
  readonly schedule: VotingSchedule | undefined;
  readonly problems: readonly {
    readonly line: number;
    readonly expected: string;
    readonly found: string;
  }[];
}

/**
 * The schedule of the rounds after the first consensus: what `TestingTorNetwork` changes, and what is set for itself. What
 * holds only until there is a consensus (`TestingV3AuthInitialVotingInterval`) is not looked at: no round is published then.
 */
export function scheduleOfTorrc(lines: Iterable<TorrcLine>): TorrcSchedule {
  const problems: { line: number; expected: string; found: string }[] = [];
  const set = new Map<string, number>();
  let testing = false;
  for (const { line, keyword, value } of lines) {
    const name = keyword.toLowerCase();
    if (name === 'testingtornetwork') testing = value === '1';
    if (!options.has(name)) continue;
    const seconds = secondsOf(value);
    if (seconds === undefined)
      problems.push({ line, expected: `${keyword} and a time, such as 5 minutes`, found: value });
    else set.set(name, seconds);
  }
  if (!testing && set.size === 0) return { schedule: undefined, problems };
  const usual = testing ? testingSchedule : publicSchedule;
  const startOffset = set.get('testingv3authvotingstartoffset') ?? 0;
  const schedule = {
    intervalSeconds: set.get('v3authvotinginterval') ?? usual.intervalSeconds,
    voteSeconds: set.get('v3authvotedelay') ?? usual.voteSeconds,
    distSeconds: set.get('v3authdistdelay') ?? usual.distSeconds,
    ...(startOffset === 0 ? {} : { startOffset }),
  };
  return { schedule, problems };
}

const options: ReadonlySet<string> = new Set([
  'v3authvotinginterval',
  'v3authvotedelay',
  'v3authdistdelay',
  'testingv3authvotingstartoffset',
]);

/** What `TestingTorNetwork 1` makes of the defaults. */
const testingSchedule: VotingSchedule = { intervalSeconds: 300, voteSeconds: 20, distSeconds: 20 };

/** A time as tor reads one: a whole number and a unit, seconds without one. */
function secondsOf(value: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,9})\s*([a-z]*)$/i.exec(value.trim()) ?? [];
  const each = units.find((names) => names.words.test(unit))?.seconds;
  return digits === '' || each === undefined ? undefined : Number(digits) * each;
}

const units = [
  { words: /^(?:|seconds?)$/i, seconds: 1 },
  { words: /^minutes?$/i, seconds: 60 },
  { words: /^hours?$/i, seconds: 3600 },
  { words: /^days?$/i, seconds: 86_400 },
  { words: /^weeks?$/i, seconds: 604_800 },
];
