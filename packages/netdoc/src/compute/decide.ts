/**
 * What the votes decide of one relay (dir-spec 3.8). All is decided here, once for both flavours; writing and explaining
 * only read it.
 */
import { present } from '../routers/index.ts';
import type { Ballot } from './ballot.ts';
import { chooseEntry, chooseIpv6, chooseMicrodesc, entriesAt, sameDescriptor } from './choose.ts';
import type { EntryRef } from './choose.ts';
import type { EntrySet } from './collate.ts';
import { lowMedian, mostFrequent } from './frequent.ts';
import { namedEntry, namesOf } from './names.ts';
import type { TextPool } from './pool.ts';
import type { Round } from './round.ts';
import { tiedVersions } from './version-tie.ts';

/** What was decided of a relay, and the room that deciding needs. One record is used again for each relay. */
export interface Decision {
  /** Place in the set of the entry that the `r` line is made of. */
  chosen: number;
  /** For each entry of the set whether it is like the chosen one. */
  readonly same: Uint8Array;
  /** The entry that has the nickname. */
  nickname: EntryRef;
  /** How many entries have each flag of the union, and whether the relay gets it; only the attainable are ever set. */
  readonly flagCounts: Int32Array;
  readonly has: Uint8Array;
  ipv6: EntryRef | undefined;
  /** Vote, and line among its `m` lines. */
  microdesc: EntryRef | undefined;
  /** Numbers in the pools; −1 for no such line. */
  version: number;
  protocols: number;
  policy: number;
  /** In kB, an unsigned number of 32 bits; −1 for none. */
  bandwidth: number;
  unmeasured: boolean;
  /** A percentage; −1 for none. */
  guardFraction: number;
  /** Version-equal texts between which only the order of the votes decided. */
  versionTies: readonly string[];
  readonly ids: Int32Array;
  readonly values: Float64Array;
}

/** Room for the decisions of a round. */
export function decisionRoom({ ballots, flags }: Round): Decision {
  return {
    chosen: 0,
    same: new Uint8Array(ballots.length),
    nickname: { vote: 0, row: 0 },
    flagCounts: new Int32Array(flags.names.length),
    has: new Uint8Array(flags.names.length),
    ipv6: undefined,
    microdesc: undefined,
    version: -1,
    protocols: -1,
    policy: -1,
    bandwidth: -1,
    unmeasured: false,
    guardFraction: -1,
    versionTies: [],
    ids: new Int32Array(ballots.length),
    values: new Float64Array(ballots.length),
  };
}

/** This many values of a relay make a measured bandwidth, or a GuardFraction. */
export const enoughValues = 3;

/** Decides of the relay with these entries, whose ed25519 identity is settled; false when it is not listed. */
export function decide(round: Round, set: EntrySet, into: Decision): boolean {
  const { ballots, flags } = round;
  into.chosen = chooseEntry(set, ballots, into.same);
  into.nickname = namedEntry(round, set, into.chosen);
  decideFlags(round, set, into);
  const { at } = flags;
  if (!hasFlag(into, at.Running) || !hasFlag(into, at.Valid)) return false;
  if (round.rules.middleOnly) obeyMiddleOnly(round, into);
  into.ipv6 = chooseIpv6(set, ballots, into.same);
  into.microdesc = chooseMicrodesc(set, ballots, into.same, round.methodLists);
  decideVersion(round, set, into);
  into.protocols = decideText(set, into, round, 'protocols');
  into.policy = decidePolicy(round, set, into);
  decideGuardFraction(round, set, into);
  decideBandwidth(round, set, into);
  return true;
}

/** Whether the relay got a flag of the union; −1 is a flag that no vote knows. */
export function hasFlag({ has }: Decision, flag: number): boolean {
  return flag >= 0 && has[flag] === 1;
}

/** Ordinary flags: more than half of the votes that know the flag. */
function decideFlags(round: Round, set: EntrySet, into: Decision): void {
  const { flags, ballots, half } = round;
  const { attainable, voters, at } = flags;
  const { flagCounts, has } = into;
  for (const flag of attainable) flagCounts[flag] = 0;
  for (let index = 0; index < set.size; index += 1) {
    const vote = set.votes[index] as number;
    const { flags: words } = (ballots[vote] as Ballot).entries.table;
    const row = set.rows[index] as number;
    const places = flags.places[vote] as Int32Array;
    countBits(words[row * 2] as number, places, 0, flagCounts);
    countBits(words[row * 2 + 1] as number, places, 32, flagCounts);
  }
  for (const flag of attainable) {
    has[flag] = (flagCounts[flag] as number) > (voters[flag] as number) >> 1 ? 1 : 0;
  }
  has[at.NoEdConsensus] = set.marked <= half ? 1 : 0;
  if (at.Named < 0 && at.Unnamed < 0) return;
  const named = namesOf(round, into.nickname, set);
  if (at.Named >= 0) has[at.Named] = named === 'named' ? 1 : 0;
  if (at.Unnamed >= 0) has[at.Unnamed] = named === 'unnamed' ? 1 : 0;
}

function countBits(word: number, places: Int32Array, from: number, counts: Int32Array): void {
  let left = word | 0;
  while (left !== 0) {
    const lowest = left & -left;
    const flag = places[from + 31 - Math.clz32(lowest)] as number;
    if (flag >= 0) counts[flag] = (counts[flag] as number) + 1;
    left ^= lowest;
  }
}

/** A relay that may only be in the middle is no guard, exit or directory, and a bad exit (dir-spec 3.8; proposal 335). */
function obeyMiddleOnly({ flags: { at } }: Round, into: Decision): void {
  if (!hasFlag(into, at.MiddleOnly)) return;
  for (const flag of [at.Exit, at.V2Dir, at.Guard, at.HSDir]) if (flag >= 0) into.has[flag] = 0;
  if (at.BadExit >= 0) into.has[at.BadExit] = 1;
}

/** Over all entries of the relay, not only those like the chosen one: the most frequent, ties to the higher version. */
function decideVersion(round: Round, set: EntrySet, into: Decision): void {
  const { ballots, versions } = round;
  let count = 0;
  let ambiguous = 0;
  for (let index = 0; index < set.size; index += 1) {
    const vote = set.votes[index] as number;
    const { table } = (ballots[vote] as Ballot).entries;
    const row = set.rows[index] as number;
    if (((table.present[row] as number) & present.v) === 0) continue;
    const id = (versions.ids[vote] as Int32Array)[table.version[row] as number] as number;
    if (versions.texts[id] === '') continue;
    into.ids[count] = id;
    ambiguous |= versions.ambiguous[id] as number;
    count += 1;
  }
  into.versionTies = ambiguous === 0 ? [] : tiedVersions(into.ids.subarray(0, count), versions);
  into.version = mostFrequent(into.ids, count, versions.ranks);
}

/** The columns that pools number, and their bits of `present`. */
const textBits = { protocols: present.pr, policy: present.p } as const;

/** The most frequent text of all entries, or of those that `only` picks; ties to the larger. −1 when none has one. */
function decideText(
  set: EntrySet,
  into: Decision,
  { ballots, protocols, policies }: Round,
  column: 'protocols' | 'policy',
  only?: Uint8Array,
): number {
  const pool: TextPool = column === 'protocols' ? protocols : policies;
  let count = 0;
  for (let index = 0; index < set.size; index += 1) {
    if (only && only[index] === 0) continue;
    const vote = set.votes[index] as number;
    const { table } = (ballots[vote] as Ballot).entries;
    const row = set.rows[index] as number;
    if (((table.present[row] as number) & textBits[column]) === 0) continue;
    into.ids[count] = (pool.ids[vote] as Int32Array)[table[column][row] as number] as number;
    count += 1;
  }
  return mostFrequent(into.ids, count, pool.ranks);
}

/** Of the entries with the chosen descriptor, whatever else differs; when none of them has a policy, of all. */
function decidePolicy(round: Round, set: EntrySet, into: Decision): number {
  // Nearly always all entries are alike, and then all have the chosen descriptor.
  if (!into.same.includes(0)) return decideText(set, into, round, 'policy');
  const policy = decideText(set, into, round, 'policy', withDescriptor(round, set, into.chosen));
  return policy >= 0 ? policy : decideText(set, into, round, 'policy');
}

/** For each entry of a set whether it has the same descriptor as this one. */
export function withDescriptor({ ballots }: Round, set: EntrySet, chosen: number): Uint8Array {
  const entries = entriesAt(set, ballots, chosen);
  const row = set.rows[chosen] as number;
  return Uint8Array.from({ length: set.size }, (_, index) =>
    sameDescriptor(entries, row, entriesAt(set, ballots, index), set.rows[index] as number) ? 1 : 0,
  );
}

/** The low median of three values or more, for a relay that is a guard. */
function decideGuardFraction(round: Round, set: EntrySet, into: Decision): void {
  into.guardFraction = -1;
  if (!hasFlag(into, round.flags.at.Guard)) return;
  const count = collect(round, set, into, 'guardFraction');
  if (count >= enoughValues) into.guardFraction = lowMedian(into.values, count);
}

/** The low median of three measurements or more; else that of what relays say of themselves, limited. */
function decideBandwidth(round: Round, set: EntrySet, into: Decision): void {
  const measured = collect(round, set, into, 'measured');
  into.unmeasured = measured < enoughValues;
  const count = into.unmeasured ? collect(round, set, into, 'bandwidth') : measured;
  into.bandwidth = count === 0 ? -1 : lowMedian(into.values, count);
  const limit = round.unmeasuredMax;
  if (into.unmeasured && limit !== undefined && into.bandwidth > limit) into.bandwidth = limit;
}

/** Collects the values of a column where the entries have one. */
function collect(
  { ballots }: Round,
  set: EntrySet,
  into: Decision,
  column: 'guardFraction' | 'measured' | 'bandwidth',
): number {
  const bit = present[column];
  let count = 0;
  for (let index = 0; index < set.size; index += 1) {
    const { table } = (ballots[set.votes[index] as number] as Ballot).entries;
    const row = set.rows[index] as number;
    if (((table.present[row] as number) & bit) === 0) continue;
    into.values[count] = table[column][row] as number;
    count += 1;
  }
  return count;
}
