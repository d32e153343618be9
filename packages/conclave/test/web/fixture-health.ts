/** Answers about the health of a round and its past, in the situations that a page has to survive. All figures are made up. */
import type { ChurnSeries, Health, RelayHistory, Relays, Series, Trends } from '../../src/api/index.ts';
import {
  digest,
  hostileName,
  now,
  shift,
  type Situation,
  upper,
  validAfter,
  votersOf,
} from './fixture-rows.ts';
import { diversity } from './fixture-diversity.ts';
import { statusOf } from './fixture-status.ts';

const before = '2026-07-27T13:00:00Z';
const hour = 3600;
/** How many rounds the fixtures hold the past of. */
const weeks = 3;
const firstHeld = shift(validAfter, -weeks * 7 * 24 * hour);

/** Rounds that are not held: eight hours of an outage, and one alone. */
function isGap(time: string): boolean {
  return (time >= '2026-07-24T02:00:00Z' && time < '2026-07-24T10:00:00Z') || time === '2026-07-26T05:00:00Z';
}

const stampOf = (situation: Situation): { network: string; now: string; revision: number } => ({
  network: statusOf(situation).network,
  now,
  revision: 41,
});
const nicknameOf = (situation: Situation, index: number): string =>
  situation === 'hostile' ? hostileName : (['seele', 'prsv', 'F3Netze'][index % 3] ?? '');
const relayOf = (situation: Situation, index: number): { fingerprint: string; nickname: string } => ({
  fingerprint: upper(300 + index),
  nickname: nicknameOf(situation, index),
});

/** What changed in the round. */
function churnOf(situation: Situation): NonNullable<Health['churn']['value']> {
  const failing = situation === 'failing';
  const added = failing ? 48 : 12;
  const listed = (index: number) => ({
    ...relayOf(situation, index),
    address: `192.0.2.${index}:9001`,
    flags: ['Fast', 'Running', 'Valid'],
  });
  return {
    against: before,
    added,
    removed: 9,
    gained: 40,
    lost: 31,
    moved: 2,
    renamed: 1,
    rekeyed: 1,
    flags: [
      { flag: 'Guard', gained: 12, lost: 31 },
      { flag: 'Stable', gained: 28, lost: 0 },
    ],
    examples: {
      added: [listed(1), listed(2)],
      removed: [listed(3)],
      moved: [{ ...relayOf(situation, 4), before: '192.0.2.4:9001', after: '198.51.100.4:9001' }],
      renamed: [{ fingerprint: upper(305), before: 'old', after: nicknameOf(situation, 5) }],
      rekeyed: [{ nickname: 'titamon3', address: '192.0.2.6:443', before: upper(306), after: upper(307) }],
    },
    withdrawals: [
      {
        flag: 'Guard',
        lost: 31,
        by: [
          { authority: 'moria1', relays: 30 },
          { authority: 'tor26', relays: 29 },
        ],
        absent: failing ? ['faravahar'] : [],
        unknown: ['longclaw'],
        named: [{ ...relayOf(situation, 7), by: ['moria1'], still: ['dizum'] }],
      },
    ],
    growth: failing
      ? [
          {
            by: 'network24',
            pattern: '203.0.113.0/24',
            relays: 40,
            before: 0,
            limit: 10,
            named: [relayOf(situation, 8)],
          },
        ]
      : [],
  };
}

const flagShares = {
  BadExit: 3,
  Exit: 2_510,
  Fast: 8_840,
  Guard: 4_310,
  HSDir: 6_620,
  Running: 9_871,
  Stable: 8_204,
};

/** The health of a round; undefined where none is held. */
export function healthOf(situation: Situation, at: string = validAfter): Health | undefined {
  if (situation === 'nothing') return undefined;
  if (at !== validAfter && at !== before) return undefined;
  const voters = votersOf(situation);
  const failing = situation === 'failing';
  const blind = situation === 'blind';
  const relays = 9_871;
  const votes = failing ? voters.length - 2 : voters.length;
  const needed = Math.floor(voters.length / 2) + 1;
  return {
    ...stampOf(situation),
    sentence: failing
      ? {
          level: 'bad',
          headline: 'The consensus of 14:00 breaks a rule.',
          detail: '4 relays have HSDir without Stable.',
        }
      : {
          level: 'ok',
          headline: 'The consensus of 14:00 keeps every rule.',
          detail: '9,871 relays, 9 votes.',
        },
    validAfter: at,
    previous: at === validAfter ? before : null,
    following: at === validAfter ? null : validAfter,
    newest: at === validAfter,
    ageSeconds: 1930,
    firstSeen: blind ? null : '2026-07-27T14:00:04Z',
    method: {
      used: 35,
      needed: Math.floor((voters.length * 2) / 3) + 1,
      possible: blind ? { value: null, reason: 'no vote is held' } : { value: 35 },
      supported: voters.map((authority, i) =>
        blind && i > 0
          ? { authority, methods: null, highest: null, reason: 'its vote is not held' }
          : { authority, methods: [32, 33, 34, 35], highest: 35 },
      ),
    },
    fresh: { from: at, until: shift(at, hour), seconds: hour },
    valid: { from: at, until: shift(at, 3 * hour), seconds: 3 * hour },
    voteSeconds: 300,
    distSeconds: 300,
    authorities: {
      configured: voters.length,
      sources: votes,
      signatures: votes,
      validSignatures: failing ? needed - 1 : votes,
      needed,
    },
    flavors: [
      { flavor: 'ns', sha256: digest(1), digest: upper(90), bytes: 3_262_118 },
      blind
        ? {
            flavor: 'microdesc',
            sha256: null,
            digest: null,
            bytes: null,
            reason: 'no copy of this flavour was seen',
          }
        : { flavor: 'microdesc', sha256: digest(3), digest: digest(91).toUpperCase(), bytes: 2_811_003 },
    ],
    relays,
    flags: Object.entries(flagShares).map(([flag, count]) => ({
      flag: situation === 'hostile' && flag === 'Exit' ? hostileName : flag,
      relays: count,
      share: count / relays,
      percent: Math.round((count * 1000) / relays) / 10,
      everyone: flag === 'Running',
    })),
    weightSum: 44_807_632,
    unmeasured: { relays: 107, share: 107 / relays },
    classes: (['total', 'guard', 'exit', 'guardExit', 'middle'] as const).map((name, i) => {
      const count = [relays, 4_310, 2_507, 1_204, 4_258][i] ?? 0;
      const weight = [44_807_632, 27_400_000, 11_200_000, 6_100_000, 12_307_632][i] ?? 0;
      return {
        name,
        relays: count,
        share: count / relays,
        weight,
        weightShare: weight / 44_807_632,
        capacity: blind
          ? { value: null, reason: 'no server descriptors of the relays of this round are held' }
          : { value: { bitsPerSecond: weight * 22_000, described: i === 0 ? count - 12 : count } },
      };
    }),
    params: [
      { name: 'bwauthpid', value: 1 },
      { name: 'guard-n-primary-guards', value: -1 },
    ],
    versions: {
      client: null,
      server: ['0.4.8.16', '0.4.9.11'],
      recommended: { value: { relays: 9_100, share: 9_100 / relays } },
      running: [
        { version: '0.4.9.11', relays: 9_100, share: 9_100 / relays, recommended: true },
        {
          version: situation === 'hostile' ? hostileName : '0.4.7.8',
          relays: 771,
          share: 771 / relays,
          recommended: false,
        },
      ],
    },
    protocols: [
      {
        keyword: 'required-relay-protocols',
        value: 'Cons=2 Desc=2 Link=4-5',
        support: { value: { relays, share: 1 } },
      },
      {
        keyword: 'recommended-client-protocols',
        value: null,
        support: { value: null, reason: 'the consensus has no such line' },
      },
    ],
    exitPolicies: {
      distinct: 812,
      stated: relays,
      ports: [{ port: 443, use: 'https', relays: 2_480, share: 2_480 / 2_507, weightShare: 0.991 }],
    },
    ...diversity(blind, relays),
    quality: [
      {
        name: 'freshness',
        title: 'Freshness',
        level: 'ok',
        grade: 'excellent',
        text: 'fresh for another 27 min',
        value: 0,
        unit: 'seconds',
        rule: 'Seconds past fresh-until: none is excellent.',
      },
      {
        name: 'margin',
        title: 'Margin over the majority',
        level: failing ? 'bad' : 'ok',
        grade: failing ? 'poor' : 'excellent',
        text: failing ? 'one signature too few' : '4 more than needed',
        value: failing ? -1 : 4,
        unit: 'count',
        rule: 'Votes and signatures beyond those needed.',
      },
      {
        name: 'networks',
        title: 'Networks (AS)',
        level: 'unknown',
        grade: null,
        text: 'n/a, because no table of networks is configured',
        value: null,
        unit: 'share',
        rule: 'Share of the consensus weight in the largest AS.',
      },
    ],
    invariants: [
      {
        rule: 'running',
        document: 'consensus',
        text: 'Every listed relay has Running.',
        holds: true,
        violations: 0,
        named: [],
      },
      failing
        ? {
            rule: 'hsdir',
            document: 'consensus',
            text: 'Whoever has HSDir has Stable, Fast and V2Dir.',
            holds: false,
            violations: 4,
            named: [{ ...relayOf(situation, 9), text: 'has HSDir without Stable' }],
          }
        : {
            rule: 'hsdir',
            document: voters[0] ?? '',
            text: 'Whoever has HSDir has Stable, Fast and V2Dir.',
            holds: null,
            violations: 0,
            named: [],
            reason: 'its vote is not held',
          },
    ],
    churn: blind ? { value: null, reason: 'the round before is not held' } : { value: churnOf(situation) },
  };
}

const figures = [
  ['relays', 'Relays', 'relays', 9_871, 40],
  ['guards', 'Relays with Guard', 'relays', 4_310, 30],
  ['weight_sum', 'Sum of consensus weights', 'weight', 44_807_632, 600_000],
  ['agreement', 'Agreement of the votes with the consensus', 'share', 0.977, 0.004],
  ['votes', 'Votes that the consensus names', 'votes', 9, 0],
] as const;
const capacity = ['capacity:exit', 'Exit capacity by descriptors', 'bits/s', 847e9, 9e9] as const;

function waveOf(base: number, swing: number, index: number): number {
  const value = base + swing * Math.sin(index / 9) + (swing / 6) * ((index * 7919) % 5);
  return base < 1 ? value : Math.round(value);
}

/** The trends; undefined where no round is held. */
export function trendsOf(situation: Situation): Trends | undefined {
  if (situation === 'nothing') return undefined;
  const blind = situation === 'blind';
  return {
    ...stampOf(situation),
    sentence: { level: 'ok', headline: '9,871 relays, 23 more than a week ago.', detail: '' },
    validAfter,
    held: {
      first: blind ? shift(validAfter, -hour) : firstHeld,
      last: validAfter,
      rounds: 496,
      expected: 505,
    },
    rows: [...figures, capacity].map(([figure, title, unit, base, swing]) => ({
      figure,
      title,
      unit,
      now:
        blind && figure === 'capacity:exit'
          ? { value: null, reason: 'no descriptors are held' }
          : { value: base },
      before: (['day', 'week', 'month', 'year'] as const).map((span, i) => {
        const then = shift(validAfter, -([1, 7, 30, 365][i] ?? 0) * 24 * hour);
        return blind || i > 1
          ? {
              span,
              validAfter: then,
              value: null,
              difference: null,
              reason: blind ? 'only 1 hour is stored' : 'only 504 hours are stored',
            }
          : { span, validAfter: then, value: base - swing / 2, difference: i === 0 ? -swing / 4 : swing / 2 };
      }),
    })),
    method: { now: 35, before: null, changed: null, text: '35 in every round held' },
  };
}

/** Series of these figures. */
export function seriesOf(
  situation: Situation,
  query: {
    readonly figures: readonly string[];
    readonly from?: string;
    readonly step?: 'hour' | 'round' | 'day';
  },
): Series | undefined {
  if (situation === 'nothing') return undefined;
  const days = query.step === 'day';
  const seconds = days ? 24 * hour : hour;
  const first = days ? `${(query.from ?? firstHeld).slice(0, 10)}T00:00:00Z` : (query.from ?? firstHeld);
  const count = Math.floor((Date.parse(validAfter) - Date.parse(first)) / 1000 / seconds) + 1;
  const times = Array.from({ length: count }, (_, i) => shift(first, i * seconds));
  const rounds = times.map((time) =>
    days ? (time.slice(0, 10) === '2026-07-24' ? 16 : 24) : isGap(time) ? 0 : 1,
  );
  const known = figures.filter(([figure]) => query.figures.includes(figure));
  return {
    ...stampOf(situation),
    from: first,
    until: shift(validAfter, 1),
    step: days ? 'day' : 'round',
    stepSeconds: seconds,
    missing: rounds.filter((held) => held === 0).length,
    available: figures.map(([figure, title, unit]) => ({ figure, title, unit })),
    times,
    rounds,
    series: known.map(([figure, title, unit, base, swing]) => {
      const values = rounds.map((held, i) => (held === 0 ? null : waveOf(base, swing, i)));
      const shifted = (by: number): (number | null)[] =>
        values.map((value) => (value === null ? null : value + by));
      return {
        figure,
        title,
        unit,
        values,
        least: days ? shifted(-swing / 3) : null,
        most: days ? shifted(swing / 3) : null,
      };
    }),
  };
}

/** Who came and went. */
export function churnSeriesOf(
  situation: Situation,
  from: string = shift(validAfter, -7 * 24 * hour),
): ChurnSeries | undefined {
  if (situation === 'nothing') return undefined;
  const count = Math.floor((Date.parse(validAfter) - Date.parse(from)) / 1000 / hour) + 1;
  const times = Array.from({ length: count }, (_, i) => shift(from, i * hour));
  const rows = times.map((time, i) => {
    const held = !isGap(time);
    const comparable = held && i > 0 && !isGap(times[i - 1] ?? '');
    const count = (most: number): number | null => (comparable ? (i * 7919) % most : null);
    return {
      validAfter: time,
      held,
      relays: held ? 9_871 : null,
      added: count(31),
      removed: count(23),
      gained: count(180),
      lost: count(160),
      moved: count(4),
      renamed: count(2),
      rekeyed: count(2),
    };
  });
  return {
    ...stampOf(situation),
    from,
    until: shift(validAfter, 1),
    intervalSeconds: hour,
    missing: rows.filter(({ held }) => !held).length,
    rows,
  };
}

export const relayFingerprint = upper(300);

/** One relay over three weeks: with Guard, without, away for two days, back. */
export function relayHistoryOf(situation: Situation, fingerprint: string): RelayHistory | undefined {
  if (situation === 'nothing' || fingerprint.toUpperCase() !== relayFingerprint) return undefined;
  const text = situation === 'hostile' ? hostileName : '0.4.9.11';
  const at = (days: number): string => shift(validAfter, -days * 24 * hour);
  const interval = (
    from: number,
    until: number,
    flags: string[],
    weight: number,
  ): RelayHistory['intervals'][number] => ({
    first: shift(at(from), hour),
    last: at(until),
    rounds: (from - until) * 24,
    flags: [...flags, 'Running', 'Valid'],
    version: situation === 'blind' ? null : text,
    policy: situation === 'blind' ? null : 'reject 1-65535',
    address: '192.0.2.7:9001',
    weight: situation === 'blind' ? null : { least: weight - 400, mean: weight, most: weight + 900 },
    unmeasured: from > 20 ? 3 : 0,
  });
  return {
    ...stampOf(situation),
    sentence: {
      level: 'ok',
      headline: 'Listed in 448 of the 496 rounds held.',
      detail: 'The newest round lists it.',
    },
    fingerprint: relayFingerprint,
    nickname: situation === 'hostile' ? hostileName : situation === 'blind' ? null : 'silentFerry',
    firstListed: shift(at(21), hour),
    lastListed: validAfter,
    from: at(365),
    until: shift(validAfter, 1),
    held: { rounds: 496, missing: 9, first: firstHeld, last: validAfter },
    rounds: 448,
    presence: 448 / 496,
    intervals: [
      interval(21, 14, ['Fast'], 3_000),
      interval(14, 9, ['Fast', 'Stable'], 6_400),
      interval(7, 0, ['Fast', 'Guard', 'Stable'], 8_100),
    ],
    gaps: [
      { first: '2026-07-24T02:00:00Z', last: '2026-07-24T09:00:00Z', rounds: 8 },
      { first: '2026-07-26T05:00:00Z', last: '2026-07-26T05:00:00Z', rounds: 1 },
    ],
    days: Array.from({ length: 22 }, (_, i) => ({
      day: `${at(21 - i).slice(0, 10)}T00:00:00Z`,
      rounds: 24,
      weight:
        situation === 'blind' || (i > 12 && i < 14)
          ? null
          : { least: 2_900 + i * 200, mean: 3_100 + i * 210, most: 3_300 + i * 240 },
    })),
    weights:
      situation === 'blind'
        ? []
        : Array.from({ length: 21 * 24 }, (_, i) => ({
            at: shift(at(21), (i + 1) * hour),
            weight: 3_000 + i * 10,
          })),
  };
}

/** Two relays of one name, and one that is not listed any more. */
export function relaysOf(situation: Situation, search: string): Relays {
  const known = situation === 'nothing' || search.length > 12 ? [] : [300, 301];
  return {
    ...stampOf(situation),
    sentence: {
      level: known.length === 0 ? 'unknown' : 'ok',
      headline: known.length === 0 ? 'No relay of the newest round.' : '2 relays of the newest round.',
      detail: '',
    },
    search,
    validAfter: situation === 'nothing' ? null : validAfter,
    found: known.length === 0 ? 0 : 4,
    relays: [
      ...known.map((at) => ({
        fingerprint: upper(at),
        nickname: situation === 'hostile' ? hostileName : 'silentFerry',
        address: '192.0.2.7:9001',
        flags: ['Fast', 'Running', 'Valid'],
        lastListed: validAfter,
      })),
      ...known.slice(1).map(() => ({
        fingerprint: upper(302),
        nickname: null,
        address: null,
        flags: null,
        lastListed: firstHeld,
      })),
    ],
  };
}
