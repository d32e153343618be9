/** The last line that tests print, and the exit code beside it, tell the truth: judged by runs of made-up tests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './sources.ts';

const wanting = "test.skip('a network (needs tor: apt-get install tor)', () => {});";
const dataless = "test.skip('a real vote (needs ../shared/data)', () => {});";
const good = "test('good', () => {});";
const bad = "test('bad', () => { throw new Error('bad'); });";
const unbegun =
  "describe('a group', () => { beforeAll(() => { throw new Error('no'); }); test('good', () => {}); });";
const unheard =
  "test('good', () => { setTimeout(() => { throw new Error('late'); }, 0); });\ntest('later', () => new Promise((done) => setTimeout(done, 50)));";

test.each([
  ['all is well', good, '', 0, '1 passed, 0 failed'],
  ['a test fails', good + bad, '', 1, '1 passed, 1 failed'],
  ['tor is wanting where nobody judges', good + wanting, '', 0, '1 passed, 0 failed'],
  ['tor is wanting where CI is set', good + wanting, 'true', 1, '1 passed, 1 failed'],
  ['data is wanting where CI is set', good + dataless, 'true', 0, '1 passed, 0 failed'],
  ['a group cannot begin', good + unbegun, '', 1, '1 passed, 1 failed'],
  ['a file cannot be read', 'const = 1;', '', 1, '0 passed, 1 failed'],
  ['an error that nobody waits for', unheard, '', 1, '2 passed, 1 failed'],
] as const)('%s', (_, body, ci, code, line) => {
  const directory = mkdtempSync(join(tmpdir(), 'conclave-closing-line-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    const text = `import { beforeAll, describe, test } from 'vitest';\n${body}\n`;
    writeFileSync(join(directory, 'made-up.test.js'), text);
    const reporter = `--reporter=${join(root, 'test/closing-line.ts')}`;
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const ran = spawnSync(process.execPath, [vitest, 'run', '--root', directory, reporter], {
      encoding: 'utf8',
      env: { ...process.env, CI: ci, NO_COLOR: '1' },
    });
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe(line);
    expect(ran.status).toBe(code);
    if (body.includes('(needs')) expect(ran.stdout).toMatch(/^skipped: .*\(needs /m);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
