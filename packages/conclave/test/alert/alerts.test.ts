/** Findings in time: one alert for each thing found, from when it was first found until it no longer is. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { foldAlerts } from '../../src/alert/index.ts';
import type { Alert } from '../../src/alert/index.ts';
import type { Finding } from '../../src/checks/index.ts';

function finding(check: string, authority?: string, severity: Finding['severity'] = 'warning'): Finding {
  return {
    check,
    category: 'authority_connectivity',
    severity,
    title: check,
    message: `${check} of ${authority ?? 'all'}`,
    ...(authority === undefined ? {} : { authority }),
  };
}

describe('foldAlerts()', () => {
  test('S2.1.25 an alert has an id, since, last seen and, once it is over, resolved', () => {
    const first = foldAlerts([], [finding('x', 'amber')], 1000);
    expect(first.raised).toMatchObject([
      { id: 'x-amber-1000', since: 1000, lastSeen: 1000, resolvedAt: undefined },
    ]);
    const again = foldAlerts(first.firing, [finding('x', 'amber')], 2000);
    expect(again).toMatchObject({
      raised: [],
      resolved: [],
      changed: [],
      firing: [{ id: 'x-amber-1000', since: 1000, lastSeen: 2000 }],
    });
    const over = foldAlerts(again.firing, [], 3000);
    expect(over).toMatchObject({
      firing: [],
      resolved: [{ id: 'x-amber-1000', since: 1000, lastSeen: 2000, resolvedAt: 3000 }],
    });
    expect(foldAlerts(over.firing, [finding('x', 'amber')], 4000).raised).toMatchObject([
      { id: 'x-amber-4000', since: 4000 },
    ]);
  });

  test('S2.1.25 the same finding twice in a tick is one alert; the first of them counts', () => {
    const { firing } = foldAlerts(
      [],
      [finding('x', 'amber', 'high'), finding('x', 'amber'), finding('x', 'birch'), finding('x')],
      1,
    );
    expect(firing.map(({ authority, severity }) => [authority, severity])).toEqual([
      ['amber', 'high'],
      ['birch', 'warning'],
      [undefined, 'warning'],
    ]);
  });

  test('S2.1.25 a change of severity is told and does not make a second alert', () => {
    const { firing } = foldAlerts([], [finding('x', 'amber')], 1);
    const next = foldAlerts(firing, [finding('x', 'amber', 'critical')], 2);
    expect(next).toMatchObject({
      raised: [],
      resolved: [],
      changed: [{ id: 'x-amber-1', severity: 'critical', since: 1 }],
    });
    expect(next.firing).toHaveLength(1);
  });

  test('S2.1.25 over any history there are no duplicates, since never changes while it fires, and all that was raised is firing or was resolved', () => {
    const one = fc.record({
      check: fc.constantFrom('x', 'y', 'z'),
      authority: fc.option(fc.constantFrom('amber', 'birch'), { nil: undefined }),
      severity: fc.constantFrom('warning' as const, 'high' as const, 'critical' as const),
    });
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 6 }), { maxLength: 20 }), (ticks) => {
        let firing: readonly Alert[] = [];
        const [raised, resolved] = [new Set<string>(), new Set<string>()];
        for (const [index, list] of ticks.entries()) {
          const at = (index + 1) * 1000;
          const before = new Map(firing.map((alert) => [alert.id, alert]));
          const changes = foldAlerts(
            firing,
            list.map((f) => finding(f.check, f.authority, f.severity)),
            at,
          );
          const keys = changes.firing.map(({ check, authority }) => `${check} ${authority}`);
          expect(new Set(keys).size).toBe(keys.length);
          expect(new Set(keys)).toEqual(new Set(list.map(({ check, authority }) => `${check} ${authority}`)));
          for (const alert of changes.firing) {
            expect(alert.since).toBe(before.get(alert.id)?.since ?? at);
            expect(alert.lastSeen).toBe(at);
          }
          for (const { id } of changes.raised) {
            expect(raised.has(id)).toBe(false);
            raised.add(id);
          }
          for (const { id } of changes.resolved) resolved.add(id);
          firing = changes.firing;
        }
        expect(new Set([...resolved, ...firing.map(({ id }) => id)])).toEqual(raised);
      }),
    );
  });
});
