/** What must give the same answer for the same arguments reads no clock, no chance, no environment and no file. */
import { describe, expect, test } from 'vitest';
import { codeOf, filesBelow, place, type SourceFile } from './sources.ts';

const impure: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\s*\)|(?<!new\s)(?<![\w.])Date\(/g, 'a clock'],
  [/\bperformance\b|\bprocess\.(?:hrtime|uptime)\b/g, 'a clock'],
  [/\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/g, 'chance'],
  [/\bprocess\b|\bimport\.meta\b|\bglobalThis\b|\bnavigator\b/g, 'the environment'],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/g, 'a timer'],
  [/(?<![\w.])fetch\(|\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b/g, 'the network'],
  [/'node:[a-z/_]+'|\brequire\(/g, 'Node'],
  [/\bconsole\./g, 'the terminal'],
];

function impurities(file: SourceFile): readonly string[] {
  const code = codeOf(file.text);
  return impure.flatMap(([pattern, what]) =>
    [...code.matchAll(pattern)].map((match) => place(file, match.index, `${what}: ${match[0]}`)),
  );
}

const pure: readonly (readonly [string, readonly string[]])[] = [
  // The one file that a browser replaces by `portable.ts`.
  ['packages/netdoc/src', ['packages/netdoc/src/crypto/node.ts']],
  ['packages/conclave/src/analysis', []],
  ['packages/conclave/src/checks', []],
  ['packages/conclave/src/network', []],
  ['packages/conclave/src/geo', []],
  ['packages/conclave/src/alert', []],
  ['packages/conclave/src/pipeline', []],
  ['packages/conclave/src/answers', []],
];

test.each(pure)('%s is pure', (folder, except) => {
  const files = filesBelow(folder);
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter(({ path }) => !except.includes(path)).flatMap(impurities)).toEqual([]);
});

test('only the room verify makes a Verified', () => {
  const others = ['packages/netdoc/src', 'packages/conclave/src', 'packages/lab/src']
    .flatMap(filesBelow)
    .filter(({ path }) => !path.startsWith('packages/netdoc/src/verify/'));
  const mint = /\bas\s+(?:unknown\s+as\s+)?Verified\b|<Verified<[^>]*>>\s*[({]/g;
  const minted = others.flatMap((file) =>
    [...codeOf(file.text).matchAll(mint)].map((match) => place(file, match.index, match[0])),
  );
  expect(minted).toEqual([]);
});

test('no module holds state', () => {
  const files = ['packages/netdoc/src', 'packages/conclave/src', 'packages/lab/src'].flatMap(filesBelow);
  const held = files.flatMap((file) =>
    [...codeOf(file.text).matchAll(/^(?:export )?let /gm)].map((match) => place(file, match.index, 'let')),
  );
  expect(held).toEqual([]);
});

describe('the rules themselves', () => {
  const found = (text: string): readonly string[] => impurities({ path: 'a.ts', text });

  test.each([
    ['const a = Date.now();', 'a clock'],
    ['const a = new Date();', 'a clock'],
    ['const a = Math.random();', 'chance'],
    ["const a = process.env['A'];", 'the environment'],
    ["import { readFile } from 'node:fs';", 'Node'],
    ['const a = await fetch(url);', 'the network'],
    ['setTimeout(go, 1);', 'a timer'],
  ])('%s', (text, what) => {
    expect(found(text)).toEqual([expect.stringMatching(new RegExp(`^a\\.ts:1: ${what}: `))]);
  });

  test.each([
    'const a = new Date(seconds * 1000);',
    '// never Date.now()',
    '/** No Date.now(). */',
    'prefetch(a);',
  ])('%s', (text) => expect(found(text)).toEqual([]));
});
