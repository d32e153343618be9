/** Networks of addresses, by files as iptoasn.com gives them. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { networkOf, parseNetworks } from '../../src/geo/index.ts';
import type { NetworkTable } from '../../src/geo/index.ts';

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
const numberOf = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const read = (text: string): NetworkTable => parseNetworks(Buffer.from(text), 'a table');

describe('parseNetworks() and networkOf()', () => {
  const table = read(
    [
      '1.0.0.0\t1.0.0.255\t13335\tUS\tEXAMPLE-NET',
      '1.0.1.0\t1.0.3.255\t0\tNone\tNot routed',
      '2.0.0.0\t2.0.0.0\t64500\tDE\tTab\tin a name \r',
      '3.0.0.0\t3.255.255.255\t4294967295\tZZ\t',
      '224.0.0.0\t255.255.255.255\t64501',
      '240.0.0.0\t255.255.255.255\t64502\tFR\tThe last\n',
    ].join('\n'),
  );
  test.each([
    ['0.0.0.0', undefined],
    ['0.255.255.255', undefined],
    ['1.0.0.0', 13_335],
    ['1.0.0.255', 13_335],
    ['1.0.1.0', undefined],
    ['1.0.4.0', undefined],
    ['2.0.0.0', 64_500],
    ['2.0.0.1', undefined],
    ['3.128.0.0', 4_294_967_295],
    ['239.255.255.255', undefined],
    ['255.255.255.255', 64_502],
  ])('S2.2.19 %s is in AS %s; AS 0 is nobody', (address, as) =>
    expect(networkOf(table, numberOf(address))).toBe(as),
  );

  test('S2.2.19 names are those of the table, without what does not print; nobody has none', () => {
    expect([...table.names]).toEqual([
      [13_335, 'EXAMPLE-NET'],
      [64_500, 'Tabin a name'],
      [4_294_967_295, ''],
      [64_502, 'The last'],
    ]);
    expect(table.source).toBe('a table');
  });

  test.each([
    ['no tabs at all', 0, 1],
    ['1.0.0.0\t1.0.0.255\tAS1\tUS\tx', 0, 1],
    ['1.0.0.0\t1.0.0.256\t1\tUS\tx', 0, 1],
    ['1.0.0\t1.0.0.255\t1\tUS\tx', 0, 1],
    ['1.0.0.0.0\t1.0.0.255\t1\tUS\tx', 0, 1],
    ['1..0.0\t1.0.0.255\t1\tUS\tx', 0, 1],
    ['-1.0.0.0\t1.0.0.255\t1\tUS\tx', 0, 1],
    ['1.0.0.9\t1.0.0.8\t1\tUS\tx', 0, 1],
    ['1.0.0.0\t1.0.0.255\t4294967296\tUS\tx', 0, 1],
    ['1.0.0.0\t1.0.0.255\t\tUS\tx', 0, 1],
    ['2001:db8::\t2001:db8::ffff\t1\tUS\tx', 0, 1],
    ['# a comment\n\n1.0.0.0\t1.0.0.255\t1\tUS\tx', 1, 1],
    ['1.0.0.0\t1.0.0.255\t1\tUS\tx\n1.0.0.128\t1.0.1.255\t2\tUS\ty', 1, 1],
    ['1.0.0.0\t1.0.0.255\t1\tUS\tx\n1.0.0.0\t1.0.0.255\t2\tUS\ty', 1, 1],
    ['', 0, 0],
    ['\0\xff\x01'.repeat(50), 0, 1],
  ])('%j gives %i ranges, %i skipped', (text, ranges, skipped) => {
    const { first, skipped: left } = read(text);
    expect([first.length, left]).toEqual([ranges, skipped]);
  });

  test('finds what a search from the front finds, in whatever order the lines are', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(cuts, fc.array(fc.nat(2 ** 32 - 1)), fc.boolean(), (list, addresses, turn) => {
        const sorted = list.toSorted((a, b) => a - b);
        const ranges = sorted
          .slice(1)
          .map((last, index) => ({ first: (sorted[index] ?? 0) + 1, last, as: index % 4 }));
        const lines = ranges.map(({ first, last, as }) => `${dotted(first)}\t${dotted(last)}\t${as}\tUS\tx`);
        const made = read((turn ? lines.toReversed() : lines).join('\n'));
        for (const address of [...addresses, ...sorted]) {
          const found = ranges.find(({ first, last }) => first <= address && address <= last)?.as;
          expect(networkOf(made, address)).toBe(found === 0 ? undefined : found);
        }
      }),
    );
  });
});
