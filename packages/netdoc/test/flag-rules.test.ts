/** Whether flags in a vote follow its own thresholds: planted breaches, what cannot be told, and honest authorities. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  checkFlagRules,
  detectKind,
  flagOutcome,
  parseVote,
  type FlagRule,
  type FlagRuleOptions,
  type FlagRuleReport,
  type FlagVote,
} from '../src/index.ts';
import { bytesOfFile, filesOf, hasData, withData } from './support/data.ts';
import { authorities, both, instead, vote, without, type Edit, type MadeAuthority } from './support/make.ts';
import { hasRecording, openRecording, withRecording } from './support/recordings.ts';

const [first] = authorities() as [MadeAuthority];

/** A relay of a made vote: what it differs in from one that is sound in every way. */
interface Planted {
  readonly s?: string;
  readonly w?: string;
  readonly stats?: string;
  readonly address?: string;
  readonly published?: string;
}

const sound = 'Fast Guard HSDir Running Stable V2Dir Valid';
const flags =
  'known-flags Authority BadExit Exit Fast Guard HSDir MiddleOnly Running Stable StaleDesc Sybil V2Dir Valid';
const thresholds =
  'flag-thresholds stable-uptime=1000 stable-mtbf=200000 fast-speed=102000 guard-wfu=98.000% guard-tk=691200 guard-bw-inc-exits=10000000 guard-bw-exc-exits=8000000 enough-mtbf=1 ignoring-advertised-bws=1';

const withRelays =
  (relays: readonly Planted[]): Edit =>
  (lines) => {
    let at = -1;
    return lines.map((line) => {
      if (line.startsWith('r ')) at += 1;
      const relay = relays[at];
      if (!relay) return line;
      if (line.startsWith('r ')) {
        const [, nickname, id, digest] = line.split(' ');
        return `r ${nickname} ${id} ${digest} ${relay.published ?? '2024-05-01 01:00:00'} ${relay.address ?? `192.0.2.${at}`} 9001 0`;
      }
      if (line.startsWith('s ')) return `s ${relay.s ?? sound}`;
      if (line.startsWith('w ')) return `w ${relay.w ?? 'Bandwidth=9000 Measured=9000'}`;
      return line.startsWith('stats ')
        ? `stats ${relay.stats ?? 'wfu=0.990000 tk=900000 mtbf=900000'}`
        : line;
    });
  };

function read(relays: readonly Planted[], edit: Edit = (lines) => lines): FlagVote {
  const all = both(
    instead('known-flags', flags),
    instead('flag-thresholds', thresholds),
    instead('params', 'params AuthDirMaxServersPerAddr=2'),
    withRelays(relays),
    edit,
  );
  const parsed = parseVote(Uint8Array.from(vote(first, { relays: relays.length, edit: all })));
  expect(parsed.problems).toEqual([]);
  if (!parsed.document) throw new Error('no vote');
  return parsed.document;
}

function report(of: FlagVote, rule: FlagRule, options?: FlagRuleOptions): FlagRuleReport {
  const found = checkFlagRules(of, options).find((one) => one.rule === rule);
  if (!found) throw new Error(`no rule ${rule}`);
  return found;
}

const counts = ({ consistent, inconsistent, undecidable }: FlagRuleReport): readonly number[] => [
  consistent,
  inconsistent,
  undecidable,
];

test('relays that are sound in every way are consistent by every rule', () => {
  for (const one of checkFlagRules(read([{}, {}, {}]))) {
    expect([one.rule, ...counts(one)]).toEqual([one.rule, 3, 0, 0]);
    expect([one.because, one.findings, [...one.outcomes]]).toEqual([undefined, [], [0, 0, 0]]);
  }
});

const weak = 'Running V2Dir Valid';
const rows: readonly (readonly [
  rule: FlagRule,
  title: string,
  relay: Planted,
  outcome: keyof typeof flagOutcome,
])[] = [
  ['fast', 'at the threshold', { w: 'Bandwidth=9000 Measured=102' }, 'consistent'],
  ['fast', 'just below it', { w: 'Bandwidth=9000 Measured=101' }, 'inconsistent'],
  ['fast', 'just below it, without the flag', { s: weak, w: 'Bandwidth=9000 Measured=101' }, 'consistent'],
  ['fast', 'at the threshold, without the flag', { s: weak, w: 'Bandwidth=1 Measured=102' }, 'inconsistent'],
  ['fast', 'not measured in this vote', { w: 'Bandwidth=9000' }, 'undecidable'],
  ['fast', 'an authority’s own', { w: 'Bandwidth=9000 MeasuredButAuthority=9' }, 'undecidable'],
  ['fast', 'a sybil, slow or not', { s: 'Fast Sybil' }, 'inconsistent'],
  ['fast', 'a sybil without', { s: 'Sybil' }, 'consistent'],
  ['stable', 'above', { stats: 'wfu=0.99 tk=900000 mtbf=200062' }, 'consistent'],
  ['stable', 'too near to tell', { stats: 'wfu=0.99 tk=900000 mtbf=200060' }, 'undecidable'],
  ['stable', 'too near from below', { stats: 'wfu=0.99 tk=900000 mtbf=199940' }, 'undecidable'],
  ['stable', 'below', { stats: 'wfu=0.99 tk=900000 mtbf=199939' }, 'inconsistent'],
  ['stable', 'below, without the flag', { s: weak, stats: 'wfu=0.99 tk=900000 mtbf=199939' }, 'consistent'],
  ['stable', 'above, without the flag', { s: weak, stats: 'wfu=0.99 tk=900000 mtbf=200062' }, 'inconsistent'],
  ['stable', 'a sybil', { s: 'Stable Sybil' }, 'inconsistent'],
  ['guard-needs', 'without Stable', { s: 'Fast Guard Running V2Dir Valid' }, 'inconsistent'],
  ['guard-needs', 'without Fast', { s: 'Guard Running Stable V2Dir Valid' }, 'inconsistent'],
  ['guard-needs', 'without V2Dir', { s: 'Fast Guard Running Stable Valid' }, 'inconsistent'],
  ['guard-needs', 'not running', { s: 'Fast Guard Stable V2Dir Valid' }, 'consistent'],
  ['guard-needs', 'no guard', { s: weak }, 'consistent'],
  ['guard-thresholds', 'enough without the percentile', { w: 'Bandwidth=1 Measured=2097' }, 'consistent'],
  ['guard-thresholds', 'too slow', { w: 'Bandwidth=1 Measured=2096' }, 'inconsistent'],
  [
    'guard-thresholds',
    'too slow, without the flag',
    { s: 'Fast Running Stable V2Dir Valid', w: 'Bandwidth=1 Measured=2096' },
    'consistent',
  ],
  ['guard-thresholds', 'without the flag', { s: 'Fast Running Stable V2Dir Valid' }, 'inconsistent'],
  ['guard-thresholds', 'too little up', { stats: 'wfu=0.979900 tk=900000 mtbf=900000' }, 'inconsistent'],
  ['guard-thresholds', 'too near to tell', { stats: 'wfu=0.979950 tk=900000 mtbf=900000' }, 'undecidable'],
  [
    'guard-thresholds',
    'known for too short a time',
    { stats: 'wfu=0.99 tk=691139 mtbf=900000' },
    'inconsistent',
  ],
  [
    'guard-thresholds',
    'known for nearly too short',
    { stats: 'wfu=0.99 tk=691141 mtbf=900000' },
    'undecidable',
  ],
  ['guard-thresholds', 'not measured here', { w: 'Bandwidth=9000' }, 'undecidable'],
  [
    'guard-thresholds',
    'not measured here, but too young',
    { w: 'Bandwidth=9000', stats: 'wfu=0.99 tk=10 mtbf=900000' },
    'inconsistent',
  ],
  ['guard-thresholds', 'not Stable: another rule’s', { s: 'Fast Guard V2Dir' }, 'consistent'],
  [
    'guard-thresholds',
    'a relay for the middle only',
    { s: 'BadExit Fast MiddleOnly Running Stable V2Dir Valid' },
    'consistent',
  ],
  ['hsdir-needs', 'not running', { s: 'Fast HSDir Stable V2Dir Valid' }, 'inconsistent'],
  ['hsdir-needs', 'not valid', { s: 'Fast HSDir Running Stable V2Dir' }, 'inconsistent'],
  ['hsdir-needs', 'without the flag', { s: 'Fast Running Stable V2Dir Valid' }, 'consistent'],
  ['middle-only', 'as it should be', { s: 'BadExit Fast MiddleOnly Running Stable Valid' }, 'consistent'],
  ['middle-only', 'a guard', { s: 'BadExit Fast Guard MiddleOnly Running Stable Valid' }, 'inconsistent'],
  ['middle-only', 'an exit', { s: 'BadExit Exit Fast MiddleOnly Running Valid' }, 'inconsistent'],
  ['middle-only', 'no bad exit', { s: 'Fast MiddleOnly Running Valid' }, 'inconsistent'],
  ['stale-desc', '18 hours and a second', { published: '2024-04-30 17:49:59' }, 'inconsistent'],
  [
    'stale-desc',
    '18 hours and a second, with the flag',
    { published: '2024-04-30 17:49:59', s: sound.replace('V2Dir', 'StaleDesc V2Dir') },
    'consistent',
  ],
  ['stale-desc', '18 hours', { published: '2024-04-30 17:50:00' }, 'consistent'],
  ['stale-desc', 'fresh, with the flag', { s: 'Running StaleDesc Valid' }, 'inconsistent'],
  ['sybil', 'nothing but what it keeps', { s: 'BadExit MiddleOnly StaleDesc Sybil' }, 'consistent'],
  ...['Authority', 'Exit', 'Stable', 'Fast', 'Running', 'Valid', 'HSDir', 'V2Dir', 'Guard'].map(
    (flag) => ['sybil', flag, { s: [flag, 'Sybil'].sort().join(' ') }, 'inconsistent'] as const,
  ),
];

describe('checkFlagRules()', () => {
  test.each(rows)('%s: %s', (rule, _, relay, outcome) => {
    const found = report(read([{}, relay]), rule);
    expect([...found.outcomes]).toEqual([flagOutcome.consistent, flagOutcome[outcome]]);
    expect(found[outcome]).toBe(outcome === 'consistent' ? 2 : 1);
    expect(found.findings.map(({ router }) => router)).toEqual(outcome === 'inconsistent' ? [1] : []);
  });

  test.each<[FlagRule, Planted, object]>([
    [
      'fast',
      { w: 'Bandwidth=9 Measured=37' },
      { flag: 'Fast', is: 'there', values: { bandwidth: 37_000, 'fast-speed': 102_000 } },
    ],
    [
      'stable',
      { s: weak },
      { flag: 'Stable', is: 'missing', values: { mtbf: 900_000, 'stable-mtbf': 200_000, enough: 432_000 } },
    ],
    [
      'guard-needs',
      { s: 'Guard Running Valid' },
      { flag: 'Guard', is: 'there', values: { without: 'Fast Stable V2Dir' } },
    ],
    [
      'guard-thresholds',
      { w: 'Bandwidth=1 Measured=200' },
      {
        flag: 'Guard',
        is: 'there',
        values: {
          bandwidth: 200_000,
          'guard-bw': 8_000_000,
          wfu: 0.99,
          'guard-wfu': 0.98,
          tk: 900_000,
          'guard-tk': 691_200,
        },
      },
    ],
    [
      'middle-only',
      { s: 'MiddleOnly Running Valid' },
      { flag: 'BadExit', is: 'missing', values: { with: 'MiddleOnly' } },
    ],
    [
      'stale-desc',
      { published: '2024-04-29 00:00:00' },
      {
        flag: 'StaleDesc',
        is: 'missing',
        values: { descriptor: '2024-04-29 00:00:00', vote: '2024-05-01 11:50:00' },
      },
    ],
    ['sybil', { s: 'Sybil Valid' }, { flag: 'Valid', is: 'there', values: { with: 'Sybil' } }],
  ])('%s: a finding says which relay, which flag, and what was compared', (rule, relay, expected) => {
    const of = read([relay]);
    expect(report(of, rule).findings).toEqual([
      expect.objectContaining({
        router: 0,
        fingerprint: expect.stringMatching(/^[0-9A-F]{40}$/),
        ...expected,
      }),
    ]);
    expect(report(of, rule).findings[0]?.nickname).toMatch(/^relay\d+$/);
  });

  test('more relays at an address than are allowed, not counting sybils', () => {
    const here = { address: '198.51.100.1' };
    const found = report(read([here, here, { ...here, s: 'Sybil' }, {}]), 'servers-per-address');
    expect(counts(found)).toEqual([4, 0, 0]);
    const crowd = report(read([here, here, here, {}]), 'servers-per-address');
    expect(counts(crowd)).toEqual([1, 3, 0]);
    expect(crowd.findings[0]).toMatchObject({
      flag: 'Sybil',
      is: 'missing',
      values: { address: '198.51.100.1', relays: 3, AuthDirMaxServersPerAddr: 2 },
    });
    const any = instead('params', 'params AuthDirMaxServersPerAddr=0');
    expect(counts(report(read([here, here, here], any), 'servers-per-address'))).toEqual([3, 0, 0]);
  });

  test('an authority that measures nobody goes by what relays advertise', () => {
    const edit = both(without('bandwidth-file-headers'), without('bandwidth-file-digest'));
    const relays = [{ w: 'Bandwidth=102' }, { w: 'Bandwidth=101' }, { s: weak, w: 'Bandwidth=101' }];
    expect([...report(read(relays, edit), 'fast').outcomes]).toEqual([0, 1, 0]);
    // One measured relay tells that there was a file, named or not.
    const one = [...relays, { w: 'Bandwidth=1 Measured=102' }];
    expect([...report(read(one, edit), 'fast').outcomes]).toEqual([2, 2, 2, 0]);
  });

  test('5 days between failures are enough whatever the threshold; so is what the authority is known to have set', () => {
    const high = instead('flag-thresholds', thresholds.replace('stable-mtbf=200000', 'stable-mtbf=2000000'));
    const of = read(
      [{ stats: 'wfu=0.99 tk=900000 mtbf=500000' }, { stats: 'wfu=0.99 tk=900000 mtbf=400000' }],
      high,
    );
    expect([...report(of, 'stable').outcomes]).toEqual([0, 1]);
    expect([...report(of, 'stable', { stableMtbfSeconds: 300_000 }).outcomes]).toEqual([0, 0]);
    expect([...report(of, 'stable', { stableMtbfSeconds: 400_000 }).outcomes]).toEqual([0, 2]);
    const slow = read([{ w: 'Bandwidth=1 Measured=500' }]);
    expect([...report(slow, 'guard-thresholds', { guardBandwidthKb: 500 }).outcomes]).toEqual([0]);
  });

  test.each<[FlagRule, Edit, RegExp]>([
    ['fast', without('flag-thresholds'), /no fast-speed/],
    ['fast', instead('flag-thresholds', 'flag-thresholds fast-speed=fast'), /no fast-speed/],
    ['stable', without('flag-thresholds'), /no stable-mtbf/],
    [
      'stable',
      instead('flag-thresholds', thresholds.replace('enough-mtbf=1', 'enough-mtbf=0')),
      /went by uptime/,
    ],
    ['guard-thresholds', without('flag-thresholds'), /no guard thresholds/],
    ['servers-per-address', without('params'), /AuthDirMaxServersPerAddr/],
    ['stale-desc', instead('known-flags', flags.replace(' StaleDesc', '')), /does not vote on StaleDesc/],
    ['middle-only', instead('known-flags', flags.replace(' MiddleOnly', '')), /does not vote on MiddleOnly/],
    ['sybil', instead('known-flags', flags.replace(' Sybil', '')), /an older tor/],
    ['fast', instead('known-flags', flags.replace(' Sybil', '')), /an older tor/],
  ])('%s decides nothing where the vote does not have what it needs', (rule, edit, because) => {
    const found = report(read([{}, {}], edit), rule);
    expect(counts(found)).toEqual([0, 0, 2]);
    expect(found.because).toMatch(because);
    expect([...found.outcomes]).toEqual([2, 2]);
  });

  test('a bad exit is asked for only where the authority votes on it, running only where it tells', () => {
    const edit = instead('known-flags', flags.replace('BadExit ', '').replace(' Running', ''));
    const of = read([{ s: 'Fast MiddleOnly Valid' }, { s: 'Fast HSDir Stable V2Dir Valid' }], edit);
    expect(counts(report(of, 'middle-only'))).toEqual([2, 0, 0]);
    expect(counts(report(of, 'hsdir-needs'))).toEqual([2, 0, 0]);
  });

  test('all inconsistent relays are counted, the first 100 are named', () => {
    const found = report(read(Array.from({ length: 120 }, () => ({ s: 'Guard' }))), 'guard-needs');
    expect(found.inconsistent).toBe(120);
    expect(found.findings).toHaveLength(100);
  });

  test('a vote without relays', () => {
    for (const one of checkFlagRules(read([]))) expect(counts(one)).toEqual([0, 0, 0]);
  });
});

/** Sums over votes, and every finding in words. */
function summed(votes: readonly Uint8Array[]): {
  readonly findings: readonly string[];
  readonly decided: ReadonlyMap<FlagRule, number>;
} {
  const findings: string[] = [];
  const decided = new Map<FlagRule, number>();
  for (const bytes of votes) {
    const { document } = parseVote(bytes);
    if (!document) throw new Error('no vote');
    for (const one of checkFlagRules(document)) {
      findings.push(
        ...one.findings.map(
          ({ nickname, flag, is, values }) =>
            `${one.rule}: ${nickname} ${flag} ${is} ${JSON.stringify(values)}`,
        ),
      );
      decided.set(one.rule, (decided.get(one.rule) ?? 0) + one.consistent);
    }
  }
  return { findings, decided };
}

const badDay = hasRecording('bad-day') ? openRecording('bad-day') : undefined;
const lab = hasRecording('lab-rounds') ? openRecording('lab-rounds', '*/003/vote-*') : undefined;
afterAll(() => {
  badDay?.remove();
  lab?.remove();
});

describe('honest authorities', () => {
  test.runIf(badDay)(withRecording('bad-day', 'of the recorded day break no rule'), () => {
    const votes = (badDay?.files ?? [])
      .filter((path) => path.startsWith('documents/'))
      .map((path) => badDay?.read(path) ?? new Uint8Array())
      .filter((bytes) => detectKind(bytes) === 'vote')
      .slice(0, 120);
    const { findings, decided } = summed(votes);
    expect(findings).toEqual([]);
    for (const rule of ['fast', 'stable', 'guard-thresholds'] as const)
      expect(decided.get(rule)).toBeGreaterThan(25_000);
  });

  test.runIf(lab)(withRecording('lab-rounds', 'of a network of 9,500 relays break no rule'), () => {
    const { findings, decided } = summed(
      (lab?.files ?? []).map((file) => lab?.read(file) ?? new Uint8Array()),
    );
    expect(findings).toEqual([]);
    for (const rule of ['fast', 'stable', 'guard-thresholds'] as const)
      expect(decided.get(rule)).toBeGreaterThan(75_000);
  });

  test.runIf(hasData)(
    withData('of the public network of 2026 break no rule; of 2016 nothing is said'),
    () => {
      const today = filesOf('cropped').filter((name) => /^arti__.*authority$/.test(name));
      const { findings, decided } = summed(today.map((name) => bytesOfFile('cropped', name)));
      expect([today.length, findings]).toEqual([4, []]);
      expect(decided.get('stale-desc')).toBe(20);
      const old = filesOf('vote').map((name) => bytesOfFile('vote', name));
      expect([...summed(old).decided.values()].reduce((sum, one) => sum + one, 0)).toBe(0);
    },
  );
});
