// Bundles the fuzzer from the sources, without a build of the packages, and runs it with these arguments.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
await build({
  root,
  configFile: false,
  logLevel: 'error',
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  build: { ssr: 'fuzz/main.ts', outDir: '.cache/fuzz', emptyOutDir: true, target: 'node20', minify: false },
});
const argv = ['--expose-gc', '--max-old-space-size=8192', '.cache/fuzz/main.js', ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
