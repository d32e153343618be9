/**
 * Which pieces of a document are those of another: pieces that either has once are found first, what is between them is
 * filled up from both ends, and what is then left is small.
 */

/** So many pieces as in the base; then so many of the base left out, and so many others put in. */
export interface Step {
  readonly copy: number;
  readonly skip: number;
  readonly insert: number;
}

/** Steps that make `target` of `base`. */
export function align(base: Int32Array, target: Int32Array, strings: number): readonly Step[] {
  const steps: Step[] = [];
  let [copy, skip, insert] = [0, 0, 0];
  const flush = (): void => {
    if (copy + skip + insert > 0) steps.push({ copy, skip, insert });
    [copy, skip, insert] = [0, 0, 0];
  };
  const same = (count: number): void => {
    if (count > 0 && skip + insert > 0) flush();
    copy += count;
  };
  let [at, to] = [0, 0];
  const region = (atEnd: number, toEnd: number): void => {
    let [head, tail] = [0, 0];
    const most = Math.min(atEnd - at, toEnd - to);
    while (head < most && base[at + head] === target[to + head]) head += 1;
    while (tail < most - head && base[atEnd - 1 - tail] === target[toEnd - 1 - tail]) tail += 1;
    same(head);
    const left = { from: at + head, end: atEnd - tail };
    const right = { from: to + head, end: toEnd - tail };
    for (const [isSame, fromBase] of between(base, left, target, right)) {
      if (isSame) same(1);
      else if (fromBase) skip += 1;
      else insert += 1;
    }
    same(tail);
    [at, to] = [atEnd, toEnd];
  };
  for (const [inBase, inTarget] of anchors(base, target, strings)) {
    region(inBase, inTarget);
    same(1);
    [at, to] = [inBase + 1, inTarget + 1];
  }
  region(base.length, target.length);
  flush();
  return steps;
}

interface Range {
  readonly from: number;
  readonly end: number;
}

/** More cells than this are not looked through: what is left is then put in anew. */
const mostCells = 4096;

/** What stands between two places that are the same: by the longest common sequence where it is short. */
function* between(
  base: Int32Array,
  left: Range,
  target: Int32Array,
  right: Range,
): Generator<readonly [isSame: boolean, fromBase: boolean]> {
  const rows = left.end - left.from;
  const columns = right.end - right.from;
  const isSmall = rows * columns <= mostCells;
  const width = columns + 1;
  const longest = new Int32Array(isSmall ? (rows + 1) * width : 0);
  if (isSmall) {
    for (let row = rows - 1; row >= 0; row -= 1) {
      for (let column = columns - 1; column >= 0; column -= 1) {
        longest[row * width + column] =
          base[left.from + row] === target[right.from + column]
            ? (longest[(row + 1) * width + column + 1] ?? 0) + 1
            : Math.max(longest[(row + 1) * width + column] ?? 0, longest[row * width + column + 1] ?? 0);
      }
    }
  }
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    if (!isSmall) break;
    if (base[left.from + row] === target[right.from + column]) {
      yield [true, true];
      row += 1;
      column += 1;
    } else if ((longest[(row + 1) * width + column] ?? 0) >= (longest[row * width + column + 1] ?? 0)) {
      yield [false, true];
      row += 1;
    } else {
      yield [false, false];
      column += 1;
    }
  }
  for (; row < rows; row += 1) yield [false, true];
  for (; column < columns; column += 1) yield [false, false];
}

/** Places of pieces that both have exactly once, as many as are in the same order in both. */
function anchors(
  base: Int32Array,
  target: Int32Array,
  strings: number,
): readonly (readonly [number, number])[] {
  const inBase = placesOf(base, strings);
  const inTarget = placesOf(target, strings);
  const pairs: [number, number][] = [];
  for (const [to, id] of target.entries()) {
    const at = inBase[id] ?? 0;
    if (at > 0 && (inTarget[id] ?? 0) > 0) pairs.push([at - 1, to]);
  }
  return ascending(pairs);
}

/** One more than the place of each string; 0 for none, −1 for more than one. */
function placesOf(ids: Int32Array, strings: number): Int32Array {
  const places = new Int32Array(strings);
  for (const [index, id] of ids.entries()) places[id] = places[id] === 0 ? index + 1 : -1;
  return places;
}

/** The longest sequence of pairs, ascending in both; they come ascending in the second. */
function ascending(pairs: readonly [number, number][]): readonly (readonly [number, number])[] {
  const ends: number[] = [];
  const before = new Int32Array(pairs.length);
  for (const [index, [at]] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.[0] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    ends[low] = index;
  }
  const chain: (readonly [number, number])[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) {
    const pair = pairs[index];
    if (pair) chain.push(pair);
  }
  return chain.reverse();
}
