/** The weights by which clients share out bandwidth: every case, every check that forbids the line, and real consensuses. */
import { fc } from '../../../test/support/properties.ts';
import { afterAll, describe, expect, test } from 'vitest';
import {
  bandwidthWeights,
  bandwidthWeightsOf,
  parseConsensus,
  type BandwidthWeights,
  type Consensus,
  type WeightTotals,
} from '../src/index.ts';
import { bytesOfFile, filesOf, hasData, withData } from './support/data.ts';
import { both, consensus, instead, without, type Edit } from './support/make.ts';
import { hasRecording, openRecording, withRecording } from './support/recordings.ts';

/** Totals from `guard middle exit both total`. */
function totals(text: string): WeightTotals {
  const [guard, middle, exit, both, total] = text.split(' ').map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return { guard, middle, exit, both, total };
}

const keys = ['Wgg', 'Wgd', 'Wmg', 'Wme', 'Wmd', 'Wee', 'Wed'] as const;

/** The seven weights that are solved for. */
function solved(computed: BandwidthWeights): readonly number[] | undefined {
  return computed.outcome === 'computed'
    ? keys.map((key) => computed.weights.get(key) ?? Number.NaN)
    : undefined;
}

// What tor's own function gives for these totals.
const vectors = [
  { title: '1, least', sums: '2 1 2 1 6', weights: [8334, 3333, 1666, 1667, 3333, 8333, 3333], in: '1' },
  {
    title: '1',
    sums: '1000 100 900 50 2050',
    weights: [6667, 3333, 3333, 2593, 3333, 7407, 3333],
    in: '1',
  },
  { title: '2a, guards scarcer', sums: '1 5 3 1 10', weights: [10000, 10000, 0, 0, 0, 10000, 0], in: '2a' },
  { title: '2a, exits scarcer', sums: '3 5 1 1 10', weights: [10000, 0, 0, 0, 0, 10000, 10000], in: '2a' },
  {
    title: '2b, first try',
    sums: '1 1 1 1 4',
    weights: [10000, 3333, 0, 0, 3333, 10000, 3333],
    in: '2b1',
  },
  {
    title: '2b, second try',
    sums: '300 310 290 200 1100',
    weights: [10000, 3334, 0, 0, 2833, 10000, 3833],
    in: '2b2',
  },
  {
    title: '2b, second try with too much middle',
    sums: '400064 4031727 1949979 5706672 12088442',
    weights: [10000, 6357, 0, 0, 0, 10000, 3643],
    in: '2b3',
  },
  {
    title: '2b, second try out of the balance of middles',
    sums: '3856 3954 2992 1049 11851',
    weights: [10000, 865, 0, 0, 0, 10000, 9135],
    in: '2b3',
    tolerated: 'middle-balance',
  },
  {
    title: '3a, exits scarce',
    sums: '3000 700 50 100 3850',
    weights: [6167, 0, 3833, 0, 0, 10000, 10000],
    in: '3a',
  },
  {
    title: '3a, exits scarce, guards scarcer than middles',
    sums: '1900 2000 50 100 4050',
    weights: [10000, 0, 0, 0, 0, 10000, 10000],
    in: '3a',
  },
  {
    title: '3a, guards scarce',
    sums: '50 700 3000 100 3850',
    weights: [10000, 10000, 0, 3833, 0, 6167, 0],
    in: '3a',
  },
  {
    title: '3a, guards scarce, exits scarcer than middles',
    sums: '50 2000 1900 100 4050',
    weights: [10000, 10000, 0, 0, 0, 10000, 0],
    in: '3a',
  },
  {
    title: '3b, guards scarce',
    sums: '1 1 2 1 5',
    weights: [10000, 6666, 0, 2500, 1667, 7500, 1667],
    in: '3b',
  },
  {
    title: '3b, exits scarce',
    sums: '2 1 1 1 5',
    weights: [7500, 1667, 2500, 0, 1667, 10000, 6666],
    in: '3b',
  },
] as const;

// Totals for which tor's own function gives no line.
const absences = [
  { sums: '0 1 1 1 3', because: 'empty-total' },
  { sums: '1 0 1 1 3', because: 'empty-total' },
  { sums: '1 1 0 1 3', because: 'empty-total' },
  { sums: '1 1 1 0 3', because: 'empty-total' },
  { sums: '-5 10 10 10 25', because: 'empty-total' },
  { sums: '340120125681622 199501 597657905206738 36 937778031087897', because: 'range', in: '1' },
  {
    sums: '3226427606450847 1168 2735611129434396 118 5962038735886529',
    because: 'guard-exit-balance',
    in: '1',
  },
  { sums: '28 488118952915048 218945 47996658542 488166949792563', because: 'range', in: '2b2' },
  {
    sums: '224305798766142 1336139999366298 10 4401210896779558 5961656694912008',
    because: 'guard-exit-balance',
    in: '2b2',
  },
  { sums: '2 3 1 1 7', because: 'range', in: '2b3' },
  { sums: '1 2 1 1 5', because: 'guard-exit-balance', in: '2b3' },
  {
    sums: '107836347 1753562 1079149276863194 794531727043335 1873681113496438',
    because: 'range',
    in: '3b',
  },
  {
    sums: '1791 1 4081758946058795 2328957082227152 6410716028287739',
    because: 'guard-exit-balance',
    in: '3b',
  },
  { sums: `${2n ** 63n} 1 1 1 4`, because: 'no-int64' },
] as const;

describe('bandwidthWeights()', () => {
  test.each(vectors)('case $title', (vector) => {
    const computed = bandwidthWeights(totals(vector.sums), 10_000n);
    expect(computed).toMatchObject({ outcome: 'computed', case: vector.in });
    expect(solved(computed)).toEqual(vector.weights);
    expect(computed).toHaveProperty('tolerated', 'tolerated' in vector ? vector.tolerated : undefined);
  });

  test.each(absences)('no line for $sums: $because', (absence) => {
    const { because } = absence;
    const computed = bandwidthWeights(totals(absence.sums), 10_000n);
    expect(computed).toEqual(
      'in' in absence ? { outcome: 'none', because, case: absence.in } : { outcome: 'none', because },
    );
  });

  test('the whole line, by another scale', () => {
    expect(bandwidthWeights(totals('2 1 2 1 6'), 777n)).toHaveProperty(
      'line',
      'bandwidth-weights Wbd=259 Wbe=130 Wbg=129 Wbm=777 Wdb=777 Web=777 Wed=259 Wee=647 Weg=259 Wem=647 ' +
        'Wgb=777 Wgd=259 Wgg=648 Wgm=648 Wmb=777 Wmd=259 Wme=130 Wmg=129 Wmm=777',
    );
  });

  test('sums that wrap around 64 bits come out as tor compiled with wrap-around has them', () => {
    const wide = bandwidthWeights(totals('70553 237246 17841 607470 487943'), 2_147_483_647n);
    expect(wide).toMatchObject({ outcome: 'computed', case: '2b2', tolerated: 'middle-balance' });
    expect(solved(wide)).toEqual([
      2_147_483_647, 850_140_324, 0, 0, 260_859_383, 2_147_483_647, 1_036_483_940,
    ]);
  });

  const sum = fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 10n ** 5n), fc.bigInt(1n, 10n ** 9n));
  const scales = fc.constantFrom(1n, 100n, 777n, 10_000n, 1_000_000n);
  const any = fc.record({ guard: sum, middle: sum, exit: sum, both: sum });

  test('the case is the one of the totals, and the weights hold what its equations promise', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(any, scales, (parts, scale) => {
        const { guard: G, middle: M, exit: E, both: D } = parts;
        const T = G + M + E + D;
        const computed = bandwidthWeights({ ...parts, total: T }, scale);
        const scarce = [G, E].filter((kind) => Number(kind) / Number(T) < 1 / 3 && kind * 3n < T);
        expect(computed.case?.[0]).toBe(String(scarce.length === 0 ? 1 : 4 - scarce.length));
        seen.add(computed.case ?? '');
        if (computed.outcome === 'none') return;
        holds(computed, { ...parts, total: T }, scale);
      }),
      { numRuns: 5000, seed: 20_260_927 },
    );
    expect([...seen].sort()).toEqual(['1', '2a', '2b1', '2b2', '2b3', '3a', '3b']);
  });

  test('guards and exits are alike: changing places changes the places of the weights in cases 1, 2a, 3', () => {
    fc.assert(
      fc.property(any, (parts) => {
        if (parts.guard === parts.exit) return;
        const total = parts.guard + parts.middle + parts.exit + parts.both;
        const one = bandwidthWeights({ ...parts, total }, 10_000n);
        const other = bandwidthWeights({ ...parts, guard: parts.exit, exit: parts.guard, total }, 10_000n);
        if (one.case?.startsWith('2b') !== false) return;
        const [gg, gd, mg, me, md, ee, ed] = solved(one) ?? [];
        const mirrored = one.outcome === 'none' ? undefined : [ee, ed, me, mg, md, gg, gd];
        expect(other.case).toBe(one.case);
        // In case 1 the middle's share is rounded on the guards' side, on the exits' their own.
        if (one.case !== '1') expect(solved(other)).toEqual(mirrored);
        else if (mirrored)
          for (const [at, weight] of solved(other)?.entries() ?? [])
            expect(Math.abs(weight - Number(mirrored[at]))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000, seed: 20_260_928 },
    );
  });
});

/** The equations of dir-spec 3.8.3 over fractions, written down without the way in which they were solved. */
function holds(
  computed: Extract<BandwidthWeights, { outcome: 'computed' }>,
  { guard, middle, exit, both: dual, total }: WeightTotals,
  scale: bigint,
): void {
  const one = Number(scale);
  const w = (key: string): number => computed.weights.get(key) ?? Number.NaN;
  expect(Math.abs(w('Wgg') + w('Wmg') - one)).toBeLessThanOrEqual(10);
  expect(Math.abs(w('Wee') + w('Wme') - one)).toBeLessThanOrEqual(10);
  expect(Math.abs(w('Wgd') + w('Wmd') + w('Wed') - one)).toBeLessThanOrEqual(10);
  for (const weight of computed.weights.values()) {
    expect(weight).toBeGreaterThanOrEqual(0);
    expect(weight).toBeLessThanOrEqual(one);
  }
  expect([...computed.weights.keys()]).toEqual([...computed.weights.keys()].sort());
  expect(w('Wbd')).toBe(w('Wmd'));
  expect(w('Wbe')).toBe(w('Wme'));
  expect(w('Wbg')).toBe(w('Wmg'));
  expect([w('Wgm'), w('Wem'), w('Weg')]).toEqual([w('Wgg'), w('Wee'), w('Wed')]);
  for (const key of ['Wbm', 'Wdb', 'Web', 'Wgb', 'Wmb', 'Wmm']) expect(w(key)).toBe(one);
  if (computed.case.endsWith('a')) return;
  const sums = [guard, middle, exit, dual, total].map(Number) as [number, number, number, number, number];
  const [G, M, E, D, T] = sums;
  const guards = w('Wgg') * G + w('Wgd') * D;
  const exits = w('Wee') * E + w('Wed') * D;
  const middles = one * M + w('Wmd') * D + w('Wme') * E + w('Wmg') * G;
  expect(Math.abs(guards - exits)).toBeLessThanOrEqual((10 * T) / 3);
  if (computed.tolerated === undefined) expect(Math.abs(guards - middles)).toBeLessThanOrEqual((10 * T) / 3);
  else expect(computed.case).toMatch(/^2b[23]$/);
}

/** A made consensus of nine relays with the weights that it should have, changed. */
function made(edit: Edit = (lines) => lines, flavor: 'ns' | 'microdesc' = 'ns'): Consensus {
  const { document } = parseConsensus(Uint8Array.from(consensus({ flavor, relays: 9, edit })));
  if (!document) throw new Error('no consensus');
  return document;
}

/** Every relay gets these flags and this bandwidth. */
const relaysWith =
  (...kinds: readonly (readonly [flags: string, bandwidth: string])[]): Edit =>
  (lines) => {
    let at = -1;
    return lines.map((line) => {
      if (line.startsWith('r ')) at += 1;
      const [flags, bandwidth] = kinds[at % kinds.length] ?? ['', ''];
      if (line.startsWith('s ')) return flags;
      return line.startsWith('w ') ? bandwidth : line;
    });
  };

const fourKinds = relaysWith(
  ['s Exit Fast Guard Running Valid', 'w Bandwidth=3000'],
  ['s Exit Fast Running Valid', 'w Bandwidth=1000'],
  ['s Fast Guard Running Valid', 'w Bandwidth=1000'],
);
const withLine = (line: string): Edit => instead('bandwidth-weights', line);

describe('bandwidthWeightsOf()', () => {
  const rightOf = (edit: Edit, flavor?: 'ns' | 'microdesc'): string => {
    const result = bandwidthWeightsOf(made(edit, flavor));
    if (result.outcome === 'unsupported' || result.computed.outcome !== 'computed')
      throw new Error('no line');
    return result.computed.line;
  };

  test('totals of the entries, which begin at 1; the line that they give', () => {
    expect(bandwidthWeightsOf(made(fourKinds))).toMatchObject({
      outcome: 'differs',
      method: 34,
      scale: 10_000,
      totals: { guard: 3001n, middle: 1n, exit: 3001n, both: 9001n, total: 15_004n },
      computed: { outcome: 'computed', case: '2b1' },
      published: 'bandwidth-weights Wbd=0 Wbe=0 Wbg=4143 Wbm=10000',
      because: undefined,
    });
    expect(bandwidthWeightsOf(made(both(fourKinds, withLine(rightOf(fourKinds)))))).toHaveProperty(
      'outcome',
      'equal',
    );
  });

  test('another weight, a missing line: it differs; in a microdesc consensus it is undecided and says why', () => {
    const line = rightOf(fourKinds);
    const other = withLine(line.replace('Wgg=10000', 'Wgg=9999'));
    expect(bandwidthWeightsOf(made(both(fourKinds, other)))).toHaveProperty('outcome', 'differs');
    const none = both(fourKinds, without('bandwidth-weights'));
    expect(bandwidthWeightsOf(made(none))).toMatchObject({ outcome: 'differs', published: undefined });
    expect(bandwidthWeightsOf(made(both(fourKinds, other), 'microdesc'))).toMatchObject({
      outcome: 'undecided',
      because:
        'relays without a microdescriptor are counted in the weights and are not in a microdesc consensus',
    });
  });

  test('an exit that is bad counts as none since method 11, and did before', () => {
    const bad = relaysWith(['s BadExit Exit Fast Running Valid', 'w Bandwidth=100']);
    const of = (method: string): WeightTotals | undefined => {
      const result = bandwidthWeightsOf(made(both(bad, instead('consensus-method', method))));
      return result.outcome === 'unsupported' ? undefined : result.totals;
    };
    expect(of('consensus-method 34')).toMatchObject({ middle: 901n, exit: 1n, total: 904n });
    expect(of('consensus-method 25')).toMatchObject({ middle: 900n, exit: 0n, total: 900n });
    expect(of('consensus-method 10')).toMatchObject({ middle: 0n, exit: 900n, total: 900n });
  });

  test('a GuardFraction gives the guards a part, rounded away from zero, and the total no more than that', () => {
    const split = relaysWith(
      ['s Fast Guard Running Valid', 'w Bandwidth=101 GuardFraction=50'],
      ['s Exit Fast Guard Running Valid', 'w Bandwidth=10 GuardFraction=25'],
      ['s Fast Running Valid', 'w Bandwidth=7'],
    );
    expect(bandwidthWeightsOf(made(split))).toMatchObject({
      totals: { guard: 154n, middle: 172n, exit: 22n, both: 10n, total: 187n },
    });
  });

  test('a kind that no relay is of: no line before method 26, and that is right', () => {
    const middles = both(relaysWith(['s Fast Running Valid', 'w Bandwidth=1']), without('bandwidth-weights'));
    const result = bandwidthWeightsOf(
      made(both(middles, instead('consensus-method', 'consensus-method 25'))),
    );
    expect(result).toMatchObject({
      outcome: 'equal',
      computed: { outcome: 'none', because: 'empty-total' },
      because: 'one kind of relay has no bandwidth at all',
    });
  });

  test.each([
    { method: 34, params: 'params a=1 bwweightscale=777', scale: 777 },
    { method: 34, params: 'params bwweightscale=777 c=1', scale: 777 },
    { method: 34, params: 'params bwweightscale=-7', scale: 1 },
    { method: 30, params: 'params a=1 bwweightscale=777', scale: 777 },
    { method: 30, params: 'params bwweightscale=777 c=1', scale: 10_000 },
    { method: 30, params: 'params bwweightscale=0', scale: 10_000 },
    { method: 34, params: 'params a=1', scale: 10_000 },
  ])('method $method, $params: 1 is written as $scale', ({ method, params, scale }) => {
    const edit = both(instead('params', params), instead('consensus-method', `consensus-method ${method}`));
    expect(bandwidthWeightsOf(made(edit))).toHaveProperty('scale', scale);
  });

  test.each([
    { edit: without('consensus-method'), method: undefined, because: /names no consensus-method/ },
    { edit: instead('consensus-method', 'consensus-method 8'), method: 8, because: /came with 9/ },
    { edit: instead('consensus-method', 'consensus-method 9'), method: 9, because: /10 replaced/ },
    { edit: instead('consensus-method', 'consensus-method 36'), method: 36, because: /not known here/ },
  ])('method $method is not supported', ({ edit, method, because }) => {
    const result = bandwidthWeightsOf(made(edit));
    expect(result).toMatchObject({ outcome: 'unsupported', method });
    expect(result.because).toMatch(because);
  });

  test('a bandwidth that cannot be read leaves it undecided', () => {
    const odd = both(fourKinds, instead('w', 'w Bandwidth=-5'));
    const { partial } = parseConsensus(Uint8Array.from(consensus({ relays: 9, edit: odd })));
    expect(bandwidthWeightsOf(partial as Consensus)).toMatchObject({
      outcome: 'undecided',
      because: 'the bandwidth of an entry cannot be read',
    });
  });
});

describe.runIf(hasData)(withData('bandwidthWeightsOf() of real consensuses'), () => {
  const names = (['consensus-ns', 'consensus-microdesc'] as const).flatMap((folder) =>
    filesOf(folder).map((name) => ({ folder, name })),
  );
  test.each(names)('$name: equal', ({ folder, name }) => {
    const { document } = parseConsensus(bytesOfFile(folder, name));
    expect(document && bandwidthWeightsOf(document)).toMatchObject({
      outcome: 'equal',
      computed: { outcome: 'computed' },
    });
  });
});

describe.each(['divergent-rounds', 'forged-rounds'] as const)('bandwidthWeightsOf() of %s', (name) => {
  const open = hasRecording(name) ? openRecording(name, '*/consensus*') : undefined;
  afterAll(() => open?.remove());

  test.runIf(open)(
    withRecording(name, 'every consensus is equal, some of them rightly without the line'),
    () => {
      const results = (open?.files ?? []).map((file) => {
        const { document } = parseConsensus(open?.read(file) ?? new Uint8Array());
        return { file, result: document && bandwidthWeightsOf(document) };
      });
      expect(results.length).toBeGreaterThan(20);
      const not = results.filter(({ result }) => result?.outcome !== 'equal');
      expect(not.map(({ file, result }) => `${file}: ${result?.outcome}`)).toEqual([]);
      const none = results.filter(({ result }) => result?.published === undefined);
      expect(none.length).toBeGreaterThan(0);
    },
  );
});
