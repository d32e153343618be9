/**
 * The order of header items in a consensus and in a vote (dir-spec 3.4.1: they should occur in this order). tor takes any,
 * so an item out of place is a warning; it writes this one, and the archive has had others.
 */
import type { Item, ProblemList } from '../metaformat/index.ts';

/** Keywords in order; those of one step may stand in any order among themselves. */
export type HeaderOrder = readonly (readonly string[])[];

const times = [['valid-after'], ['fresh-until'], ['valid-until'], ['voting-delay']] as const;
const versions = [['client-versions'], ['server-versions'], ['package']] as const;
const protocols = [
  'recommended-client-protocols',
  'recommended-relay-protocols',
  'required-client-protocols',
  'required-relay-protocols',
] as const;
const sharedRandom = [['shared-rand-previous-value'], ['shared-rand-current-value']] as const;

/** As tor 0.4.9 writes a consensus. */
export const consensusOrder: HeaderOrder = [
  ['vote-status'],
  ['consensus-method'],
  ...times,
  ...versions,
  ['known-flags'],
  protocols,
  ['params'],
  ...sharedRandom,
];

/** As tor 0.4.9 writes a vote, up to the certificate. */
export const voteOrder: HeaderOrder = [
  ['vote-status'],
  ['consensus-methods'],
  ['published'],
  ...times,
  ...versions,
  protocols,
  ['known-flags'],
  ['flag-thresholds'],
  ['params'],
  ['bandwidth-file-headers'],
  ['bandwidth-file-digest'],
  ['dir-source'],
  ['contact'],
  ['shared-rand-participate'],
  ['shared-rand-commit'],
  ...sharedRandom,
  ['legacy-dir-key'],
];

/** Warns of the first item that stands behind one that it belongs before; items not known here may stand anywhere. */
export function checkOrder(items: readonly Item[], order: HeaderOrder, problems: ProblemList): void {
  const steps = new Map(
    order.flatMap((keywords, step) => keywords.map((keyword) => [keyword, step] as const)),
  );
  let latest = -1;
  let before = '';
  for (const item of items) {
    const step = steps.get(item.keyword);
    if (step === undefined) continue;
    if (step < latest) {
      problems.add({
        severity: 'warning',
        code: 'misplaced-item',
        line: item.line,
        offset: item.start,
        keyword: item.keyword,
        expected: `${item.keyword} before ${before}`,
        found: `${item.keyword} behind it`,
      });
      return;
    }
    latest = step;
    before = item.keyword;
  }
}
