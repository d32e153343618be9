/**
 * Do the sources beside the authorities still give what they should? It is about the source, or the way to it, and never
 * about an authority: what an archive does not have, its authority may well have published.
 */
import { duration, listing } from './finding.ts';
import type { Check, Situation, SourceSituation } from './finding.ts';

/** What a source is called. */
export const sourceTitles: Readonly<Record<string, string>> = { collector: 'CollecTor', onionoo: 'Onionoo' };

/** What is wrong with one question to a source; undefined when nothing is. */
export function sourceFault(
  source: SourceSituation,
  { limits, nowMs }: Pick<Situation, 'limits' | 'nowMs'>,
): { readonly severity: 'info' | 'warning'; readonly text: string } | undefined {
  const { failures, subject, detail, lastSuccessMs, asOf } = source;
  const limit = limits.sourceStaleSeconds;
  const age = lastSuccessMs === undefined ? undefined : (nowMs - lastSuccessMs) / 1000;
  if (failures >= limits.failuresInARow) {
    const last =
      age === undefined ? 'it never answered properly' : `the last good answer is ${duration(age)} old`;
    return {
      severity: age === undefined || age > limit ? 'warning' : 'info',
      text: `${subject}: failed ${failures} times in a row (${detail ?? 'no reason given'}); ${last}, limit ${duration(limit)}`,
    };
  }
  const old = asOf === undefined ? undefined : nowMs / 1000 - asOf;
  if (old === undefined || old <= limit || failures > 0) return undefined;
  return {
    severity: 'info',
    text: `${subject}: it answers, but what it serves is ${duration(old)} old, limit ${duration(limit)}`,
  };
}

/** One finding for all sources together. */
export const sourceFailing: Check = (situation) => {
  const faults = situation.sources.flatMap((source) => {
    const fault = sourceFault(source, situation);
    return fault ? [{ ...fault, feed: sourceTitles[source.feed] ?? source.feed }] : [];
  });
  if (faults.length === 0) return [];
  const names = [...new Set(faults.map(({ feed }) => feed))];
  const told = names.map(
    (name) => `${name}: ${faults.flatMap(({ feed, text }) => (feed === name ? [text] : [])).join('; ')}.`,
  );
  return [
    {
      check: 'source-failing',
      category: 'observatory',
      severity: faults.some(({ severity }) => severity === 'warning') ? 'warning' : 'info',
      title: `We have nothing fresh from ${listing(names)}`,
      message: `${told.join(' ')} This says nothing about any authority.`,
      link: '/api/v1/sources',
    },
  ];
};
