/**
 * The overview in each situation, with its alerts and events.
 */
import type { AlertView, EventView, Observing, Status } from '../../src/api/index.ts';
import {
  at,
  consensusSha,
  digest,
  hostileName,
  nine,
  now,
  rowsOf,
  type Situation,
  validAfter,
  votersOf,
} from './fixture-rows.ts';

const observings: Record<'watching' | 'nothing' | 'blind' | 'replay' | 'ended', Observing> = {
  watching: {
    state: 'watching',
    text: 'All sources answer.',
    vantage: 'Frankfurt',
    lastTick: at(23),
    ageSeconds: 23,
    probeSeconds: 60,
  },
  nothing: {
    state: 'starting',
    text: 'The first requests are under way.',
    vantage: 'Frankfurt',
    lastTick: null,
    ageSeconds: null,
    probeSeconds: 60,
  },
  blind: {
    state: 'blind',
    text: 'None of the last 9 requests left this machine: the network is unreachable since 14:21:40.',
    vantage: 'Frankfurt',
    lastTick: at(640),
    ageSeconds: 640,
    probeSeconds: 60,
  },
  replay: {
    state: 'replaying',
    text: 'A recording of 2026-07-27, 12:00 to 18:00, at 60 times its speed.',
    vantage: 'the lab',
    lastTick: at(2),
    ageSeconds: 2,
    probeSeconds: 60,
    speed: 60,
  },
  ended: {
    state: 'ended',
    text: 'The recording of 2026-07-27, 12:00 to 18:00, has ended.',
    vantage: 'the lab',
    lastTick: at(2),
    ageSeconds: 2,
    probeSeconds: 60,
    speed: 60,
  },
};

function observingOf(situation: Situation): Observing {
  return situation === 'nothing' || situation === 'blind' || situation === 'replay' || situation === 'ended'
    ? observings[situation]
    : observings.watching;
}

/** The alerts of a situation. */
export function alertsOf(situation: Situation): AlertView[] {
  if (['nothing', 'three', 'twelve', 'blind'].includes(situation)) return [];
  const scanner: AlertView = {
    id: 'a1',
    check: 'scanner-silent',
    category: 'authority_performance',
    severity: 'warning',
    title: "faravahar's scanner is silent",
    message: 'Bandwidth file from 05:12, 9 h old; usual age under 2 h. 5 scanners remain, 3 are needed.',
    authority: 'faravahar',
    state: 'firing',
    since: at(26_000),
    lastSeen: at(23),
    resolvedAt: null,
    link: '/authorities/faravahar',
  };
  const resolved: AlertView = {
    ...scanner,
    id: 'a0',
    check: 'authority-slow',
    title: 'tor26 was slow',
    severity: 'warning',
    message: 'First byte 1,204 ms for 12 min; the limit is 1,000 ms.',
    authority: 'tor26',
    state: 'resolved',
    resolvedAt: at(90_000),
    lastSeen: at(90_100),
    since: at(91_000),
    link: 'javascript:alert(1)',
  };
  if (situation === 'hostile')
    return [{ ...scanner, title: hostileName, message: hostileName, authority: hostileName }];
  if (situation !== 'failing') return [scanner, resolved];
  const critical: AlertView = {
    ...scanner,
    id: 'a2',
    check: 'consensus-expired',
    category: 'consensus_health',
    severity: 'critical',
    title: 'No consensus is valid',
    message: 'The newest consensus, of 10:00, expired at 13:00; 0 of 5 needed votes were seen since.',
    authority: null,
    since: at(5_530),
    link: `/rounds/${validAfter}`,
  };
  const offline: AlertView = {
    ...scanner,
    id: 'a3',
    check: 'authority-offline',
    category: 'authority_connectivity',
    severity: 'high',
    title: '9 authorities are offline',
    message: `${nine.join(', ')}: 3 of the last 3 probes failed. Margin above the majority: −5.`,
    authority: null,
    since: at(620),
  };
  return [critical, offline, scanner];
}

/** The events of a situation, newest first. */
export function eventsOf(situation: Situation): EventView[] {
  if (situation === 'nothing') return [];
  const make = (
    id: string,
    time: string,
    rule: string,
    text: string,
    authority: string | null = null,
  ): EventView => ({
    id,
    at: time,
    rule,
    level: 'ok',
    text,
    authority,
    validAfter,
    link: `/rounds/${validAfter}`,
  });
  return [
    make(
      'e5',
      '2026-07-27T14:00:19Z',
      'consensus-everywhere',
      'All 9 authorities serve the same consensus of 14:00.',
    ),
    make(
      'e4',
      '2026-07-27T14:00:03Z',
      'consensus-published',
      'Consensus of 14:00 published, 9 of 9 signatures; 9,871 relays.',
    ),
    {
      ...make(
        'e3',
        '2026-07-27T13:02:00Z',
        'authority-state',
        'faravahar is slow: first byte 389 ms, limit 3 × 121 ms.',
        'faravahar',
      ),
      level: 'warn',
      link: null,
    },
    make(
      'e2',
      '2026-07-26T23:00:04Z',
      'consensus-published',
      'Consensus of 23:00 published, 9 of 9 signatures; 9,866 relays.',
    ),
    ...(situation === 'hostile'
      ? [{ ...make('e1', at(3600), 'hostile', hostileName, hostileName), link: '//evil.example/' }]
      : []),
  ];
}

export const sentences: Record<Situation, Status['sentence']> = {
  fine: {
    level: 'warn',
    headline: 'The consensus of 14:00 is current.',
    detail: 'All 9 authorities voted and 9 signed. One scanner needs a look.',
  },
  three: {
    level: 'ok',
    headline: 'The consensus of 14:00 is current.',
    detail: 'All 3 authorities voted and 3 signed.',
  },
  twelve: {
    level: 'ok',
    headline: 'The consensus of 14:00 is current.',
    detail: 'All 12 authorities voted and 12 signed.',
  },
  nothing: {
    level: 'unknown',
    headline: 'Nothing is known yet.',
    detail: 'The first requests are under way.',
  },
  failing: {
    level: 'bad',
    headline: 'No consensus is valid.',
    detail: 'The newest, of 10:00, expired at 13:00, and none of the 9 authorities answers.',
  },
  blind: {
    level: 'unknown',
    headline: 'We cannot see the authorities.',
    detail: 'The newest consensus we know is that of 14:00.',
  },
  replay: {
    level: 'ok',
    headline: 'The consensus of 14:00 is current.',
    detail: 'All 9 authorities voted and 9 signed.',
  },
  ended: {
    level: 'ok',
    headline: 'The consensus of 14:00 is current.',
    detail: 'All 9 authorities voted and 9 signed.',
  },
  hostile: { level: 'ok', headline: hostileName, detail: hostileName },
};

export const phases = [
  {
    name: 'votes published',
    due: '2026-07-27T13:50:00Z',
    seen: '2026-07-27T13:50:04Z',
    text: '9 of 9 votes first seen 13:50:04 to 13:50:11',
  },
  {
    name: 'missing votes fetched',
    due: '2026-07-27T13:52:30Z',
    seen: null,
    text: 'not observable from outside',
  },
  {
    name: 'consensus computed',
    due: '2026-07-27T13:55:00Z',
    seen: '2026-07-27T13:55:02Z',
    text: '9 of 9 signatures first seen 13:55:02 to 13:55:09',
  },
  {
    name: 'missing signatures fetched',
    due: '2026-07-27T13:57:30Z',
    seen: null,
    text: 'not observable from outside',
  },
  {
    name: 'consensus published',
    due: '2026-07-27T14:00:00Z',
    seen: '2026-07-27T14:00:03Z',
    text: 'first served by tor26',
  },
];

export const quality: NonNullable<Status['quality']> = {
  relays: 9_871,
  guards: 4_120,
  exits: 2_488,
  exitsWithoutBadExit: 2_471,
  guardExits: 1_733,
  weightSum: 44_807_632,
  method: 35,
};

export const perFlag = [
  { flag: 'Running', share: 0.9988, decisions: 88_839 },
  { flag: 'Fast', share: 0.8982, decisions: 88_839 },
  { flag: 'Guard', share: 0.9608, decisions: 88_839 },
  { flag: 'HSDir', share: 0.9164, decisions: 88_839 },
];

/** The overview. */
export function statusOf(situation: Situation, revision = 41): Status {
  const rows = rowsOf(situation);
  const voters = votersOf(situation).length;
  const needed = Math.floor(voters / 2) + 1;
  const nothing = situation === 'nothing';
  const failing = situation === 'failing';
  const known = !nothing;
  return {
    network: situation === 'three' ? 'private test network' : 'public Tor network',
    now,
    revision,
    sentence: sentences[situation],
    observing: observingOf(situation),
    proof: {
      level: 'unknown',
      verdict: { value: null, reason: 'no proof is known yet' },
      text: 'No proof is known yet.',
      validAfter: null,
    },
    consensus: {
      state: nothing ? 'none' : failing ? 'expired' : 'current',
      level: nothing ? 'unknown' : failing ? 'bad' : 'ok',
      validAfter: known ? (failing ? '2026-07-27T10:00:00Z' : validAfter) : null,
      freshUntil: known ? (failing ? '2026-07-27T11:00:00Z' : '2026-07-27T15:00:00Z') : null,
      validUntil: known ? (failing ? '2026-07-27T13:00:00Z' : '2026-07-27T17:00:00Z') : null,
      ageSeconds: known ? 1_930 : null,
      next: known ? (failing ? '2026-07-27T11:00:00Z' : '2026-07-27T15:00:00Z') : null,
      overdueSeconds: failing ? 12_730 : 0,
      checkedAt: known ? at(23) : null,
      source: known ? 'tor26' : null,
      sha256: known ? consensusSha : null,
      microdescSha256: known ? digest(3) : null,
      signatures: known ? { present: voters, valid: voters, needed } : null,
      verdict: known ? `signed by ${voters} of ${voters}, ${needed} are needed` : 'no consensus is known',
      digestsServed: known && !failing ? 1 : 0,
      servedBy: known && !failing ? [...votersOf(situation)] : [],
    },
    voting: {
      level: nothing ? 'unknown' : failing ? 'bad' : 'ok',
      voted: nothing ? null : failing ? 0 : voters,
      configured: voters,
      needed,
      margin: nothing ? null : failing ? -needed : voters - needed,
      lastVotes: nothing ? 'no vote is known' : failing ? '9 laggards' : 'all 14:00',
      laggards: failing
        ? votersOf(situation).map((authority) => ({ authority, newestVote: '2026-07-27T11:00:00Z' }))
        : [],
    },
    agreement:
      known && !failing
        ? { level: 'ok', mean: { value: 0.977 }, sum: 0.977 * voters, voters, perFlag, validAfter }
        : {
            level: 'unknown',
            mean: { value: null, reason: 'no votes of the newest round are known' },
            sum: null,
            voters: 0,
            perFlag: [],
            validAfter: null,
          },
    authorities: rows,
    alerts: alertsOf(situation).filter((alert) => alert.state === 'firing'),
    events: eventsOf(situation),
    formation: known
      ? {
          votesFirstSeen: {
            value: { first: '2026-07-27T13:50:04Z', last: '2026-07-27T13:50:11Z', spreadSeconds: 7 },
          },
          phases,
          flagConsistency: { value: 0.9766 },
          bandwidthVariance: [
            { authority: votersOf(situation)[0] ?? '', relays: 8_412, medianRatio: 1.02, q1: 0.91, q3: 1.13 },
            { authority: votersOf(situation)[1] ?? '', relays: 8_390, medianRatio: 0.88, q1: 0.79, q3: 0.98 },
          ],
        }
      : null,
    quality: known ? quality : null,
    diversity: known
      ? {
          countries: {
            value: [
              { country: 'DE', relays: 2_204, weightShare: 0.2731 },
              { country: 'US', relays: 1_918, weightShare: 0.1422 },
            ],
          },
          geoSource: 'tor-geoipdb of 2026-07-20',
          versions: [
            { version: 'Tor 0.4.9.11', relays: 6_120 },
            { version: 'Tor 0.4.8.21', relays: 3_751 },
          ],
          networks: { value: null, reason: 'no table of networks was configured' },
          described: { value: null, reason: 'server descriptors are not collected' },
          platforms: { value: null, reason: 'server descriptors are not collected' },
          operators: { value: null, reason: 'server descriptors are not collected' },
          largestOperators: { value: null, reason: 'server descriptors are not collected' },
        }
      : null,
    cacheSeconds: 120,
  };
}
