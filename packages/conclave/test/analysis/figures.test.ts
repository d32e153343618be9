/** Freshness, facts of documents, scanners, sources, diversity, and the small statistics under them. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { parseConsensus, parseVote } from '@conclave/netdoc';
import type { Consensus, Vote } from '@conclave/netdoc';
import {
  consensusFacts,
  countriesOf,
  defaultLimits,
  differencesOf,
  freshnessAt,
  median,
  overdueSeconds,
  quantile,
  scaled,
  scannerSpreads,
  tally,
  voteFacts,
} from '../../src/analysis/index.ts';
import { parseGeoip } from '../../src/geo/index.ts';
import { behind, consensus, instead, vote, without } from '../../../netdoc/test/support/make.ts';
import { configured, madeNetwork, noon } from '../support/network.ts';

const network = madeNetwork();
const lifetime = { validAfter: 1000, freshUntil: 4600, validUntil: 11_800 };

function read(bytes: Uint8Array): Consensus {
  const { document } = parseConsensus(bytes, { profile: 'tor-0.4.9' });
  if (!document) throw new Error('not a consensus');
  return document;
}

function readVote(bytes: Uint8Array): Vote {
  const { document } = parseVote(bytes, { profile: 'tor-0.4.9' });
  if (!document) throw new Error('not a vote');
  return document;
}

describe('freshnessAt()', () => {
  test.each([
    [0, 'future'],
    [999, 'future'],
    [1000, 'current'],
    [1001, 'current'],
    [4599, 'current'],
    [4600, 'current'],
    [4601, 'stale'],
    [11_799, 'stale'],
    [11_800, 'stale'],
    [11_801, 'expired'],
    [Number.MAX_SAFE_INTEGER, 'expired'],
  ] as const)('S2.1.1 at second %i it is %s', (now, state) => {
    expect(freshnessAt(lifetime, now)).toBe(state);
  });

  test.each([
    [0, 0],
    [4600, 0],
    [4601, 1],
    [20_000, 15_400],
  ])('S2.1.3 at second %i the next one is overdue by %i s', (now, overdue) => {
    expect(overdueSeconds(lifetime, now)).toBe(overdue);
  });
});

describe('consensusFacts()', () => {
  const flagged = read(
    consensus({
      relays: 20,
      edit: (lines) => {
        let exits = 0;
        return lines.map((line) =>
          line.startsWith('s Exit') && (exits += 1) === 1 ? 's BadExit Exit Fast Running Valid' : line,
        );
      },
    }),
  );
  test('S2.1.30 relays, guards, exits, exits without BadExit and the sum of weights are counted', () => {
    const facts = consensusFacts(flagged);
    const sum = Array.from({ length: 20 }, (_, index) => 1000 + index * 7).reduce((a, b) => a + b, 0);
    expect(facts).toMatchObject({
      relays: 20,
      guards: 3,
      exits: 4,
      exitsWithoutBadExit: 3,
      guardExits: 3,
      weightSum: sum,
      method: 34,
    });
    expect(facts.flags).toEqual({
      Authority: 0,
      BadExit: 1,
      Exit: 4,
      Fast: 20,
      Guard: 3,
      HSDir: 0,
      Running: 20,
      Stable: 3,
      V2Dir: 3,
      Valid: 20,
    });
  });
  test('S2.1.30 a network without BadExit among its known-flags has no bad exits', () => {
    const edit = instead(
      'known-flags',
      'known-flags Authority Exit Fast Guard HSDir Running Stable V2Dir Valid',
    );
    expect(consensusFacts(read(consensus({ edit })))).toMatchObject({ exits: 4, exitsWithoutBadExit: 4 });
  });
  test('S2.1.31 versions are counted, most frequent first', () => {
    const { versions } = consensusFacts(flagged);
    expect(versions.map(({ value }) => value).sort()).toEqual([
      'Tor 0.4.8.10',
      'Tor 0.4.8.11',
      'Tor 0.4.8.12',
      'Tor 0.4.8.13',
    ]);
    expect(versions.reduce((sum, { count }) => sum + count, 0)).toBe(20);
  });
});

describe('voteFacts()', () => {
  const [first, , , , , , last] = network.members;
  test('S2.1.15 a scanner: file time, Measured lines, Running relays', () => {
    const made = first && network.round({ validAfter: noon }).votes.get(first.nickname);
    expect(voteFacts(readVote(made as Uint8Array))).toMatchObject({
      scanner: true,
      bandwidthFileTime: noon - 2000,
      measured: 20,
      running: 20,
      relays: 20,
    });
  });
  test('S2.1.15 S2.1.16 without bandwidth-file-headers it is no scanner, whatever it measures', () => {
    const made = last && network.round({ validAfter: noon }).votes.get(last.nickname);
    expect(voteFacts(readVote(made as Uint8Array))).toMatchObject({
      scanner: false,
      bandwidthFileTime: null,
      measured: 0,
    });
  });
  test.each(['', 'timestamp=', 'timestamp=yesterday', 'timestamp=-1', 'timestamp=1e99', 'version=1.4.0'])(
    'S2.1.15 headers that say "%s" give no file time, but are a scanner’s',
    (headers) => {
      const edit = instead('bandwidth-file-headers', `bandwidth-file-headers ${headers}`.trimEnd());
      const { partial } = parseVote(vote(network.members[0] as never, { edit }), { profile: 'tor-0.4.9' });
      if (partial.bandwidthFileHeaders === undefined || !partial.routers) return expect(headers).toBe('');
      expect(voteFacts(partial as Vote)).toMatchObject({ bandwidthFileTime: null, scanner: true });
    },
  );
  test('S2.1.29 one that does not vote on Running says nothing of it', () => {
    const edit = (lines: string[]): string[] =>
      lines.map((line) => line.replace(/^((?:known-flags|s) .*)\bRunning /, '$1'));
    expect(voteFacts(readVote(vote(network.members[0] as never, { edit }))).running).toBeNull();
  });
});

describe('scannerSpreads()', () => {
  const scanned = (
    authority: string,
    value: (index: number) => number | undefined,
  ): { authority: string; routers: Vote['routers'] } => {
    let index = -1;
    const edit = (lines: string[]): string[] =>
      lines.map((line) => {
        if (!line.startsWith('w ')) return line;
        const measured = value((index += 1));
        return measured === undefined ? 'w Bandwidth=1000' : `w Bandwidth=1000 Measured=${measured}`;
      });
    return { authority, routers: readVote(vote(network.members[0] as never, { edit, relays: 10 })).routers };
  };
  test('S2.1.29 the spread of each scanner is its ratio to the median of all, relay by relay', () => {
    const spreads = scannerSpreads([
      scanned('a', () => 100),
      scanned('b', () => 200),
      scanned('c', (index) => (index < 5 ? 400 : 50)),
    ]);
    expect(spreads).toEqual([
      { authority: 'a', relays: 10, medianRatio: 0.75, q1: 0.5, q3: 1 },
      { authority: 'b', relays: 10, medianRatio: 1.5, q1: 1, q3: 2 },
      { authority: 'c', relays: 10, medianRatio: 1.25, q1: 0.5, q3: 2 },
    ]);
  });
  test('S2.1.29 a relay that fewer than three measured decides nothing, and two scanners have no spread', () => {
    const three = [
      scanned('a', () => 100),
      scanned('b', () => 100),
      scanned('c', (index) => (index === 0 ? 300 : undefined)),
    ];
    expect(scannerSpreads(three).map(({ authority, relays }) => [authority, relays])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect(scannerSpreads(three.slice(0, 2))).toEqual([]);
  });
});

describe('differencesOf()', () => {
  const [one] = network.members;
  if (!one) throw new Error('no member');
  const { authorities } = read(network.round({ validAfter: noon }).ns);
  test('S2.1.9 nothing is told where configuration and dir-source agree, or where one does not say', () => {
    expect(differencesOf(configured(one), authorities)).toEqual([]);
    expect(differencesOf({ nickname: one.nickname, v3ident: one.identity }, authorities)).toEqual([]);
    expect(differencesOf(configured(one), [])).toEqual([]);
  });
  test('S2.1.9 name, address, DirPort and ORPort are compared, and each difference told with both values', () => {
    const moved = { ...configured(one), nickname: 'other', ipv4: '192.0.2.250', dirPort: 9030, orPort: 9001 };
    expect(differencesOf(moved, authorities)).toEqual([
      `nickname: configured other, the consensus says ${one.nickname}`,
      `address: configured 192.0.2.250, the consensus says ${one.address}`,
      'DirPort: configured 9030, the consensus says 80',
      'ORPort: configured 9001, the consensus says 443',
    ]);
  });
});

describe('countriesOf()', () => {
  test('S2.1.31 relays and weight by country of a dated table; unknown addresses are named as such', () => {
    // Relays have the addresses 198.51.100.0 to .19 and weights of 1000 + 7 × index.
    const base = 198 * 2 ** 24 + 51 * 2 ** 16 + 100 * 2 ** 8;
    const table = parseGeoip(
      `# Generated: 2026-07-01\n${base},${base + 9},DE\n${base + 10},${base + 14},FR\n`,
    );
    const { routers } = read(consensus({ edit: without('pr') }));
    const shares = countriesOf(routers, table);
    expect(shares.map(({ country, relays }) => [country, relays])).toEqual([
      ['DE', 10],
      ['??', 5],
      ['FR', 5],
    ]);
    expect(shares.reduce((sum, { weightShare }) => sum + weightShare, 0)).toBeCloseTo(1);
    expect(shares[0]?.weightShare).toBeCloseTo((10 * 1000 + 7 * 45) / (20 * 1000 + 7 * 190));
  });
});

describe('quantile(), median(), tally(), scaled()', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 });
  test('a quantile lies between the least and the greatest, grows with its fraction and leaves its input alone', () => {
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, a, b) => {
          const copy = [...list];
          const [low, high] = [quantile(list, Math.min(a, b)) ?? NaN, quantile(list, Math.max(a, b)) ?? NaN];
          expect(low).toBeLessThanOrEqual(high + 1e-9);
          expect(low).toBeGreaterThanOrEqual(Math.min(...list));
          expect(high).toBeLessThanOrEqual(Math.max(...list));
          expect(list).toEqual(copy);
        },
      ),
    );
  });
  test('of nothing there is none', () =>
    expect([quantile([], 0.5), median([])]).toEqual([undefined, undefined]));
  test('the median of an even number is the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });
  test('a tally is sorted by count, then by name', () => {
    expect(tally(new Map(Object.entries({ b: 2, a: 2, c: 1 })))).toEqual([
      { value: 'a', count: 2 },
      { value: 'b', count: 2 },
      { value: 'c', count: 1 },
    ]);
  });
  test('limits are scaled down for networks that vote faster, never up', () => {
    expect([scaled(300, 3600), scaled(300, 300), scaled(300, 86_400)]).toEqual([300, 25, 300]);
    expect(Object.values(defaultLimits).every((limit) => limit > 0)).toBe(true);
  });
  test('a consensus with an empty table of routers has facts of zero', () => {
    const empty = read(consensus({ relays: 0, edit: behind('known-flags') }));
    expect(consensusFacts(empty)).toMatchObject({ relays: 0, weightSum: 0, exits: 0, versions: [] });
  });
});
