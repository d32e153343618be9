/** Countries of addresses, by files in tor's own format. */
import { existsSync, readFileSync } from 'node:fs';
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { countryOf, parseGeoip } from '../../src/geo/index.ts';

const file = '/usr/share/tor/geoip';
const needs = existsSync(file) ? '' : ' (needs tor-geoipdb)';

describe('parseGeoip() and countryOf()', () => {
  const table = parseGeoip(
    '# Last updated based on\n# Generated: 2026-07-01\nnonsense\n16777216,16777471,AU\n16777472,16778239,CN\n1,2\n4294967040,4294967295,ZZ\n20000000,20000010,??\n',
  );
  test.each([
    [0, undefined],
    [16_777_215, undefined],
    [16_777_216, 'AU'],
    [16_777_471, 'AU'],
    [16_777_472, 'CN'],
    [16_778_239, 'CN'],
    [16_778_240, undefined],
    [20_000_005, undefined],
    [4_294_967_295, 'ZZ'],
  ])('S2.1.31 address %i is in %s', (address, country) => expect(countryOf(table, address)).toBe(country));

  test('S2.1.31 the table says its date, or that it has none', () => {
    expect(table.source).toBe('Generated: 2026-07-01');
    expect(parseGeoip('1,2,DE\n').source).toBe('undated');
  });

  test('finds what a search from the front finds, in whatever order the lines are', () => {
    const ranges = fc
      .uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 40 })
      .map((cuts) => {
        const sorted = cuts.toSorted((a, b) => a - b);
        return sorted
          .slice(1)
          .flatMap((last, index) =>
            index % 3 === 0
              ? []
              : [{ first: (sorted[index] ?? 0) + 1, last, country: index % 2 ? 'DE' : 'FR' }],
          );
      });
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 410 }), fc.boolean(), (list, address, turn) => {
        const lines = list.map(({ first, last, country }) => `${first},${last},${country}`);
        const made = parseGeoip((turn ? lines.toReversed() : lines).join('\n'));
        expect(countryOf(made, address)).toBe(
          list.find(({ first, last }) => first <= address && address <= last)?.country,
        );
      }),
    );
  });

  test.skipIf(needs !== '')(`reads the installed file${needs}`, () => {
    const installed = parseGeoip(readFileSync(file, 'utf8'));
    expect(installed.first.length).toBeGreaterThan(100_000);
    expect(countryOf(installed, 131 * 2 ** 24 + 188 * 2 ** 16 + 40 * 256 + 189)).toBe('DE');
  });
});
