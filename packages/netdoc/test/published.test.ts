/** What readers and those who install the package get: pages that are as the sources are, examples that print what is shown. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as netdoc from '../src/index.ts';

const root = resolve(import.meta.dirname, '../../..');

function node(...argv: string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  return { status, out: `${stdout}${stderr}` };
}

beforeAll(() => {
  const compiler = resolve(root, 'node_modules/.bin/tsc');
  const built = spawnSync(compiler, ['-b', 'packages/netdoc'], { cwd: root, encoding: 'utf8' });
  expect(built.stdout).toBe('');
}, 120_000);

test('docs/api and docs/documents.md are as the sources say (npm run docs), and every export has a comment', () => {
  expect(node('scripts/docs.js', '--check').out).toMatch(/^\d+ pages\n$/);
});

test('docs/api has every export of the door', () => {
  const text = readFileSync(resolve(root, 'docs/api/README.md'), 'utf8');
  const missing = Object.keys(netdoc).filter((name) => !text.includes(`[\`${name}\`](`));
  expect(Object.keys(netdoc).length).toBeGreaterThan(40);
  expect(missing).toEqual([]);
});

interface Kind {
  readonly kind: string;
  readonly parsers: readonly string[];
  readonly rows: readonly { readonly keyword: string; readonly times: string }[];
}

describe('docs/documents.md', () => {
  const kinds = JSON.parse(node('scripts/docs.js', '--keywords').out) as readonly Kind[];

  test('has every parser of documents', () => {
    const ofWords = /^parse(?:Fingerprint|Time|Ipv[46])$/;
    const parsers = Object.keys(netdoc).filter((name) => /^parse[A-Z]/.test(name) && !ofWords.test(name));
    expect(kinds.flatMap((one) => one.parsers).sort()).toEqual(parsers.sort());
  });

  /** What may stand before an item: what begins the section to which it belongs. */
  const status = ['', 'dir-source x\n', 'r x\n', 'directory-footer\n'].map(
    (section) => `network-status-version 3\n${section}`,
  );

  test.each(kinds.filter(({ rows }) => rows.length > 0).map((one) => [one.parsers[0] ?? '', one] as const))(
    '%s knows the keywords that are listed, and no others',
    (parser, { rows }) => {
      const door: Readonly<Record<string, unknown>> = netdoc;
      const parse = door[parser] as (bytes: Uint8Array) => object;
      const begins = rows[0]?.keyword === 'vote-status' ? status : [`${rows[0]?.keyword} x\n`];
      const unrecognized = (keyword: string): boolean =>
        begins.every((begin) => {
          const read = parse(Buffer.from(`${begin}${keyword} x y\n`));
          const all = (Array.isArray(read) ? read : [read]) as readonly netdoc.Parsed<unknown>[];
          return all.some((one) => one.unrecognized.some(({ text }) => text.startsWith(`${keyword} `)));
        });
      expect(rows.length).toBeGreaterThan(5);
      // The first item of a document is not looked up in a table.
      const others = rows.filter(({ keyword }) => keyword !== 'network-status-version');
      expect(others.filter(({ keyword }) => unrecognized(keyword))).toEqual([]);
      expect(unrecognized('x-nobody-knows')).toBe(true);
    },
  );
});

describe('docs/tutorial.md', () => {
  const text = readFileSync(resolve(root, 'docs/tutorial.md'), 'utf8');
  const examples = readdirSync(resolve(root, 'examples')).filter((name) => name.endsWith('.mjs'));

  test.each(examples)('has examples/%s as it is, with what it prints', (name) => {
    const code = readFileSync(resolve(root, 'examples', name), 'utf8');
    const { status, out } = node(`examples/${name}`);
    expect(status, out).toBe(0);
    expect(text).toContain(`\`\`\`js\n${code}\`\`\`\n`);
    expect(text).toContain(`\`\`\`console\n$ node examples/${name}\n${out}\`\`\`\n`);
  });

  test('shows no others', () => {
    const shown = [...text.matchAll(/^\$ node examples\/(\S+)/gm)].map(([, name = '']) => name);
    expect(examples.length).toBeGreaterThan(3);
    expect(shown.sort()).toEqual(examples.sort());
  });
});

test('npm run check-package finds nothing wrong with the package as it would be published', () => {
  const { status, out } = node('scripts/check-package.js');
  expect(out).toContain('All good!');
  expect(out).toMatch(/node16 \(from ESM\): 🟢/);
  expect(out).toMatch(/bundler: 🟢/);
  expect(status, out).toBe(0);
}, 120_000);
