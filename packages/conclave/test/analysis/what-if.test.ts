/** whatIf() and singleLosses(): a round of nine without some of them, held against the rest computed on its own. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { computeConsensus, parseVote, type DirSource, type Vote } from '@conclave/netdoc';
import { authorities, instead, vote, type Edit } from '../../../netdoc/test/support/make.ts';
import { headerBeyondVoters, singleLosses, whatIf, wholeRound } from '../../src/analysis/index.ts';

const all = authorities();
const options = { authorities: 9 };

function made(edit: (index: number) => Edit, listed: (index: number) => number = () => 20): readonly Vote[] {
  return all.map((one, index) => {
    const { document } = parseVote(vote(one, { relays: listed(index), edit: edit(index) }));
    if (!document) throw new Error('not a vote');
    return document;
  });
}

const same: Edit = (lines) => lines;
const nine = made(() => same);

/** Says yes to the authorities with these places in the list. */
function places(...lost: readonly number[]): (authority: DirSource) => boolean {
  const identities = new Set(lost.map((place) => all[place]?.identity));
  return ({ identity }) => identities.has(identity);
}

describe('whatIf()', () => {
  test('nobody lost: the same consensus, and five more losses leave none', () => {
    const what = whatIf(nine, { ...options, without: () => false });
    expect(what).toMatchObject({
      outcome: 'computed',
      needed: 5,
      lossesToNone: 5,
      without: [],
      identical: true,
      relays: { before: 20, after: 20 },
    });
    expect(what.changes).toMatchObject({ added: [], removed: [], changed: [], header: [] });
  });

  test.each([
    [1, 'computed', 4],
    [4, 'computed', 1],
    [5, 'impossible', 0],
    [9, 'impossible', 0],
  ])('%i of nine lost: %s, %i more losses leave none', (count, outcome, lossesToNone) => {
    const lost = Array.from({ length: count }, (_, place) => place);
    const what = whatIf(nine, { ...options, without: places(...lost) });
    expect([what.outcome, what.lossesToNone, what.votes.length]).toEqual([outcome, lossesToNone, 9 - count]);
    // Without a consensus nothing is known of it; that is not the same as nothing.
    const known = outcome === 'computed';
    expect([what.changes !== undefined, what.relays.after]).toEqual([known, known ? 20 : undefined]);
    // Protocols are required by two thirds of the configured authorities: five votes of nine require none.
    expect(what.identical).toBe(known ? count < 4 : undefined);
    expect(what.detail === '').toBe(known);
  });

  test('by the caller’s own predicate: here, by address', () => {
    const without = ({ address }: DirSource): boolean => address === '192.0.2.3';
    expect(whatIf(nine, { ...options, without }).without.map(({ nickname }) => nickname)).toEqual(['cedar']);
  });

  test('a relay that five list goes with any of the five', () => {
    const votes = made(
      () => same,
      (index) => (index < 5 ? 20 : 12),
    );
    const lost = whatIf(votes, { ...options, without: places(0) });
    expect(lost.changes?.removed.length).toBe(8);
    expect(lost.identical).toBe(false);
    expect(whatIf(votes, { ...options, without: places(8) }).changes?.removed).toEqual([]);
  });

  test('flags, parameters and weights that change, and the method', () => {
    const votes = made((index) => {
      if (index < 3) return instead('params', 'params bwauthpid=1 extra=5');
      return index < 8 ? same : instead('consensus-methods', 'consensus-methods 28 29 30 31 32 33 34 35');
    });
    const what = whatIf(votes, { ...options, without: places(0) });
    const changed = what.changes && headerBeyondVoters(what.changes);
    expect(changed).toEqual([{ keyword: 'params extra', before: '5', after: undefined }]);
    const newer = made((index) =>
      instead('consensus-methods', `consensus-methods 33 34${index < 7 ? ' 35' : ''}`),
    );
    expect(whatIf(newer, { ...options, without: places(0, 1, 2) }).method).toEqual({ before: 35, after: 34 });
  });

  test('equals what the votes that are left give, whoever is lost', () => {
    const votes = made(
      (index) => instead('params', `params bwauthpid=${index % 3}`),
      (index) => 12 + index,
    );
    const whole = wholeRound(votes, options);
    const anyLoss = fc.property(fc.subarray(all.map((_, place) => place)), (lost) => {
      const what = whatIf(votes, { ...options, whole, without: places(...lost) });
      const left = votes.filter(({ source }) => !places(...lost)(source));
      const alone = computeConsensus(left, { ...options, flavors: ['ns'] });
      expect(what.outcome).toBe(alone.outcome);
      if (alone.outcome === 'computed') expect(what.relays.after).toBe(alone.ns?.relays);
    });
    fc.assert(anyLoss, { seed: 5, numRuns: 60 });
  });
});

describe('singleLosses()', () => {
  test('those that matter most first', () => {
    const votes = made(
      () => same,
      (index) => (index < 5 ? 20 : 12),
    );
    const losses = singleLosses(votes, options);
    expect(losses.map(({ relaysLost }) => relaysLost)).toEqual([8, 8, 8, 8, 8, 0, 0, 0, 0]);
    const weighty = losses.slice(0, 5).map(({ authority }) => authority.nickname);
    expect(weighty).toEqual(
      all
        .slice(0, 5)
        .map(({ nickname }) => nickname)
        .toSorted(),
    );
  });

  test('where five vote, each is the last: no consensus, and no number of relays', () => {
    const losses = singleLosses(nine.slice(0, 5), options);
    expect(losses.map(({ whatIf: what, relaysLost }) => [what.outcome, relaysLost])).toEqual(
      Array.from({ length: 5 }, () => ['impossible', undefined]),
    );
  });

  test('the microdesc flavour, when it is asked for', () => {
    const votes = made(() => instead('consensus-methods', 'consensus-methods 34'));
    const [first] = singleLosses(votes, { ...options, flavor: 'microdesc' });
    expect(first?.whatIf.relays).toEqual({ before: 20, after: 20 });
    // These votes have no microdescriptors for method 35, so the flavour lists nobody.
    const [none] = singleLosses(nine, { ...options, flavor: 'microdesc' });
    expect(none?.whatIf.relays).toEqual({ before: 0, after: 0 });
  });
});
