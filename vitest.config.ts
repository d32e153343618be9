import { defineConfig } from 'vitest/config';

/** Files that start real networks or browsers, or measure time: one after another, when nothing else runs. */
const alone = [
  'test/e2e/**/*.test.ts',
  'packages/*/test/**/network.test.ts',
  'packages/lab/test/forge.test.ts',
  'packages/*/test/**/chromium.test.ts',
  'packages/conclave/test/collect/collector.test.ts',
];

/** Tests run on the sources; only commands that are started as processes run the build. */
export default defineConfig({
  resolve: { conditions: ['source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    reporters: ['default', './test/closing-line.ts'],
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
          exclude: [...alone, '**/node_modules/**', '**/dist/**'],
          environment: 'node',
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          environment: 'node',
          testTimeout: 30_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
