/** The state of an authority: every state can be reached, none by a single probe, and our own blindness counts neither way. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  baselineOf,
  defaultLimits,
  isUp,
  nothingSeenOfIt,
  slowLimitMs,
  step,
} from '../../src/analysis/index.ts';
import type { AuthorityCondition, Probe, StateOfAuthority } from '../../src/analysis/index.ts';
import type { Outcome } from '../../src/collect/index.ts';

/** Folds probes ten seconds apart; `received 300` is an answer whose first byte took 300 ms. */
function after(sayings: readonly string[], from: StateOfAuthority = nothingSeenOfIt): StateOfAuthority {
  return sayings.reduce((state, saying, index) => step(state, probe(saying, index), defaultLimits), from);
}

function probe(saying: string, index: number): Probe {
  const [outcome = '', ms] = saying.split(' ');
  const hasByte = ['received', 'busy', 'absent', 'malformed', 'not-modified'].includes(outcome);
  return {
    at: 10_000 * (index + 1),
    outcome: outcome as Outcome,
    ...(hasByte ? { firstByteMs: Number(ms ?? 30) } : {}),
  };
}

const times = (count: number, saying: string): string[] => Array.from({ length: count }, () => saying);
const online = after(['received', 'received']);

describe('step()', () => {
  test.each<[string, readonly string[], AuthorityCondition]>([
    ['nothing was asked', [], 'unknown'],
    ['the first answer', ['received'], 'online'],
    ['three slow answers', ['received', ...times(3, 'received 2500')], 'slow'],
    ['three answers of 503', ['received', ...times(3, 'busy')], 'degraded'],
    ['three timeouts', ['received', ...times(3, 'timed-out')], 'timeout'],
    ['three refused connections', ['received', ...times(3, 'refused')], 'offline'],
    ['three times no way to it', times(3, 'unreachable'), 'offline'],
    ['three times nonsense', ['received', ...times(3, 'malformed')], 'error'],
    ['three failures of three kinds', ['received', 'timed-out', 'malformed', 'refused'], 'offline'],
    ['back again', ['received', ...times(3, 'refused'), ...times(2, 'received')], 'online'],
    ['a 404 is an answer', ['absent', 'absent'], 'online'],
  ])('S2.1.10 after %s it is what it should be', (_, sayings, condition) => {
    expect(after(sayings).condition).toBe(condition);
  });

  test('the last answer is known beside the failures that follow it, and beside what we could not ask', () => {
    const busy = after(['received', 'busy']);
    expect(busy.lastAnswered).toBe(20_000);
    const down = after(['received', 'busy', ...times(3, 'refused'), 'malformed', 'not-asked']);
    expect([down.lastAnswered, down.lastProbe?.at]).toEqual([20_000, 70_000]);
    expect(after(times(3, 'timed-out')).lastAnswered).toBeUndefined();
  });

  test.each(['received 2500', 'busy', 'timed-out', 'refused', 'unreachable', 'malformed'])(
    'S2.1.10 two of %s do not change it, a third does, since the first of them',
    (saying) => {
      const two = after(times(2, saying), online);
      expect(two.condition).toBe('online');
      const three = step(two, probe(saying, 5), defaultLimits);
      expect(three.condition).not.toBe('online');
      expect(three.since).toBe(10_000);
    },
  );

  test('S2.1.10 a good answer in between starts the count anew', () => {
    const sayings = Array.from({ length: 20 }, () => ['refused', 'refused', 'received']).flat();
    expect(after(sayings, online).condition).toBe('online');
  });

  test('S2.1.10 one answer does not bring it back, two in a row do', () => {
    const down = after(times(4, 'refused'), online);
    expect(after(['received'], down).condition).toBe('offline');
    expect(after(['received', 'refused', 'received', 'refused'], down).condition).toBe('offline');
    expect(after(['received', 'received'], down).condition).toBe('online');
  });

  test('S2.1.10 one that answers slowly and quickly in turn is up, not offline for ever', () => {
    const sayings = Array.from({ length: 6 }, () => ['received 2500', 'received']).flat();
    expect(isUp(after(sayings, after(times(3, 'refused'))).condition)).toBe(true);
  });

  test('S2.1.10 one that fails in changing ways is down all the while, and does not change with every probe', () => {
    let state = after(times(3, 'timed-out'), online);
    const seen = [state.condition];
    for (let index = 0; index < 12; index += 1) {
      state = step(state, probe(index % 2 === 0 ? 'refused' : 'timed-out', 20 + index), defaultLimits);
      seen.push(state.condition);
    }
    expect(new Set(seen)).toEqual(new Set(['timeout']));
    expect(after(times(3, 'refused'), state).condition).toBe('offline');
  });

  test('S2.1.10 what we did not ask counts neither way', () => {
    const sayings = ['refused', 'not-asked', 'refused', 'not-asked', 'not-asked'];
    const state = after(sayings, online);
    expect(state.condition).toBe('online');
    expect(after(['refused'], state).condition).toBe('offline');
  });

  const outcomes = [
    'received',
    'received 2500',
    'busy',
    'absent',
    'timed-out',
    'refused',
    'unreachable',
    'malformed',
  ];
  const histories = fc.array(fc.constantFrom(...outcomes, 'not-asked'), { maxLength: 60 });

  test('a single failure never changes an online state, whatever came before', () => {
    fc.assert(
      fc.property(
        histories,
        fc.constantFrom('timed-out', 'refused', 'unreachable', 'malformed'),
        (before, failure) => {
          const state = after([...before, 'received', 'received']);
          fc.pre(state.condition === 'online');
          expect(after([failure], state).condition).toBe('online');
        },
      ),
    );
  });

  test('not-asked changes nothing but the time of the last probe', () => {
    fc.assert(
      fc.property(histories, (before) => {
        const state = after(before);
        expect(after(['not-asked'], state)).toEqual({ ...state, lastProbe: probe('not-asked', 0) });
      }),
    );
  });

  test('whatever comes, a change of condition is backed by enough probes, and `since` by the first of them', () => {
    fc.assert(
      fc.property(histories, (sayings) => {
        let state = nothingSeenOfIt;
        for (const [index, saying] of sayings.entries()) {
          const next = step(state, probe(saying, index), defaultLimits);
          if (next.condition !== state.condition && state.condition !== 'unknown') {
            const least = isUp(next.condition) ? defaultLimits.successesInARow : defaultLimits.failuresInARow;
            expect(next.sideInARow).toBeGreaterThanOrEqual(least);
            expect(next.since).toBeLessThanOrEqual(10_000 * (index + 1) - 10_000 * (least - 1));
          } else if (next.condition === state.condition) expect(next.since).toBe(state.since);
          state = next;
        }
      }),
    );
  });
});

describe('slowLimitMs()', () => {
  test('S2.1.13 before there is a baseline the absolute limit holds, and it holds always', () => {
    expect(slowLimitMs([], defaultLimits)).toBe(2000);
    expect(
      slowLimitMs(
        times(29, '').map(() => 100),
        defaultLimits,
      ),
    ).toBe(2000);
    expect(
      slowLimitMs(
        times(240, '').map(() => 1500),
        defaultLimits,
      ),
    ).toBe(2000);
  });

  test('S2.1.13 with a baseline it is three times its own median, never below the floor', () => {
    const of = (ms: number): number[] => Array.from({ length: 60 }, () => ms);
    expect(slowLimitMs(of(200), defaultLimits)).toBe(600);
    expect(slowLimitMs(of(12), defaultLimits)).toBe(250);
    expect(slowLimitMs(of(200), { ...defaultLimits, slowTimesBaseline: 2 })).toBe(400);
    expect(slowLimitMs(of(200), { ...defaultLimits, slowMs: 300 })).toBe(300);
  });

  test('S2.1.13 the newest five probes are not part of the baseline they are held against', () => {
    const history = [...Array.from({ length: 40 }, () => 100), 900, 900, 900, 900, 900];
    expect(baselineOf(history, defaultLimits)).toBe(100);
  });

  test('S2.1.13 89 ms is not slow for one that usually takes 30, 700 ms is for one that usually takes 100', () => {
    const usual = (ms: number): StateOfAuthority => after(times(60, `received ${ms}`));
    expect(after(times(9, 'received 89'), usual(30)).condition).toBe('online');
    expect(after(times(3, 'received 700'), usual(100)).condition).toBe('slow');
    expect(after(times(3, 'received 700'), usual(400)).condition).toBe('online');
  });
});
