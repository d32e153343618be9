/** The rules by which the entry of a relay follows from its votes, each in the smallest case that shows it. */
import { describe, expect, test } from 'vitest';
import { computeConsensus, type ComputeOptions, type Flavor } from '../src/index.ts';
import {
  ballot,
  ballots,
  computedLines,
  digest,
  entry,
  entryLines,
  valueOf,
  type EntryOptions,
} from './support/ballots.ts';
import { both, instead, type Edit } from './support/make.ts';

const params = (list: string): Edit => instead('params', `params ${list}`);
const method = (number: number): Edit => instead('consensus-methods', `consensus-methods ${number}`);
const known = (list: string): Edit => instead('known-flags', `known-flags ${list}`);

/** Nothing of the relay in a vote. */
const unlisted = 'unlisted';

/** The entry of a relay that each vote says something of. */
function decided(
  given: readonly (EntryOptions | typeof unlisted)[],
  options: Partial<ComputeOptions> & { readonly edit?: Edit; readonly flavor?: Flavor } = {},
): readonly string[] {
  const { edit, flavor, ...others } = options;
  const votes = ballots(
    ...given.map((one) => ({
      entries: one === unlisted ? [] : [entry('relay', one)],
      ...(edit ? { edit } : {}),
    })),
  );
  return entryLines(computedLines(votes, others, flavor), 'relay');
}

describe('computeConsensus(): which relays', () => {
  test('those that more than half of the configured authorities list, whatever number voted', () => {
    expect(decided([{}, {}, unlisted], { authorities: 3 })).not.toEqual([]);
    expect(decided([{}, {}, unlisted], { authorities: 4 })).toEqual([]);
  });

  test.each([
    ['Running and Valid', ['Running Valid', 'Running Valid', ''], 's Running Valid'],
    ['not Running', ['Running Valid', 'Valid', 'Valid'], undefined],
    ['not Valid', ['Running Valid', 'Running', 'Running'], undefined],
  ])('%s', (_, flags, expected) => {
    const lines = decided(flags.map((s) => ({ s: `Fast ${s}`.trim() })));
    expect(valueOf(lines, 's')).toBe(expected === undefined ? undefined : `Fast ${expected.slice(2)}`);
  });

  test('are in ascending order of the 20 bytes, not of their base64', () => {
    const relays = Array.from({ length: 60 }, (_, index) => entry(`relay${index}`));
    const ids = computedLines(ballots({ entries: relays }))
      .filter((line) => line.startsWith('r '))
      .map((line) => Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('hex'));
    expect(ids).toHaveLength(60);
    expect(ids).toEqual(ids.toSorted());
    expect(relays.map(({ identity }) => identity).sort()).not.toEqual(
      ids.map((id) => Buffer.from(id, 'hex').toString('base64').replace('=', '')),
    );
  });
});

describe('computeConsensus(): the ed25519 identity', () => {
  const of = (key: string): EntryOptions => ({ id: `ed25519 ${digest(key, 'sha256')}` });
  const none: EntryOptions = { id: 'ed25519 none' };
  const absent: EntryOptions = { id: undefined };
  const flags = (given: readonly EntryOptions[], authorities = given.length): string | undefined =>
    valueOf(decided(given, { authorities }), 's');

  test.each([
    ['a key that more than half agree on', [of('a'), of('a'), of('b')], 'Fast Running Valid'],
    ['none is an identity of its own', [none, none, of('a')], 'Fast Running Valid'],
    ['no agreement', [of('a'), of('b'), none], 'Fast NoEdConsensus Running Valid'],
    ['no line at all', [absent, absent, absent], 'Fast NoEdConsensus Running Valid'],
    ['half is not more than half', [of('a'), of('a'), absent, absent], 'Fast NoEdConsensus Running Valid'],
  ])('%s', (_, given, expected) => {
    expect(flags(given)).toBe(expected);
  });

  test('who has another key is left out of everything; who has no line stays', () => {
    const mine = { ...of('a'), w: 'Bandwidth=1', v: 'Tor 0.1.0', s: 'Fast Running Valid' };
    const theirs = { w: 'Bandwidth=9', v: 'Tor 0.4.9.11', s: 'Exit Fast Running Valid' };
    const flags = known('Exit Fast NoEdConsensus Running Valid');
    const bandwidths = (...others: readonly EntryOptions[]): readonly (string | undefined)[] => {
      const five = [{ ...mine, w: 'Bandwidth=0' }, mine, { ...mine, w: 'Bandwidth=5' }, ...others];
      const lines = decided(five, { edit: flags });
      return [valueOf(lines, 'w'), valueOf(lines, 's')];
    };
    expect(bandwidths({ ...theirs, ...of('b') }, { ...theirs, ...of('c') })).toEqual([
      'Bandwidth=1 Unmeasured=1',
      'Fast Running Valid',
    ]);
    expect(bandwidths({ ...theirs, ...absent }, { ...theirs, ...absent })).toEqual([
      'Bandwidth=5 Unmeasured=1',
      'Fast Running Valid',
    ]);
  });

  test('a relay that only differing keys make a majority of is listed, without agreement', () => {
    expect(flags([of('a'), of('b'), of('c'), of('d')])).toBe('Fast NoEdConsensus Running Valid');
  });
});

describe('computeConsensus(): which descriptor', () => {
  const chosen = (given: readonly EntryOptions[]): string | undefined => valueOf(decided(given), 'r');
  const r = (options: EntryOptions): string => (entry('relay', options).lines[0] ?? '').slice('r '.length);
  const small = ['one', 'two'].toSorted((a, b) =>
    Buffer.compare(
      Buffer.from(digest(`descriptor ${a}`), 'base64'),
      Buffer.from(digest(`descriptor ${b}`), 'base64'),
    ),
  );
  const [smaller, larger] = small.map((descriptor) => ({ descriptor })) as [EntryOptions, EntryOptions];

  test.each<[string, readonly EntryOptions[], EntryOptions]>([
    ['most votes', [smaller, smaller, { ...larger, published: '2024-04-30 09:00:00' }], smaller],
    [
      'then the later published',
      [smaller, { ...larger, published: '2024-04-30 09:00:00' }],
      { ...larger, published: '2024-04-30 09:00:00' },
    ],
    ['then the smaller digest', [larger, smaller], smaller],
    ['one digest and two times are two: the later', [{ published: '2024-04-30 00:00:00' }, {}], {}],
    ['then the larger nickname', [{ nickname: 'Abc' }, { nickname: 'abc' }], { nickname: 'abc' }],
    ['then the smaller address', [{ address: '200.0.0.1' }, { address: '9.0.0.1' }], { address: '9.0.0.1' }],
    ['then the larger ORPort', [{ ports: '9001 9030' }, { ports: '10001 80' }], { ports: '10001 80' }],
    ['then the larger DirPort', [{ ports: '9001 80' }, { ports: '9001 9030' }], { ports: '9001 9030' }],
  ])('%s', (_, given, expected) => {
    expect(chosen(given)).toBe(r(expected));
    expect(chosen(given.toReversed())).toBe(r(expected));
  });

  test('IPv6 is no part of it; of addresses the most frequent, then the larger address, then the smaller port', () => {
    const a = (...given: readonly (readonly string[])[]): string | undefined =>
      valueOf(decided(given.map((addresses) => ({ a: addresses }))), 'a');
    expect(a(['[2001:db8::1]:9001'], [], [])).toBe('[2001:db8::1]:9001');
    expect(a(['[2001:db8::9]:9001'], ['[2001:db8::1]:9001'], ['[2001:db8::1]:9001'])).toBe(
      '[2001:db8::1]:9001',
    );
    expect(a(['[2001:db8::9]:9001'], ['[2001:db8::1]:9001'])).toBe('[2001:db8::9]:9001');
    expect(a(['[2001:db8::9]:9001'], ['[2001:db8::9]:443'])).toBe('[2001:db8::9]:443');
    expect(a(['[::]:9001', '[2001:db8::9]:9001'])).toBeUndefined();
    expect(a(['192.0.2.1:9001', '[2001:db8::9]:0', '[2001:DB8:0::9]:9001'])).toBe('[2001:db8::9]:9001');
  });

  test('IPv6 and microdescriptor only of entries like the chosen one', () => {
    const other = { descriptor: 'two', a: ['[2001:db8::9]:1'], m: [`35 sha256=${digest('x', 'sha256')}`] };
    const lines = decided([{}, {}, other], { flavor: 'microdesc' });
    expect(valueOf(lines, 'a')).toBeUndefined();
    expect(valueOf(lines, 'm')).toBe(digest('microdescriptor relay', 'sha256'));
  });
});

describe('computeConsensus(): microdescriptors', () => {
  const [x, y] = ['x', 'y']
    .map((name) => digest(name, 'sha256'))
    .sort((a, b) => Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'))) as [string, string];
  const m = (...given: readonly (readonly string[])[]): string | undefined =>
    valueOf(
      decided(
        given.map((lines) => ({ m: lines })),
        { flavor: 'microdesc' },
      ),
      'm',
    );

  test.each<[string, readonly (readonly string[])[], string | undefined]>([
    ['the line with the method', [[`32,33 sha256=${x}`, `34,35 sha256=${y}`]], y],
    ['the last of two', [[`35 sha256=${x}`, `35 sha256=${y}`]], y],
    ['a number is compared whole', [[`335,350 sha256=${x}`]], undefined],
    ['the most frequent', [[`35 sha256=${y}`], [`35 sha256=${x}`], [`35 sha256=${x}`]], x],
    ['then the larger', [[`35 sha256=${y}`], [`35 sha256=${x}`]], y],
    ['a line without sha256 ends the search', [[`35 sha256=${x}`, '35 sha1=abc']], undefined],
    ['a digest behind another', [[`35 sha1=abc sha256=${x}`]], x],
    ['what is behind an empty number is not read', [[`34,,35 sha256=${x}`]], undefined],
    ['zeros are none', [[`35 sha256=${'A'.repeat(43)}`]], undefined],
    ['too short a digest is none', [[`35 sha256=${x.slice(0, 40)}`]], undefined],
    ['none', [[]], undefined],
  ])('%s', (_, given, expected) => {
    expect(m(...given)).toBe(expected);
  });

  test('who has none is in the ns flavour only, and counts in the weights of both', () => {
    const kinds = ['Exit Fast', 'Fast Guard', 'Exit Fast Guard', 'Fast'];
    const relays = kinds.map((s, index) =>
      entry(`r${index}`, { s: `${s} Running Valid`, ...(index === 0 ? { m: [] } : {}) }),
    );
    const votes = ballots({ entries: relays });
    const [ns, microdesc] = [computedLines(votes), computedLines(votes, {}, 'microdesc')];
    expect(entryLines(ns, 'r0')).not.toEqual([]);
    expect(entryLines(microdesc, 'r0')).toEqual([]);
    expect(valueOf(ns, 'bandwidth-weights')).toBeDefined();
    expect(valueOf(microdesc, 'bandwidth-weights')).toBe(valueOf(ns, 'bandwidth-weights'));
    const computation = computeConsensus(votes, { authorities: 1 });
    expect(computation.outcome === 'computed' && computation.ns?.relays).toBe(4);
    expect(computation.outcome === 'computed' && computation.microdesc?.relays).toBe(3);
  });
});

describe('computeConsensus(): flags', () => {
  test('more than half of the votes that know the flag, not of those that list the relay', () => {
    const with1 = known('Exit Fast Running Valid');
    const without1 = known('Fast Running Valid');
    const votes = [
      ballot(0, { edit: with1, entries: [entry('relay', { s: 'Exit Fast Running Valid' })] }),
      ...[1, 2, 3].map((index) => ballot(index, { edit: without1, entries: [entry('relay')] })),
    ];
    expect(valueOf(entryLines(computedLines(votes), 'relay'), 's')).toBe('Exit Fast Running Valid');
  });

  const middle = {
    s: 'Exit Fast Guard HSDir MiddleOnly Running V2Dir Valid',
    w: 'Bandwidth=9 GuardFraction=50',
  };
  const flagsKnown = 'BadExit Exit Fast Guard HSDir MiddleOnly Running V2Dir Valid';

  test.each([
    [35, flagsKnown, 'BadExit Fast MiddleOnly Running Valid', 'Bandwidth=9 Unmeasured=1'],
    [32, flagsKnown, 'BadExit Fast MiddleOnly Running Valid', 'Bandwidth=9 Unmeasured=1'],
    [32, flagsKnown.slice('BadExit '.length), 'Fast MiddleOnly Running Valid', 'Bandwidth=9 Unmeasured=1'],
    [31, flagsKnown, middle.s, 'Bandwidth=9 Unmeasured=1 GuardFraction=50'],
    [28, flagsKnown, middle.s, 'Bandwidth=9 Unmeasured=1 GuardFraction=50'],
  ])('MiddleOnly under method %i (known: %s)', (number, list, s, w) => {
    const lines = decided([middle, middle, middle], { edit: both(method(number), known(list)) });
    expect(valueOf(lines, 's')).toBe(s);
    expect(valueOf(lines, 'w')).toBe(w);
  });
});

describe('computeConsensus(): Named and Unnamed', () => {
  const edit = known('Fast Named Running Unnamed Valid');
  const lines = (...given: readonly (readonly [string, string, string])[]): readonly string[] =>
    computedLines(
      ballots(
        ...[0, 1].map(() => ({
          edit,
          entries: given.map(([relay, nickname, s]) => entry(relay, { nickname, s })),
        })),
      ),
    );
  const flagsOf = (
    relay: string,
    ...given: readonly (readonly [string, string, string])[]
  ): string | undefined => valueOf(entryLines(lines(...given), relay), 's');

  test('a name that one relay has is its own, in any case of letters; another that bears it is Unnamed', () => {
    const given = [
      ['a', 'Maple', 'Fast Named Running Valid'],
      ['b', 'mAPLE', 'Fast Running Valid'],
    ] as const;
    expect(flagsOf('a', ...given)).toBe('Fast Named Running Valid');
    expect(flagsOf('b', ...given)).toBe('Fast Running Unnamed Valid');
  });

  test('claimed for two, or claimed and denied, it is nobody’s', () => {
    const two = [
      ['a', 'maple', 'Fast Named Running Valid'],
      ['b', 'maple', 'Fast Named Running Valid'],
    ] as const;
    expect(flagsOf('a', ...two)).toBe('Fast Running Unnamed Valid');
    expect(flagsOf('b', ...two)).toBe('Fast Running Unnamed Valid');
    expect(flagsOf('a', ['a', 'maple', 'Fast Named Running Unnamed Valid'])).toBe(
      'Fast Running Unnamed Valid',
    );
    expect(flagsOf('a', ['a', 'maple', 'Fast Running Unnamed Valid'])).toBe('Fast Running Unnamed Valid');
    expect(flagsOf('a', ['a', 'maple', 'Fast Running Valid'])).toBe('Fast Running Valid');
  });

  test('the nickname of those that are Named, if it is one, goes before that of the chosen entry', () => {
    const of = (...names: readonly string[]): string | undefined =>
      valueOf(
        entryLines(
          computedLines(
            ballots(
              ...names.map((nickname) => ({
                edit,
                entries: [
                  entry('a', {
                    nickname: nickname.replace('*', ''),
                    s: nickname.endsWith('*') ? 'Fast Named Running Valid' : 'Fast Running Valid',
                  }),
                ],
              })),
            ),
          ),
          'a',
        ),
        'r',
      )?.split(' ')[0];
    expect(of('maple', 'maple', 'birch*')).toBe('birch');
    expect(of('maple', 'maple', 'birch*', 'cedar*')).toBe('maple');
  });
});

describe('computeConsensus(): version, protocols, policy', () => {
  const other = { descriptor: 'two' };

  test('version and protocols over all entries, whatever descriptor they mean; ties to the later', () => {
    const lines = decided([
      { v: 'Tor 0.4.9.9', pr: 'A=1' },
      { v: 'Tor 0.4.9.9', pr: 'A=1' },
      { ...other, v: 'Tor 0.4.9.10', pr: 'B=1' },
      { ...other, v: 'Tor 0.4.9.10', pr: 'B=1', published: '2024-04-29 00:00:00' },
    ]);
    expect(valueOf(lines, 'v')).toBe('Tor 0.4.9.10');
    expect(valueOf(lines, 'pr')).toBe('B=1');
  });

  test('no version is no vote on it, empty protocols are', () => {
    const lines = decided([
      { v: undefined, pr: '' },
      { v: undefined, pr: '' },
      { v: 'Tor 0.1.0', pr: 'A=1' },
    ]);
    expect(valueOf(lines, 'v')).toBe('Tor 0.1.0');
    expect(valueOf(lines, 'pr')).toBe('');
    expect(decided([{ v: undefined, pr: undefined, p: undefined, w: undefined }]).slice(1)).toEqual([
      's Fast Running Valid',
    ]);
  });

  test('versions that compare equal: the order of votes decides, and it is a tie', () => {
    const votes = ballots(
      ...['Tor 0.4.9.11', 'tor 0.4.9.11'].map((v) => ({ entries: [entry('relay', { v })] })),
    );
    expect(valueOf(entryLines(computedLines(votes), 'relay'), 'v')).toBe('tor 0.4.9.11');
    const computation = computeConsensus(votes, { authorities: 2 });
    const fingerprint = Buffer.from(digest('relay'), 'base64').toString('hex').toUpperCase();
    expect(computation.outcome === 'computed' && computation.ties).toEqual([
      { subject: `${fingerprint} v`, values: ['tor 0.4.9.11', 'Tor 0.4.9.11'] },
    ]);
  });

  test('one that is more frequent in every order is no tie', () => {
    const votes = ballots(
      ...['Tor 0.4.9.12', 'Tor 0.4.9.12', 'Tor 0.4.9.11', 'tor 0.4.9.11'].map((v) => ({
        entries: [entry('relay', { v })],
      })),
    );
    const computation = computeConsensus(votes, { authorities: 4 });
    expect(computation.outcome === 'computed' && computation.ties).toEqual([]);
  });

  test('a version keeps bytes that are no UTF-8', () => {
    const vote = ballot(0, {
      entries: [entry('relay', { v: 'Tor X1' }), entry('next', { v: 'Tor X2' })],
      bytes: (all) => all.replace('Tor X1', 'Tor \u{e9}').replace('Tor X2', 'Tor \u{e8}'),
    });
    const lines = computedLines([vote]);
    expect(valueOf(entryLines(lines, 'relay'), 'v')).toBe('Tor \u{e9}');
    expect(valueOf(entryLines(lines, 'next'), 'v')).toBe('Tor \u{e8}');
  });

  test('the policy of entries with the chosen descriptor, whatever else differs; else of all', () => {
    const policy = (...given: readonly EntryOptions[]): string | undefined => valueOf(decided(given), 'p');
    const accept = { ...other, p: 'reject 9' };
    expect(
      policy({ p: 'accept 1' }, { p: 'accept 1', ports: '1 1' }, { p: 'accept 2', ports: '1 1' }, accept),
    ).toBe('accept 1');
    expect(policy({ p: 'accept 1' }, { p: 'accept 2' })).toBe('accept 2');
    expect(policy({ p: undefined }, { p: undefined }, accept)).toBe('reject 9');
  });
});

describe('computeConsensus(): bandwidth', () => {
  const w = (given: readonly string[], options: Parameters<typeof decided>[1] = {}): string | undefined =>
    valueOf(
      decided(
        given.map((weights) => ({ w: weights })),
        options,
      ),
      'w',
    );
  const measuring = ['Bandwidth=5 Measured=1', 'Bandwidth=5 Measured=2', 'Bandwidth=5 Measured=9'];

  test.each<[string, readonly string[], string | undefined]>([
    ['the low median of three measurements', [...measuring, 'Bandwidth=7'], 'Bandwidth=2'],
    ['of four the second', [...measuring, 'Bandwidth=5 Measured=3'], 'Bandwidth=2'],
    [
      'two are too few: the low median of what relays say',
      [...measuring.slice(1), 'Bandwidth=7'],
      'Bandwidth=5 Unmeasured=1',
    ],
    [
      'what an authority says of its own relay is no measurement',
      ['Bandwidth=5 MeasuredButAuthority=9'],
      'Bandwidth=5 Unmeasured=1',
    ],
    ['no w line, no w line', [], undefined],
    ['the largest number', ['Bandwidth=2147483647'], 'Bandwidth=2147483647 Unmeasured=1'],
    ['one larger is negative, as in tor', ['Bandwidth=2147483648'], 'Bandwidth=-2147483648 Unmeasured=1'],
    [
      'a GuardFraction is for guards',
      ['Bandwidth=5 GuardFraction=9', 'Bandwidth=5 GuardFraction=9', 'Bandwidth=5 GuardFraction=9'],
      'Bandwidth=5 Unmeasured=1',
    ],
  ])('%s', (_, given, expected) => {
    expect(given.length === 0 ? valueOf(decided([{ w: undefined }]), 'w') : w(given)).toBe(expected);
  });

  test('a GuardFraction is the low median of three or more', () => {
    const guard = (fraction: string): EntryOptions => ({
      s: 'Fast Guard Running Valid',
      w: `Bandwidth=5${fraction}`,
    });
    const of = (...given: readonly string[]): string | undefined => valueOf(decided(given.map(guard)), 'w');
    const [a, b, c] = [' GuardFraction=10', ' GuardFraction=40', ' GuardFraction=0'];
    expect(of(a ?? '', b ?? '', c ?? '')).toBe('Bandwidth=5 Unmeasured=1 GuardFraction=10');
    expect(of(a ?? '', b ?? '', '')).toBe('Bandwidth=5 Unmeasured=1');
  });

  /** What an unmeasured relay of 50 kB gets when three votes measure another relay. */
  const limited = (edit: Edit, options: Partial<ComputeOptions> = {}): string | undefined => {
    const votes = [0, 1, 2].map((index) =>
      ballot(index, {
        edit,
        entries: [entry('relay', { w: 'Bandwidth=50' }), entry('next', { w: 'Bandwidth=5 Measured=1' })],
      }),
    );
    return valueOf(entryLines(computedLines(votes, options), 'relay'), 'w')?.split(' ')[0];
  };

  test.each<[string, Edit, string]>([
    ['20 without a parameter', params(''), '20'],
    ['the parameter', params('maxunmeasuredbw=30'), '30'],
    ['1 for 0', params('maxunmeasuredbw=0'), '1'],
    ['none for a negative one', params('maxunmeasuredbw=-1'), '50'],
    ['method 31: wherever it stands in the line', both(method(31), params('maxunmeasuredbw=30 z=1')), '30'],
    ['method 30: only at the end of the line', both(method(30), params('a=1 maxunmeasuredbw=30')), '30'],
    [
      'method 30: before another it is not understood',
      both(method(30), params('maxunmeasuredbw=30 z=1')),
      '20',
    ],
    ['method 30: a negative one is not understood', both(method(30), params('maxunmeasuredbw=-1')), '20'],
    ['method 28: nor is 0', both(method(28), params('maxunmeasuredbw=0')), '20'],
  ])('the limit for unmeasured relays: %s', (_, edit, expected) => {
    expect(limited(edit)).toBe(`Bandwidth=${expected}`);
  });

  test('the misspelt parameter of tor 0.4.6.1 to 0.4.8.7', () => {
    const options = { misspeltMaxUnmeasured: true };
    expect(limited(both(method(31), params('maxunmeasuredbw=30')), options)).toBe('Bandwidth=20');
    expect(limited(both(method(30), params('maxunmeasuredbw=30')), options)).toBe('Bandwidth=30');
  });

  test('the limit holds while three votes measure anything, not while the relay is measured', () => {
    const votes = [0, 1, 2].map((index) =>
      ballot(index, {
        entries: [
          entry('relay', { w: 'Bandwidth=50' }),
          entry('next', { w: index === 0 ? 'Bandwidth=5' : 'Bandwidth=5 Measured=1' }),
        ],
      }),
    );
    expect(valueOf(entryLines(computedLines(votes), 'relay'), 'w')).toBe('Bandwidth=50 Unmeasured=1');
  });

  test('bandwidth-weights: the scale, by method', () => {
    const kinds = ['Exit Fast', 'Fast Guard', 'Exit Fast Guard', 'Fast'];
    const line = (edit: Edit): string | undefined =>
      valueOf(
        computedLines(
          ballots({
            edit,
            entries: kinds.map((s, index) => entry(`r${index}`, { s: `${s} Running Valid` })),
          }),
        ),
        'bandwidth-weights',
      );
    expect(line(params('bwweightscale=777 z=1'))).toContain('Wbm=777 ');
    expect(line(params('bwweightscale=-3'))).toContain('Wbm=1 ');
    expect(line(both(method(30), params('bwweightscale=777 z=1')))).toContain('Wbm=10000 ');
    expect(line(both(method(30), params('a=1 bwweightscale=777')))).toContain('Wbm=777 ');
  });
});

describe('computeConsensus(): times of publication', () => {
  test.each([
    ['ns', 35, '2024-04-30 01:02:03'],
    ['microdesc', 35, '2038-01-01 00:00:00'],
    ['microdesc', 33, '2038-01-01 00:00:00'],
    ['microdesc', 32, '2024-04-30 01:02:03'],
  ] as const)('%s under method %i', (flavor, number, expected) => {
    const words = (valueOf(decided([{}], { edit: method(number), flavor }), 'r') ?? '').split(' ');
    expect(words.slice(-5, -3).join(' ')).toBe(expected);
  });
});
