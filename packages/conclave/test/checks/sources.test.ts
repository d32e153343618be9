/** A source that fails is said to be a source that fails: information or a warning, never about an authority. */
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/analysis/index.ts';
import { findAll, sourceFault } from '../../src/checks/index.ts';
import type { SourceSituation } from '../../src/checks/index.ts';
import { now, situation } from './situation.ts';

const well: SourceSituation = {
  feed: 'collector',
  subject: 'index',
  failures: 0,
  detail: undefined,
  lastSuccessMs: now * 1000,
  asOf: now - 60,
};
const limit = defaultLimits.sourceStaleSeconds;
const found = (...sources: readonly Partial<SourceSituation>[]): ReturnType<typeof findAll> =>
  findAll(situation(9, { sources: sources.map((change) => ({ ...well, ...change })) }));

describe('source-failing', () => {
  test.each([
    [{}, undefined],
    [{ failures: 2 }, undefined],
    [{ failures: 3 }, 'info'],
    [{ failures: 3, lastSuccessMs: (now - limit) * 1000 }, 'info'],
    [{ failures: 3, lastSuccessMs: (now - limit - 1) * 1000 }, 'warning'],
    [{ failures: 3, lastSuccessMs: undefined }, 'warning'],
    [{ failures: 2, lastSuccessMs: undefined }, undefined],
    [{ asOf: now - limit }, undefined],
    [{ asOf: now - limit - 1 }, 'info'],
    [{ asOf: undefined }, undefined],
    // While it fails, that is what is said, and not how old the last answer was.
    [{ failures: 1, asOf: now - limit - 1 }, undefined],
  ] as const)('of %j is %s', (change, severity) => {
    expect(found(change).map((one) => one.severity)).toEqual(severity === undefined ? [] : [severity]);
  });

  test('is one finding for all sources, names no authority, and has values and limits', () => {
    const [finding, ...others] = found(
      { failures: 4, detail: 'HTTP 503' },
      { feed: 'onionoo', subject: 'details', failures: 3, lastSuccessMs: undefined },
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ check: 'source-failing', category: 'observatory', severity: 'warning' });
    expect(finding?.authority).toBeUndefined();
    expect(finding?.title).toBe('We have nothing fresh from CollecTor and Onionoo');
    expect(finding?.message).toBe(
      'CollecTor: index: failed 4 times in a row (HTTP 503); the last good answer is 0 s old, limit 6 h. ' +
        'Onionoo: details: failed 3 times in a row (no reason given); it never answered properly, limit 6 h. ' +
        'This says nothing about any authority.',
    );
  });

  test('names the one question that fails while others of the source are well', () => {
    const [finding] = found({}, { subject: 'vote', failures: 3, asOf: undefined });
    expect(finding?.message).toContain('CollecTor: vote: failed 3 times');
    expect(finding?.message).not.toContain('index');
    expect(sourceFault(well, situation(9))).toBeUndefined();
  });
});
