/** What no document says and a computation has to be told: what is assumed first, and what is tried instead. */
import type { TextDifference } from '../compare/index.ts';
import type { Consensus, Vote } from '../documents/index.ts';
import type { Assumptions, ProofOptions } from './proof.ts';

/** A shared random run has so many rounds; the first makes a new value (srv-spec 2.1). */
const roundsOfRun = 24;

/** Which round of its shared random run a consensus is, from 0 (srv-spec 2.1). */
export function slotOf({ validAfter, freshUntil }: Consensus): number {
  const interval = freshUntil - validAfter;
  return interval > 0 ? Math.floor(validAfter / interval) % roundsOfRun : 0;
}

/** What is assumed first: what the caller said, and otherwise what is usual. */
export function firstAssumptions(
  consensus: Consensus,
  votes: readonly Vote[],
  options: ProofOptions,
): Assumptions {
  return {
    authorities: options.authorities,
    sharedRandomFresh: options.sharedRandomFresh ?? slotOf(consensus) === 0,
    sharedRandomness: options.sharedRandomness ?? true,
    misspeltMaxUnmeasured: options.misspeltMaxUnmeasured ?? false,
    supportedMethods: undefined,
    packageLines: 'by-method',
    arrival: votes.map(({ source }) => source.identity),
  };
}

/** What tor 0.4.9 supports: where the votes choose another method, it uses the last of these. */
export const methodsOfTor049: readonly number[] = [32, 33, 34, 35];

/** What makes an assumption possible: the votes themselves, and the method by which they were computed. */
export interface Circumstances {
  readonly votes: readonly Vote[];
  readonly method: number;
}

/** Something else to assume. */
interface Alternative {
  /** Lines that depend on it; where none of them differs it explains nothing. */
  readonly keywords: ReadonlySet<string>;
  readonly change: (assumptions: Assumptions) => Assumptions;
  /** Whether what it makes of the assumptions can be so. */
  readonly possible: (changed: Assumptions, circumstances: Circumstances) => boolean;
}

const methodLine = 'consensus-method';
const sharedRandomLines = new Set(['shared-rand-previous-value', 'shared-rand-current-value']);

const alternatives: readonly Alternative[] = [
  {
    keywords: sharedRandomLines,
    change: (one) => ({ ...one, sharedRandomFresh: !one.sharedRandomFresh }),
    possible: () => true,
  },
  {
    // An authority that computes without shared randomness votes without it, too.
    keywords: sharedRandomLines,
    change: (one) => ({ ...one, sharedRandomness: !one.sharedRandomness }),
    possible: ({ sharedRandomness }, { votes }) =>
      sharedRandomness || votes.some(({ sharedRandomParticipate }) => !sharedRandomParticipate),
  },
  {
    // None of the versions that misspell it knows a method beyond 33, and before 31 it is sought otherwise.
    keywords: new Set(['w', 'bandwidth-weights']),
    change: (one) => ({ ...one, misspeltMaxUnmeasured: !one.misspeltMaxUnmeasured }),
    possible: ({ misspeltMaxUnmeasured }, { method }) =>
      !misspeltMaxUnmeasured || (method >= 31 && method <= 33),
  },
  {
    keywords: new Set([methodLine]),
    change: (one) => ({ ...one, supportedMethods: one.supportedMethods ? undefined : methodsOfTor049 }),
    possible: () => true,
  },
  {
    keywords: new Set(['package']),
    change: (one) => ({ ...one, packageLines: one.packageLines === 'inverted' ? 'by-method' : 'inverted' }),
    possible: ({ packageLines }, { method }) =>
      packageLines === 'by-method' || methodsOfTor049.includes(method),
  },
];

/** What can be assumed instead where these lines differ: every combination, those with few changes first. */
export function variantsOf(
  assumptions: Assumptions,
  differences: readonly TextDifference[],
  circumstances: Circumstances,
): readonly Assumptions[] {
  const keywords = new Set(differences.map(({ keyword }) => keyword));
  const relevant = alternatives.filter(
    (one) =>
      [...one.keywords].some((keyword) => keywords.has(keyword)) &&
      one.possible(one.change(assumptions), circumstances),
  );
  const dependent = new Set(relevant.flatMap((one) => [...one.keywords]));
  // Another method may change any line; all else only the lines named with it, so it cannot explain others.
  if (!dependent.has(methodLine) && ![...keywords].every((keyword) => dependent.has(keyword))) return [];
  let variants: { readonly assumptions: Assumptions; readonly changes: number }[] = [
    { assumptions, changes: 0 },
  ];
  for (const { change } of relevant) {
    const changed = variants.map((one) => ({
      assumptions: change(one.assumptions),
      changes: one.changes + 1,
    }));
    variants = [...variants, ...changed];
  }
  return variants
    .slice(1)
    .toSorted((a, b) => a.changes - b.changes)
    .map((one) => one.assumptions);
}

/** Whether these assumptions are at odds with what the caller said. */
export function contradicts(assumptions: Assumptions, options: ProofOptions): boolean {
  const { sharedRandomFresh, sharedRandomness, misspeltMaxUnmeasured } = options;
  return (
    assumptions.authorities !== options.authorities ||
    (sharedRandomFresh ?? assumptions.sharedRandomFresh) !== assumptions.sharedRandomFresh ||
    (sharedRandomness ?? assumptions.sharedRandomness) !== assumptions.sharedRandomness ||
    (misspeltMaxUnmeasured ?? assumptions.misspeltMaxUnmeasured) !== assumptions.misspeltMaxUnmeasured
  );
}

/** Up to how many authorities are tried: more than the public network ever had. */
const authoritiesMost = 12;

/** How many authorities may have been configured instead, nearest first: no fewer than voted, and no majority without. */
export function otherAuthorityCounts(votes: number, stated: number): readonly number[] {
  const counts: number[] = [];
  for (let count = Math.max(1, votes); count <= authoritiesMost && votes * 2 > count; count += 1)
    if (count !== stated) counts.push(count);
  return counts.toSorted((a, b) => Math.abs(a - stated) - Math.abs(b - stated) || a - b);
}
