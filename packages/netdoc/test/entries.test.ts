/** Entries of a consensus with one line changed or left out: what is told of them, and where. */
import { describe, expect, test } from 'vitest';
import { parseConsensus } from '../src/index.ts';
import { consensus, consensusLines, instead, without, type Edit } from './support/make.ts';
import { check, repeat, told, type Case } from './support/told.ts';

describe('router entries', () => {
  const insideEntry =
    (edit: Edit): Edit =>
    (lines) => {
      const at = lines.findIndex((line) => line.startsWith('r '));
      return [...lines.slice(0, at), ...edit(lines.slice(at))];
    };
  const line = (flavor: 'ns' | 'microdesc' = 'ns'): string =>
    consensusLines({ flavor, relays: 3 }).find((one) => one.startsWith('r ')) ?? '';
  const r = (change: (words: string[]) => string[]): Edit =>
    insideEntry((lines) => lines.with(0, change(line().split(' ')).join(' ')));

  test.each<Case>([
    {
      title: 's twice',
      edit: insideEntry(repeat('s')),
      problems: ['error repeated-item line 48: s: expected the line once in an entry, found another'],
    },
    {
      title: 'w twice',
      edit: insideEntry(repeat('w')),
      problems: ['error repeated-item line 51: w: expected the line once in an entry, found another'],
    },
    {
      title: 'no s',
      edit: insideEntry((lines) =>
        lines.filter((_, at) => at !== lines.findIndex((one) => one.startsWith('s '))),
      ),
      problems: ['error missing-item line 45: r: expected an entry with s, found none'],
    },
    {
      title: 'an unknown flag',
      edit: insideEntry(instead('s', 's Fast Muffins Valid')),
      problems: ['error contradiction line 47: s: expected a flag of known-flags, found "Muffins"'],
    },
    {
      title: 'flags out of order',
      edit: insideEntry(instead('s', 's Valid Fast')),
      problems: ['warning bad-order line 47: s: expected flags in ascending order, found Fast'],
    },
    {
      title: 'a bad list of protocols',
      edit: insideEntry(instead('pr', 'pr Link=5-1')),
      problems: [
        'error bad-argument line 49: pr: expected a list of protocols NAME=VERSIONS, found "Link=5-1"',
      ],
    },
    {
      title: 'a policy that is none',
      edit: insideEntry(instead('p', 'p allow 80')),
      problems: ['error bad-argument line 51: p: expected "accept" or "reject" and ports, found "allow 80"'],
    },
    {
      title: 'a bandwidth that is none',
      edit: insideEntry(instead('w', 'w Bandwidth=Fred')),
      problems: ['error bad-argument line 50: w: expected a number in its range, found "Bandwidth=Fred"'],
    },
    {
      title: 'a bandwidth of 33 bits',
      edit: insideEntry(instead('w', 'w Bandwidth=4294967296')),
      problems: [
        'error bad-argument line 50: w: expected a number in its range, found "Bandwidth=4294967296"',
      ],
    },
    {
      title: 'a guard fraction beyond 100',
      edit: insideEntry(instead('w', 'w Bandwidth=1 GuardFraction=101')),
      problems: ['error bad-argument line 50: w: expected a number in its range, found "GuardFraction=101"'],
    },
    {
      title: 'a nickname of twenty letters',
      edit: r((words) => words.with(1, 'x'.repeat(20))),
      problems: [
        `error bad-argument line 45: r: expected a nickname of 1 to 19 letters and digits, found "${'x'.repeat(20)}"`,
      ],
    },
    {
      title: 'a digest of nineteen bytes',
      edit: r((words) => words.with(2, 'A'.repeat(26))),
      problems: [
        `error bad-argument line 45: r: expected an identity digest in base64, found "${'A'.repeat(26)}"`,
      ],
    },
    {
      title: 'a descriptor digest that is none',
      edit: r((words) => words.with(3, '?'.repeat(27))),
      problems: [
        `error bad-argument line 45: r: expected a descriptor digest in base64, found "${'?'.repeat(27)}"`,
      ],
    },
    {
      title: 'no such day',
      edit: r((words) => words.with(4, '2023-02-29')),
      problems: [
        'error bad-argument line 45: r: expected a time YYYY-MM-DD HH:MM:SS, found "2023-02-29 01:02:03"',
      ],
    },
    {
      title: 'no such address',
      edit: r((words) => words.with(6, '300.1.1.1')),
      problems: ['error bad-argument line 45: r: expected an IPv4 address, found "300.1.1.1"'],
    },
    {
      title: 'a port too few',
      edit: r((words) => words.slice(0, 8)),
      problems: ['error bad-argument line 45: r: expected an ORPort and a DirPort, found "9001"'],
    },
  ])('$title', (one) => {
    check(one);
  });

  test('r behind white space begins no entry, as in tor', () => {
    const edit = insideEntry((lines) =>
      lines.map((one, at) => (at > 0 && one.startsWith('r ') ? ` ${one}` : one)),
    );
    const parsed = parseConsensus(consensus({ relays: 2, edit }));
    expect(parsed.partial.routers?.count).toBe(1);
    expect(told(parsed)[0]).toMatch(
      /^error bad-line line \d+: r: expected "r " at the beginning of a line, found " r relay/,
    );
    expect(parsed.problems.slice(1).map(({ code }) => code)).toContain('repeated-item');
  });

  test('a relay twice, and relays out of order', () => {
    const blocks = (lines: string[]): string[][] =>
      lines
        .join('\n')
        .split(/\n(?=r |directory-)/)
        .map((block) => block.split('\n'));
    const codes = (how: (entries: string[][]) => string[][]): string[] => {
      const edit = insideEntry((lines) => {
        const all = blocks(lines);
        return [...how(all.slice(0, 3)), ...all.slice(3)].flat();
      });
      return parseConsensus(consensus({ relays: 3, edit })).problems.map(
        ({ code, keyword }) => `${code} ${keyword}`,
      );
    };
    expect(codes((all) => all)).toEqual([]);
    expect(codes((all) => [...all.slice(0, 1), ...all])).toEqual(['duplicate r']);
    expect(codes((all) => all.toReversed())).toEqual(['bad-order r', 'bad-order r']);
  });

  test('the lines of an entry that had to be given up belong to nobody', () => {
    const parsed = parseConsensus(consensus({ relays: 3, edit: r((words) => words.with(1, '-')) }));
    expect(parsed.partial.routers?.count).toBe(2);
    expect(parsed.errors).toBe(1);
    expect(parsed.problems[0]?.line).toBe(45);
  });

  test('profiles: pr is demanded by tor 0.4.9 only', () => {
    const edit = insideEntry(without('pr'));
    check({ title: '', edit, problems: [] });
    const lines = consensusLines({ relays: 3, edit });
    const at = lines.flatMap((one, index) => (one.startsWith('r ') ? [index + 1] : []));
    check({
      title: '',
      edit,
      profile: 'tor-0.4.9',
      problems: at.map(
        (number) => `error missing-item line ${number}: r: expected an entry with pr, found none`,
      ),
    });
  });

  test('a microdesc consensus demands m, and one whole digest in it', () => {
    check(
      {
        title: '',
        edit: insideEntry((lines) =>
          lines.filter((_, at) => at !== lines.findIndex((one) => one.startsWith('m '))),
        ),
        problems: ['error missing-item line 45: r: expected an entry with m, found none'],
      },
      'microdesc',
    );
    for (const digest of ['A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(43)} more`, '?'.repeat(43), '']) {
      check(
        {
          title: '',
          edit: insideEntry(instead('m', `m ${digest}`)),
          problems: [
            `error bad-argument line 47: m: expected a SHA-256 digest in base64, found ${JSON.stringify(digest)}`,
          ],
        },
        'microdesc',
      );
    }
  });
});
