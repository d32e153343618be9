/**
 * The answers behind all other pages, in each situation.
 */
import type {
  Alerts,
  Authorities,
  AuthorityPage,
  Certificates,
  DocumentPage,
  Documents,
  Events,
  RoundPage,
  Rounds,
} from '../../src/api/index.ts';
import {
  at,
  consensusSha,
  digest,
  hostileName,
  now,
  rowsOf,
  shift,
  type Situation,
  upper,
  validAfter,
  voteSha,
  votersOf,
  withoutScanner,
} from './fixture-rows.ts';
import { restsOn } from './fixture-proof.ts';
import { alertsOf, eventsOf, perFlag, phases, quality, sentences, statusOf } from './fixture-status.ts';

export function authoritiesOf(situation: Situation): Authorities {
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

export function authorityOf(situation: Situation, nickname: string): AuthorityPage | undefined {
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

export function roundsOf(situation: Situation): Rounds {
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

export function roundOf(situation: Situation, time: string): RoundPage | undefined {
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
    ...restsOn(situation),
    events: eventsOf(situation),
  };
}

/** Those who vote, and no certificate: what is verified here has certificates of its own. */
export function certificateAnswer(situation: Situation): Certificates {
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    authorities:
      situation === 'nothing'
        ? []
        : votersOf(situation).map((nickname, i) => ({ nickname, v3ident: upper(200 + i) })),
    certificates: [],
  };
}

export function documentsOf(situation: Situation): Documents {
  const one: Documents['documents'][number] = {
    sha256: consensusSha,
    kind: 'consensus',
    bytes: 3_262_118,
    firstSeen: '2026-07-27T14:00:03Z',
    lastSeen: at(23),
    imported: null,
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

export const preview =
  'network-status-version 3\nvote-status consensus\nconsensus-method 35\nvalid-after 2026-07-27 14:00:00\nx-odd <b>&amp;</b>\n';

export function documentOf(situation: Situation, sha256: string): DocumentPage | undefined {
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
    excerpts: [
      {
        lines: preview
          .trimEnd()
          .split('\n')
          .map((text, index) => ({
            number: index + 1,
            text,
            signed: index < 4,
            mark: text.startsWith('x-odd') ? ('problem' as const) : null,
            note: text.startsWith('x-odd') ? 'expected a known item, found <b>&amp;</b>' : null,
          })),
      },
    ],
  };
}

export function alertAnswer(situation: Situation): Alerts {
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

export function eventAnswer(situation: Situation): Events {
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    events: eventsOf(situation),
    older: null,
  };
}
