/** The workspace itself: what the words promise is there, and nothing in it belongs to one machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './sources.ts';

interface PackageFile {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const json = (path: string): unknown => JSON.parse(text(path));
const scripts = (json('package.json') as PackageFile).scripts ?? {};
const isCheckout = existsSync(join(root, '.git'));

function committed(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

describe.skipIf(!isCheckout)(`committed files${isCheckout ? '' : ' (needs a git checkout)'}`, () => {
  test('name no path of the machine they were written on', () => {
    // Paths of one step, such as /src, are ordinary words; deeper ones are somebody's own.
    const own = [root, dirname(root), homedir()].filter(
      (path) => path.split('/').length > 2 && path !== '/tmp',
    );
    const found = committed()
      .filter((path) => !/\.(?:xz|gz|zst|png|ico|woff2)$/.test(path))
      .flatMap((path) =>
        own.filter((place) => text(path).includes(`${place}/`)).map((place) => `${path}: ${place}`),
      );
    expect(found).toEqual([]);
  });

  test('are no builds, data or dependencies', () => {
    const foreign = committed().filter((path) =>
      /(?:^|\/)(?:node_modules|dist|\.cache)\/|\.tsbuildinfo$|\.duckdb(?:\.wal)?$|(?:^|\/)\.npmrc$/.test(
        path,
      ),
    );
    expect(foreign).toEqual([]);
  });

  test('promise only commands that exist', () => {
    const words = committed().filter((path) => path.endsWith('.md'));
    const missing = words.flatMap((path) =>
      [...text(path).matchAll(/\bnpm (?:run (?:--silent |-s )?)?([a-z][\w:-]*)/g)]
        .map(([whole, name = '']) => ({ whole, name, isScript: whole.startsWith('npm run') }))
        .filter(({ name, isScript }) => (isScript || ['test', 'start'].includes(name)) && !(name in scripts))
        .map(({ whole }) => `${path}: ${whole}`),
    );
    expect(missing).toEqual([]);
  });
});

test('npm test builds, lints, and says last how many tests passed', () => {
  expect(scripts['test']?.split('&&').map((step) => step.trim())).toEqual([
    'npm run --silent build',
    'npm run --silent lint',
    'vitest run',
  ]);
  expect(scripts['lint']).toMatch(/^oxlint --type-aware .*&& prettier --check /);
});

test('.ci/run runs the test command of the README', () => {
  expect(text('README.md')).toContain('npm ci && npm test');
  expect(text('.ci/run')).toContain('{ npm ci && npm test; }');
  expect(text('.ci/run')).toMatch(/^export CI=true$/m);
});

test('package-lock.json names no registry', () => {
  const { packages } = json('package-lock.json') as {
    readonly packages: Readonly<
      Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: true }>
    >;
  };
  const entries = Object.entries(packages).filter(
    ([path, { link }]) => path.startsWith('node_modules/') && link !== true,
  );
  expect(entries.length).toBeGreaterThan(50);
  // No address: whoever installs decides where packages come from, and `integrity` says what they must be.
  const placed = entries.filter(([, { resolved }]) => resolved !== undefined);
  expect(placed.map(([path]) => path)).toEqual([]);
  expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
});

test('every dependency has one exact version', () => {
  const files = [
    'package.json',
    'packages/netdoc/package.json',
    'packages/conclave/package.json',
    'packages/lab/package.json',
  ];
  const loose = files.flatMap((path) => {
    const { dependencies, devDependencies } = json(path) as PackageFile;
    return Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`);
  });
  expect(loose).toEqual([]);
});
