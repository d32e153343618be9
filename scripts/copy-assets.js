// Copies what the compiler does not emit (style sheets, pictures) beside the compiled pages.
import { cp, mkdir } from 'node:fs/promises';

const from = new URL('../packages/conclave/src/web/assets/', import.meta.url);
const to = new URL('../packages/conclave/dist/web/assets/', import.meta.url);
await mkdir(to, { recursive: true });
await cp(from, to, { recursive: true });
