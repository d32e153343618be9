/** The shared random values that a consensus repeats from its votes (srv-spec 4.1.3). */
import { fromBase64, toBase64 } from '../base/index.ts';
import type { SharedRandomValue, Vote } from '../documents/index.ts';

/** How many must agree on a value. */
export interface Agreement {
  /** More than half of the configured authorities. */
  readonly majority: number;
  /** While a value is fresh: as many as `AuthDirNumSRVAgreements` says. */
  readonly fresh: number | undefined;
}

/** What the votes give: the value that most have, and whether they are enough. */
export interface VotedValue {
  /** `NUM VALUE`; undefined when no vote has one. */
  readonly text: string | undefined;
  readonly count: number;
  readonly kept: boolean;
  /** Differing NUM of one value: then the first vote's stands. */
  readonly ties: readonly string[];
}

/** The value that a vote gives; only votes that take part count. */
export function givenValue(vote: Vote, which: 'previous' | 'current'): SharedRandomValue | undefined {
  if (!vote.sharedRandomParticipate) return undefined;
  return which === 'previous' ? vote.sharedRandomPrevious : vote.sharedRandomCurrent;
}

/** A value as it is printed: what was written without padding, or with stray bits, means the same bytes. */
export function printedValue({ value }: SharedRandomValue): string | undefined {
  const bytes = fromBase64(value);
  return bytes?.length === 32 ? `${toBase64(bytes)}=` : undefined;
}

/** The votes in their order; of values equally frequent the larger. */
export function voteSharedRandom(
  votes: readonly Vote[],
  which: 'previous' | 'current',
  { majority, fresh }: Agreement,
): VotedValue {
  const reveals = new Map<string, number[]>();
  for (const vote of votes) {
    const given = givenValue(vote, which);
    const value = given && printedValue(given);
    if (!given || value === undefined) continue;
    const sofar = reveals.get(value);
    if (sofar) sofar.push(given.reveals);
    else reveals.set(value, [given.reveals]);
  }
  let best: { value: string; nums: readonly number[] } | undefined;
  for (const [value, nums] of reveals) {
    if (!best || nums.length > best.nums.length) best = { value, nums };
    else if (nums.length === best.nums.length && isLarger(value, best.value)) best = { value, nums };
  }
  if (!best) return { text: undefined, count: 0, kept: false, ties: [] };
  const count = best.nums.length;
  const kept = count >= majority && (fresh === undefined || count >= fresh);
  const different = new Set(best.nums.map(String));
  const ties = kept && different.size > 1 ? [...different] : [];
  return { text: `${best.nums[0]} ${best.value}`, count, kept, ties };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Whether the bytes are larger: base64 of equal length is in the order of its digits. */
function isLarger(a: string, b: string): boolean {
  const at = Array.from(a).findIndex((digit, index) => digit !== b[index]);
  return at >= 0 && alphabet.indexOf(a.charAt(at)) > alphabet.indexOf(b.charAt(at));
}
