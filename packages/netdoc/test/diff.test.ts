/**
 * Consensus diffs, made and applied. That they are tor's byte for byte is held by diffs that real authorities served
 * (`fixtures/diffs`, and the network of the lab's own tests); everything else by documents made here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  applyDiff,
  digestAsSigned,
  makeDiff,
  parseConsensusDiff,
  sha3_256,
  toHex,
  type DiffRefusal,
} from '../src/index.ts';
import { bytesOfFile, filesOf, hasData, withData } from './support/data.ts';
import { authorities, consensus, instead } from './support/make.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytes = (lines: string): Uint8Array => new Uint8Array(Buffer.from(lines, 'latin1'));

/** The diff, or an error that says why there is none. */
function made(base: Uint8Array, target: Uint8Array): Uint8Array {
  const result = makeDiff(base, target);
  if (!result.ok) throw new Error(result.because);
  return result.diff;
}

/** The target, or an error that says why there is none. */
function applied(base: Uint8Array, diff: Uint8Array): Uint8Array {
  const result = applyDiff(base, diff);
  if (!result.ok) throw new Error(result.because);
  return result.target;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** A document of these lines, and diffs of it with digests that hold, unless told otherwise. */
const commandsOf = (diff: Uint8Array): string => text(diff).split('\n').slice(2).join('\n');
function diffOf(base: Uint8Array, target: Uint8Array, commands: string): Uint8Array {
  const hash = `hash ${digestAsSigned(base)} ${toHex(sha3_256(target))}`;
  return bytes(`network-status-diff-version 1\n${hash}\n${commands}`);
}

describe('diffs that tor 0.4.9.11 served', () => {
  const folder = resolve(import.meta.dirname, 'fixtures/diffs');
  const read = (name: string): Uint8Array => new Uint8Array(gunzipSync(readFileSync(resolve(folder, name))));
  const names = readdirSync(folder);
  const consensuses = names.filter((name) => !name.includes('diff')).map(read);
  const diffs = names.filter((name) => name.includes('diff'));

  test('there are some of both flavours', () => {
    for (const flavor of ['ns', 'microdesc'])
      expect(diffs.filter((name) => name.startsWith(flavor)).length).toBeGreaterThanOrEqual(3);
  });

  test.each(diffs)('%s: makeDiff() makes the same bytes, applyDiff() the target', (name) => {
    const diff = read(name);
    const { document } = parseConsensusDiff(diff);
    const base = consensuses.find((one) => digestAsSigned(one) === document?.fromDigest);
    const target = consensuses.find((one) => toHex(sha3_256(one)) === document?.toDigest);
    if (!base || !target) throw new Error(`expected base and target of ${name} beside it`);
    expect(text(made(base, target))).toBe(text(diff));
    expect(text(applied(base, diff))).toBe(text(target));
  });
});

describe('documents of the public network', () => {
  const pairs = (['consensus-ns', 'consensus-microdesc'] as const).flatMap((folder) => {
    const files = filesOf(folder);
    const there = files.flatMap((base, index) =>
      files.slice(index + 1).map((target) => ({ folder, base, target })),
    );
    const back = files.slice(1).map((base, index) => ({ folder, base, target: files[index] ?? base }));
    return [...there, ...back];
  });

  test.skipIf(!hasData)(withData('every pair of one flavour, there, and back to the one before'), () => {
    expect(pairs.length).toBeGreaterThan(40);
    for (const { folder, base, target } of pairs) {
      const [older, newer] = [bytesOfFile(folder, base), bytesOfFile(folder, target)];
      expect(same(applied(older, made(older, newer)), newer), `${base} to ${target}`).toBe(true);
    }
  });

  test.skipIf(!hasData)(withData('a diff of another implementation'), () => {
    const base = bytesOfFile('cropped', 'arti__7fb477e__consensus1.txt');
    const target = bytesOfFile('cropped', 'arti__7fb477e__consensus2.txt');
    const diff = bytesOfFile('chutney-and-synthetic', 'arti__diff1.txt');
    expect(text(applied(base, diff))).toBe(text(target));
    expect(text(made(base, target))).toBe(text(diff));
  });
});

const older = consensus({ relays: 12 });
const newer = consensus({
  relays: 9,
  edit: instead('params', 'params bwauthpid=2'),
  signers: authorities().slice(0, 5),
});

describe('makeDiff()', () => {
  test('names its base by the signed part and its target by the whole', () => {
    const head = text(made(older, newer)).split('\n').slice(0, 2);
    const [signed = ''] = /^[^]*?\ndirectory-signature /.exec(text(older)) ?? [];
    expect(head).toEqual([
      'network-status-diff-version 1',
      `hash ${toHex(sha3_256(bytes(signed)))} ${toHex(sha3_256(newer))}`,
    ]);
  });

  test('serves for a base with other signatures', () => {
    const resigned = consensus({ relays: 12, signers: authorities().slice(3) });
    expect(same(older, resigned)).toBe(false);
    expect(same(applied(resigned, made(older, newer)), newer)).toBe(true);
  });

  test('of a document and itself replaces the signatures only', () => {
    const [cut, append, ...rest] = commandsOf(made(older, older)).split('\n');
    const signatures = text(older)
      .split('\n')
      .indexOf(text(older).match(/^directory-signature .*$/m)?.[0] ?? '');
    expect([cut, append]).toEqual([`${signatures + 1},$d`, `${signatures}a`]);
    expect(rest.slice(0, -2)).toEqual(text(older).split('\n').slice(signatures, -1));
  });

  test('works on unsigned documents: the base is named by the whole', () => {
    const [a, b] = [bytes('a\nb\nc\n'), bytes('a\nx\nc\n')];
    expect(text(made(a, b))).toBe(text(diffOf(a, b, '2c\nx\n.\n')));
    expect(digestAsSigned(a)).toBe(toHex(sha3_256(a)));
  });

  test.each([
    ['nothing to nothing', '', '', ''],
    ['nothing to something', '', 'a\n', '0a\na\n.\n'],
    ['something to nothing', 'a\n', '', '1d\n'],
    ['one line more', 'a\nc\n', 'a\nb\nc\n', '1a\nb\n.\n'],
    ['one line less', 'a\nb\nc\n', 'a\nc\n', '2d\n'],
    ['two lines less', 'a\nb\nb\nc\n', 'a\nc\n', '2,3d\n'],
    ['two lines for three', 'a\n1\n2\n3\nc\n', 'a\nx\ny\nc\n', '2,4c\nx\ny\n.\n'],
    ['two changes, the later one first', 'a\nb\nc\n', 'x\nb\ny\n', '3c\ny\n.\n1c\nx\n.\n'],
    ['the first of several equal lines is kept', '1\na\n2\n', 'a\na\n', '3c\na\n.\n1d\n'],
    ['empty lines', '\n\n', '\na\n\n', '1a\na\n.\n'],
  ])('%s', (_, a, b, commands) => {
    const [base, target] = [bytes(a), bytes(b)];
    expect(commandsOf(made(base, target))).toBe(commands);
    expect(text(applied(base, made(base, target)))).toBe(b);
  });

  const entries = (...ids: readonly string[]): string => ids.map((id) => `r name ${id} x\ns Fast\n`).join('');
  const many = (count: number): string => 'x\n'.repeat(count);

  test.each([
    ['a base without LF at its end', 'a', 'a\n', 'base line 1: expected LF at the end of the document'],
    [
      'a target without LF at its end',
      'a\n',
      'a\nb',
      'target line 2: expected LF at the end of the document',
    ],
    ['a NUL byte', 'a\n', 'a\nb\0\n', 'target line 2: expected no NUL byte, found one'],
    [
      'a line longer than 1 MiB',
      `a\n${'x'.repeat(2 ** 20 + 1)}\n`,
      'a\n',
      'base line 2: expected a line of at most 1048576 bytes, found 1048577 bytes',
    ],
    [
      'a new line that is a dot',
      'a\n',
      'a\n.\n',
      'target line 2: expected no new line that is a single dot, found "."',
    ],
    [
      'relays of the base in another order',
      entries('B', 'A'),
      entries('B'),
      'base line 3: expected relays in ascending order of identity, each once, found another order',
    ],
    [
      'a relay twice in the target',
      entries('A'),
      entries('A', 'A'),
      'target line 3: expected relays in ascending order',
    ],
    [
      'one line of signatures',
      'a\ndirectory-signature \n',
      'b\n',
      'base line 2: expected more than one line of signatures, found one',
    ],
    [
      'more than 10,000 lines between relays in common',
      entries('A', 'B'),
      entries('A') + many(9_999) + entries('B'),
      'target line 1: expected at most 10000 lines up to a relay in common, found 10001',
    ],
  ])('refuses %s', (_, a, b, because) => {
    const result = makeDiff(bytes(a), bytes(b)) as DiffRefusal;
    expect(result.ok).toBe(false);
    expect(result.because).toContain(because);
    expect(result.because).toContain(
      `${result.part}${result.line === undefined ? '' : ` line ${result.line}`}: `,
    );
  });

  test('takes what stands just inside its limits', () => {
    for (const [a, b] of [
      [entries('A', 'B'), entries('A') + many(9_998) + entries('B')],
      [`a\n${'x'.repeat(2 ** 20)}\n`, 'a\n'],
      ['a\n.\n', '.\nb\n'],
      // By the values of base64 digits: letters, digits, then + and /.
      [entries('A', 'AA', 'Z', 'a', 'z', '0', '9', '+', '/'), entries('AA', 'z', '9', '/')],
      // No identity: no relay, so no order.
      ['r b\nr a\nr x !\n', 'r a !\nr b\n'],
    ] as const) {
      const [base, target] = [bytes(a), bytes(b)];
      expect(same(applied(base, made(base, target)), target)).toBe(true);
    }
  });

  test('any two texts: the diff leads from one to the other, and no shorter one does', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', 'dd'), { maxLength: 70 });
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const [base, target] = [a, b].map((list) => bytes(list.map((line) => `${line}\n`).join(''))) as [
          Uint8Array,
          Uint8Array,
        ];
        const diff = made(base, target);
        expect(text(applied(base, diff))).toBe(text(target));
        const added = parseConsensusDiff(diff).document?.commands.reduce(
          (sum, one) => sum + one.textLines,
          0,
        );
        expect(added).toBe(b.length - commonLength(a, b));
      }),
      { numRuns: 400 },
    );
  });

  test('any consensus, edited in any way: the diff leads to it, or the order of its relays is wrong', () => {
    const lines = text(older).trimEnd().split('\n');
    const edit = fc.record({
      at: fc.nat(lines.length - 1),
      cut: fc.nat(12),
      insert: fc.array(fc.constantFrom(...lines, 'w Bandwidth=7', 'm x', '.'), { maxLength: 5 }),
    });
    let applies = 0;
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.array(edit, { maxLength: 6 }), (first, second) => {
        const [base, target] = [first, second].map((edits) => {
          const edited = [...lines];
          for (const { at, cut, insert } of edits) edited.splice(at, cut, ...insert);
          return bytes(edited.map((line) => `${line}\n`).join(''));
        }) as [Uint8Array, Uint8Array];
        const result = makeDiff(base, target);
        if (!result.ok) return /order of identity|single dot|line of signatures/.test(result.because);
        applies += 1;
        return same(applied(base, result.diff), target);
      }),
      { numRuns: 1000 },
    );
    expect(applies).toBeGreaterThan(100);
  });

  test('texts made to be slow are not: twenty pieces of ten thousand lines that hardly agree', () => {
    const piece = (seed: number): string => {
      let state = seed;
      return Array.from({ length: 9_990 }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return `${'abc'[(state >>> 16) % 3] ?? ''}\n`;
      }).join('');
    };
    const ids = 'ABCDEFGHIJKLMNOPQRST'.split('');
    const document = (seed: number): Uint8Array =>
      bytes(ids.map((id, index) => entries(id) + piece(seed + index)).join(''));
    const [base, target] = [document(1), document(100)];
    const start = process.cpuUsage();
    const diff = made(base, target);
    const { user } = process.cpuUsage(start);
    expect(same(applied(base, diff), target)).toBe(true);
    // It takes 0.6 s; cell by cell it would be four billion steps.
    expect(user / 1e6).toBeLessThan(6);
  });
});

/** Length of the longest common subsequence, the plain way. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const line of a) {
    const next = [0];
    for (const [at, other] of b.entries())
      next.push(line === other ? (row[at] ?? 0) + 1 : Math.max(next[at] ?? 0, row[at + 1] ?? 0));
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe('applyDiff()', () => {
  const base = bytes('1\n2\n3\n4\n5\n');

  test.each([
    ['appends behind a line', '2a\nx\ny\n.\n', '1\n2\nx\ny\n3\n4\n5\n'],
    ['appends before the first', '0a\nx\n.\n', 'x\n1\n2\n3\n4\n5\n'],
    ['changes a line', '5c\nx\n.\n', '1\n2\n3\n4\nx\n'],
    ['changes a range', '1,4c\nx\n.\n', 'x\n5\n'],
    ['deletes a line', '3d\n', '1\n2\n4\n5\n'],
    ['deletes up to the end', '2,$d\n', '1\n'],
    ['deletes everything', '1,5d\n', ''],
    ['does several, from the end', '5d\n4a\nx\n.\n2,3c\ny\n.\n0a\nz\n.\n', 'z\n1\ny\n4\nx\n'],
    ['takes an empty line as text', '1c\n\n.\n', '\n2\n3\n4\n5\n'],
    ['takes no command at all', '', '1\n2\n3\n4\n5\n'],
    ['takes leading zeros, as tor does', '003d\n', '1\n2\n4\n5\n'],
  ])('%s', (_, commands, result) => {
    expect(text(applied(base, diffOf(base, bytes(result), commands)))).toBe(result);
  });

  test('takes a diff of the cache, with its labels', () => {
    const labels = 'document-type consensus-diff\ncompression none\n\0';
    const diff = Buffer.concat([Buffer.from(labels), diffOf(base, bytes('1\n2\n'), '3,$d\n')]);
    expect(text(applied(base, new Uint8Array(diff)))).toBe('1\n2\n');
  });

  test.each([
    ['a line behind the last', '6d\n', 'line 3: expected lines of a base of 5, found 6 to 6'],
    ['a range beyond the last', '5,6d\n', 'line 3: expected lines of a base of 5, found 5 to 6'],
    ['text behind no line', '6a\nx\n.\n', 'line 3: expected lines of a base of 5, found 6 to 6'],
    [
      'the end from the last line on',
      '5,$d\n',
      'expected lines of a base of 5, more than the last, found 5 to end',
    ],
    ['the largest number', '1,2147483647d\n', 'line 3: expected lines of a base of 5'],
    ['commands from the beginning', '1d\n3d\n', 'line 4: expected a command before line 1, found "3d"'],
    ['the same line twice', '3d\n3d\n', 'line 4: expected a command before line 3, found "3d"'],
    ['the end after another command', '5d\n2,$d\n', 'line 4: expected a command before line 5, found "2,$d"'],
    ['no text to append', '3a\n.\n', 'line 4: expected at least one line before .'],
    ['no end of text', '3a\nx\n', 'expected a line . behind the new lines, found the end'],
    ['an end of text without LF', '3a\nx\n.', 'line 5: expected a line ended by LF, found "."'],
    [
      'a text line longer than 1 MiB',
      `3a\n${'x'.repeat(2 ** 20 + 1)}\n.\n`,
      'line 4: expected a line of at most 1048576',
    ],
    ['a command that is none', '3s/a/b/\n', 'line 3: expected a command'],
    ['a NUL byte', '3a\nx\0\n.\n', 'diff: expected no NUL byte, found one'],
  ])('refuses %s', (_, commands, because) => {
    const result = applyDiff(base, diffOf(base, base, commands)) as DiffRefusal;
    expect(result.ok).toBe(false);
    expect(result.part).toBe('diff');
    expect(result.because).toContain(because);
  });

  test('refuses a base that the diff is not for', () => {
    const result = applyDiff(bytes('1\n2\n'), diffOf(base, base, '')) as DiffRefusal;
    expect([result.ok, result.part, result.line]).toEqual([false, 'base', undefined]);
    expect(result.because).toMatch(
      /^base: expected the SHA3-256 [0-9A-F]{64} as signed, found [0-9A-F]{64}$/,
    );
  });

  test('refuses a base that has no lines', () => {
    const cut = bytes('1\n2');
    expect((applyDiff(cut, diffOf(cut, cut, '')) as DiffRefusal).because).toBe(
      'base line 2: expected LF at the end of the document, found none',
    );
  });

  test('refuses what is no diff', () => {
    expect((applyDiff(base, bytes('hello\n')) as DiffRefusal).because).toBe(
      'diff line 1: expected network-status-diff-version 1, found "hello"',
    );
  });

  test('any byte of the diff flipped: refused, or it was the case of a digest', () => {
    const diff = made(older, newer);
    fc.assert(
      fc.property(fc.nat(diff.length - 1), fc.nat(7), (at, bit) => {
        const flipped = diff.slice();
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        const result = applyDiff(older, flipped);
        if (!result.ok) return true;
        const [, hash = ''] = text(flipped).split('\n');
        return same(result.target, newer) && hash.toUpperCase() === text(diff).split('\n')[1]?.toUpperCase();
      }),
      { numRuns: 2000 },
    );
  });

  test('a diff of as many commands as its base has lines', () => {
    const count = 200_000;
    const large = bytes('x\n'.repeat(count));
    const commands = Array.from({ length: count }, (_, index) => `${count - index}c\ny\n.\n`).join('');
    const target = bytes('y\n'.repeat(count));
    expect(same(applied(large, diffOf(large, target, commands)), target)).toBe(true);
  });
});
