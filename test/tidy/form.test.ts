/** How sources are written: what every file and every exported thing says of itself, and how long it may be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeOf, filesBelow, place, root, type SourceFile } from './sources.ts';

const linesMax = 500;
const sources = ['packages/netdoc/src', 'packages/conclave/src', 'packages/lab/src', 'bench', 'fuzz'].flatMap(
  filesBelow,
);
const tests = ['packages/netdoc/test', 'packages/conclave/test', 'packages/lab/test', 'test'].flatMap(
  filesBelow,
);

/** Exported things without a sentence; a list of names has its sentences where the names are. */
function undocumented(file: SourceFile): readonly string[] {
  const lines = file.text.split('\n');
  const exported =
    /^export (?:async |abstract |declare )*(?:function\*?|const|let|interface|type|class) (\w+)/;
  return lines.flatMap((line, index) => {
    const name = exported.exec(line)?.[1];
    if (name === undefined) return [];
    const before = lines.slice(0, index).findLast((one) => one.trim() !== '') ?? '';
    const overloaded = new RegExp(`^export (?:async )?function ${name}\\b.*;$`).test(before);
    return before.trimEnd().endsWith('*/') || overloaded ? [] : [`${file.path}:${index + 1}: ${name}`];
  });
}

function codeLines({ text }: SourceFile): number {
  return codeOf(text)
    .split('\n')
    .filter((line) => line.trim() !== '').length;
}

test('every file opens with what it is for', () => {
  const silent = sources
    .filter(({ text }) => !/^(?:#!.*\n)?(?:\/\*\*|\/\/ )/.test(text))
    .map(({ path }) => path);
  expect(silent).toEqual([]);
});

test('every exported thing has a sentence', () => {
  expect(sources.flatMap(undocumented)).toEqual([]);
});

test(`no file is longer than ${linesMax} lines of code`, () => {
  const long = [...sources, ...tests].filter((file) => codeLines(file) > linesMax);
  expect(long.map((file) => `${file.path}: ${codeLines(file)}`)).toEqual([]);
});

test('no default export, and no type that could be anything', () => {
  const patterns = [
    /^export default\b/gm,
    /(?:[:<|&]|\bas)\s*any\b(?=\s*[;,)>=|&[\]{]|$)|,\s*any\s*>/gm,
    /@ts-(?:ignore|nocheck)/g,
  ];
  const found = sources.flatMap((file) => {
    const code = codeOf(file.text);
    return patterns.flatMap((pattern) => {
      const text = pattern.source.startsWith('@') ? file.text : code;
      return [...text.matchAll(pattern)].map((match) => place(file, match.index, match[0].trim()));
    });
  });
  expect(found).toEqual([]);
});

test('the linter refuses the same, and only the commands may print', () => {
  const { rules, overrides } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
    readonly rules: Readonly<Record<string, unknown>>;
    readonly overrides: readonly { readonly files: readonly string[]; readonly rules: object }[];
  };
  for (const rule of [
    'typescript/no-explicit-any',
    'import/no-default-export',
    'import/no-cycle',
    'no-console',
  ]) {
    expect(rules[rule], rule).toBe('error');
  }
  const silenced = overrides.filter((one) => 'no-console' in one.rules).flatMap(({ files }) => files);
  expect(silenced.toSorted()).toEqual([
    'bench/**',
    'examples/**',
    'fuzz/**',
    'packages/conclave/src/cli/**',
    'scripts/**',
  ]);
});

describe('the rules themselves', () => {
  const file = (text: string): SourceFile => ({ path: 'a.ts', text });

  test('an export without a sentence is found, one with a sentence is not', () => {
    expect(undocumented(file('const a = 1;\nexport const b = 2;'))).toEqual(['a.ts:2: b']);
    expect(undocumented(file('/** B. */\nexport const b = 2;'))).toEqual([]);
    expect(undocumented(file("export { b } from './b.ts';\nexport type { C } from './c.ts';"))).toEqual([]);
  });

  test('comments and empty lines are not code', () => {
    expect(codeLines(file('/**\n * A.\n */\n\nconst a = 1; // one\n'))).toBe(1);
  });
});
