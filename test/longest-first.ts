/**
 * The order of the test files: those that take long begin first, so that all workers end together. Without a memory of
 * former runs, as on a machine that judges, Vitest goes by the size of files, which tells little.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take some ten seconds of a processor, or wait for as long; the longest first. */
const long: readonly string[] = [
  'conclave/test/pipeline/same-rows.test.ts',
  'conclave/test/backfill/backfill.test.ts',
  'conclave/test/backfill/kill.test.ts',
  'netdoc/test/hostile.test.ts',
  'netdoc/test/fuzz.test.ts',
  'conclave/test/pipeline/bad-day-by-collector.test.ts',
  'conclave/test/store/arrange-kill.test.ts',
  'conclave/test/archive/pack-crash.test.ts',
  'conclave/test/answers/situations.test.ts',
  'conclave/test/answers/status.test.ts',
  'netdoc/test/prove-rounds.test.ts',
  'conclave/test/daemon/kill.test.ts',
  'conclave/test/daemon/killed-sources.test.ts',
  'conclave/test/pipeline/rounds.test.ts',
  'conclave/test/pipeline/hostile.test.ts',
  'conclave/test/pipeline/recording.test.ts',
  'conclave/test/pipeline/lab-rounds.test.ts',
  'conclave/test/backfill/sources.test.ts',
  'conclave/test/backfill/kinds.test.ts',
  'conclave/test/archive/pack.test.ts',
  'conclave/test/store/history.test.ts',
  'conclave/test/answers/sources.test.ts',
  'netdoc/test/diff.test.ts',
];

/** Puts long files first; what is left is ordered as Vitest does. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = long.findIndex((path) => moduleId.endsWith(`/${path}`));
      return found < 0 ? long.length : found;
    };
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || rank(a) - rank(b));
  }
}
