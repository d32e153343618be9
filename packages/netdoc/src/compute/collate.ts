/**
 * Brings the entries of all votes together, relay by relay (dir-spec 3.8). The tables stand in order of identity, so this
 * is a merge: one cursor for each vote, nothing is looked up.
 */
import type { Ballot } from './ballot.ts';
import { ed25519State } from '../routers/index.ts';

/** The entries of one relay: at most one of each vote, votes in order of identity. It is used again for the next one. */
export interface EntrySet {
  size: number;
  /** How many of them reflect the agreement on the ed25519 identity: all or none of those that have one. */
  marked: number;
  /** Index of the vote, and row in its table. */
  readonly votes: Int32Array;
  readonly rows: Int32Array;
}

/** Identities whose first six bytes are equal are compared whole. */
const beyond = Number.POSITIVE_INFINITY;

/** Goes through the relays that any vote lists, in ascending order. A class because it is where the merge stands. */
export class Collation {
  readonly set: EntrySet;
  private readonly ballots: readonly Ballot[];
  /** Position of each cursor, and the first six bytes of the identity that it is at. */
  private readonly at: Int32Array;
  private readonly keys: Float64Array;

  constructor(ballots: readonly Ballot[]) {
    this.ballots = ballots;
    const { length } = ballots;
    this.set = { size: 0, marked: 0, votes: new Int32Array(length), rows: new Int32Array(length) };
    this.at = new Int32Array(length);
    this.keys = new Float64Array(length);
    for (let vote = 0; vote < length; vote += 1) this.keys[vote] = this.keyOf(vote);
  }

  /** Moves to the next relay and fills `set` with all its entries; false behind the last one. */
  next(): boolean {
    const { keys, set } = this;
    const { length } = keys;
    let least = beyond;
    for (let vote = 0; vote < length; vote += 1) {
      const key = keys[vote] as number;
      if (key < least) least = key;
    }
    if (least === beyond) return false;
    set.size = 0;
    set.marked = 0;
    for (let vote = 0; vote < length; vote += 1) {
      if (keys[vote] === least) this.consider(vote);
    }
    for (let index = 0; index < set.size; index += 1) {
      const vote = set.votes[index] as number;
      this.at[vote] = (this.at[vote] as number) + 1;
      keys[vote] = this.keyOf(vote);
    }
    return true;
  }

  /** Adds the entry under the cursor when its identity is that of the set, and begins anew when it is smaller. */
  private consider(vote: number): void {
    const { set } = this;
    const row = this.rowAt(vote, this.at[vote] as number);
    const order = set.size === 0 ? 0 : this.compareRest(vote, row);
    if (order > 0) return;
    if (order < 0) set.size = 0;
    set.votes[set.size] = vote;
    set.rows[set.size] = row;
    set.size += 1;
  }

  private rowAt(vote: number, position: number): number {
    const { order } = (this.ballots[vote] as Ballot).entries;
    return order ? (order[position] as number) : position;
  }

  private keyOf(vote: number): number {
    const { entries } = this.ballots[vote] as Ballot;
    const position = this.at[vote] as number;
    if (position >= entries.count) return beyond;
    const { identity } = entries.table;
    const from = this.rowAt(vote, position) * 20;
    let key = 0;
    for (let byte = 0; byte < 6; byte += 1) key = key * 256 + (identity[from + byte] as number);
    return key;
  }

  /** The order of what is behind the first six bytes, against the identity of the set. */
  private compareRest(vote: number, row: number): number {
    const { set, ballots } = this;
    const { identity } = (ballots[vote] as Ballot).entries.table;
    const other = (ballots[set.votes[0] as number] as Ballot).entries.table.identity;
    const from = row * 20;
    const to = (set.rows[0] as number) * 20;
    for (let byte = 6; byte < 20; byte += 1) {
      const difference = (identity[from + byte] as number) - (other[to + byte] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

/**
 * Settles the ed25519 identity (dir-spec 3.8, proposal 220): when more than `half` votes agree on the pair of both
 * identities, entries with another ed25519 identity are left out; those without any stay. `none` is an identity of its
 * own. Otherwise all entries stay, and none is marked.
 */
export function settleEd25519(set: EntrySet, ballots: readonly Ballot[], half: number): void {
  const first = nextWithKey(set, ballots, 0);
  let same = 0;
  let others = 0;
  for (let index = first; index < set.size; index += 1) {
    if (stateOf(set, ballots, index) === ed25519State.absent) continue;
    if (sameKey(set, ballots, first, index)) same += 1;
    else others += 1;
  }
  if (others === 0) {
    set.marked = same > half ? same : 0;
    return;
  }
  for (let leader = first; leader < set.size; leader = nextWithKey(set, ballots, leader + 1)) {
    const count = countSame(set, ballots, leader);
    if (count <= half) continue;
    keepSame(set, ballots, leader);
    set.marked = count;
    return;
  }
}

function stateOf(set: EntrySet, ballots: readonly Ballot[], index: number): number {
  const { table } = (ballots[set.votes[index] as number] as Ballot).entries;
  return table.ed25519State[set.rows[index] as number] as number;
}

function nextWithKey(set: EntrySet, ballots: readonly Ballot[], from: number): number {
  let index = from;
  while (index < set.size && stateOf(set, ballots, index) === ed25519State.absent) index += 1;
  return index;
}

/** Whether two entries that have an ed25519 identity have the same; that of `none` is all zeros. */
function sameKey(set: EntrySet, ballots: readonly Ballot[], a: number, b: number): boolean {
  const left = (ballots[set.votes[a] as number] as Ballot).entries.ed25519;
  const right = (ballots[set.votes[b] as number] as Ballot).entries.ed25519;
  const from = (set.rows[a] as number) * 8;
  const to = (set.rows[b] as number) * 8;
  for (let word = 0; word < 8; word += 1) {
    if (left[from + word] !== right[to + word]) return false;
  }
  return true;
}

function countSame(set: EntrySet, ballots: readonly Ballot[], leader: number): number {
  let count = 0;
  for (let index = 0; index < set.size; index += 1) {
    if (stateOf(set, ballots, index) !== ed25519State.absent && sameKey(set, ballots, leader, index))
      count += 1;
  }
  return count;
}

function keepSame(set: EntrySet, ballots: readonly Ballot[], leader: number): void {
  const keep: number[] = [];
  for (let index = 0; index < set.size; index += 1) {
    if (stateOf(set, ballots, index) === ed25519State.absent || sameKey(set, ballots, leader, index))
      keep.push(index);
  }
  // Whoever is kept moves forward, so nothing is overwritten that is still needed.
  for (const [place, index] of keep.entries()) {
    set.votes[place] = set.votes[index] as number;
    set.rows[place] = set.rows[index] as number;
  }
  set.size = keep.length;
}
