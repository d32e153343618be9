/** Consensus diffs and the labels before them: every command, and every way in which one is none. */
import { fc } from '../../../test/support/properties.ts';
import { expect, test } from 'vitest';
import {
  describeProblem,
  detectKind,
  parseConsensusDiff,
  parseDiffCacheItem,
  textOf,
  type ConsensusDiff,
  type Parsed,
} from '../src/index.ts';

const head = `network-status-diff-version 1\nhash ${'a'.repeat(64)} ${'B'.repeat(64)}\n`;
const parse = (commands: string): Parsed<ConsensusDiff> => parseConsensusDiff(Buffer.from(head + commands));
const words = ({ problems }: Parsed<unknown>): string[] => problems.map(describeProblem);

test('parseConsensusDiff() reads digests and commands', () => {
  const { document, problems } = parse(
    '90,$d\n80a\nfirst\nsecond\n.\n70,72c\nthird\n.\n60c\nfourth\n.\n50,52d\n40d\n0a\nfifth\n.\n',
  );
  expect(problems).toEqual([]);
  expect([document?.fromDigest, document?.toDigest]).toEqual(['A'.repeat(64), 'B'.repeat(64)]);
  const bytes = document?.bytes ?? new Uint8Array();
  expect(
    document?.commands.map(({ action, from, to, text, textLines, line }) => [
      action,
      from,
      to,
      textOf(bytes, text.start, text.end),
      textLines,
      line,
    ]),
  ).toEqual([
    ['delete', 90, 'end', '', 0, 3],
    ['append', 80, 80, 'first\nsecond\n', 2, 4],
    ['change', 70, 72, 'third\n', 1, 8],
    ['change', 60, 60, 'fourth\n', 1, 11],
    ['delete', 50, 52, '', 0, 14],
    ['delete', 40, 40, '', 0, 15],
    ['append', 0, 0, 'fifth\n', 1, 16],
  ]);
});

test.each([
  ['a command that is none', '5x\n', 'line 3: expected a command: Na, N[,M]c, N[,M]d or N,$d, found "5x"'],
  ['a longer one', `${'5'.repeat(200)}d\n`, 'expected a command'],
  ['no line number', 'd\n', 'expected a command'],
  ['a range on a', '5,6a\nx\n.\n', 'expected a range from a lower to a higher line'],
  ['a range of one line', '5,5d\n', 'expected a range from a lower to a higher line'],
  ['a range upside down', '6,5d\n', 'expected a range from a lower to a higher line'],
  ['the last line with c', '5,$c\nx\n.\n', 'expected a range from a lower to a higher line'],
  ['line 0 with d', '0d\n', 'expected a line from 1 on'],
  ['an ascending command', '5d\n6d\n', 'line 4: expected a command before line 5, found "6d"'],
  ['a command that overlaps', '5,9d\n3,5d\n', 'expected a command before line 5'],
  ['no text', '5a\n.\n', 'expected at least one line before .'],
  ['no end of text', '5a\nx\n', 'expected a line . behind the new lines, found the end'],
  ['no LF at the end', '5d', 'expected a line ended by LF, found "5d"'],
])('parseConsensusDiff() refuses %s', (_, commands, message) => {
  const parsed = parse(commands);
  expect(parsed.document).toBeUndefined();
  expect(words(parsed).join('\n')).toContain(message);
});

test.each([
  [
    'another version',
    head.replace('version 1', 'version 2'),
    'line 1: expected network-status-diff-version 1',
  ],
  ['a short digest', head.replace('B', ''), 'line 2: expected hash, and two SHA3-256 digests'],
  ['nothing', '', 'line 1: expected network-status-diff-version 1, found the end'],
])('parseConsensusDiff() refuses %s', (_, text, message) => {
  expect(words(parseConsensusDiff(Buffer.from(text)))[0]).toContain(message);
});

test('labels of the diff cache come before a diff, and before anything else', () => {
  const labels = 'document-type consensus-diff\nconsensus-flavor ns\ncompression none\nsha3-digest AB\n\0';
  const bytes = Buffer.from(`${labels}${head}5d\n`);
  const { document, problems } = parseConsensusDiff(bytes);
  expect(problems).toEqual([]);
  expect(document?.labels.get('consensus-flavor')).toBe('ns');
  expect(document?.commands).toMatchObject([{ action: 'delete', from: 5, line: 7 }]);
  expect(detectKind(bytes)).toBe('diff-cache-item');
  const item = parseDiffCacheItem(bytes).document;
  expect(item).toMatchObject({
    documentType: 'consensus-diff',
    flavor: 'ns',
    compression: 'none',
    digest: 'AB',
  });
  expect(item && textOf(bytes, item.body.start, item.body.end)).toBe(`${head}5d\n`);
});

test.each([
  ['without labels', 'no labels\n', 'expected lines KEY VALUE, then a NUL byte'],
  ['with a line that is no label', 'document-type consensus\nWhat?\n\0x', 'expected lines KEY VALUE'],
  ['with no type', 'compression none\n\0x', 'expected a label document-type'],
])('parseDiffCacheItem() refuses one %s', (_, text, message) => {
  const parsed = parseDiffCacheItem(Buffer.from(text));
  expect(parsed.document).toBeUndefined();
  expect(words(parsed)[0]).toContain(message);
});

test('never throws, and takes only what could be applied, whatever the bytes', () => {
  const parts = ['5', '9', ',', '$', 'a', 'c', 'd', '\n', '.\n', 'x\n', '5d\n', '3a\n', '\0'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 30 }), (list) => {
      const { document } = parse(list.join(''));
      if (!document) return true;
      let upper = Infinity;
      return document.commands.every(({ action, from, to }) => {
        const last = to === 'end' ? Number.MAX_SAFE_INTEGER : to;
        const fits = last <= upper;
        upper = action === 'append' ? from : from - 1;
        return fits && from <= last;
      });
    }),
    { numRuns: 3000 },
  );
});
