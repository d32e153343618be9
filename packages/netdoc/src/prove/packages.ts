/** Package lines the other way round: tor 0.4.9.1 to 0.4.9.9 wrote them from method 34 on, and not before (dir-spec 3.8.1). */
import { concatBytes, startsAt } from '../base/index.ts';
import { computeConsensus } from '../compute/index.ts';
import type { ComputeOptions } from '../compute/index.ts';
import type { Consensus, Vote } from '../documents/index.ts';
import { headersOnly } from './ties.ts';

const lf = 10;
/** The last method with package lines, and the line behind which they stand. */
const lastWithPackages = 33;
const before = 'server-versions ';
const keyword = 'package ';

/** A computed text with package lines where its method has none, and without them where it has. */
export function invertPackageLines(
  text: Uint8Array,
  method: number,
  votes: readonly Vote[],
  options: ComputeOptions & { readonly flavors: readonly [Consensus['flavor']] },
): Uint8Array {
  const own = packageLines(text);
  if (method <= lastWithPackages) return concatBytes(text.subarray(0, own.start), text.subarray(own.end));
  const asBefore = headersOnly(votes).map((vote) => ({ ...vote, consensusMethods: [lastWithPackages] }));
  const computation = computeConsensus(asBefore, options);
  const [flavor] = options.flavors;
  const other = computation.outcome === 'computed' ? computation[flavor]?.bytes : undefined;
  if (!other) return text;
  const { start, end } = packageLines(other);
  return concatBytes(text.subarray(0, own.start), other.subarray(start, end), text.subarray(own.start));
}

/** Where package lines stand in a computed text, or would. */
function packageLines(text: Uint8Array): { readonly start: number; readonly end: number } {
  const next = (from: number): number => text.indexOf(lf, from) + 1 || text.length;
  let start = 0;
  while (start < text.length && !startsAt(text, start, before)) start = next(start);
  start = Math.min(next(start), text.length);
  let end = start;
  while (startsAt(text, end, keyword)) end = next(end);
  return { start, end };
}
