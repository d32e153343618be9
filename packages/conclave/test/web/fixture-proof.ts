/** Answers about what a round rests on, for tests of the API and the pages. */
import type { DiffAnswer, WhatIfAnswer } from '../../src/api/index.ts';
import { now, type Situation, validAfter, votersOf } from './fixture-rows.ts';
import { statusOf } from './fixture-status.ts';

const relay = { fingerprint: 'A'.repeat(40), nickname: 'harbour' };

/** The newest round without one of its voters. */
export function whatIfOf(situation: Situation): WhatIfAnswer | undefined {
  if (situation === 'nothing') return undefined;
  const [gone = '', ...votes] = votersOf(situation);
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence: { level: 'ok', headline: `Without ${gone} a consensus would be made.`, detail: '' },
    validAfter,
    without: [gone],
    country: null,
    votes: [...votes],
    unheld: [],
    needed: 5,
    outcome: 'computed',
    detail: '',
    method: { before: 35, after: 35 },
    relays: { before: 9871, after: 9870 },
    weight: { before: 44_807_632, after: 44_801_001 },
    header: [{ name: 'params bwauthpid', before: '1', after: null }],
    flags: [{ flag: 'Guard', gained: 3, lost: 12 }],
    added: { count: 0, first: [] },
    removed: { count: 1, first: [relay] },
    changed: 212,
    identical: false,
  };
}

/** The newest two rounds compared. */
export function diffOf(situation: Situation): DiffAnswer | undefined {
  if (situation === 'nothing') return undefined;
  return {
    network: statusOf(situation).network,
    now,
    revision: 41,
    sentence: { level: 'ok', headline: 'One relay came, one changed.', detail: '' },
    from: '2026-07-27T13:00:00Z',
    to: validAfter,
    header: [{ name: 'valid-after', before: '2026-07-27 13:00:00', after: '2026-07-27 14:00:00' }],
    relaysBefore: 9870,
    relaysAfter: 9871,
    added: [{ ...relay, address: '192.0.2.1:9001', flags: ['Running', 'Valid'] }],
    removed: [],
    changed: [
      {
        fingerprint: 'B'.repeat(40),
        nickname: 'quay',
        gained: ['Guard'],
        lost: [],
        fields: [{ field: 'weight', before: '1200', after: '1300' }],
      },
    ],
    flags: [{ flag: 'Guard', gained: 1, lost: 0 }],
  };
}
