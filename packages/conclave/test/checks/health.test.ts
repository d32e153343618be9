/** Checks on the health of the newest round: found, not found, nothing known; each message has its values and limits. */
import { describe, expect, test } from 'vitest';
import type { Growth, Invariant } from '../../src/analysis/index.ts';
import { findAll } from '../../src/checks/index.ts';
import type { Finding, HealthSituation } from '../../src/checks/index.ts';
import { noon } from '../support/network.ts';
import { situation } from './situation.ts';

const fingerprint = 'A'.repeat(40);

function foundIn(health: HealthSituation | undefined): readonly Finding[] {
  return findAll(situation(9, { health })).filter(({ check }) =>
    ['health-invariant-broken', 'sudden-growth'].includes(check),
  );
}

function broken(change: Partial<Invariant> = {}): Invariant {
  return {
    rule: 'hsdir',
    document: 'consensus',
    text: 'Whoever has HSDir has Stable, Fast and V2Dir.',
    holds: false,
    violations: 2,
    named: [{ fingerprint, nickname: 'odd', text: 'has HSDir without Stable' }],
    ...change,
  };
}

function growth(change: Partial<Growth> = {}): Growth {
  return { by: 'network24', pattern: '192.0.2.0/24', relays: 12, before: 1, limit: 10, named: [], ...change };
}

const sound: HealthSituation = { validAfter: noon, broken: [], growth: [] };

describe('health-invariant-broken', () => {
  test('S2.2.12 nothing is found where every rule holds, or nothing is known', () => {
    expect(foundIn(sound)).toEqual([]);
    expect(foundIn(undefined)).toEqual([]);
  });

  test('S2.2.10 S2.2.12 a consensus that breaks a rule is high; the first relay, the number and the limit are said', () => {
    const [finding, ...others] = foundIn({
      ...sound,
      broken: [
        broken(),
        broken({ rule: 'running', text: 'Every listed relay has Running.', violations: 1, named: [] }),
      ],
    });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      check: 'health-invariant-broken',
      severity: 'high',
      category: 'consensus_health',
    });
    expect(finding?.message).toBe(
      `Whoever has HSDir has Stable, Fast and V2Dir. It is broken 2 times, first by odd (${fingerprint}), which has HSDir without Stable; limit 0. Every listed relay has Running. It is broken once; limit 0.`,
    );
    expect(finding?.authority).toBeUndefined();
    expect(finding?.link).toMatch(/^\/health\?at=\d{4}-\d{2}-\d{2}T12:00:00Z$/);
  });

  test('S2.2.12 votes that break rules are warnings about their authorities, one each', () => {
    const found = foundIn({
      ...sound,
      broken: [
        broken({ document: 'moria1' }),
        broken({ document: 'moria1', rule: 'guard' }),
        broken({ document: 'tor26' }),
      ],
    });
    expect(found.map(({ authority, severity }) => [authority, severity])).toEqual([
      ['moria1', 'warning'],
      ['tor26', 'warning'],
    ]);
  });
});

describe('sudden-growth', () => {
  test('S8.5 groups are told in one warning with their limits', () => {
    const found = foundIn({
      ...sound,
      growth: [growth({ by: 'all', pattern: '', relays: 60, before: 1000, limit: 50 }), growth()],
    });
    expect(found.map(({ check, severity, title }) => [check, severity, title])).toEqual([
      ['sudden-growth', 'warning', 'Very many relays came in one round'],
    ]);
    expect(found[0]?.message).toMatch(
      /: 60 new relays, 1000 were there, limit 50; 12 new relays in 192\.0\.2\.0\/24 \(1 had it before\), limit 10\.$/,
    );
  });

  test.each([
    ['nickname', 'quux#', 'with a nickname like quux#'],
    ['network16', '192.0.0.0/16', 'in 192.0.0.0/16'],
    ['version', 'Tor 0.4.9.11', 'of version Tor 0.4.9.11'],
    ['bandwidth', '2000', 'with weight 2000'],
    ['contact', 'who', 'with contact who'],
  ] as const)('S8.5 what new relays have in common by %s is said', (by, pattern, words) => {
    const [finding] = foundIn({ ...sound, growth: [growth({ by, pattern })] });
    expect(finding?.title).toBe('Relays that look alike came in one round');
    expect(finding?.message).toContain(`12 new relays ${words} (`);
  });
});
