/** Several votes of one author: replaced, repeated, or two things said at once. */
import { expect, test } from 'vitest';
import { relateVotes } from '../../src/analysis/index.ts';
import type { VoteCopy } from '../../src/analysis/index.ts';

const vote = (
  sha256: string,
  change: Partial<VoteCopy> & { seen?: readonly [string, number, number][] } = {},
): VoteCopy => ({
  sha256,
  digest: sha256.toUpperCase(),
  published: 100,
  outcome: 'accepted',
  firstSeen: change.seen?.[0]?.[1] ?? 0,
  servedBy: (change.seen ?? [['author', 0, 0]]).map(([authority, firstSeen, lastSeen]) => ({
    authority,
    firstSeen,
    lastSeen,
  })),
  ...change,
});

const related = (...copies: readonly VoteCopy[]): Record<string, string> =>
  Object.fromEntries(relateVotes(copies));

test('relateVotes() of none and of one', () => {
  expect(related()).toEqual({});
  expect(related(vote('a'))).toEqual({ a: 'only' });
});

test('relateVotes() calls the same signed part in other bytes the same, the first seen being the one', () => {
  expect(related(vote('b', { digest: 'A', firstSeen: 9 }), vote('a', { firstSeen: 3 }))).toEqual({
    a: 'only',
    b: 'same-digest',
  });
});

test('relateVotes() calls what does not verify refused, and the other stays the only one', () => {
  expect(related(vote('a'), vote('b', { outcome: 'rejected' }))).toEqual({ a: 'only', b: 'refused' });
});

test('relateVotes() of two published in the same second: both stand', () => {
  expect(related(vote('a'), vote('b'))).toEqual({ a: 'equivocation', b: 'equivocation' });
});

test('relateVotes() of one published later, whom nobody left: it replaced the other', () => {
  const old = vote('a', { seen: [['author', 10, 10]] });
  const later = vote('b', {
    published: 101,
    seen: [
      ['author', 20, 20],
      ['other', 25, 25],
    ],
  });
  expect(related(old, later)).toEqual({ a: 'replaced', b: 'replacement' });
  expect(related(later, old)).toEqual({ a: 'replaced', b: 'replacement' });
});

test('relateVotes() of one published later while somebody goes on serving the earlier: both stand', () => {
  const old = vote('a', { seen: [['other', 10, 30]] });
  const later = vote('b', { published: 101, seen: [['author', 20, 20]] });
  expect(related(old, later)).toEqual({ a: 'equivocation', b: 'equivocation' });
});

test('relateVotes() of one whose holder came to the later vote afterwards: it replaced the other', () => {
  const old = vote('a', { seen: [['other', 10, 30]] });
  const later = vote('b', {
    published: 101,
    seen: [
      ['author', 20, 20],
      ['other', 40, 40],
    ],
  });
  expect(related(old, later)).toEqual({ a: 'replaced', b: 'replacement' });
});

test('relateVotes() of three, one replaced and two that stand', () => {
  const old = vote('a', { published: 99, seen: [['author', 1, 1]] });
  const still = vote('b', { published: 100, seen: [['other', 10, 50]] });
  const later = vote('c', { published: 101, seen: [['author', 20, 20]] });
  expect(related(old, still, later)).toEqual({ a: 'replaced', b: 'equivocation', c: 'equivocation' });
});

test('relateVotes() of one that nobody was seen to serve, as archives have them: which is which is not known', () => {
  const unseen = { published: 200, firstSeen: undefined, seen: [] };
  expect(related(vote('a', { seen: [['x', 1, 5]] }), vote('b', unseen))).toEqual({
    a: 'untold',
    b: 'untold',
  });
  expect(related(vote('a', unseen), vote('b', { ...unseen, published: 100 }))).toEqual({
    a: 'untold',
    b: 'untold',
  });
  // Of those that were seen, what was seen is told.
  expect(
    related(vote('a', { seen: [['x', 1, 5]] }), vote('b', { seen: [['y', 1, 5]] }), vote('c', unseen)),
  ).toEqual({ a: 'equivocation', b: 'equivocation', c: 'untold' });
  expect(related(vote('a', unseen))).toEqual({ a: 'only' });
});
