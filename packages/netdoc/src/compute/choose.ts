/** Which descriptor of a relay the votes mean, and what only entries with that descriptor say (dir-spec 3.8). */
import type { Ballot, Entries } from './ballot.ts';
import type { EntrySet } from './collate.ts';

/** An entry: index of its vote, row in its table. */
export interface EntryRef {
  vote: number;
  row: number;
}

/** The entries of the `index`-th vote of a set. */
export function entriesAt(set: EntrySet, ballots: readonly Ballot[], index: number): Entries {
  return (ballots[set.votes[index] as number] as Ballot).entries;
}

/** Whether two entries have the same descriptor digest. */
export function sameDescriptor(a: Entries, x: number, b: Entries, y: number): boolean {
  for (let word = 0; word < 5; word += 1) {
    if (a.descriptors[x * 5 + word] !== b.descriptors[y * 5 + word]) return false;
  }
  return true;
}

function sameNickname({ table: a }: Entries, x: number, { table: b }: Entries, y: number): boolean {
  const from = a.nicknameStart[x] as number;
  const to = b.nicknameStart[y] as number;
  const length = (a.nicknameEnd[x] as number) - from;
  if ((b.nicknameEnd[y] as number) - to !== length) return false;
  for (let at = 0; at < length; at += 1) if (a.bytes[from + at] !== b.bytes[to + at]) return false;
  return true;
}

/** Whether two entries of a relay are the same: descriptor, time, nickname, IPv4 address and ports. IPv6 is no part of it. */
export function sameEntry(a: Entries, x: number, b: Entries, y: number): boolean {
  return (
    a.table.published[x] === b.table.published[y] &&
    a.table.ipv4[x] === b.table.ipv4[y] &&
    a.table.orPort[x] === b.table.orPort[y] &&
    a.table.dirPort[x] === b.table.dirPort[y] &&
    sameDescriptor(a, x, b, y) &&
    sameNickname(a, x, b, y)
  );
}

/** Order of `[x, x + size)` in `a` and `[y, y + size)` in `b`. */
function compareColumns(a: Uint8Array, x: number, b: Uint8Array, y: number, size: number): number {
  for (let at = 0; at < size; at += 1) {
    const difference = (a[x + at] as number) - (b[y + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The order in which entries of a relay are looked through: descriptor digest, then the later publication, the larger
 * nickname, the smaller address, the larger ORPort, the larger DirPort first.
 */
function compareEntries({ table: a }: Entries, x: number, { table: b }: Entries, y: number): number {
  return (
    compareColumns(a.descriptorDigest, x * 20, b.descriptorDigest, y * 20, 20) ||
    (b.published[y] as number) - (a.published[x] as number) ||
    compareNicknames(b, y, a, x) ||
    (a.ipv4[x] as number) - (b.ipv4[y] as number) ||
    (b.orPort[y] as number) - (a.orPort[x] as number) ||
    (b.dirPort[y] as number) - (a.dirPort[x] as number)
  );
}

function compareNicknames(a: Entries['table'], x: number, b: Entries['table'], y: number): number {
  const from = a.nicknameStart[x] as number;
  const to = b.nicknameStart[y] as number;
  const left = (a.nicknameEnd[x] as number) - from;
  const right = (b.nicknameEnd[y] as number) - to;
  return compareColumns(a.bytes, from, b.bytes, to, Math.min(left, right)) || left - right;
}

/**
 * Chooses the entry that most votes have; of equally frequent ones the later published, then the first in order. Nearly
 * always all are the same. `same` says of each entry of the set whether it is the chosen one's like. Returns its place in
 * the set.
 */
export function chooseEntry(set: EntrySet, ballots: readonly Ballot[], same: Uint8Array): number {
  const first = entriesAt(set, ballots, 0);
  const row = set.rows[0] as number;
  let index = 1;
  while (index < set.size && sameEntry(first, row, entriesAt(set, ballots, index), set.rows[index] as number))
    index += 1;
  if (index === set.size) {
    same.fill(1);
    return 0;
  }
  const chosen = mostFrequentEntry(set, ballots);
  const winner = entriesAt(set, ballots, chosen);
  for (let index = 0; index < set.size; index += 1) {
    const entries = entriesAt(set, ballots, index);
    const is = sameEntry(winner, set.rows[chosen] as number, entries, set.rows[index] as number);
    same[index] = is ? 1 : 0;
  }
  return chosen;
}

function mostFrequentEntry(set: EntrySet, ballots: readonly Ballot[]): number {
  const entry = (index: number): [Entries, number] => [
    entriesAt(set, ballots, index),
    set.rows[index] as number,
  ];
  const sorted = Array.from({ length: set.size }, (_, index) => index);
  sorted.sort((a, b) => compareEntries(...entry(a), ...entry(b)));
  const published = (index: number): number => {
    const [{ table }, row] = entry(index);
    return table.published[row] as number;
  };
  let best = sorted[0] as number;
  let longest = 0;
  for (let from = 0; from < sorted.length;) {
    const leader = sorted[from] as number;
    let to = from + 1;
    while (to < sorted.length && sameEntry(...entry(leader), ...entry(sorted[to] as number))) to += 1;
    const run = to - from;
    if (run > longest || (run === longest && published(leader) > published(best))) {
      best = leader;
      longest = run;
    }
    from = to;
  }
  return best;
}

/** Order of two lines of 16 or 32 bytes among candidates of a relay. */
type Compare = (a: EntryRef, b: EntryRef) => number;

/** Of candidates the most frequent, ties to the last in order; undefined of none. */
function mostFrequentOf(candidates: readonly EntryRef[], compare: Compare): EntryRef | undefined {
  const [first] = candidates;
  if (first && candidates.every((candidate) => compare(first, candidate) === 0)) return first;
  const sorted = candidates.toSorted(compare);
  let best: EntryRef | undefined;
  let longest = 0;
  for (let from = 0; from < sorted.length;) {
    const leader = sorted[from] as EntryRef;
    let to = from + 1;
    while (to < sorted.length && compare(leader, sorted[to] as EntryRef) === 0) to += 1;
    if (to - from >= longest) {
      best = leader;
      longest = to - from;
    }
    from = to;
  }
  return best;
}

/** Whether an entry has an IPv6 address that can be listed: a port, and not only zeros. */
export function hasIpv6({ table }: Entries, row: number): boolean {
  if (table.ipv6Port[row] === 0) return false;
  for (let at = row * 16; at < row * 16 + 16; at += 1) if (table.ipv6[at] !== 0) return true;
  return false;
}

/** The IPv6 address and port that most entries like the chosen one have; ties to the larger address, the smaller port. */
export function chooseIpv6(
  set: EntrySet,
  ballots: readonly Ballot[],
  same: Uint8Array,
): EntryRef | undefined {
  let candidates: EntryRef[] | undefined;
  for (let index = 0; index < set.size; index += 1) {
    const row = set.rows[index] as number;
    if (same[index] === 0 || !hasIpv6(entriesAt(set, ballots, index), row)) continue;
    candidates ??= [];
    candidates.push({ vote: set.votes[index] as number, row });
  }
  if (!candidates) return undefined;
  const table = ({ vote }: EntryRef): Entries['table'] => (ballots[vote] as Ballot).entries.table;
  return mostFrequentOf(
    candidates,
    (a, b) =>
      compareColumns(table(a).ipv6, a.row * 16, table(b).ipv6, b.row * 16, 16) ||
      (table(b).ipv6Port[b.row] as number) - (table(a).ipv6Port[a.row] as number),
  );
}

/**
 * The microdescriptor that most entries like the chosen one name for the method; ties to the larger digest. `vote` and
 * line of the winner, or undefined when there is none or its digest is all zeros.
 */
export function chooseMicrodesc(
  set: EntrySet,
  ballots: readonly Ballot[],
  same: Uint8Array,
  lists: readonly Uint8Array[],
): EntryRef | undefined {
  let first: EntryRef | undefined;
  let candidates: EntryRef[] | undefined;
  for (let index = 0; index < set.size; index += 1) {
    if (same[index] === 0) continue;
    const vote = set.votes[index] as number;
    const line = microdescLine(ballots[vote] as Ballot, set.rows[index] as number, lists[vote] as Uint8Array);
    if (line < 0) continue;
    if (!first) first = { vote, row: line };
    else if (candidates) candidates.push({ vote, row: line });
    else if (!sameMicrodesc(ballots, first, vote, line)) {
      candidates = earlierCandidates(set, ballots, same, lists, index);
      candidates.push({ vote, row: line });
    }
  }
  const digests = ({ vote }: EntryRef): Uint8Array =>
    (ballots[vote] as Ballot).entries.table.votedMicrodescs.sha256;
  const best = candidates
    ? mostFrequentOf(candidates, (a, b) => compareColumns(digests(a), a.row * 32, digests(b), b.row * 32, 32))
    : first;
  if (!best) return undefined;
  const digest = digests(best);
  for (let at = best.row * 32; at < best.row * 32 + 32; at += 1) if (digest[at] !== 0) return best;
  return undefined;
}

/** The candidates of the entries before `end`, all of which have the same digest. */
function earlierCandidates(
  set: EntrySet,
  ballots: readonly Ballot[],
  same: Uint8Array,
  lists: readonly Uint8Array[],
  end: number,
): EntryRef[] {
  const candidates: EntryRef[] = [];
  for (let index = 0; index < end; index += 1) {
    const vote = set.votes[index] as number;
    const line = microdescLine(ballots[vote] as Ballot, set.rows[index] as number, lists[vote] as Uint8Array);
    if (same[index] === 1 && line >= 0) candidates.push({ vote, row: line });
  }
  return candidates;
}

function sameMicrodesc(ballots: readonly Ballot[], a: EntryRef, vote: number, line: number): boolean {
  const left = (ballots[a.vote] as Ballot).entries.microdescs;
  const right = (ballots[vote] as Ballot).entries.microdescs;
  for (let word = 0; word < 8; word += 1) {
    if (left[a.row * 8 + word] !== right[line * 8 + word]) return false;
  }
  return true;
}

/** The `m` line of an entry for the method, the last one that names it; −1 when there is none, or it has no digest. */
export function microdescLine(ballot: Ballot, row: number, lists: Uint8Array): number {
  const { firstMicrodesc, table } = ballot.entries;
  const { methods, hasSha256 } = table.votedMicrodescs;
  const first = firstMicrodesc[row] as number;
  for (let line = (firstMicrodesc[row + 1] as number) - 1; line >= first; line -= 1) {
    if (lists[methods[line] as number] === 1) return hasSha256[line] === 1 ? line : -1;
  }
  return -1;
}

/** For each list of methods of a vote whether it names this one: numbers with commas between, up to anything else. */
export function listsWith({ entries: { table } }: Ballot, method: number): Uint8Array {
  return Uint8Array.from(table.votedMicrodescs.methodLists, (list) => {
    const [numbers = ''] = /^[0-9,]*/.exec(list) ?? [];
    const words = numbers.split(',');
    const blank = words.indexOf('');
    // What stands behind an empty number, or touches something that is no comma, is not reached by tor.
    const read = blank < 0 ? words : words.slice(0, blank);
    return read.includes(String(method)) ? 1 : 0;
  });
}
