/**
 * The situations that a page has to survive, and the authorities in each. All figures are made up; names are those of
 * the public authorities where the layout needs their lengths, addresses are from the documentation ranges.
 */
import type { AuthorityRow, Beat } from '../../src/api/index.ts';

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
export const nine = [
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
export const withoutScanner = new Set(['dizum', 'dannenberg', 'auth3']);

/** A nickname that no parser lets through; the pages must survive it all the same. */
export const hostileName = '<script>alert(1)</script>"\'&';

/** The voters of a situation, in their fixed order. */
export function votersOf(situation: Situation): readonly string[] {
  if (situation === 'three') return ['auth1', 'auth2', 'auth3'];
  if (situation === 'hostile') return [hostileName, 'tor26', '=cmd()'];
  if (situation !== 'twelve') return nine;
  return Array.from({ length: 12 }, (_, i) => `W${'mnio'.repeat(4)}${String(i).padStart(2, '0')}`);
}

export const at = (secondsAgo: number): string => shift(now, -secondsAgo);

export function shift(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** A digest that differs for each seed. */
export function digest(seed: number, length = 64): string {
  return Array.from({ length }, (_, i) => ((seed * 7 + i * 5 + (seed >> (i % 7))) & 15).toString(16)).join(
    '',
  );
}

export const upper = (seed: number): string => digest(seed, 40).toUpperCase();

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

export const yes = (text: string): { value: boolean; text: string } => ({ value: true, text });
const no = (text: string): { value: boolean; text: string } => ({ value: false, text });
export const unclear = (text: string): { value: null; text: string } => ({ value: null, text });

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
  if (situation === 'three' || situation === 'hostile') return rows;
  return [
    ...rows,
    situation === 'nothing' ? { ...unknownRow(bridge), vote: bridge.vote, scan: bridge.scan } : bridge,
  ];
}
