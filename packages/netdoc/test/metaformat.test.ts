/** The grammar and the table language: an input on the left, on the right every problem with its line, byte and words. */
import { describe, expect, test } from 'vitest';
import { bytesOf, describeProblem, type Problem } from '../src/index.ts';
import {
  anyNumber,
  argument,
  argumentsOf,
  atMostOnce,
  exactlyOnce,
  isProtocolList,
  lexer,
  lexItems,
  parseInteger,
  ProblemList,
  readFingerprint,
  readObject,
  readPairs,
  readParams,
  readProtocols,
  readTable,
  readTime,
  wholeLine,
  withObject,
} from '../src/metaformat/index.ts';

interface Lexed {
  readonly items: string[];
  readonly problems: string[];
}

/** Items as `LINE:OFFSET keyword|rest[label bytes]`, problems as `LINE:OFFSET severity code`. */
function lexed(text: string | Uint8Array): Lexed {
  const problems = new ProblemList();
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  const items = lexItems(lexer(bytes, problems)).map((item) => {
    const object = item.object ? ` [${item.object.label} ${item.object.bytes?.length ?? 'none'}]` : '';
    return `${item.line}:${item.start} ${item.keyword}|${item.rest}${object}`;
  });
  return {
    items,
    problems: problems.kept.map(
      ({ line, offset, severity, code }) => `${line}:${offset} ${severity} ${code}`,
    ),
  };
}

const object = '-----BEGIN THING-----\nAAAA\n-----END THING-----\n';

describe('lexItems()', () => {
  test.each<[title: string, text: string, items: string[], problems: string[]]>([
    ['reads keyword and the rest', 'one two  three\nfour\n', ['1:0 one|two  three', '2:15 four|'], []],
    ['keeps trailing white space of the rest', 'contact a  b # c \n', ['1:0 contact|a  b # c '], []],
    ['drops white space before the rest', 'one \t\r two\n', ['1:0 one|two'], []],
    ['ends a keyword at tab, CR and #', 'a\tb\nc\rd\ne#f\n', ['1:0 a|b', '2:4 c|d', '3:8 e|#f'], []],
    ['skips a leading opt', 'opt one two\nopt\noption\n', ['1:0 one|two', '2:12 opt|', '3:16 option|'], []],
    ['skips blank lines and comments', '\n \t\r\n# no\none\n', ['4:10 one|'], []],
    ['keeps what it does not know', 'x-new 1\n', ['1:0 x-new|1'], []],
    ['keeps UTF-8', 'contact Zoë\n', ['1:0 contact|Zoë'], []],
    ['reads an object', `key\n${object}next\n`, ['1:0 key| [THING 3]', '5:51 next|'], []],
    ['takes a last line without LF, and says so', 'one', ['1:0 one|'], ['1:0 warning truncated']],
    [
      'takes an END without LF, and says so',
      `key\n${object.trimEnd()}`,
      ['1:0 key| [THING 3]'],
      ['4:31 warning truncated'],
    ],
    ['names a NUL', 'one\na\0b\n', ['1:0 one|', '2:4 a|\0b'], ['2:4 error nul-byte']],
    [
      'names an object that is no base64',
      'k\n-----BEGIN A-----\n?\n-----END A-----\n',
      ['1:0 k| [A none]'],
      ['2:2 error bad-object'],
    ],
    [
      'names an END of another label',
      'k\n-----BEGIN A-----\nAAAA\n-----END B-----\n',
      ['1:0 k| [A none]', '4:25 -----END|B-----'],
      ['2:2 error bad-object'],
    ],
    [
      'names an object without END',
      'k\n-----BEGIN A-----\nAAAA\n',
      ['1:0 k| [A none]'],
      ['2:2 error bad-object'],
    ],
    [
      'names a BEGIN that is none',
      'k\n-----BEGIN A----\nx\n',
      ['1:0 k|', '3:19 x|'],
      ['2:2 error bad-object'],
    ],
  ])('%s', (_, text, items, problems) => {
    expect(lexed(text)).toEqual({ items, problems });
  });

  test('refuses a line beyond 128 KiB and goes on behind it', () => {
    const long = 'x'.repeat(128 * 1024 + 1);
    expect(lexed(`a\n${long}\nb\n`)).toEqual({
      items: ['1:0 a|', '3:131076 b|'],
      problems: ['2:2 error too-long'],
    });
    expect(lexed(`${'x'.repeat(128 * 1024)}\n`).problems).toEqual([]);
  });

  test('stops where it is told, and leaves the rest', () => {
    const problems = new ProblemList();
    const lex = lexer(bytesOf('a\nb\nr x\nc\n'), problems);
    expect(lexItems(lex, (keyword) => keyword === 'r').map(({ keyword }) => keyword)).toEqual(['a', 'b']);
    expect([lex.at, lex.line]).toEqual([4, 3]);
  });

  test('argumentsOf() splits at runs of white space and at #', () => {
    const [item] = lexItems(lexer(bytesOf('k a  b\tc#d \n'), new ProblemList()));
    expect(item && argumentsOf(item)).toEqual(['a', 'b', 'c', 'd']);
  });
});

/** Reads a text by a table: the values, and the problems in words. */
function read(text: string): { values: object; complete: boolean; problems: string[]; unknown: string[] } {
  const problems = new ProblemList();
  const items = lexItems(lexer(bytesOf(text), problems));
  const table = {
    time: exactlyOnce('time', readTime),
    id: atMostOnce('id', readFingerprint),
    key: withObject(atMostOnce('key', readObject('KEY', 'OTHER KEY'))),
    pairs: atMostOnce('pairs', readPairs),
    params: atMostOnce('params', readParams),
    protocols: atMostOnce('protocols', readProtocols),
    number: atMostOnce(
      'number',
      argument('a number from 1 to 9', (word) => parseInteger(word, 1, 9)),
    ),
    notes: anyNumber('note', wholeLine),
  };
  const { values, complete, unrecognized } = readTable(table, items, problems);
  const told = problems.kept.map(
    (problem: Problem) => `${problem.offset} ${problem.code} ${describeProblem(problem)}`,
  );
  return {
    values,
    complete,
    problems: told,
    unknown: unrecognized.map(({ line, text }) => `${line} ${text}`),
  };
}

const time = 'time 2024-05-01 12:00:00\n';

describe('readTable()', () => {
  test('gives each row its value', () => {
    const { values, complete, problems } = read(
      `${time}id ${'ab'.repeat(20)} more\nnumber +7\nnote a\nnote  b \npairs x=1 y=\n`,
    );
    expect(problems).toEqual([]);
    expect(complete).toBe(true);
    expect(values).toEqual({
      time: 1_714_564_800,
      id: 'AB'.repeat(20),
      number: 7,
      notes: ['a', 'b '],
      pairs: new Map([
        ['x', '1'],
        ['y', ''],
      ]),
    });
  });

  test('keeps lines of no row, with their numbers', () => {
    expect(read(`${time}new a b\n`).unknown).toEqual(['2 new a b']);
  });

  test.each<[text: string, problem: string]>([
    ['note x\n', '0 missing-item line 1: time: expected time exactly once, found none'],
    ['', '0 missing-item line 1: time: expected time exactly once, found no item at all'],
    ['time 12:00\n', '0 bad-argument line 1: time: expected a time YYYY-MM-DD HH:MM:SS, found "12:00"'],
    [`${time}${time}`, '25 repeated-item line 2: time: expected time only once, found another'],
    [`${time}id 00\n`, '25 bad-argument line 2: id: expected 40 hexadecimal digits, found "00"'],
    [`${time}number 10\n`, '25 bad-argument line 2: number: expected a number from 1 to 9, found "10"'],
    [`${time}number 1e0\n`, '25 bad-argument line 2: number: expected a number from 1 to 9, found "1e0"'],
    [`${time}number\n`, '25 bad-argument line 2: number: expected a number from 1 to 9, found ""'],
    [`${time}key\n`, '25 bad-argument line 2: key: expected an object KEY or OTHER KEY, found none'],
    [
      `${time}key\n${object}`,
      '25 bad-argument line 2: key: expected an object KEY or OTHER KEY, found THING',
    ],
    [`${time}pairs a=1 b\n`, '25 bad-argument line 2: pairs: expected key=value, found "b"'],
    [`${time}params a=1 =2\n`, '25 bad-argument line 2: params: expected key=integer of 32 bits, found "=2"'],
    [
      `${time}params a=2147483648\n`,
      '25 bad-argument line 2: params: expected key=integer of 32 bits, found "a=2147483648"',
    ],
    [
      `${time}params a=1=2\n`,
      '25 bad-argument line 2: params: expected key=integer of 32 bits, found "a=1=2"',
    ],
    [`${time}params a=5x\n`, '25 bad-argument line 2: params: expected key=integer of 32 bits, found "a=5x"'],
    [
      `${time}params b=1 a=2\n`,
      '25 bad-argument line 2: params: expected keys in ascending order, each once, found "a=2"',
    ],
    [
      `${time}params a=1 a=2\n`,
      '25 bad-argument line 2: params: expected keys in ascending order, each once, found "a=2"',
    ],
    [
      `${time}protocols Link=5-1\n`,
      '25 bad-argument line 2: protocols: expected a list of protocols NAME=VERSIONS, found "Link=5-1"',
    ],
  ])('%j: %s', (text, problem) => {
    expect(read(text).problems).toEqual([problem]);
  });

  test('quotes no more of a hostile argument than can be read', () => {
    const { problems } = read(`${time}params ${'x'.repeat(100_000)}\n`);
    expect(problems.join().length).toBeLessThan(300);
  });

  test('ProblemList keeps two hundred problems and counts the others', () => {
    const problems = new ProblemList();
    for (let line = 1; line <= 500; line += 1) {
      problems.add({
        severity: line % 2 ? 'error' : 'warning',
        code: 'bad-line',
        line,
        offset: 0,
        expected: '',
        found: '',
      });
    }
    expect([problems.kept.length, problems.errors, problems.count]).toEqual([200, 250, 500]);
  });
});

describe('isProtocolList()', () => {
  test.each([
    '',
    'Link=1',
    'Link=1-5',
    'Link=1,3-5 Cons=2',
    'Link=  Cons=2',
    'a-B9=0-63',
    `${'x'.repeat(100)}=1`,
  ])('takes %j', (text) => {
    expect(isProtocolList(text)).toBe(true);
  });

  test.each([
    'Link',
    'Link=5-1',
    'Link=64',
    'Link=1-64',
    'Link=,1',
    'Link=1,',
    'Link=1,,2',
    'Link=-1',
    'Link=1-',
    'Link=a',
    '=1',
    'Li_nk=1',
    'Link=1\tCons=1',
    `${'x'.repeat(101)}=1`,
    'Link=1 Cons',
  ])('refuses %j', (text) => {
    expect(isProtocolList(text)).toBe(false);
  });
});
