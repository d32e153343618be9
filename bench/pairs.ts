/** What there is to measure of two consensuses: diffs made and applied, and what changed. */
import {
  applyDiff,
  compareConsensuses,
  makeDiff,
  parseConsensus,
  parseConsensusDiff,
  type Consensus,
} from '@conclave/netdoc';
import { BenchError, type Job } from './jobs.ts';

/** The kinds of work on pairs. */
export const pairKinds = ['diff-make', 'diff-apply', 'compare'] as const;
/** One of them. */
export type PairWhat = (typeof pairKinds)[number];

/** A file and its bytes. */
export interface ReadFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** The work on an older consensus and a newer one, prepared; a `BenchError` where it cannot be done. */
export function pairJobOf(what: PairWhat, base: ReadFile, target: ReadFile): Job {
  if (what === 'compare') {
    const [before, after] = [consensusOf(base), consensusOf(target)];
    const run = () => compareConsensuses(before, after);
    return { run, items: () => run().changed.length };
  }
  const make = () => makeDiff(base.bytes, target.bytes);
  const made = make();
  if (!made.ok) throw new BenchError(65, `${base.file}, ${target.file}: ${made.because}`);
  const { diff } = made;
  const items = (): number => parseConsensusDiff(diff).document?.commands.length ?? 0;
  return what === 'diff-make' ? { run: make, items } : { run: () => applyDiff(base.bytes, diff), items };
}

function consensusOf({ file, bytes }: ReadFile): Consensus {
  const { document } = parseConsensus(bytes);
  if (!document) throw new BenchError(65, `${file}: expected a consensus that can be read`);
  return document;
}
