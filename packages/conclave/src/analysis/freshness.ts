/** Is a consensus in its time? Judged at every boundary second (S2.1.1 to S2.1.3; dir-spec 3.4.1, 5.1). */

/** How a consensus stands at a moment. */
export type Freshness = 'future' | 'current' | 'stale' | 'expired';

/** The three times of a consensus, in seconds. */
export interface Lifetime {
  readonly validAfter: number;
  readonly freshUntil: number;
  readonly validUntil: number;
}

/**
 * `future` before valid-after; `current` from valid-after up to and including fresh-until; `stale` after it, up to and
 * including valid-until; `expired` afterwards. A client uses a consensus while valid-after ≤ now ≤ valid-until.
 */
export function freshnessAt(lifetime: Lifetime, nowSeconds: number): Freshness {
  if (nowSeconds < lifetime.validAfter) return 'future';
  if (nowSeconds <= lifetime.freshUntil) return 'current';
  return nowSeconds <= lifetime.validUntil ? 'stale' : 'expired';
}

/** The next consensus is due at the fresh-until of this one; the seconds by which it is overdue, or 0. */
export function overdueSeconds(lifetime: Lifetime, nowSeconds: number): number {
  return Math.max(0, nowSeconds - lifetime.freshUntil);
}
