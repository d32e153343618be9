/** Do the bandwidth scanners agree? The spread of each one's `Measured` against the median of all (S2.1.29). */
import { present } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';
import { median, quantile } from './figures.ts';

/** How one scanner measures, relative to all of them. */
export interface ScannerSpread {
  readonly authority: string;
  /** Relays it measured that at least two others measured too. */
  readonly relays: number;
  /** Median and quartiles of its value divided by the median of all scanners for the same relay. */
  readonly medianRatio: number;
  readonly q1: number;
  readonly q3: number;
}

/** Compares the `Measured` values of several votes of one round, relay by relay. */
export function scannerSpreads(
  votes: readonly { readonly authority: string; readonly routers: RouterTable }[],
): ScannerSpread[] {
  const byRelay = new Map<string, { scanner: number; value: number }[]>();
  for (const [scanner, { routers }] of votes.entries()) {
    for (let router = 0; router < routers.count; router += 1) {
      if (((routers.present[router] as number) & present.measured) === 0) continue;
      const key = String.fromCharCode(...routers.identity.subarray(router * 20, router * 20 + 20));
      const values = byRelay.get(key);
      const value = { scanner, value: routers.measured[router] as number };
      if (values) values.push(value);
      else byRelay.set(key, [value]);
    }
  }
  const ratios = votes.map((): number[] => []);
  for (const values of byRelay.values()) {
    if (values.length < 3) continue;
    const middle = median(values.map(({ value }) => value)) ?? 0;
    if (middle > 0) for (const { scanner, value } of values) ratios[scanner]?.push(value / middle);
  }
  return votes.flatMap(({ authority }, scanner) => {
    const own = ratios[scanner] ?? [];
    const medianRatio = median(own);
    if (medianRatio === undefined) return [];
    const q1 = quantile(own, 0.25) ?? medianRatio;
    const q3 = quantile(own, 0.75) ?? medianRatio;
    return [{ authority, relays: own.length, medianRatio, q1, q3 }];
  });
}
