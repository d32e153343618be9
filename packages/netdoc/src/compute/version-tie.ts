/**
 * Versions that compare equal and are written differently: which one a relay gets depends on the order in which the votes
 * stand. What could come out in another order is found by trying those that matter.
 */
import { lastLongestRun, sortStably } from './frequent.ts';
import type { TextPool } from './pool.ts';

/** The texts between which only the order of the votes decided; none when every order gives the same. */
export function tiedVersions(ids: Int32Array, { texts, ranks }: TextPool): readonly string[] {
  const winners = new Set<number>();
  const given = [...ids];
  const orders = [given, given.toReversed()];
  // Equal texts side by side are as frequent as they can be; and each may be the last of those that compare equal.
  for (const last of new Set(given)) {
    orders.push(given.toSorted((a, b) => Number(a === last) - Number(b === last) || a - b));
  }
  for (const order of orders) {
    const sorted = Int32Array.from(order);
    sortStably(sorted, sorted.length, ranks);
    winners.add(lastLongestRun(sorted, sorted.length).id);
  }
  return winners.size > 1 ? [...winners].map((id) => texts[id] as string) : [];
}
