/** Checks on what a round rests on and on what is coming: found, not found, just below and above the limit, nothing known. */
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/analysis/index.ts';
import { findAll } from '../../src/checks/index.ts';
import type { ComingSituation, ProofSituation, Situation } from '../../src/checks/index.ts';
import { noon } from '../support/network.ts';
import { situation } from './situation.ts';

const hour = 3600;
const names = situation(9).set.authorities.map(({ nickname }) => nickname);
const [a = '', b = '', c = '', d = ''] = names;

function proof(change: Partial<ProofSituation> = {}): ProofSituation {
  return {
    flavor: 'ns',
    verdict: 'identical',
    cause: 'none',
    explanation: 'Recomputed.',
    differences: 0,
    named: [],
    ...change,
  };
}

/** So many seconds before the round of 13:00, in which everybody voted. */
function coming(left: number, change: Partial<ComingSituation> = {}): Situation {
  return situation(9, {
    nowMs: (noon + hour - left) * 1000,
    coming: {
      validAfter: noon + hour,
      voteSeconds: 300,
      distSeconds: 300,
      needed: 5,
      held: names,
      absent: [],
      silent: [],
      unasked: [],
      preview: { outcome: 'computed', explanation: 'All votes.', removed: 0, relaysBefore: 1000 },
      shown: [],
      ...change,
    },
  });
}

describe('consensus-unproven', () => {
  test('S11.7 identical and undecided are no findings', () => {
    const proofs = [proof(), proof({ flavor: 'microdesc', verdict: 'undecided', cause: 'missing-votes' })];
    expect(findAll(situation(9, { proofs }))).toEqual([]);
  });

  test('S11.7 what differs is critical, with the first differences, their number and the explanation', () => {
    const differing = proof({
      verdict: 'differs',
      cause: 'unexplained',
      explanation: 'Nothing known explains it.',
      differences: 5,
      named: ['params: one', 's of AA: two', 'w of BB: three', 'w of CC: four'],
    });
    expect(findAll(situation(9, { proofs: [differing, proof({ flavor: 'microdesc' })] }))).toEqual([
      {
        check: 'consensus-unproven',
        category: 'consensus_health',
        severity: 'critical',
        title: 'The consensus (ns) is not what its votes give',
        message:
          'ns: Nothing known explains it. 5 differences; the first 3 are params: one; s of AA: two; w of BB: three.',
        link: '/rounds/2024-05-01T12:00:00Z',
      },
    ]);
  });

  test('S11.7 the number of differences that are named is a limit', () => {
    const proofs = [
      proof({ verdict: 'differs', differences: 2, named: ['x', 'y'] }),
      proof({ flavor: 'microdesc', verdict: 'differs', differences: 1, named: ['z'] }),
    ];
    const limits = { ...defaultLimits, differencesNamed: 1 };
    const [found] = findAll(situation(9, { proofs, limits }));
    expect(found?.title).toBe('The consensus (ns and microdesc) is not what its votes give');
    expect(found?.message).toBe(
      'ns: Recomputed. 2 differences; the first 1 are x. microdesc: Recomputed. 1 difference; they are z.',
    );
  });
});

describe('vote-equivocation', () => {
  const votes = [
    { digest: 'A'.repeat(40), published: noon - 600, servedBy: [a] },
    { digest: 'B'.repeat(40), published: noon - 600, servedBy: [b, c] },
  ];

  test('two signed votes that stand beside each other are critical, with who serves which', () => {
    const votedTwice = [{ authority: d, validAfter: noon, replaced: false, votes }];
    expect(findAll(situation(9, { votedTwice }))).toEqual([
      {
        check: 'vote-equivocation',
        category: 'consensus_health',
        severity: 'critical',
        title: `${d} signed 2 different votes`,
        message: `Whoever counts one and whoever counts another compute different consensuses: AAAAAAAA published 11:50:00, served by ${a}; BBBBBBBB published 11:50:00, served by ${b} and ${c}.`,
        authority: d,
        link: '/rounds/2024-05-01T12:00:00Z',
      },
    ]);
  });

  test('one that was replaced is information', () => {
    const votedTwice = [
      { authority: d, validAfter: noon, replaced: true, votes: [{ ...votes[0], servedBy: [] }, votes[1]] },
    ] as Situation['votedTwice'];
    const [found] = findAll(situation(9, { votedTwice }));
    expect(found?.severity).toBe('info');
    expect(found?.title).toBe(`${d} replaced its vote`);
    expect(found?.message).toContain('AAAAAAAA published 11:50:00, served by nobody now');
  });
});

describe('split-ahead', () => {
  const group = (flavor: string, digest: string, authorities: readonly string[], explanation?: string) => ({
    flavor,
    digest: digest.repeat(40),
    authorities,
    explanation,
  });

  test('one digest a flavour is no finding', () => {
    expect(
      findAll(coming(200, { shown: [group('ns', 'A', names), group('microdesc', 'B', names)] })),
    ).toEqual([]);
  });

  test.each([
    [8, 'warning'],
    [7, 'warning'],
    [6, 'high'],
    [5, 'critical'],
  ])('S6.3 the largest group of %i of 9 is %s', (count, severity) => {
    const shown = [
      group('ns', 'A', names.slice(0, count)),
      group('ns', 'C', names.slice(count), 'the votes without that of X give it'),
      group('microdesc', 'B', names),
    ];
    const [found, ...others] = findAll(coming(200, { shown }));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ check: 'split-ahead', severity, link: '/next' });
    expect(found?.message).toContain('(the votes without that of X give it)');
    expect(found?.message).toContain(`The largest group has ${count}; 5 are needed.`);
  });
});

describe('preview-warns', () => {
  test('nothing is found without a coming round, or when all is well', () => {
    expect(findAll(situation(9))).toEqual([]);
    for (const left of [3000, 400, 60, 1]) expect(findAll(coming(left))).toEqual([]);
  });

  test.each([
    [421, undefined],
    [420, 'critical'],
    [10, 'critical'],
    [0, undefined],
  ])('four votes and five who say they have none, %i s before: %s', (left, severity) => {
    const change = { held: names.slice(0, 4), absent: names.slice(4), preview: undefined };
    const [found] = findAll(coming(left, change));
    expect(found?.severity).toBe(severity);
    if (found) expect(found.message).toContain('4 votes were seen; 5 are needed.');
  });

  test('who does not answer us may have voted: that may be too few, and is not said to be', () => {
    const change = { held: names.slice(0, 4), silent: names.slice(4), preview: undefined };
    const [found] = findAll(coming(300, change));
    expect(found).toMatchObject({ severity: 'high', title: 'The coming consensus may lack votes' });
    expect(found?.message).toContain('did not answer us');
  });

  test('whom we did not ask is no reason', () => {
    const change = { held: names.slice(0, 2), unasked: names.slice(2), preview: undefined };
    expect(findAll(coming(300, change))).toEqual([]);
  });

  test.each([
    [50, 0],
    [51, 1],
  ])('%i of 1000 relays lost makes %i findings', (removed, count) => {
    const preview = { outcome: 'computed', explanation: '', removed, relaysBefore: 1000 } as const;
    const found = findAll(coming(300, { preview }));
    expect(found.length).toBe(count);
    if (count > 0) expect(found[0]?.message).toContain('51 of 1000 relays (5.1 %)');
  });

  test('a preview of fewer votes than there may be says nothing about relays lost', () => {
    const preview = { outcome: 'computed', explanation: '', removed: 900, relaysBefore: 1000 } as const;
    for (const change of [{ silent: names.slice(8) }, { unasked: names.slice(8) }])
      expect(findAll(coming(300, { held: names.slice(0, 8), preview, ...change }))).toEqual([]);
    expect(findAll(coming(300, { held: names.slice(0, 8), preview, absent: names.slice(8) })).length).toBe(1);
  });

  test('votes of which no consensus can be made are critical', () => {
    const preview = {
      outcome: 'impossible',
      explanation: 'No vote knows Running.',
      removed: 0,
      relaysBefore: 9,
    } as const;
    expect(findAll(coming(300, { preview }))[0]).toMatchObject({
      severity: 'critical',
      message: 'No vote knows Running.',
    });
  });
});
