// What the compiler does not make of the pages' files: copies style sheets and pictures, and puts the worker that judges
// documents in browsers into one file with everything that it imports.
import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const from = new URL('../packages/conclave/src/web/assets/', import.meta.url);
const web = new URL('../packages/conclave/dist/web/', import.meta.url);
const to = new URL('assets/', web);
await mkdir(to, { recursive: true });
await cp(from, to, { recursive: true });

await build({
  root: fileURLToPath(web),
  configFile: false,
  logLevel: 'error',
  build: {
    lib: {
      entry: fileURLToPath(new URL('browser/verify-worker.js', web)),
      formats: ['es'],
      fileName: 'verify-worker',
    },
    outDir: fileURLToPath(new URL('bundles/', web)),
    emptyOutDir: true,
    copyPublicDir: false,
    minify: true,
    target: 'es2023',
  },
});
