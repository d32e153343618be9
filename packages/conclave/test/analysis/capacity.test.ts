/** Capacity by class: only descriptors that the consensus names count, and a relay without one is listed and adds nothing. */
import { describe, expect, test } from 'vitest';
import { parseConsensus, parseServerDescriptors, toHex } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import { capacityOf, factsOf } from '../../src/analysis/index.ts';
import { consensus, instead } from '../../../netdoc/test/support/make.ts';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';

/** A consensus of these flags, one relay each. */
function listing(flags: readonly string[], flavor: 'ns' | 'microdesc' = 'ns'): Consensus {
  let relay = -1;
  const edit = (lines: string[]): string[] =>
    lines.map((line) => {
      if (line.startsWith('known-flags ')) return 'known-flags BadExit Exit Guard Running Valid';
      if (line.startsWith('r ')) relay += 1;
      return line.startsWith('s ') && relay >= 0 ? `s ${flags[relay]}` : line;
    });
  const { document } = parseConsensus(consensus({ flavor, relays: flags.length, edit }));
  if (!document) throw new Error('not a consensus');
  return document;
}

/** Bytes a second of the relays in this order; undefined where none is held. */
function held(
  of: Consensus,
  bytes: readonly (number | undefined)[],
): Map<string, { bytesPerSecond: number }> {
  return new Map(
    bytes.flatMap((value, relay) =>
      value === undefined
        ? []
        : [
            [
              toHex(of.routers.descriptorDigest.subarray(relay * 20, relay * 20 + 20)),
              { bytesPerSecond: value },
            ] as const,
          ],
    ),
  );
}

describe('capacityOf()', () => {
  const flags = [
    'Guard Running Valid',
    'Exit Running Valid',
    'Exit Guard Running Valid',
    'BadExit Exit Running Valid',
    'Running Valid',
  ];

  test('sums by class in bits a second; a bad exit is no exit', () => {
    const document = listing(flags);
    const capacity = capacityOf(document, held(document, [1000, 200, 30, 4, 5]));
    expect(capacity).toEqual({
      total: { relays: 5, described: 5, bitsPerSecond: 8 * 1239 },
      guard: { relays: 2, described: 2, bitsPerSecond: 8 * 1030 },
      exit: { relays: 2, described: 2, bitsPerSecond: 8 * 230 },
      guardExit: { relays: 1, described: 1, bitsPerSecond: 8 * 30 },
      middle: { relays: 2, described: 2, bitsPerSecond: 8 * 9 },
    });
  });

  test('counts a relay whose descriptor is not held as listed, and never as zero', () => {
    const document = listing(flags);
    const capacity = capacityOf(document, held(document, [1000, undefined, undefined, undefined, 0]));
    expect(capacity?.total).toEqual({ relays: 5, described: 2, bitsPerSecond: 8000 });
    expect(capacity?.exit).toEqual({ relays: 2, described: 0, bitsPerSecond: 0 });
    expect(capacity?.middle).toEqual({ relays: 2, described: 1, bitsPerSecond: 0 });
  });

  test('takes no descriptor that the consensus does not name', () => {
    expect(
      capacityOf(listing(flags), new Map([['0'.repeat(40), { bytesPerSecond: 7 }]]))?.total.described,
    ).toBe(0);
  });

  test('is undefined for a microdesc consensus, which names none', () => {
    expect(capacityOf(listing(flags, 'microdesc'), new Map())).toBeUndefined();
  });
});

describe('factsOf()', () => {
  test.each([
    ['bandwidth 100 200 300', 100],
    ['bandwidth 300 100 200', 100],
    ['bandwidth 200 300 100', 100],
    ['bandwidth 0 300 100', 0],
  ])('%s advertises %d bytes a second', (line, bytes) => {
    const edit = instead('bandwidth', line);
    const [parsed] = parseServerDescriptors(descriptor(madeRelay(0), { edit }));
    expect(parsed?.document && factsOf(parsed.document)?.bytesPerSecond).toBe(bytes);
  });
});
