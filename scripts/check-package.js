// Packs the library as it would be published and has it looked at by those who know how packages go wrong: `publint` for
// the files and fields, `attw` for what TypeScript makes of it. CommonJS and the resolution of Node 10 are not offered.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'packages/netdoc');
const place = mkdtempSync(join(tmpdir(), 'netdoc-package-'));
const run = (program, argv) =>
  execFileSync(program, argv, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', place]));
  const tools = join(root, 'node_modules/.bin');
  const file = join(place, packed.filename);
  console.log(
    `${packed.filename}: ${packed.files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`,
  );
  const foreign = packed.files
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^(?:LICENSE|README\.md|package\.json|(?:dist|src)\/[\w./-]+\.(?:d\.ts|ts|js|js\.map))$/.test(path),
    );
  if (foreign.length > 0) throw new Error(`not to be published: ${foreign.join(', ')}`);
  console.log(run(join(tools, 'publint'), ['run', file, '--strict']).trim());
  console.log(
    run(join(tools, 'attw'), [file, '--profile', 'esm-only', '--format', 'ascii', '--no-color']).trim(),
  );
} catch (error) {
  if (error instanceof Error) console.error(`${error.stdout ?? ''}${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
