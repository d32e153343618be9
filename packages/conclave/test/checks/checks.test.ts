/** Each check on situations made by hand: what it finds, how much it matters, with which numbers, and that it never throws. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { defaultLimits, nothingSeenOfIt } from '../../src/analysis/index.ts';
import type { AuthorityCondition } from '../../src/analysis/index.ts';
import {
  checks,
  duration,
  findAll,
  listing,
  roundName,
  scanFault,
  severityByMargin,
} from '../../src/checks/index.ts';
import type { AuthoritySituation, Finding, Situation } from '../../src/checks/index.ts';
import { noon } from '../support/network.ts';
import { changed, now, situation } from './situation.ts';

const inState = (condition: AuthorityCondition): Partial<AuthoritySituation> => ({
  state: {
    ...nothingSeenOfIt,
    condition,
    since: (now - 90) * 1000,
    leaning: condition,
    lastProbe: { at: 0, outcome: 'refused', detail: 'ECONNREFUSED' },
  },
});
const of = (findings: readonly Finding[], check: string): Finding[] =>
  findings.filter((one) => one.check === check);
const first = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('nothing is found where all is well', () => {
  for (const count of [1, 3, 9]) expect(findAll(situation(count, {}, true))).toEqual([]);
});

describe('S2.1.22 authorities offline', () => {
  test.each([
    [9, 1, 'warning', 3],
    [9, 2, 'warning', 2],
    [9, 3, 'high', 1],
    [9, 4, 'critical', 0],
    [9, 5, 'critical', -1],
    [9, 9, 'critical', -5],
    [3, 1, 'critical', 0],
    [3, 2, 'critical', -1],
  ] as const)('S2.1.22 of %i voters %i down is %s: the margin is %i', (count, down, severity, margin) => {
    expect(severityByMargin(margin)).toBe(severity);
    const base = situation(count);
    const found = of(findAll(changed(base, first(down), inState('offline'))), 'authority-offline');
    expect(found.map((one) => one.severity)).toEqual(first(down).map(() => severity));
    const names = base.set.authorities.slice(0, down).map(({ nickname }) => nickname);
    expect(found[0]?.message).toContain(`${count - down} of ${count} voters answer`);
    expect(found[0]?.message).toContain(`down: ${listing(names)}`);
    expect(found[0]?.message).toContain(margin < 0 ? 'none is possible' : `so ${margin} more may fail`);
    expect(found.map((one) => one.authority)).toEqual(names);
  });

  test.each(['offline', 'timeout', 'error'] as const)(
    'S2.1.22 %s is down; slow, degraded and unknown are not',
    (condition) => {
      const base = situation(9);
      expect(of(findAll(changed(base, [2], inState(condition))), 'authority-offline')).toHaveLength(1);
      for (const up of ['slow', 'degraded', 'unknown'] as const)
        expect(of(findAll(changed(base, first(9), inState(up))), 'authority-offline')).toEqual([]);
    },
  );

  test('S2.1.8 S2.1.22 the bridge authority is no voter: without it no margin changes', () => {
    const base = changed(situation(9, {}, true), [9], inState('offline'));
    const [found, ...others] = of(findAll(base), 'authority-offline');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'warning', authority: 'jetty' });
    expect(found?.message).toContain('It does not vote');
    expect(of(findAll(changed(base, [0], inState('offline'))), 'authority-offline')[0]?.message).toContain(
      '8 of 9 voters',
    );
  });
});

describe('S2.1.23 slow authorities', () => {
  test('S2.1.23 a warning with the value, the limit, the usual value and for how long', () => {
    const history = [...Array.from({ length: 40 }, () => 100), 700, 720, 740, 760, 780];
    const slow = inState('slow').state;
    const found = findAll(
      changed(situation(9), [0], { state: { ...(slow as never as typeof nothingSeenOfIt), history } }),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      check: 'authority-slow',
      severity: 'warning',
      category: 'authority_performance',
    });
    expect(found[0]?.message).toBe('First byte after 740 ms, limit 300 ms, usually 100 ms, for 90 s.');
  });
  test('S2.1.23 one that answers 503 sheds load; without a past its usual time is not invented', () => {
    expect(findAll(changed(situation(9), [0], inState('degraded')))[0]?.message).toContain(
      '"busy" (503), for 90 s',
    );
    expect(findAll(changed(situation(9), [0], inState('slow')))[0]?.message).toContain(
      'its usual time is not known yet',
    );
  });
});

describe('S2.1.24 the consensus is stale', () => {
  const at = (seconds: number, change: Partial<Situation> = {}): Finding[] =>
    of(
      findAll(situation(9, { nowMs: seconds * 1000, consensusAskedMs: seconds * 1000, ...change })),
      'consensus-stale',
    );
  test.each([
    [3600, undefined],
    [3900, undefined],
    [3901, 'The consensus is stale'],
    [10_800, 'The consensus is stale'],
    [10_801, 'The consensus has expired'],
  ])('S2.1.24 %i s after valid-after: %s', (age, title) => {
    expect(at(noon + age).map((one) => one.title)).toEqual(title === undefined ? [] : [title]);
  });
  test('S2.1.24 critical, with how long it is overdue and the limit', () => {
    expect(at(noon + 4200)[0]).toMatchObject({
      severity: 'critical',
      category: 'consensus_health',
      link: '/rounds/2024-05-01T12:00:00Z',
    });
    expect(at(noon + 4200)[0]?.message).toContain('overdue by 10 min, limit 5 min');
  });
  test('S2.1.24 never by the delay of an archive or by our own absence: only when the authorities were asked since', () => {
    expect(at(noon + 20_000, { consensusAskedMs: (noon + 3599) * 1000 })).toEqual([]);
    expect(at(noon + 20_000, { consensusAskedMs: undefined })).toEqual([]);
    expect(at(noon + 20_000, { consensusAskedMs: (noon + 3600) * 1000 })).toHaveLength(1);
  });
  test('S2.1.24 none at all is told of once a whole interval and the grace were watched', () => {
    const since = (seconds: number): Partial<Situation> => ({
      consensus: undefined,
      watchingSinceMs: (now - seconds) * 1000,
    });
    expect(at(now, since(3899))).toEqual([]);
    expect(at(now, since(3900))[0]?.title).toBe('No valid consensus');
  });
  test('S2.1.24 on a network that votes every five minutes the grace is 25 s', () => {
    const fast = {
      intervalSeconds: 300,
      consensus: {
        validAfter: noon,
        freshUntil: noon + 300,
        validUntil: noon + 900,
        votes: 9,
        signers: 9,
        needed: 5,
      },
    };
    expect(at(noon + 325, fast)).toEqual([]);
    expect(at(noon + 326, fast)).toHaveLength(1);
  });
});

describe('S2.1.20 one consensus for all', () => {
  test('S2.1.20 two digests of one round are critical, with both groups by name', () => {
    const found = findAll(
      situation(9, {
        served: [
          { digest: 'AAAAAAAAAA', authorities: ['a', 'b'] },
          { digest: 'BBBBBBBBBB', authorities: ['c'] },
        ],
      }),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      check: 'consensus-split',
      severity: 'critical',
      message: 'AAAAAAAA by a and b; BBBBBBBB by c.',
    });
  });
  test.each([
    [599, 0],
    [601, 1],
  ])('%i s after valid-after %i lagging ones are told of', (age, count) => {
    const lag = { serves: { validAfter: noon - 3600, at: (noon + age) * 1000 } };
    const found = findAll(changed(situation(9, { nowMs: (noon + age) * 1000 }), [4], lag));
    expect(found.map(({ check }) => check)).toEqual(first(count).map(() => 'authority-lagging'));
  });
  test('who is down, or was not seen since the grace, is not called lagging', () => {
    const lag = { serves: { validAfter: noon - 3600, at: (noon + 200) * 1000 } };
    const later = situation(9, { nowMs: (noon + 2000) * 1000 });
    expect(findAll(changed(later, [4], lag))).toEqual([]);
    const down = { ...inState('offline'), serves: { validAfter: noon - 3600, at: (noon + 1900) * 1000 } };
    expect(findAll(changed(later, [4], down)).map(({ check }) => check)).toEqual(['authority-offline']);
  });
});

describe('S2.1.9 S2.1.14 authorities in the consensus', () => {
  test('S2.1.9 a difference is a warning with both values', () => {
    const found = findAll(
      changed(situation(9), [1], { differences: ['DirPort: configured 80, the consensus says 9030'] }),
    );
    expect(found).toMatchObject([
      {
        check: 'authority-differs',
        severity: 'warning',
        message: 'DirPort: configured 80, the consensus says 9030.',
      },
    ]);
  });
  test.each([
    [8, 'warning'],
    [7, 'warning'],
    [6, 'high'],
    [5, 'critical'],
  ])('S2.1.14 S2.1.22 with %i votes of nine a missing vote is %s', (votes, severity) => {
    const base = situation(9);
    const consensus = { ...(base.consensus as NonNullable<Situation['consensus']>), votes };
    const found = of(
      findAll(changed({ ...base, consensus }, first(9 - votes), { voted: false, signed: false })),
      'vote-missing',
    );
    expect(found.map((one) => one.severity)).toEqual(first(9 - votes).map(() => severity));
    expect(found[0]?.message).toContain(`${votes} of 9 votes; 5 are needed`);
  });
  test('S2.1.14 one that voted and did not sign is a finding of its own; one that did neither is one finding', () => {
    expect(findAll(changed(situation(9), [3], { signed: false })).map(({ check }) => check)).toEqual([
      'signature-missing',
    ]);
    expect(
      findAll(changed(situation(9), [3], { signed: false, voted: false })).map(({ check }) => check),
    ).toEqual(['vote-missing']);
  });
});

describe('S2.1.15 S2.1.21 scanners', () => {
  const scan = { fileTime: noon - 3000, measured: 90, running: 100, validAfter: noon, usualAgeSeconds: 2400 };
  const fault = (change: { [Key in keyof typeof scan]?: number | null | undefined }): string | undefined =>
    scanFault({ ...scan, ...change } as NonNullable<AuthoritySituation['scan']>, {
      limits: defaultLimits,
      intervalSeconds: 3600,
    });
  test('S2.1.21 the file age is held against three times its usual, never more than the limit, with the numbers', () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ fileTime: noon - 7200 })).toBeUndefined();
    expect(fault({ fileTime: noon - 7201 })).toBe(
      'its bandwidth file was 2 h old when it voted, limit 2 h, usual age 40 min',
    );
    expect(fault({ fileTime: noon - 21_600, usualAgeSeconds: 20_000 })).toBeUndefined();
    expect(fault({ fileTime: noon - 21_601, usualAgeSeconds: 20_000 })).toContain('limit 6 h');
    expect(fault({ fileTime: noon - 21_600, usualAgeSeconds: undefined })).toBeUndefined();
    expect(fault({ fileTime: noon - 21_601, usualAgeSeconds: undefined })).toContain(
      '6 h old when it voted, limit 6 h',
    );
  });
  test('S2.1.21 the share of Running relays it measured, with the numbers', () => {
    expect(fault({ measured: 60 })).toBeUndefined();
    expect(fault({ measured: 59 })).toBe('it measured 59 of 100 Running relays (59.0 %), limit 60 %');
    expect(fault({ measured: 0, running: null })).toBeUndefined();
    expect(fault({ fileTime: null })).toBe('its vote was made without a readable bandwidth file');
  });
  test.each([
    [5, 'warning'],
    [4, 'warning'],
    [3, 'high'],
    [2, 'critical'],
  ])('S2.1.21 with %i scanners well, those that are not are %s: three are needed', (well, severity) => {
    const base = changed(situation(9), first(6), { scan });
    const broken = changed(base, first(6 - well), { scan: { ...scan, fileTime: null } });
    expect(findAll(broken).map((one) => [one.check, one.severity])).toEqual(
      first(6 - well).map(() => ['scanner-silent', severity]),
    );
  });
  test('S2.1.16 one without a scanner is never degraded for it', () => {
    expect(findAll(changed(situation(9), [0, 1, 2], { scan }))).toEqual([]);
  });
});

describe('clocks, certificates, refused documents', () => {
  test.each([
    [10, []],
    [10.5, ['clock-skew']],
    [-11, ['clock-skew']],
  ])('a clock off by %d s: %j', (clockSkewSeconds, found) => {
    expect(findAll(changed(situation(9), [5], { clockSkewSeconds })).map(({ check }) => check)).toEqual(
      found,
    );
  });
  test('when most clocks are off, it is ours', () => {
    const found = findAll(changed(situation(9), first(5), { clockSkewSeconds: 60 }));
    expect(found).toMatchObject([{ check: 'own-clock', category: 'observatory' }]);
    expect(findAll(changed(situation(9), first(4), { clockSkewSeconds: 60 }))).toHaveLength(4);
  });
  test.each([
    [15 * 86_400, undefined],
    [14 * 86_400, 'warning'],
    [3 * 86_400, 'high'],
    [1, 'high'],
    [0, 'critical'],
    [-1, 'critical'],
  ])('a certificate that ends in %i s: %s', (left, severity) => {
    const found = findAll(changed(situation(9), [8], { certificateExpires: now + left }));
    expect(found.map((one) => one.severity)).toEqual(severity === undefined ? [] : [severity]);
  });
  test('a document that does not verify: by whom, why, and where its bytes are', () => {
    const refused = [
      { sha256: 'ab', kind: 'consensus', authority: 'amber', why: 'Not genuine.' },
      { sha256: 'cd', kind: 'vote', authority: 'birch', why: 'Not genuine.' },
    ];
    expect(findAll(situation(9, { refused }))).toMatchObject([
      {
        check: 'document-refused-consensus',
        severity: 'critical',
        authority: 'amber',
        link: '/documents/ab',
      },
      { check: 'document-refused-vote', severity: 'high', authority: 'birch', link: '/documents/cd' },
    ]);
  });
});

test('S2.1.25 every finding of any situation has its fields, and no check throws', () => {
  const conditions = ['unknown', 'online', 'slow', 'degraded', 'timeout', 'offline', 'error'] as const;
  const time = fc.option(fc.integer({ min: -1, max: 2 ** 33 }), { nil: undefined });
  const one = fc.record({
    condition: fc.constantFrom(...conditions),
    voted: fc.option(fc.boolean(), { nil: undefined }),
    signed: fc.option(fc.boolean(), { nil: undefined }),
    serves: fc.option(fc.record({ validAfter: fc.integer(), at: fc.integer() }), { nil: undefined }),
    clockSkewSeconds: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
    certificateExpires: time,
    differences: fc.array(fc.string(), { maxLength: 2 }),
    scan: fc.option(
      fc.record({
        fileTime: fc.option(fc.integer()),
        measured: fc.nat(),
        running: fc.option(fc.nat()),
        validAfter: fc.nat(),
        usualAgeSeconds: time,
      }),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 9, maxLength: 9 }),
      fc.boolean(),
      fc.nat(2 ** 33),
      fc.integer({ min: 1, max: 86_400 }),
      (list, known, at, intervalSeconds) => {
        const base = situation(9, { nowMs: at * 1000, intervalSeconds });
        const odd: Situation = {
          ...base,
          consensus: known ? base.consensus : undefined,
          authorities: base.authorities.map((authority, index) => {
            const { condition = 'online', ...rest } = list[index] ?? {};
            return { ...authority, ...rest, state: { ...nothingSeenOfIt, condition } };
          }),
        };
        for (const check of checks) {
          for (const finding of check(odd)) {
            expect(finding.check).toMatch(/^[a-z-]+$/);
            expect(['info', 'warning', 'high', 'critical']).toContain(finding.severity);
            expect([
              'authority_connectivity',
              'authority_performance',
              'consensus_health',
              'observatory',
            ]).toContain(finding.category);
            expect(finding.title.length).toBeGreaterThan(0);
            expect(finding.message).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
          }
        }
      },
    ),
  );
});

test.each([
  [0, '0 s'],
  [1.25, '1.3 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7199, '120 min'],
  [7200, '2 h'],
  [172_799, '48 h'],
  [172_800, '2 d'],
  [-90, '-90 s'],
])('duration(%d) is %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test('listing() and roundName()', () => {
  expect([listing([]), listing(['a']), listing(['a', 'b']), listing(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
  expect(roundName(noon)).toBe('2024-05-01T12:00:00Z');
});
