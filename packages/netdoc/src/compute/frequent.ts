/** The two ways in which tor settles most questions: the most frequent of a sorted list, and the low median. */

/**
 * The most frequent of some numbers that stand in order: of equally long runs of equal neighbours the last one's
 * (dir-spec 3.8: ties go to the larger). `ids` is what runs are made of.
 */
export function lastLongestRun(
  ids: Int32Array,
  count: number,
): { readonly id: number; readonly run: number } {
  let best = -1;
  let longest = 0;
  let from = 0;
  for (let at = 1; at <= count; at += 1) {
    if (at < count && ids[at] === ids[from]) continue;
    if (at - from >= longest) {
      longest = at - from;
      best = ids[from] as number;
    }
    from = at;
  }
  return { id: best, run: longest };
}

/**
 * The most frequent of `ids`, sorted by rank as a stable sort would; −1 of none. It sorts `ids` in place. Nearly always
 * all are the same.
 */
export function mostFrequent(ids: Int32Array, count: number, ranks: Int32Array): number {
  if (count === 0) return -1;
  const first = ids[0] as number;
  let at = 1;
  while (at < count && ids[at] === first) at += 1;
  if (at === count) return first;
  sortStably(ids, count, ranks);
  return lastLongestRun(ids, count).id;
}

/** Insertion sort by rank: the lists have one element for each authority. */
export function sortStably(ids: Int32Array, count: number, ranks: Int32Array): void {
  for (let next = 1; next < count; next += 1) {
    const id = ids[next] as number;
    const rank = ranks[id] as number;
    let at = next;
    while (at > 0 && (ranks[ids[at - 1] as number] as number) > rank) {
      ids[at] = ids[at - 1] as number;
      at -= 1;
    }
    ids[at] = id;
  }
}

/** The low median of the first `count` values, which it sorts in place (dir-spec 1.3: no averaging). */
export function lowMedian(values: Float64Array, count: number): number {
  for (let next = 1; next < count; next += 1) {
    const value = values[next] as number;
    let at = next;
    while (at > 0 && (values[at - 1] as number) > value) {
      values[at] = values[at - 1] as number;
      at -= 1;
    }
    values[at] = value;
  }
  return values[(count - 1) >> 1] as number;
}

/** The low median of a list. */
export function lowMedianOf(values: readonly number[]): number {
  return lowMedian(Float64Array.from(values), values.length);
}

/** Texts in order whose run of equal neighbours is longer than `more`. */
export function frequentRuns(sorted: readonly string[], more: number): readonly string[] {
  const kept: string[] = [];
  let from = 0;
  for (let at = 1; at <= sorted.length; at += 1) {
    if (at < sorted.length && sorted[at] === sorted[from]) continue;
    if (at - from > more) kept.push(sorted[from] as string);
    from = at;
  }
  return kept;
}
