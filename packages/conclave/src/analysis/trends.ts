/** A figure against itself some time ago: the same hour a day, a week, thirty days and 365 days before (S2.2.14). */

/** How far back a figure is compared, in seconds. */
export const trendSpans = [
  { span: 'day', seconds: 86_400 },
  { span: 'week', seconds: 7 * 86_400 },
  { span: 'month', seconds: 30 * 86_400 },
  { span: 'year', seconds: 365 * 86_400 },
] as const;

/** The word for a span. */
export type TrendSpan = (typeof trendSpans)[number]['span'];

/** Why there is no value for a time of which no round is held: nothing that old is stored, or there is a gap just there. */
export function whyNoValue(at: number, held: { readonly first: number; readonly last: number }): string {
  if (at >= held.first) return 'the round of then is not held';
  const hours = Math.floor((held.last - held.first) / 3600);
  if (hours < 1) return 'less than an hour is stored';
  return hours === 1 ? 'only 1 hour is stored' : `only ${hours} hours are stored`;
}
