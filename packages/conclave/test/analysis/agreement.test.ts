/** How far votes agree with a consensus: against a slow routine of its own, on made documents and on real ones. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { parseConsensus, parseVote } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';
import { agreementOf, perFlagOverall, shareOf } from '../../src/analysis/index.ts';
import { authorities, consensus } from '../../../netdoc/test/support/make.ts';
import { decisionsOf, slowAgreement } from '../support/slow.ts';

const data = resolve(import.meta.dirname, '../../../../../shared/data/mainnet');
const needs = existsSync(data) ? '' : ' (needs ../shared/data)';

/** A router table in which relay `i` has the flags `rows[i]`; relays that are `undefined` are not listed. */
function table(knownFlags: readonly string[], rows: readonly (readonly string[] | undefined)[]): RouterTable {
  const bytes = consensus({
    signers: authorities(1),
    relays: rows.length,
    edit: (lines) => {
      const heads = lines.findIndex((line) => line.startsWith('r '));
      const foot = lines.indexOf('directory-footer');
      const relays = lines
        .slice(heads, foot)
        .join('\n')
        .split(/\n(?=r )/);
      const head = lines
        .slice(0, heads)
        .map((line) => (line.startsWith('known-flags') ? `known-flags ${knownFlags.join(' ')}` : line));
      const kept = relays.flatMap((relay, index) => {
        const flags = rows[index];
        return flags ? relay.replace(/\ns .*/, `\ns ${flags.join(' ')}`.trimEnd()).split('\n') : [];
      });
      return [...head, ...kept, ...lines.slice(foot)];
    },
  });
  const { routers } = parseConsensus(bytes, { profile: 'tor-0.4.9' }).partial;
  if (!routers) throw new Error('no table');
  return routers;
}

describe('agreementOf()', () => {
  const flags = ['Exit', 'Fast', 'Guard', 'Running', 'Valid'];
  const tables = fc
    .record({
      known: fc.subarray(flags, { minLength: 1 }),
      rows: fc.array(fc.option(fc.subarray(flags), { nil: undefined, freq: 5 }), {
        minLength: 1,
        maxLength: 12,
      }),
    })
    .map(({ known, rows }) =>
      table(
        known,
        rows.map((row) => row?.filter((flag) => known.includes(flag))),
      ),
    );

  test('is the same either way round, from 0 to 1, and what a slow routine counts', () => {
    fc.assert(
      fc.property(tables, tables, (a, b) => {
        const agreement = agreementOf(a, b);
        const other = agreementOf(b, a);
        expect([other.equal, other.decisions]).toEqual([agreement.equal, agreement.decisions]);
        expect(agreement.equal).toBeGreaterThanOrEqual(0);
        expect(agreement.equal).toBeLessThanOrEqual(agreement.decisions);
        expect(agreement.perFlag.reduce((sum, { equal }) => sum + equal, 0)).toBe(agreement.equal);
        const slow = slowAgreement(Buffer.from(a.bytes).toString(), Buffer.from(b.bytes).toString());
        expect({ equal: agreement.equal, decisions: agreement.decisions }).toEqual({
          equal: slow.equal,
          decisions: slow.decisions,
        });
      }),
      { numRuns: 60 },
    );
  });

  test('of a table with itself is 1, or nothing where nothing is listed', () => {
    fc.assert(
      fc.property(tables, (one) => {
        expect(shareOf(agreementOf(one, one))).toBe(one.count === 0 ? undefined : 1);
      }),
      { numRuns: 60 },
    );
  });

  test('S2.1.6 agreement is counted over the relays that both list and the flags that both know, and nothing else', () => {
    const agreed = table(['Exit', 'Fast', 'Running'], [['Exit', 'Fast'], ['Fast'], [], undefined]);
    const voted = table(['Exit', 'Fast', 'Valid'], [['Exit'], ['Fast', 'Valid'], undefined, ['Exit']]);
    expect(agreementOf(agreed, voted)).toEqual({
      equal: 3,
      decisions: 4,
      perFlag: [
        { flag: 'Exit', equal: 2, decisions: 2 },
        { flag: 'Fast', equal: 1, decisions: 2 },
      ],
    });
  });

  test.skipIf(needs !== '')(
    `S2.1.6 agreement of maatuska at 2016-09-20 13:00 is 97.67 %: Fast 89.82, HSDir 91.64, Guard 96.08, Running 99.88${needs}`,
    () => {
      const read = (path: string): Uint8Array => readFileSync(resolve(data, path));
      const ns = read('consensus-ns/2016-09-20-13-00-00-consensus');
      const maatuska = read(
        'vote/2016-09-20-13-00-00-vote-49015F787433103580E3B66A1707A00E60F2D15B-60ADC6BEC262AE921A1037D54C8A3976367DBE87',
      );
      const agreed = parseConsensus(ns, { profile: 'tor-0.4.9' }).partial.routers as RouterTable;
      const voted = parseVote(maatuska, { profile: 'tor-0.4.9' }).partial.routers as RouterTable;
      const agreement = agreementOf(agreed, voted);
      const percent = (share: number | undefined): string => (100 * (share ?? NaN)).toFixed(2);
      expect(percent(shareOf(agreement))).toBe('97.67');
      const perFlag = Object.fromEntries(agreement.perFlag.map((one) => [one.flag, percent(shareOf(one))]));
      expect(perFlag).toMatchObject({ Fast: '89.82', HSDir: '91.64', Guard: '96.08', Running: '99.88' });
      const slow = slowAgreement(
        Buffer.from(ns).toString('latin1'),
        Buffer.from(maatuska).toString('latin1'),
      );
      expect(agreement.perFlag).toEqual(slow.perFlag);
      expect(decisionsOf(Buffer.from(ns).toString('latin1')).relays.size).toBe(agreed.count);
    },
  );
});

describe('perFlagOverall()', () => {
  test('S2.1.6 S2.1.29 adds up what several votes say of each flag', () => {
    const one = [{ flag: 'Fast', equal: 8, decisions: 10 }];
    const two = [
      { flag: 'Exit', equal: 5, decisions: 5 },
      { flag: 'Fast', equal: 10, decisions: 10 },
    ];
    expect(perFlagOverall([one, two])).toEqual([
      { flag: 'Exit', equal: 5, decisions: 5 },
      { flag: 'Fast', equal: 18, decisions: 20 },
    ]);
    expect(perFlagOverall([])).toEqual([]);
    expect(shareOf({ equal: 0, decisions: 0 })).toBeUndefined();
  });
});
