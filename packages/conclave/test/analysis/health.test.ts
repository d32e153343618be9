/** Health of one round as rows of data: rules that are broken, changes, groups of new relays, grades at their boundaries. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseConsensus } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import {
  allowsPort,
  churnBetween,
  consensusInvariants,
  defaultLimits,
  gradeAgreement,
  gradeExitPolicies,
  gradeFreshness,
  gradeLargest,
  gradeMargin,
  gradeParticipation,
  healthFacts,
  largestCountry,
  methodNeeded,
  nicknamePattern,
  percentOf,
  possibleMethod,
  readProtocols,
  regionsOf,
  suddenGrowth,
  violationsOf,
  voteInvariants,
  whyNoValue,
} from '../../src/analysis/index.ts';
import type { Growth, OpinionPair } from '../../src/analysis/index.ts';
import { consensus } from '../../../netdoc/test/support/make.ts';

/** One entry; what is not given is usual. */
interface Entry {
  /** Its identity is the SHA-1 of this. */
  readonly key: string;
  readonly nickname?: string;
  readonly address?: string;
  readonly port?: number;
  readonly flags?: string;
  readonly version?: string;
  readonly weight?: string;
}

const usual = 'Fast Running Stable V2Dir Valid';

function identityOf(key: string): Buffer {
  return createHash('sha1').update(key).digest();
}

function fingerprint(key: string): string {
  return identityOf(key).toString('hex').toUpperCase();
}

/** An ns consensus of these entries, in the order of their identities unless they are to stand as given. */
function listing(entries: readonly Entry[], sorted = true): Consensus {
  const order = (a: Entry, b: Entry): number => Buffer.compare(identityOf(a.key), identityOf(b.key));
  const lines = (sorted ? entries.toSorted(order) : entries).flatMap((entry) => {
    const id = identityOf(entry.key).toString('base64').replace('=', '');
    const { nickname = 'relay', address = '198.51.100.1', port = 9001, flags = usual } = entry;
    return [
      `r ${nickname} ${id} ${id} 2024-05-01 11:00:00 ${address} ${port} 0`,
      `s ${flags}`,
      `v ${entry.version ?? 'Tor 0.4.8.12'}`,
      'pr Cons=1-2 Link=4-5',
      `w Bandwidth=${entry.weight ?? '1000'}`,
      'p reject 1-65535',
    ];
  });
  const edit = (document: string[]): string[] => {
    const end = document.indexOf('directory-footer');
    const head = document
      .slice(0, end)
      .map((line) =>
        line.startsWith('known-flags ')
          ? 'known-flags Authority BadExit Exit Fast Guard HSDir Running Stable V2Dir Valid'
          : line,
      );
    return [
      ...head,
      ...lines,
      ...document.slice(end).filter((line) => !line.startsWith('bandwidth-weights')),
    ];
  };
  const { document } = parseConsensus(consensus({ flavor: 'ns', relays: 0, edit }));
  if (!document) throw new Error('not a consensus');
  return document;
}

function ruleOf(
  document: Consensus,
  rule: string,
): { holds: boolean | null; violations: number; named: readonly object[] } {
  const found = consensusInvariants(document).find((one) => one.rule === rule);
  if (!found) throw new Error(`no rule ${rule}`);
  return found;
}

describe('consensusInvariants()', () => {
  test.each([
    ['running', 'Fast Stable V2Dir Valid', 'has no Running'],
    ['valid', 'Fast Running Stable V2Dir', 'has no Valid'],
    ['hsdir', 'Fast HSDir Running V2Dir Valid', 'has HSDir without Stable'],
    ['hsdir', 'HSDir Running Stable Valid', 'has HSDir without Fast, V2Dir'],
    ['guard', 'Fast Guard Running Stable Valid', 'has Guard without V2Dir'],
  ])('S2.2.10 S2.2.12: %s is broken by a relay with %s, which is named', (rule, flags, text) => {
    const document = listing([{ key: 'a' }, { key: 'odd', nickname: 'odd', flags }, { key: 'c' }]);
    expect(ruleOf(document, rule)).toMatchObject({
      holds: false,
      violations: 1,
      named: [{ fingerprint: fingerprint('odd'), nickname: 'odd', text }],
    });
  });

  test('S2.2.12: all rules hold of sound entries, and each violation is counted though few are named', () => {
    const sound = listing([{ key: 'a', flags: `${usual} Guard HSDir` }, { key: 'b' }]);
    expect(consensusInvariants(sound).map(({ rule, holds }) => [rule, holds])).toEqual([
      ['running', true],
      ['valid', true],
      ['hsdir', true],
      ['guard', true],
      ['weights', false],
      ['order', true],
    ]);
    const many = listing(
      Array.from({ length: 30 }, (_, index) => ({ key: `k${index}`, flags: 'Guard Running Valid' })),
    );
    expect(ruleOf(many, 'guard')).toMatchObject({ holds: false, violations: 30 });
    expect(ruleOf(many, 'guard').named).toHaveLength(10);
    expect(violationsOf(consensusInvariants(many))).toBe(31);
  });

  test('S2.2.12: entries that stand in another order than that of their identities are told', () => {
    const keys = ['a', 'b', 'c'].toSorted((a, b) => Buffer.compare(identityOf(b), identityOf(a)));
    expect(
      ruleOf(
        listing(
          keys.map((key) => ({ key })),
          false,
        ),
        'order',
      ),
    ).toMatchObject({ holds: false, violations: 2 });
  });

  test('S2.2.12: a vote is asked about HSDir, Guard and order alone: it may list relays that do not run', () => {
    const { routers } = listing([
      { key: 'a', flags: 'Fast Stable V2Dir' },
      { key: 'b', flags: 'Fast HSDir V2Dir' },
    ]);
    expect(
      voteInvariants('moria1', { routers }).map(({ rule, document, holds }) => [rule, document, holds]),
    ).toEqual([
      ['hsdir', 'moria1', false],
      ['guard', 'moria1', true],
      ['order', 'moria1', true],
    ]);
  });
});

describe('churnBetween()', () => {
  const before = listing([
    { key: 'stays', flags: `${usual} Guard` },
    { key: 'moves', address: '198.51.100.7' },
    { key: 'renames', nickname: 'old' },
    { key: 'goes', address: '203.0.113.9' },
    { key: 'oldkey', nickname: 'keyed', address: '203.0.113.5', port: 443 },
  ]);
  const after = listing([
    { key: 'stays', flags: `${usual} HSDir` },
    { key: 'moves', address: '198.51.100.8' },
    { key: 'renames', nickname: 'new' },
    { key: 'comes' },
    { key: 'newkey', nickname: 'keyed', address: '203.0.113.5', port: 443 },
  ]);

  test('S8.1 S8.2 S8.3: came, went, gained, lost, moved, renamed, and a changed key', () => {
    const { churn } = churnBetween(before, after, []);
    expect(churn).toMatchObject({
      added: 2,
      removed: 2,
      gained: 1,
      lost: 1,
      moved: 1,
      renamed: 1,
      rekeyed: 1,
    });
    expect(churn.flags).toEqual([
      { flag: 'Guard', gained: 0, lost: 1 },
      { flag: 'HSDir', gained: 1, lost: 0 },
    ]);
    expect(churn.examples.moved).toEqual([
      {
        fingerprint: fingerprint('moves'),
        nickname: 'relay',
        before: '198.51.100.7:9001',
        after: '198.51.100.8:9001',
      },
    ]);
    expect(churn.examples.renamed).toEqual([
      { fingerprint: fingerprint('renames'), before: 'old', after: 'new' },
    ]);
    expect(churn.examples.rekeyed).toEqual([
      {
        nickname: 'keyed',
        address: '203.0.113.5:443',
        before: fingerprint('oldkey'),
        after: fingerprint('newkey'),
      },
    ]);
  });

  test('S8.7: nothing changed from a consensus to itself', () => {
    const { churn, withdrawals } = churnBetween(before, before, []);
    expect(Object.values(churn).filter((value) => typeof value === 'number' && value !== 0)).toEqual([]);
    expect(withdrawals).toEqual([]);
  });

  test('S8.6: who withdrew the flag, who is absent, and whose vote is not held', () => {
    const opinion = (flags: string | undefined): Exclude<OpinionPair['before'], 'absent' | undefined> => {
      const {
        identity,
        count,
        flags: bits,
        knownFlags,
      } = listing(flags === undefined ? [] : [{ key: 'stays', flags }]).routers;
      return { identity, count, flags: bits, knownFlags, methods: [33] };
    };
    const [had, has] = [opinion(`${usual} Guard`), opinion(usual)];
    const pairs: OpinionPair[] = [
      { authority: 'keeps', before: had, after: had },
      { authority: 'withdraws', before: had, after: has },
      { authority: 'unlists', before: had, after: opinion(undefined) },
      { authority: 'never', before: has, after: has },
      { authority: 'gone', before: had, after: 'absent' },
      { authority: 'unheld', before: had, after: undefined },
    ];
    expect(churnBetween(before, after, pairs).withdrawals).toEqual([
      {
        flag: 'Guard',
        lost: 1,
        by: [
          { authority: 'unlists', relays: 1 },
          { authority: 'withdraws', relays: 1 },
        ],
        absent: ['gone'],
        unknown: ['unheld'],
        named: [
          {
            fingerprint: fingerprint('stays'),
            nickname: 'relay',
            by: ['withdraws', 'unlists'],
            still: ['keeps'],
          },
        ],
      },
    ]);
  });
});

describe('suddenGrowth()', () => {
  /** A mixed network: every relay in a /16 of its own. */
  const there = Array.from({ length: 400 }, (_, index): Entry => ({
    key: `there ${index}`,
    nickname: `name${'abcdefghij'[index % 10]}${'klmnopqrst'[Math.floor(index / 10) % 10]}x${'uvwyz'[index % 5]}`,
    address: `${1 + (index % 100)}.${Math.floor(index / 100)}.0.1`,
    version: `Tor 0.4.8.${index % 4}`,
    weight: String(1000 + index),
  }));
  const grown = (came: readonly Entry[]): Growth[] => {
    const [before, after] = [listing(there), listing([...there, ...came])];
    return suddenGrowth(before, after, churnBetween(before, after, []).changes.added, defaultLimits);
  };
  const come = (count: number, make: (index: number) => Omit<Entry, 'key'>): Entry[] =>
    Array.from({ length: count }, (_, index) => ({ key: `came ${index}`, ...mixed(index), ...make(index) }));
  const mixed = (index: number): Omit<Entry, 'key'> => ({
    nickname: `other${'abcdefghijklmnopqrstuvwxyz'[index % 26]}`,
    address: `${101 + index}.7.0.1`,
    version: `Tor 0.4.8.${index % 4}`,
    weight: String(5000 + index),
  });
  const named = (groups: readonly Growth[]): string[] =>
    groups.map(({ by, pattern, relays }) => `${by} ${pattern} ${relays}`);

  test.each<[string, (index: number) => Omit<Entry, 'key'>, string]>([
    ['nicknames that differ by a number', (index) => ({ nickname: `Quux${index}` }), 'nickname quux#'],
    ['one /16', (index) => ({ address: `192.0.${index}.1` }), 'network16 192.0.0.0/16'],
    ['one version of their own', () => ({ version: 'Tor 0.4.7.1' }), 'version Tor 0.4.7.1'],
    ['one measured weight', () => ({ weight: '77' }), 'bandwidth 77'],
  ])('S8.5: ten new relays with %s are told of, nine are not', (_, make, group) => {
    expect(named(grown(come(10, make)))).toEqual([`${group} 10`]);
    expect(grown(come(9, make))).toEqual([]);
  });

  test('S8.5: a /24 is told beside its /16, with the first relays by name', () => {
    const groups = grown(come(12, () => ({ address: '192.0.2.9' })));
    expect(named(groups)).toEqual(['network16 192.0.0.0/16 12', 'network24 192.0.2.0/24 12']);
    expect(groups[1]?.named).toHaveLength(12);
    expect(groups[1]).toMatchObject({ before: 0, limit: 10 });
  });

  test('S8.5: weights that nobody measured are capped and say nothing; the version that a quarter runs is no sign', () => {
    expect(grown(come(12, () => ({ weight: '20 Unmeasured=1' })))).toEqual([]);
    // A quarter run each version: of 16 new relays 4 are expected, and 12 are three times as many.
    const versions = (same: number): Growth[] =>
      grown(come(16, (index) => ({ version: index < same ? 'Tor 0.4.8.0' : `Tor 0.4.9.${index}` })));
    expect(named(versions(12))).toEqual(['version Tor 0.4.8.0 12']);
    expect(versions(11)).toEqual([]);
  });

  test('S8.5: more than five in a hundred are told of whatever they have in common', () => {
    expect(named(grown(come(20, () => ({}))))).toEqual(['all  20']);
    expect(grown(come(19, () => ({})))).toEqual([]);
  });

  test('S8.5: the first consensus of a network is no growth', () => {
    const [none, some] = [listing([]), listing(there)];
    expect(suddenGrowth(none, some, churnBetween(none, some, []).changes.added, defaultLimits)).toEqual([]);
  });

  test('S8.5: contacts count where they are known', () => {
    const [before, after] = [listing(there), listing([...there, ...come(10, () => ({}))])];
    const contacts = new Map(
      Array.from({ length: 10 }, (_, index) => [fingerprint(`came ${index}`), 'one contact']),
    );
    const { added } = churnBetween(before, after, []).changes;
    expect(named(suddenGrowth(before, after, added, defaultLimits, contacts))).toEqual([
      'contact one contact 10',
    ]);
  });
});

describe('figures', () => {
  test.each([
    [7234, 8247, 87.7],
    [5678, 8247, 68.8],
    [6891, 8247, 83.6],
    [0, 5, 0],
    [5, 5, 100],
    [0, 0, undefined],
  ])('S2.2.11: %i of %i is %s percent with one decimal', (part, whole, percent) => {
    expect(percentOf(part, whole)).toBe(percent);
  });

  test('S2.2.11: each share of the mock-up with 2,845, 1,923 and 7,156 of 8,247', () => {
    expect([2845, 1923, 7156].map((part) => percentOf(part, 8247))).toEqual([34.5, 23.3, 86.8]);
  });

  test('S2.2.4 S2.2.13: counts are those of the entries, flags those of the document', () => {
    const facts = healthFacts(
      listing([
        { key: 'a', flags: `${usual} Exit Guard` },
        { key: 'b', weight: '7 Unmeasured=1' },
      ]),
    );
    expect(facts.relays).toBe(2);
    expect(facts.unmeasured).toBe(1);
    expect(facts.flags.map(({ flag }) => flag)).toContain('BadExit');
    expect(facts.flags.map(({ flag }) => flag)).not.toContain('Sybil');
    expect(facts.classes).toEqual([
      { name: 'total', relays: 2, weight: 1007 },
      { name: 'guard', relays: 1, weight: 1000 },
      { name: 'exit', relays: 1, weight: 1000 },
      { name: 'guardExit', relays: 1, weight: 1000 },
      { name: 'middle', relays: 1, weight: 7 },
    ]);
  });

  test('S2.2.2: seven of nine, and the highest method that so many support', () => {
    expect([9, 8, 7, 6, 5].map(methodNeeded)).toEqual([7, 6, 5, 5, 4]);
    const votes = (newer: number): number[][] =>
      Array.from({ length: 9 }, (_, index) => (index < newer ? [32, 33, 34, 35] : [32, 33, 34]));
    expect([possibleMethod(votes(7)), possibleMethod(votes(6)), possibleMethod([])]).toEqual([35, 34, 1]);
  });

  test.each([
    ['accept 80,443', 80, true],
    ['accept 80,443', 81, false],
    ['accept 20-23,80', 22, true],
    ['reject 25,119,135-139', 137, false],
    ['reject 25', 80, true],
    ['reject 1-65535', 443, false],
    ['accept', 80, false],
    ['nonsense 80', 80, false],
  ])('S2.2.20: %s lets port %i through: %s', (policy, port, through) => {
    expect(allowsPort(policy, port)).toBe(through);
  });

  test('S2.2.21: protocol lists are sets of numbers up to 63; a malformed one is none', () => {
    expect(readProtocols('Link=1,4-5 Relay=')).toEqual(
      new Map([
        ['Link', 0b110010n],
        ['Relay', 0n],
      ]),
    );
    for (const bad of ['Link', 'Link=5-4', 'Link=64', 'Link=x', 'L_nk=1'])
      expect(readProtocols(bad)).toBeUndefined();
  });

  test('S2.2.19: regions by country; all of them are told, unknown countries apart', () => {
    const share = (country: string, relays: number, weightShare: number) => ({
      country,
      relays,
      weightShare,
    });
    const regions = regionsOf([
      share('DE', 5, 0.5),
      share('NL', 2, 0.25),
      share('JP', 1, 0.125),
      share('??', 1, 0.125),
    ]);
    expect(regions.find(({ region }) => region === 'Europe')).toEqual({
      region: 'Europe',
      relays: 7,
      weightShare: 0.75,
    });
    expect(regions.map(({ region }) => region).toSorted()).toEqual([
      '??',
      'Africa',
      'Asia',
      'Europe',
      'Latin America',
      'Northern America',
      'Oceania',
    ]);
    expect(regions.find(({ region }) => region === 'Oceania')?.relays).toBe(0);
  });

  test('S2.2.14: a day before the first round is n/a with the number of hours, a gap is a gap', () => {
    const held = { first: 0, last: 37 * 3600 };
    expect(whyNoValue(-1, held)).toBe('only 37 hours are stored');
    expect(whyNoValue(-1, { first: 0, last: 3600 })).toBe('only 1 hour is stored');
    expect(whyNoValue(-1, { first: 0, last: 60 })).toBe('less than an hour is stored');
    expect(whyNoValue(3600, held)).toBe('the round of then is not held');
  });
});

describe('grades', () => {
  test.each([
    [-10, 'excellent'],
    [0, 'excellent'],
    [1, 'good'],
    [599, 'good'],
    [600, 'poor'],
  ])('S2.2.17: %i seconds past fresh-until are %s', (seconds, grade) => {
    expect(gradeFreshness(seconds).grade).toBe(grade);
  });

  test('S2.2.18: participation is votes of possible votes, and nothing without a round', () => {
    expect([216, 206, 205, 184, 183].map((votes) => gradeParticipation(votes, 216)?.grade)).toEqual([
      'excellent',
      'good',
      'fair',
      'fair',
      'poor',
    ]);
    expect(gradeParticipation(0, 0)).toBeUndefined();
  });

  test('S2.1.6: agreement is graded at 98, 95 and 90 percent', () => {
    expect([0.98, 0.9799, 0.95, 0.9, 0.8999].map((share) => gradeAgreement(share).grade)).toEqual([
      'excellent',
      'good',
      'good',
      'fair',
      'poor',
    ]);
  });

  test('S2.3.13: the margin is what is beyond the majority, votes or signatures, whichever are fewer', () => {
    expect([9, 8, 7, 6, 5].map((votes) => gradeMargin(votes, 9, 5, 9))).toEqual([
      { value: 4, grade: 'excellent' },
      { value: 3, grade: 'good' },
      { value: 2, grade: 'good' },
      { value: 1, grade: 'fair' },
      { value: 0, grade: 'poor' },
    ]);
    expect(gradeMargin(9, 6, 5, 9)).toEqual({ value: 1, grade: 'fair' });
  });

  test('S2.2.19: the largest country is held against a third and a half', () => {
    expect([1 / 3, 0.34, 0.5, 0.51].map((share) => gradeLargest(share, largestCountry).grade)).toEqual([
      'good',
      'fair',
      'fair',
      'poor',
    ]);
  });

  test('S2.2.20: exit policies by how many differ and whether the web is let through; n/a without exits', () => {
    const policies = (exitDistinct: number, weight: number) => ({
      stated: 20,
      distinct: 20,
      exits: 20,
      exitWeight: 100,
      exitDistinct,
      ports: [
        { port: 80, use: 'http', relays: 20, weight: 100 },
        { port: 443, use: 'https', relays: 20, weight },
      ],
    });
    expect(
      [policies(10, 90), policies(9, 90), policies(10, 89), policies(1, 100), policies(2, 74)].map(
        (one) => gradeExitPolicies(one)?.grade,
      ),
    ).toEqual(['good', 'fair', 'fair', 'poor', 'poor']);
    expect(gradeExitPolicies({ ...policies(0, 0), exits: 0 })).toBeUndefined();
  });

  test('nicknames are alike but for their digits and capitals', () => {
    expect(['Quux017', 'quux18', 'q2x3'].map(nicknamePattern)).toEqual(['quux#', 'quux#', 'q#x#']);
  });
});
