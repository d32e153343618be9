/**
 * Answers for tests of the API and the pages: a made-up network in the situations that a page has to survive. Names are
 * those of the public authorities where the layout needs their lengths; addresses are from the documentation ranges.
 */
import type {
  AlertView,
  Alerts,
  Answers,
  Authorities,
  AuthorityPage,
  AuthorityRow,
  Beat,
  DocumentPage,
  Documents,
  EventView,
  Events,
  LiveMessage,
  Observing,
  RoundPage,
  Rounds,
  Status,
} from '../../src/api/index.ts';

/** The situations that fixtures exist for. */
export const situations = [
  'fine',
  'three',
  'twelve',
  'nothing',
  'failing',
  'blind',
  'replay',
  'ended',
  'hostile',
] as const;
export type Situation = (typeof situations)[number];

export const now = '2026-07-27T14:32:10Z';
export const validAfter = '2026-07-27T14:00:00Z';
const nine = [
  'moria1',
  'tor26',
  'dizum',
  'gabelmoo',
  'dannenberg',
  'maatuska',
  'longclaw',
  'bastet',
  'faravahar',
];
const withoutScanner = new Set(['dizum', 'dannenberg', 'auth3']);

/** A nickname that no parser lets through; the pages must survive it all the same. */
export const hostileName = '<script>alert(1)</script>"\'&';

/** The voters of a situation, in their fixed order. */
export function votersOf(situation: Situation): readonly string[] {
  if (situation === 'three') return ['auth1', 'auth2', 'auth3'];
  if (situation === 'hostile') return [hostileName, 'tor26', '=cmd()'];
  if (situation !== 'twelve') return nine;
  return Array.from({ length: 12 }, (_, i) =>
    `W${'mnio'.repeat(4)}W${String(i).padStart(2, '0')}`.slice(0, 19),
  );
}

const at = (secondsAgo: number): string => shift(now, -secondsAgo);

function shift(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** A digest that differs for each seed. */
export function digest(seed: number, length = 64): string {
  return Array.from({ length }, (_, i) => ((seed * 7 + i * 5 + (seed >> (i % 7))) & 15).toString(16)).join(
    '',
  );
}

const upper = (seed: number): string => digest(seed, 40).toUpperCase();

export const consensusSha = digest(1);
export const voteSha = digest(2);

function beats(situation: Situation, index: number): Beat[] {
  const marks: Record<number, Beat['mark']> =
    index === 8 ? { 7: 'missing', 8: 'missing', 11: 'unobserved', 20: 'late' } : {};
  return Array.from({ length: 24 }, (_, i) => {
    const mark: Beat['mark'] =
      situation === 'failing' && i > 20
        ? 'missing'
        : situation === 'blind' && i > 21
          ? 'unobserved'
          : (marks[i] ?? 'good');
    const texts = {
      good: 'voted and signed',
      late: 'vote came late',
      missing: 'no vote',
      unobserved: 'we did not look',
    };
    return { validAfter: shift(validAfter, (i - 23) * 3600), mark, text: texts[mark] };
  });
}

const yes = (text: string): { value: boolean; text: string } => ({ value: true, text });
const no = (text: string): { value: boolean; text: string } => ({ value: false, text });
const unclear = (text: string): { value: null; text: string } => ({ value: null, text });

function fineRow(nickname: string, index: number, situation: Situation): AuthorityRow {
  const scanner = !withoutScanner.has(nickname);
  return {
    nickname,
    votes: true,
    v3ident: upper(index + 10),
    fingerprint: upper(index + 40),
    address: `192.0.2.${index + 1}`,
    dirPort: 9131,
    orPort: 9101,
    ipv6: index % 2 === 0 ? `2001:db8::${index + 1}` : null,
    state: 'online',
    stateText: '3 of the last 3 probes answered',
    stateSince: at(86_400 * 3),
    level: 'ok',
    lastProbe: at(23),
    vote: {
      inConsensus: yes('its vote is listed in the consensus of 14:00'),
      retrievable: yes('its vote of 14:00 was fetched, 4,812,331 bytes'),
      signed: yes('its signature verifies'),
    },
    scan: scanner
      ? {
          state: 'ok',
          level: 'ok',
          text: '98.2 % of running relays measured',
          measured: 8_412 + index,
          running: 8_566,
          fileAgeSeconds: 2_700,
        }
      : {
          state: 'none',
          level: 'ok',
          text: 'no scanner',
          measured: null,
          running: 8_566,
          fileAgeSeconds: null,
        },
    agreement: { value: 0.981 - index * 0.002 },
    latency: {
      connectMs: 14.2 + index,
      firstByteMs: 31.4 + index * 9,
      totalMs: 38.9 + index * 11,
      probes: 15,
      bytes: 2_712,
      baselineFirstByteMs: 33,
      limitMs: 1000,
      slow: false,
    },
    clockSkewSeconds: { value: index === 2 ? -0.12 : index === 1 ? -0.01 : 0.21 },
    certificate: {
      expires: shift(now, 86_400 * (88 + index * 20)),
      remainingSeconds: 86_400 * (88 + index * 20),
      level: 'ok',
      text: 'good',
    },
    version: { value: '0.4.9.11' },
    orPortIpv4: yes('answered 40 s ago'),
    orPortIpv6: index % 2 === 0 ? yes('answered 40 s ago') : unclear('no IPv6 address is configured'),
    newestVote: validAfter,
    differences: [],
    beats: beats(situation, index),
  };
}

function slowRow(row: AuthorityRow): AuthorityRow {
  return {
    ...row,
    state: 'slow',
    stateText: 'first byte 389 ms, 3 × its usual 121 ms',
    level: 'warn',
    stateSince: at(5_400),
    scan: {
      ...row.scan,
      state: 'stale',
      level: 'warn',
      text: 'file 9 h old, usual age under 2 h',
      measured: 5_260,
      fileAgeSeconds: 33_400,
    },
    latency: { ...row.latency, firstByteMs: 389, baselineFirstByteMs: 121, slow: true },
    clockSkewSeconds: { value: 1.42 },
    certificate: {
      ...row.certificate,
      expires: shift(now, 86_400 * 11),
      remainingSeconds: 86_400 * 11,
      level: 'warn',
      text: 'expires within 14 days',
    },
    differences: ['the consensus gives its DirPort as 9031, configured is 9131'],
  };
}

function failingRow(row: AuthorityRow, index: number): AuthorityRow {
  const states = ['offline', 'timeout', 'error', 'degraded'] as const;
  const state = states[index % 4] ?? 'offline';
  return {
    ...row,
    state,
    stateText:
      state === 'timeout'
        ? '3 of the last 3 probes timed out after 5,000 ms'
        : '3 of the last 3 probes failed: connection refused',
    stateSince: at(620),
    level: 'bad',
    lastProbe: at(31),
    vote: {
      inConsensus: no('no vote of 14:00 is listed'),
      retrievable: no('answered 404 at 13:58'),
      signed: no('no signature of 14:00'),
    },
    scan:
      row.scan.state === 'none'
        ? row.scan
        : {
            ...row.scan,
            state: 'silent',
            level: 'bad',
            text: 'no bandwidth file in its newest vote',
            measured: 0,
            fileAgeSeconds: null,
          },
    agreement: { value: null, reason: 'no vote of this round' },
    latency: { ...row.latency, connectMs: null, firstByteMs: null, totalMs: null, probes: 0, bytes: null },
    clockSkewSeconds: { value: null, reason: 'no answer carried a date' },
    certificate: {
      ...row.certificate,
      expires: at(3_600),
      remainingSeconds: -3_600,
      level: 'bad',
      text: 'expired',
    },
    newestVote: shift(validAfter, -3600 * 3),
    orPortIpv4: no('refused 50 s ago'),
  };
}

function unknownRow(row: AuthorityRow): AuthorityRow {
  const why = 'not asked yet';
  return {
    ...row,
    state: 'unknown',
    stateText: why,
    stateSince: null,
    level: 'unknown',
    lastProbe: null,
    vote: {
      inConsensus: unclear('no consensus is known'),
      retrievable: unclear(why),
      signed: unclear('no consensus is known'),
    },
    scan: {
      state: 'unknown',
      level: 'unknown',
      text: 'no vote is known',
      measured: null,
      running: null,
      fileAgeSeconds: null,
    },
    agreement: { value: null, reason: 'no vote is known' },
    latency: {
      connectMs: null,
      firstByteMs: null,
      totalMs: null,
      probes: 0,
      bytes: null,
      baselineFirstByteMs: null,
      limitMs: 1000,
      slow: false,
    },
    clockSkewSeconds: { value: null, reason: why },
    certificate: { expires: null, remainingSeconds: null, level: 'unknown', text: 'no certificate is known' },
    version: { value: null, reason: 'no vote is known' },
    orPortIpv4: unclear(why),
    orPortIpv6: unclear(why),
    newestVote: null,
    beats: [],
  };
}

const bridge: AuthorityRow = {
  ...fineRow('Serge', 20, 'fine'),
  votes: false,
  v3ident: null,
  vote: {
    inConsensus: unclear('does not vote'),
    retrievable: unclear('does not vote'),
    signed: unclear('does not vote'),
  },
  scan: {
    state: 'none',
    level: 'ok',
    text: 'no scanner',
    measured: null,
    running: null,
    fileAgeSeconds: null,
  },
  agreement: { value: null, reason: 'does not vote' },
  certificate: { expires: null, remainingSeconds: null, level: 'ok', text: 'has none, it does not vote' },
  newestVote: null,
  beats: [],
};

/** The authority rows of a situation. */
export function rowsOf(situation: Situation): AuthorityRow[] {
  const rows = votersOf(situation).map((nickname, index) => {
    const row = fineRow(nickname, index, situation);
    if (situation === 'nothing') return unknownRow(row);
    if (situation === 'failing') return failingRow(row, index);
    if (nickname === 'faravahar' && situation !== 'blind') return slowRow(row);
    return situation === 'hostile' ? { ...row, stateText: hostileName, version: { value: '=1+1' } } : row;
  });
  return situation === 'three' || situation === 'hostile' ? rows : [...rows, bridge];
}

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
  if (situation === 'nothing' || situation === 'three' || situation === 'blind') return [];
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

const sentences: Record<Situation, Status['sentence']> = {
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

const phases = [
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

const quality: NonNullable<Status['quality']> = {
  relays: 9_871,
  guards: 4_120,
  exits: 2_488,
  exitsWithoutBadExit: 2_471,
  guardExits: 1_733,
  weightSum: 44_807_632,
  method: 35,
};

const perFlag = [
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
      digestsServed: known ? 1 : 0,
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
          platforms: { value: null, reason: 'server descriptors are not collected' },
          operators: { value: null, reason: 'server descriptors are not collected' },
        }
      : null,
    cacheSeconds: 120,
  };
}

function authoritiesOf(situation: Situation): Authorities {
  const { network, revision } = statusOf(situation);
  const count = votersOf(situation).length;
  return {
    network,
    now,
    revision,
    sentence: {
      level: sentences[situation].level,
      headline: `${count} authorities vote.`,
      detail: 'faravahar is slow; all others are online.',
    },
    authorities: rowsOf(situation),
  };
}

function authorityOf(situation: Situation, nickname: string): AuthorityPage | undefined {
  const authority = rowsOf(situation).find((row) => row.nickname === nickname);
  if (authority === undefined) return undefined;
  const empty = situation === 'nothing' || !authority.votes;
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence: {
      level: authority.level,
      headline: `${nickname} is ${authority.state}.`,
      detail: `${authority.stateText}.`,
    },
    authority,
    contact:
      situation === 'nothing'
        ? null
        : situation === 'hostile'
          ? `<img src=x onerror=alert(1)> ${hostileName}`
          : `0x1234ABCD ${nickname} operators <dir at example dot org>`,
    certificate: empty
      ? null
      : {
          published: at(86_400 * 200),
          expires: shift(now, 86_400 * 88),
          signingKeyDigest: upper(70),
          identityKeyBits: 3072,
          signingKeyBits: 2048,
          sha256: digest(9),
        },
    perFlag: empty ? [] : perFlag,
    thresholds: empty
      ? []
      : [
          { key: 'stable-uptime', value: '1,432,188' },
          { key: 'fast-speed', value: '102,000' },
          { key: 'guard-wfu', value: '98.000 %' },
        ],
    probes: empty
      ? []
      : [
          {
            at: at(23),
            subject: 'liveness',
            outcome: 'received',
            detail: null,
            status: 200,
            connectMs: 14.2,
            firstByteMs: 31.4,
            totalMs: 38.9,
            clockSkewSeconds: -0.12,
            sha256: digest(9),
            bytes: 2_712,
            wireBytes: 1_604,
          },
          {
            at: at(83),
            subject: 'consensus',
            outcome: 'not-modified',
            detail: null,
            status: 304,
            connectMs: 14.9,
            firstByteMs: 33.1,
            totalMs: 33.4,
            clockSkewSeconds: 0,
            sha256: null,
            bytes: 0,
            wireBytes: 212,
          },
          {
            at: at(143),
            subject: 'liveness',
            outcome: 'timed-out',
            detail: 'no connection within 5,000 ms',
            status: null,
            connectMs: null,
            firstByteMs: null,
            totalMs: 5_000,
            clockSkewSeconds: null,
            sha256: null,
            bytes: null,
            wireBytes: null,
          },
        ],
    documents: empty
      ? []
      : [{ kind: 'vote', validAfter, sha256: voteSha, firstSeen: '2026-07-27T13:50:04Z', bytes: 4_812_331 }],
    rounds: empty
      ? []
      : [
          { validAfter, voted: true, signed: true, agreement: 0.981, text: 'voted and signed' },
          {
            validAfter: '2026-07-27T13:00:00Z',
            voted: null,
            signed: null,
            agreement: null,
            text: 'we did not look',
          },
          {
            validAfter: '2026-07-26T23:00:00Z',
            voted: false,
            signed: true,
            agreement: null,
            text: 'no vote, but it signed',
          },
        ],
    alerts: alertsOf(situation).filter((alert) => alert.authority === nickname),
    events: eventsOf(situation).filter((event) => event.authority === nickname),
    load: { requests: empty ? 0 : 64, wireBytes: empty ? 0 : 1_204_118 },
  };
}

function roundsOf(situation: Situation): Rounds {
  const empty = situation === 'nothing';
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence: empty
      ? { level: 'unknown', headline: 'No round has been seen yet.', detail: '' }
      : {
          level: 'ok',
          headline: '24 rounds in the last 24 hours.',
          detail: '23 of them good; one vote was late.',
        },
    rounds: empty
      ? []
      : Array.from({ length: 24 }, (_, i) => ({
          validAfter: shift(validAfter, -i * 3600),
          level: i === 3 ? ('warn' as const) : i === 9 ? ('unknown' as const) : ('ok' as const),
          text:
            i === 3
              ? "gabelmoo's signature came 41 s late"
              : i === 9
                ? 'we did not look'
                : 'all voted on time and signed',
          relays: i === 9 ? null : 9_871 - i,
          votes: i === 9 ? null : 9,
          signatures: i === 9 ? null : 9,
          agreement: i === 9 ? null : 0.977,
          digests: i === 9 ? 0 : 1,
        })),
    older: empty ? null : '/api/v1/rounds?before=2026-07-26T15:00:00Z&limit=24',
  };
}

function roundOf(situation: Situation, time: string): RoundPage | undefined {
  if (time !== validAfter || situation === 'nothing') return undefined;
  const bad = situation === 'failing';
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence: bad
      ? { level: 'bad', headline: 'No consensus came of 14:00.', detail: 'No vote was seen.' }
      : { level: 'ok', headline: 'All voted on time.', detail: "gabelmoo's signature came 41 s late." },
    validAfter,
    previous: '2026-07-27T13:00:00Z',
    following: null,
    phases,
    consensuses: bad
      ? []
      : (['ns', 'microdesc'] as const).map((flavor, i) => ({
          flavor,
          sha256: i === 0 ? consensusSha : digest(3),
          digest: upper(90 + i),
          bytes: i === 0 ? 3_262_118 : 2_901_004,
          verdict: 'signed by 9 of 9, 5 are needed',
          level: 'ok' as const,
          valid: 9,
          needed: 5,
          firstSeen: '2026-07-27T14:00:03Z',
          servedBy: votersOf(situation).map((authority, n) => ({
            authority,
            firstSeen: shift('2026-07-27T14:00:03Z', n * 2),
          })),
        })),
    authorities: votersOf(situation).map((nickname, i) => ({
      nickname,
      mark: bad ? ('missing' as const) : i === 3 ? ('late' as const) : ('good' as const),
      voteSha256: bad ? null : digest(100 + i),
      voteDigest: bad ? null : upper(100 + i),
      votePublished: bad ? null : '2026-07-27T13:50:01Z',
      voteFirstSeen: bad ? null : shift('2026-07-27T13:50:04Z', i),
      voteSeenAt: bad ? [] : [...votersOf(situation)],
      voteBytes: bad ? null : 4_812_331 + i,
      voteVerdict: bad ? 'none was seen' : 'signature good',
      inConsensus: !bad,
      relays: bad ? null : 9_871,
      running: bad ? null : 9_644,
      measured: bad ? null : withoutScanner.has(nickname) ? null : 8_412,
      agreement: bad ? null : 0.977,
      signatureFirstSeen: bad ? null : '2026-07-27T13:55:02Z',
      signed: bad ? { ns: null, microdesc: null } : { ns: 'good', microdesc: 'good' },
      consensusFirstServed: bad ? null : '2026-07-27T14:00:03Z',
      text: bad ? 'no vote was seen' : i === 3 ? 'signature 41 s late' : 'voted and signed on time',
    })),
    perFlag: bad
      ? []
      : perFlag.map(({ flag, share }) => ({
          flag,
          consensus: 8_000,
          share,
          perAuthority: votersOf(situation).map((authority, i) => ({
            authority,
            count: i === 4 ? null : 8_000 + i,
            share: i === 4 ? null : share,
          })),
        })),
    quality: bad ? null : quality,
    events: eventsOf(situation),
  };
}

function documentsOf(situation: Situation): Documents {
  const one: Documents['documents'][number] = {
    sha256: consensusSha,
    kind: 'consensus',
    bytes: 3_262_118,
    firstSeen: '2026-07-27T14:00:03Z',
    lastSeen: at(23),
    validAfter,
    authority: null,
    verdict: 'signed by 9 of 9, 5 are needed',
  };
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    documents:
      situation === 'nothing'
        ? []
        : [
            one,
            {
              ...one,
              sha256: voteSha,
              kind: 'vote',
              bytes: 4_812_331,
              authority: 'moria1',
              verdict: 'signature good',
            },
          ],
    older: null,
  };
}

const preview =
  'network-status-version 3\nvote-status consensus\nconsensus-method 35\nvalid-after 2026-07-27 14:00:00\nx-odd <b>&amp;</b>\n';

function documentOf(situation: Situation, sha256: string): DocumentPage | undefined {
  const found = documentsOf(situation).documents.find((document) => document.sha256 === sha256);
  if (found === undefined) return undefined;
  return {
    ...found,
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence: { level: 'ok', headline: 'Genuine.', detail: 'Signed by 9 of 9 authorities; 5 are needed.' },
    raw: `/api/v1/documents/${sha256}/raw`,
    facts: [
      { name: 'valid-after', value: '2026-07-27 14:00:00' },
      { name: 'consensus-method', value: '35' },
      { name: 'params', value: 'CircuitPriorityHalflifeMsec=30000 '.repeat(20) },
    ],
    signatures: votersOf(situation).map((authority, i) => ({
      authority,
      algorithm: 'sha1',
      fate: i === 4 ? 'the signing key is not known' : 'good',
      good: i !== 4,
    })),
    problems: [
      {
        severity: 'warning',
        code: 'unknown-item',
        line: 5,
        offset: 91,
        keyword: 'x-odd',
        expected: 'a known item',
        found: '<b>&amp;</b>',
      },
    ],
    unrecognized: [{ line: 5, text: 'x-odd <b>&amp;</b>' }],
    servedBy: votersOf(situation).map((authority) => ({
      authority,
      firstSeen: '2026-07-27T14:00:03Z',
      lastSeen: at(23),
    })),
    preview,
  };
}

function alertAnswer(situation: Situation): Alerts {
  const alerts = alertsOf(situation);
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence:
      alerts.length === 0
        ? { level: 'ok', headline: 'No alert is firing.', detail: '' }
        : { level: sentences[situation].level, headline: 'One alert is firing.', detail: 'It is a warning.' },
    alerts,
  };
}

function eventAnswer(situation: Situation): Events {
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    events: eventsOf(situation),
    older: null,
  };
}

/** Answers for one situation, with a lever to change what is known. */
export interface TestAnswers extends Answers {
  /** Replaces the situation and says so to everyone who listens. */
  readonly change: (situation: Situation, edit?: (status: Status) => Status) => void;
  readonly watchers: () => number;
}

/** The answers of a situation. */
export function answersFor(first: Situation): TestAnswers {
  let situation = first;
  let revision = 41;
  let edit = (status: Status): Status => status;
  const listeners = new Set<(message: Omit<LiveMessage, 'sentAt'>) => void>();
  const stamp = <T extends { revision: number }>(answer: T): T => ({ ...answer, revision });
  const maybe = <T extends { revision: number }>(answer: T | undefined): T | undefined =>
    answer && stamp(answer);
  return {
    status: async () => edit(statusOf(situation, revision)),
    authorities: async () => stamp(authoritiesOf(situation)),
    authority: async (nickname) => maybe(authorityOf(situation, nickname)),
    rounds: async () => stamp(roundsOf(situation)),
    round: async (time) => maybe(roundOf(situation, time)),
    documents: async () => stamp(documentsOf(situation)),
    document: async (sha256) => maybe(documentOf(situation, sha256)),
    raw: async (sha256) =>
      sha256 === consensusSha || sha256 === voteSha ? new TextEncoder().encode(preview) : undefined,
    alerts: async () => stamp(alertAnswer(situation)),
    events: async () => stamp(eventAnswer(situation)),
    revision: () => revision,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change: (next, how = (status) => status) => {
      situation = next;
      edit = how;
      revision += 1;
      for (const listener of listeners) listener({ revision, learnedAt: Date.now() });
    },
    watchers: () => listeners.size,
  };
}
