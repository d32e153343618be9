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

/** Why there is no value for a time: nothing that old is stored, or there is a gap just there. */
export function whyNoValue(
  at: number,
  held: { readonly first: number; readonly last: number },
  figureHeld: boolean,
): string {
  if (at < held.first) {
    const hours = Math.floor((held.last - held.first) / 3600);
    const stored =
      hours < 1 ? 'less than an hour is' : hours === 1 ? 'only 1 hour is' : `only ${hours} hours are`;
    return `${stored} stored`;
  }
  return figureHeld ? 'it could not be computed for that round' : 'the round of then is not held';
}

/** A UTC time that falls on the rounds of a network: the last one at or before it. */
export function roundAt(seconds: number, newest: number, intervalSeconds: number): number {
  return newest - Math.ceil((newest - seconds) / intervalSeconds) * intervalSeconds;
}
