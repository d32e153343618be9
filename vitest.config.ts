import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** Files that start real networks: they wait for their rounds most of the time, so two of them go on at once. */
const networks = [
  'test/e2e/network.test.ts',
  'packages/*/test/**/network.test.ts',
  'packages/lab/test/forge.test.ts',
];
/** Files that start browsers, or measure time: one after another, when nothing else runs. */
const alone = [
  'test/e2e/demo.test.ts',
  'packages/*/test/**/chromium.test.ts',
  'packages/conclave/test/collect/collector.test.ts',
];
/** As many as there are processors; by itself Vitest leaves one of them idle, which is half of a machine with two. */
const workers = Math.max(2, availableParallelism());
/** A loaded machine is slow, and no test may fail of that: what must come within a time says so itself. */
const patient = { hookTimeout: 60_000, expect: { poll: { timeout: 15_000 } } };

/** Tests run on the sources; only commands that are started as processes run the build. */
export default defineConfig({
  resolve: { conditions: ['source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    reporters: ['default', './test/closing-line.ts'],
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      include: ['packages/netdoc/src/**'],
      reporter: ['text', 'text-summary'],
      reportsDirectory: '.cache/coverage',
      thresholds: { lines: 95 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['packages/*/test/**/*.test.{ts,tsx}', 'test/tidy/**/*.test.ts'],
          exclude: [...networks, ...alone, '**/node_modules/**', '**/dist/**'],
          environment: 'node',
          testTimeout: 60_000,
          ...patient,
          maxWorkers: workers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'networks',
          include: networks,
          environment: 'node',
          testTimeout: 60_000,
          ...patient,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          environment: 'node',
          testTimeout: 30_000,
          ...patient,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
