/** Bandwidth files: every version's form, numbers that are numbers, and an end to every file. */
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  bandwidthColumn,
  bandwidthRow,
  describeProblem,
  detectKind,
  parseBandwidthFile,
  toHex,
  type BandwidthFile,
  type Parsed,
} from '../src/index.ts';

const parse = (text: string, profile: 'archive' | 'tor-0.4.9' = 'archive'): Parsed<BandwidthFile> =>
  parseBandwidthFile(Buffer.from(text), { profile });

const id = (letter: string): string => letter.repeat(40);
const warnings = (parsed: Parsed<BandwidthFile>): string[] =>
  parsed.problems.map((problem) => `${problem.severity} ${describeProblem(problem)}`);

const sbws = [
  '1714560000',
  'version=1.9.0',
  'software=sbws',
  'software_version=2.1.0',
  'mu=1234567',
  'dirauth_nickname=amber',
  '=====',
  `bw=10 node_id=$${id('A')} nick=amber rtt=12 xoff_recv=0 success=3`,
  `bw=7 node_id=$${id('B')} nick=birch rtt=20 unmeasured=1 vote=0`,
  `node_id=${id('C')}\tbw=0 nick=cedar desc_bw_obs_mean=-3.5`,
];

test('parseBandwidthFile() reads a file of sbws: header, columns, and every key when asked', () => {
  const parsed = parse(`${sbws.join('\n')}\n`, 'tor-0.4.9');
  expect(parsed.problems).toEqual([]);
  const { document } = parsed;
  expect(document).toMatchObject({
    timestamp: 1_714_560_000,
    version: '1.9.0',
    software: 'sbws',
    divider: '=====',
  });
  expect([...(document?.header ?? [])]).toEqual([
    ['version', '1.9.0'],
    ['software', 'sbws'],
    ['software_version', '2.1.0'],
    ['mu', '1234567'],
    ['dirauth_nickname', 'amber'],
  ]);
  const table = document?.relays;
  if (!table) throw new Error('no relays');
  expect([table.count, [...table.bandwidth], [...table.voted], [...table.line]]).toEqual([
    3,
    [10, 7, 0],
    [1, 0, 1],
    [8, 9, 10],
  ]);
  expect(toHex(table.identity)).toBe(id('A') + id('B') + id('C'));
  expect([...(bandwidthRow(table, 0) ?? [])]).toEqual([
    ['bw', '10'],
    ['node_id', `$${id('A')}`],
    ['nick', 'amber'],
    ['rtt', '12'],
    ['xoff_recv', '0'],
    ['success', '3'],
  ]);
  expect(bandwidthRow(table, 3)).toBeUndefined();
  expect([...bandwidthColumn(table, 'rtt')]).toEqual([12, 20, Number.NaN]);
  expect([...bandwidthColumn(table, 'desc_bw_obs_mean')]).toEqual([Number.NaN, Number.NaN, -3.5]);
  expect([...bandwidthColumn(table, 'nick')]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

describe('every form that authorities have had', () => {
  test('torflow: no header, no divider', () => {
    const parsed = parse(`1714560000\nnode_id=$${id('A')} bw=38000 nick=amber pid_error=4.88\n`, 'tor-0.4.9');
    expect(parsed.problems).toEqual([]);
    expect(parsed.document).toMatchObject({ version: '1.0.0', software: 'torflow', divider: undefined });
    expect(parsed.document?.relays.count).toBe(1);
  });

  test('four signs between header and relays are odd to tor, and were usual', () => {
    const text = `1714560000\nversion=1.1.0\n====\nbw=1 node_id=${id('A')}\n`;
    expect(parse(text).problems).toEqual([]);
    expect(warnings(parse(text, 'tor-0.4.9'))).toEqual(['warning line 3: expected =====, found ====']);
    expect(parse(text).document).toMatchObject({ divider: '====' });
  });

  test('a header of 1.1 or later without a divider ends at the first relay', () => {
    const parsed = parse(`1714560000\nversion=1.4.0\nbw=1 node_id=${id('A')}\nbw=2 node_id=${id('B')}\n`);
    expect(warnings(parsed)).toEqual(['warning line 1: expected ===== behind the header, found none']);
    expect(parsed.document?.relays.count).toBe(2);
    expect([...(parsed.document?.header.keys() ?? [])]).toEqual(['version']);
  });

  test('a header alone, a timestamp alone, with and without its LF', () => {
    expect(parse('1714560000\nversion=1.4.0\n=====\n')).toMatchObject({ errors: 0, problems: [] });
    expect(parse('1714560000\n').document?.relays.count).toBe(0);
    expect(parse('1714560000').document?.timestamp).toBe(1_714_560_000);
  });

  test('an empty file has no timestamp, and says so', () => {
    const parsed = parse('');
    expect(parsed.document).toBeUndefined();
    expect(warnings(parsed)).toEqual([
      'error line 1: timestamp: expected seconds since the epoch, found an empty file',
    ]);
    expect(detectKind(new Uint8Array())).toBeUndefined();
  });
});

test.each([
  [
    'no timestamp',
    `version=1.0.0\nbw=1 node_id=${id('A')}\n`,
    ['error line 1: timestamp: expected seconds since the epoch, found "version=1.0.0"'],
    1,
  ],
  [
    'bw that is no number',
    `1\nbw=1 node_id=${id('A')}\nbw=1e3 node_id=${id('B')}\n`,
    ['warning line 3: expected a whole number of kB behind bw='],
    1,
  ],
  [
    'bw below zero',
    `1\nbw=1 node_id=${id('A')}\nbw=-1 node_id=${id('B')}\n`,
    ['warning line 3: expected a whole number of kB behind bw='],
    1,
  ],
  [
    'bw too large to be exact',
    `1\nbw=1 node_id=${id('A')}\nbw=9007199254740993 node_id=${id('B')}\n`,
    ['warning line 3: expected a whole number of kB behind bw='],
    1,
  ],
  [
    'bw twice',
    `1\nbw=1 node_id=${id('A')}\nbw=1 bw=2 node_id=${id('B')}\n`,
    ['warning line 3: expected bw= once'],
    1,
  ],
  [
    'node_id twice',
    `1\nbw=1 node_id=${id('A')}\nbw=1 node_id=${id('B')} node_id=${id('C')}\n`,
    ['warning line 3: expected node_id= once'],
    1,
  ],
  [
    'node_id too short',
    `1\nbw=1 node_id=${id('A')}\nbw=1 node_id=$ABC\n`,
    ['warning line 3: expected 40 hexadecimal digits behind node_id='],
    1,
  ],
  [
    'no node_id',
    `1\nbw=1 node_id=${id('A')}\nbw=1 nick=birch\n`,
    ['warning line 3: expected a relay with node_id= and bw='],
    1,
  ],
  [
    'a header line with a space',
    `1\nsoftware=s b\nbw=1 node_id=${id('A')}\n`,
    ['warning line 2: expected KEY=VALUE without spaces'],
    1,
  ],
  [
    'a broken relay in the header',
    `1\nbw=x node_id=${id('A')}\n`,
    ['warning line 2: expected a whole number of kB behind bw='],
    0,
  ],
  [
    'a header key twice',
    `1\na=1\na=2\nbw=1 node_id=${id('A')}\n`,
    ['warning line 3: expected a once, found another'],
    1,
  ],
])('parseBandwidthFile() says what is wrong: %s', (_, text, expected, count) => {
  const parsed = parse(text);
  const found = warnings(parsed);
  expect(found.length).toBe(expected.length);
  for (const [index, start] of expected.entries()) expect(found[index]).toContain(start);
  expect(parsed.partial.relays?.count).toBe(count);
});

test('of a relay that comes twice the last line counts', () => {
  const parsed = parse(`1\nbw=1 node_id=${id('A')}\nbw=2 node_id=${id('B')}\nbw=3 node_id=$${id('A')}\n`);
  expect([...(parsed.document?.relays.voted ?? [])]).toEqual([0, 1, 1]);
  expect(warnings(parsed)[0]).toContain(`expected each relay once, found ${id('A')} again`);
});

test('never throws, and always ends, whatever the bytes', () => {
  const pieces = [
    '1714560000',
    '\n',
    '=====',
    '====',
    'bw=',
    '1',
    ' ',
    '\t',
    `node_id=$${id('A')}`,
    'vote=0',
    'version=1.4.0',
    '\0',
    '\r',
    'é',
    '=',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
      const bytes = Buffer.from(parts.join(''));
      const { partial, errors } = parseBandwidthFile(bytes);
      const lines = parts.join('').split('\n').length;
      return (partial.relays?.count ?? 0) <= lines && errors <= 1;
    }),
    { numRuns: 3000 },
  );
});
