/** The rules by which the header of a consensus follows from its votes, each in the smallest case that shows it. */
import { describe, expect, test } from 'vitest';
import { computeConsensus } from '../src/index.ts';
import { ballot, ballots, computedLines, valueOf, type BallotOptions } from './support/ballots.ts';
import { authorities, behind, both, instead, without, type Edit } from './support/make.ts';

const edits = (...of: readonly Edit[]): readonly BallotOptions[] => of.map((edit) => ({ edit }));
const methodsAre = (...lists: readonly string[]): readonly BallotOptions[] =>
  edits(...lists.map((list) => instead('consensus-methods', `consensus-methods ${list}`)));
const same: Edit = (lines) => lines;

describe('computeConsensus(): the method', () => {
  test.each([
    ['all three support 35', ['32 35', '32 35', '35'], 35],
    ['two of three are not more than two thirds', ['32 33', '32 33', '32'], 32],
    ['three of four are', ['33', '32 33', '33', '32'], 33],
    ['a number of two digits is larger than one of one', ['9 32', '9 32', '9 32'], 32],
    ['one list twice counts once', ['34 34', '33 34', '33'], 1],
  ])('%s', (_, lists, method) => {
    const votes = ballots(...methodsAre(...lists));
    const computation = computeConsensus(votes, { authorities: votes.length });
    expect(computation.outcome === 'impossible' ? undefined : computation.method).toBe(method);
    expect(computation.outcome).toBe(method === 1 ? 'unsupported' : 'computed');
  });

  test.each([27, 36, 100])('%i is unsupported: nothing is guessed', (method) => {
    const votes = ballots(...methodsAre(`${method}`, `${method}`, `${method}`));
    expect(computeConsensus(votes, { authorities: 3 })).toEqual({ outcome: 'unsupported', method });
  });

  test.each([[['9 10', '33', '36']], [['36', '36', '36']], [['31', '31', '31']]])(
    'an authority that does not support what %j give uses its largest',
    (lists) => {
      const votes = ballots(...methodsAre(...lists));
      const lines = computedLines(votes, { supportedMethods: [32, 33, 34, 35] });
      expect(valueOf(lines, 'consensus-method')).toBe('35');
    },
  );
});

describe('computeConsensus(): what cannot be', () => {
  const three = ballots({}, {}, {});
  test.each([
    ['half of the authorities', three, 6, 'too-few-votes'],
    ['no number of authorities', three, Number.NaN, 'too-few-votes'],
    ['no votes at all', [], 0, 'too-few-votes'],
    ['more votes than authorities', three, 2, 'too-many-votes'],
    ['two votes of one authority', [...three.slice(0, 2), ...three.slice(0, 1)], 3, 'same-authority'],
    [
      'no vote that knows Running',
      ballots(...edits(instead('known-flags', 'known-flags Exit Fast Valid'))),
      1,
      'no-running',
    ],
  ])('%s', (_, votes, count, because) => {
    const computation = computeConsensus(votes, { authorities: count });
    expect(computation.outcome).toBe('impossible');
    expect(computation.outcome === 'impossible' && computation.because).toBe(because);
  });

  test('more than half is enough', () => {
    expect(computeConsensus(three, { authorities: 5 }).outcome).toBe('computed');
  });
});

describe('computeConsensus(): times', () => {
  test('each is the low median by itself', () => {
    const at = (hour: number, until: number, delay: string): Edit =>
      both(
        instead('valid-after', `valid-after 2024-05-01 1${hour}:00:00`),
        instead('valid-until', `valid-until 2024-05-01 1${until}:00:00`),
        instead('voting-delay', `voting-delay ${delay}`),
      );
    const votes = ballots(...edits(at(0, 9, '2 9'), at(1, 6, '3 8'), at(2, 8, '4 7'), at(2, 7, '5 6')));
    const lines = computedLines(votes);
    expect(valueOf(lines, 'valid-after')).toBe('2024-05-01 11:00:00');
    expect(valueOf(lines, 'fresh-until')).toBe('2024-05-01 13:00:00');
    expect(valueOf(lines, 'valid-until')).toBe('2024-05-01 17:00:00');
    expect(valueOf(lines, 'voting-delay')).toBe('3 7');
  });
});

describe('computeConsensus(): recommended versions', () => {
  const client = (list: string): Edit => instead('client-versions', `client-versions ${list}`);
  const none = without('client-versions');

  test.each<[string, readonly Edit[], string]>([
    ['more than half of the votes with the line', [client('1.0,2.0'), client('1.0'), none], '1.0'],
    ['one of two is not more than half', [client('1.0'), client('2.0')], ''],
    ['an empty line counts', [client('1.0'), client(''), none], ''],
    ['no line at all leaves an empty one', [none, none], ''],
    ['blanks and white space are dropped', [client(' 1.0 ,, 2.0 '), client('1.0,2.0')], '1.0,2.0'],
    ['versions that compare equal count once in a vote', [client('0.4.8.1,Tor 0.4.8.1')], '0.4.8.1'],
  ])('%s', (_, given, expected) => {
    expect(valueOf(computedLines(ballots(...edits(...given))), 'client-versions')).toBe(expected);
  });

  test('are in version order', () => {
    const order = [
      '0.1',
      '0.1.2pre3',
      '0.1.2rc3',
      '0.1.2',
      '0.1.2-rc',
      '0.4.9.1',
      '0.4.9.1-alpha',
      '0.4.9.1-alpha-dev',
      '0.4.9.1-rc',
      '0.4.9.1-rc (r7)',
      '0.4.9.2',
      '0.4.9.2 (git-ab)',
      '0.4.9.2 (git-0102)',
      '0.4.9.2 (git-0103)',
      '0.4.9.10',
      '0.4.10',
      '1.0.0.0x',
      '0.4',
    ];
    const sorted = [...order.slice(0, 5), '0.4', ...order.slice(5, -1)];
    // Behind all versions stands what is none, bytewise: a number too large, an odd git tag, no minor, another letter.
    const odd = ['0.4.9.2 (git-abc)', '0.99999999999.1', '1', '1.0.0PRE1', 'Arti 1.2', '\u{e9}'];
    const shuffled = [...odd.toReversed(), ...order.toReversed()];
    const line = valueOf(computedLines(ballots(...edits(client(shuffled.join(','))))), 'client-versions');
    expect(
      Buffer.from(line ?? '', 'latin1')
        .toString()
        .split(','),
    ).toEqual([...sorted, ...odd]);
  });

  test('where the order of equal versions decides, the flavours may differ, and it is a tie', () => {
    const [a, b] = [client('0.4.9.1'), client('Tor 0.4.9.1')];
    // As they arrive the equal ones stand together; in order of identity they do not.
    const [first, second, third] = ballots(...edits(a, b, a));
    const votes = [first, third, second].flatMap((vote) => vote ?? []);
    expect(valueOf(computedLines(votes), 'client-versions')).toBe('0.4.9.1');
    expect(valueOf(computedLines(votes, {}, 'microdesc'), 'client-versions')).toBe('');
    const computation = computeConsensus(votes, { authorities: 3 });
    expect(computation.outcome === 'computed' && computation.ties).toEqual([
      { subject: 'client-versions', values: ['0.4.9.1', 'Tor 0.4.9.1'] },
    ]);
  });
});

describe('computeConsensus(): protocols', () => {
  const [keyword, required] = ['recommended-relay-protocols', 'required-relay-protocols'];
  const lists = (...of: readonly string[]): readonly BallotOptions[] =>
    edits(
      ...of.map((list) =>
        both(instead(keyword, `${keyword} ${list}`), instead(required, `${required} ${list}`)),
      ),
    );

  test('half of the authorities recommend, rounded up; two thirds require', () => {
    const votes = ballots(...lists('A=1-4 B=1', 'A=2-5 B=1', 'A=3,5', ''));
    const of = (authorities: number): readonly (string | undefined)[] => {
      const lines = computedLines(votes, { authorities });
      return [valueOf(lines, keyword), valueOf(lines, required)];
    };
    expect(of(4)).toEqual(['A=2-5 B=1', 'A=3']);
    expect(of(5)).toEqual(['A=3', '']);
  });

  test('names are in order of bytes, versions are ranges up to 63, the first entry of a name counts', () => {
    const list = 'b=0,2-3,5,62-63 B=31-33 a-b= A=7 b=9';
    expect(valueOf(computedLines(ballots(...lists(list))), keyword)).toBe('A=7 B=31-33 b=0,2-3,5,62-63');
  });

  test('stand in another order than in votes, and are always there', () => {
    const lines = computedLines(ballots(...edits(both(without(keyword), without(required)))));
    expect(lines.flatMap((line) => /^\S*-protocols(?=( ?))/.exec(line) ?? []).filter(Boolean)).toEqual([
      'recommended-client-protocols',
      ' ',
      'recommended-relay-protocols',
      ' ',
      'required-client-protocols',
      ' ',
      'required-relay-protocols',
      ' ',
    ]);
  });
});

describe('computeConsensus(): parameters', () => {
  const params = (...lists: readonly string[]): readonly BallotOptions[] =>
    edits(...lists.map((list) => instead('params', `params ${list}`)));

  test.each<[string, readonly string[], number, string | undefined]>([
    ['the low median', ['a=1', 'a=9', 'a=5', 'a=-7'], 4, 'a=1'],
    [
      'whole strings are sorted: hyphen and digits before the sign, letters behind',
      ['F=1 foo-x=1 foo2=2 foo=3 foo_y=4 foob=5'],
      1,
      'F=1 foo-x=1 foo2=2 foo=3 foo_y=4 foob=5',
    ],
    ['two of four are too few', ['a=1 b=2', 'a=1', 'b=2', ''], 4, undefined],
    ['three are enough among nine', ['a=1', 'a=1', 'a=2', '', ''], 9, 'a=1'],
    ['one form of a number is as good as another', ['a=+5', 'a=05', 'a=5'], 3, 'a=5'],
    ['none: no line', ['', '', ''], 3, undefined],
  ])('%s', (_, lists, authorities, expected) => {
    expect(valueOf(computedLines(ballots(...params(...lists)), { authorities }), 'params')).toBe(expected);
  });
});

describe('computeConsensus(): package lines', () => {
  const line = (name: string, version: string, digest: string): string =>
    `package ${name} ${version} http://example.com/ sha256=${digest}`;
  const votes = (method: number): readonly BallotOptions[] =>
    [
      [line('b', '1', 'x'), line('a', '2', 'y')],
      [line('b', '1', 'x'), line('b', '1', 'z'), line('b', '1', 'x'), line('a', '2', 'x')],
      [line('b', '1', 'y'), line('a', '2', 'y'), 'package a 3 http://example.com/ sha256=a=b', 'package a 3'],
      [line('c', '1', 'x')],
    ].map((lines) => ({
      edit: both(
        instead('consensus-methods', `consensus-methods ${method}`),
        behind('server-versions', ...lines),
      ),
    }));

  test('until method 33: what more than half of three votes or more have; the last of a vote counts', () => {
    const lines = computedLines(ballots(...votes(33)));
    expect(lines.filter((text) => text.startsWith('package'))).toEqual([
      line('a', '2', 'y'),
      line('b', '1', 'x'),
    ]);
  });

  test('from method 34 on there are none', () => {
    expect(computedLines(ballots(...votes(34))).filter((text) => text.startsWith('package'))).toEqual([]);
  });
});

describe('computeConsensus(): flags', () => {
  test('all that any vote knows, and NoEdConsensus, in order of bytes', () => {
    const known = (list: string): Edit => instead('known-flags', `known-flags ${list}`);
    const lines = computedLines(ballots(...edits(known('Running Valid aaa'), known('Fast Running Valid'))));
    expect(valueOf(lines, 'known-flags')).toBe('Fast NoEdConsensus Running Valid aaa');
  });
});

describe('computeConsensus(): shared random values', () => {
  const [small, large] = [`${'C'.repeat(42)}A=`, `${'c'.repeat(42)}A=`];
  const current = (value: string, num = 9): Edit =>
    instead('shared-rand-current-value', `shared-rand-current-value ${num} ${value}`);
  const given = (edits: readonly Edit[], options = {}): string | undefined =>
    valueOf(
      computedLines(ballots(...edits.map((edit) => ({ edit }))), { authorities: 5, ...options }),
      'shared-rand-current-value',
    );
  const [s, l, nothing] = [current(small), current(large), without('shared-rand-current-value')];

  test('more than half of the authorities must agree', () => {
    expect(given([s, s, s, l, l])).toBe(`9 ${small}`);
    expect(given([s, s, l, l, nothing])).toBeUndefined();
    expect(given([s, s, both(s, without('shared-rand-participate')), l, l])).toBeUndefined();
  });

  test('a fresh one needs two thirds, or what the parameter says', () => {
    const three = [s, s, s, l, l];
    expect(given(three, { sharedRandomFresh: true })).toBe(`9 ${small}`);
    const seven = [s, s, s, s, l, l, nothing];
    expect(given(seven, { authorities: 7 })).toBe(`9 ${small}`);
    expect(given(seven, { authorities: 7, sharedRandomFresh: true })).toBe(`9 ${small}`);
    const nine = [s, s, s, s, s, l, l, l, nothing];
    expect(given(nine, { authorities: 9 })).toBe(`9 ${small}`);
    expect(given(nine, { authorities: 9, sharedRandomFresh: true })).toBeUndefined();
    const five = nine.map((edit) => both(edit, instead('params', 'params AuthDirNumSRVAgreements=5')));
    expect(given(five, { authorities: 9, sharedRandomFresh: true })).toBe(`9 ${small}`);
  });

  test('an authority without AuthDirSharedRandomness writes none', () => {
    const lines = computedLines(ballots({}), { sharedRandomness: false });
    expect(lines.filter((line) => line.startsWith('shared-rand'))).toEqual([]);
  });

  test('differing counts of one value: the first vote decides, and it is a tie', () => {
    const votes = ballots(...edits(current(small, 7), current(small, 8), current(small, 8))).toReversed();
    expect(valueOf(computedLines(votes), 'shared-rand-current-value')).toBe(`8 ${small}`);
    expect(valueOf(computedLines(votes, {}, 'microdesc'), 'shared-rand-current-value')).toBe(`7 ${small}`);
    const computation = computeConsensus(votes, { authorities: 3 });
    expect(computation.outcome === 'computed' && computation.ties).toEqual([
      { subject: 'shared-rand-current-value', values: ['8', '7'] },
    ]);
  });
});

describe('computeConsensus(): authority sections', () => {
  const sections = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => /^(dir-source|contact|vote-digest) /.test(line));

  test('are in order of identity, with legacy ones among them', () => {
    const legacy = 'F'.repeat(40);
    const votes = ballots(...edits(behind('contact', `legacy-dir-key ${legacy}`), same));
    const [first, second] = authorities();
    const lines = sections(computedLines(votes.toReversed()));
    expect(lines.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      `dir-source ${first?.nickname} ${first?.identity}`,
      `contact ${first?.nickname} AT`,
      expect.stringMatching(/^vote-digest [0-9A-F]{40}$/),
      `dir-source ${second?.nickname} ${second?.identity}`,
      `contact ${second?.nickname} AT`,
      expect.stringMatching(/^vote-digest [0-9A-F]{40}$/),
      `dir-source ${first?.nickname}-legacy ${legacy}`,
    ]);
  });

  test('a contact keeps its bytes: double spaces, #, and what is no UTF-8', () => {
    const votes = [
      ballot(0, {
        edit: instead('contact', 'contact  two  spaces # and X'),
        bytes: (all) => all.replace('# and X', '# and \u{e9}'),
      }),
    ];
    expect(valueOf(computedLines(votes), 'contact')).toBe('two  spaces # and \u{e9}');
  });
});
