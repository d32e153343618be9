/**
 * The `bandwidth-weights` line: how clients weigh relays of each kind in each place of a circuit so that guards, middles
 * and exits are loaded alike (dir-spec 3.8.3). The arithmetic is C's: 64 bits, wrapping around, division towards zero.
 */

/**
 * Bandwidth by kind of relay, in kB: `guard` has Guard, `exit` has Exit, `both` has both, `middle` neither (an exit with
 * BadExit is none). `total` is not their sum where a GuardFraction split a relay: it counts the guard's part only.
 */
export interface WeightTotals {
  readonly guard: bigint;
  readonly middle: bigint;
  readonly exit: bigint;
  readonly both: bigint;
  readonly total: bigint;
}

/** The case of dir-spec 3.8.3 that the totals fall into; the three ways of 2b one after another. */
export type WeightCase = '1' | '2a' | '2b1' | '2b2' | '2b3' | '3a' | '3b';

/** The check that the weights of a case did not pass, in the order in which they are made. */
export type WeightFault =
  'both-sum' | 'guard-sum' | 'exit-sum' | 'range' | 'guard-exit-balance' | 'middle-balance';

/** The line, or why there is none; a consensus without one is no error. */
export type BandwidthWeights =
  | {
      readonly outcome: 'computed';
      readonly case: WeightCase;
      /** The whole line without its line feed. */
      readonly line: string;
      /** The weights of the line, `Wbd` to `Wmm`, in its order. */
      readonly weights: ReadonlyMap<string, number>;
      /** The middles' balance failed and the case allows it: there is more middle bandwidth than can be balanced. */
      readonly tolerated: WeightFault | undefined;
    }
  | {
      readonly outcome: 'none';
      /** A kind without bandwidth, or totals that no 64-bit sum can be. */
      readonly because: 'empty-total' | 'no-int64';
      readonly case?: undefined;
    }
  | { readonly outcome: 'none'; readonly because: WeightFault; readonly case: WeightCase };

/** The weights that are solved for: `ed` is exits that are guards too, in the exit's place. */
interface Weights {
  readonly gg: bigint;
  readonly gd: bigint;
  readonly mg: bigint;
  readonly me: bigint;
  readonly md: bigint;
  readonly ee: bigint;
  readonly ed: bigint;
}

/** How far a sum may be off, and how far a balance, in thirds of the total. */
const margin = 10n;

/**
 * Computes the line from the totals; `scale` is what 1 is written as (param `bwweightscale`, 1 to 2^31−1).
 * The totals are those of consensus-method 26 and later, which begin at 1 each and 4 for the total.
 */
export function bandwidthWeights(totals: WeightTotals, scale: bigint): BandwidthWeights {
  const { guard, middle, exit, both, total } = totals;
  if ([guard, middle, exit, both, total].some((sum) => sum !== int64(sum)))
    return { outcome: 'none', because: 'no-int64' };
  if (guard <= 0n || middle <= 0n || exit <= 0n || both <= 0n)
    return { outcome: 'none', because: 'empty-total' };
  const guardScarce = int64(3n * guard) < total;
  const exitScarce = int64(3n * exit) < total;
  if (guardScarce && exitScarce) return bothScarce(totals, scale);
  if (guardScarce || exitScarce) return oneScarce(totals, scale);
  return checked('1', noneScarce(totals, scale), totals, scale);
}

/** Case 1: guards and exits are a third each or more. */
function noneScarce({ guard: G, middle: M, exit: E }: WeightTotals, scale: bigint): Weights {
  const third = scale / 3n;
  const ee = divide(scale * (E + G + M), 3n * E);
  const mg = divide(scale * (2n * G - E - M), 3n * G);
  return { gd: third, ed: third, md: third, ee, me: int64(scale - ee), mg, gg: int64(scale - mg) };
}

/** Case 2: guards and exits are scarce; those that are both go where they are needed more. */
function bothScarce(totals: WeightTotals, scale: bigint): BandwidthWeights {
  const { guard: G, middle: M, exit: E, both: D } = totals;
  const [scarcer, other] = E < G ? [E, G] : [G, E];
  if (int64(scarcer + D) < other) {
    const [ed, gd] = E < G ? [scale, 0n] : [0n, scale];
    return written('2a', { gg: scale, ee: scale, mg: 0n, me: 0n, md: 0n, ed, gd }, scale);
  }
  const firstEd = divide(scale * (D - 2n * E + 4n * G - 2n * M), 3n * D);
  const half = divide(scale - firstEd, 2n);
  const first: Weights = {
    ee: divide(scale * (E - G + M), E),
    ed: firstEd,
    me: divide(scale * (G - M), E),
    mg: 0n,
    gg: scale,
    md: half,
    gd: half,
  };
  if (!faultOf(first, totals, scale)) return written('2b1', first, scale);
  const ed = divide(scale * (D - 2n * E + G + M), 3n * D);
  const surplus = divide(scale * (D - 2n * M + G + E), 3n * D);
  const md = surplus < 0n ? 0n : surplus;
  const second: Weights = {
    gg: scale,
    ee: scale,
    ed,
    md,
    me: 0n,
    mg: 0n,
    gd: int64(scale - ed - md),
  };
  return checked(surplus < 0n ? '2b3' : '2b2', second, totals, scale, 'middle-balance');
}

/** Case 3: guards or exits are scarce, not both. */
function oneScarce(totals: WeightTotals, scale: bigint): BandwidthWeights {
  const { guard: G, middle: M, exit: E, both: D, total: T } = totals;
  const guardScarcer = G < E;
  if (int64(3n * ((guardScarcer ? G : E) + D)) < T) {
    const rest = guardScarcer ? spare(E, M, scale) : spare(G, M, scale);
    const weights: Weights = guardScarcer
      ? { gg: scale, gd: scale, md: 0n, ed: 0n, mg: 0n, me: rest, ee: int64(scale - rest) }
      : { ee: scale, ed: scale, md: 0n, gd: 0n, me: 0n, mg: rest, gg: int64(scale - rest) };
    return written('3a', weights, scale);
  }
  const [scarce, plenty] = guardScarcer ? [G, E] : [E, G];
  const own = divide(scale * (D - 2n * scarce + plenty + M), 3n * D);
  const kept = divide(scale * (plenty + M), 2n * plenty);
  const half = divide(scale - own, 2n);
  const weights: Weights = guardScarcer
    ? { gg: scale, gd: own, mg: 0n, ee: kept, me: int64(scale - kept), md: half, ed: half }
    : { ee: scale, ed: own, me: 0n, gg: kept, mg: int64(scale - kept), md: half, gd: half };
  return checked('3b', weights, totals, scale);
}

/** What a plentiful kind can give to the middle: nothing while it is scarcer than the middle itself. */
function spare(plenty: bigint, middle: bigint, scale: bigint): bigint {
  return plenty < middle ? 0n : divide(scale * (plenty - middle), 2n * plenty);
}

function checked(
  name: WeightCase,
  weights: Weights,
  totals: WeightTotals,
  scale: bigint,
  tolerable?: WeightFault,
): BandwidthWeights {
  const fault = faultOf(weights, totals, scale);
  if (!fault || fault === tolerable) return written(name, weights, scale, fault);
  return { outcome: 'none', because: fault, case: name };
}

/** The first check that fails: each kind's weights sum up to 1, lie between 0 and 1, and the three places are balanced. */
function faultOf(
  { gg, gd, mg, me, md, ee, ed }: Weights,
  { guard: G, middle: M, exit: E, both: D, total: T }: WeightTotals,
  scale: bigint,
): WeightFault | undefined {
  const near = (a: bigint, b: bigint, within: bigint): boolean => {
    const difference = int64(a - b);
    return (difference >= 0n ? difference : int64(-difference)) <= within;
  };
  if (!near(ed + md + gd, scale, margin)) return 'both-sum';
  if (!near(mg + gg, scale, margin)) return 'guard-sum';
  if (!near(me + ee, scale, margin)) return 'exit-sum';
  if ([gg, gd, mg, me, md, ed, ee].some((weight) => weight < 0n || weight > scale)) return 'range';
  const allowed = divide(margin * T, 3n);
  const guards = gg * G + gd * D;
  if (!near(guards, ee * E + ed * D, allowed)) return 'guard-exit-balance';
  return near(guards, M * scale + md * D + me * E + mg * G, allowed) ? undefined : 'middle-balance';
}

/** The line. `Wgm`, `Wem` and `Weg` follow the others; what is for directory connections is 1 (dir-spec 3.8.3). */
function written(
  name: WeightCase,
  { gg, gd, mg, me, md, ee, ed }: Weights,
  scale: bigint,
  tolerated?: WeightFault,
): BandwidthWeights {
  const places: readonly (readonly [string, bigint])[] = [
    ['Wbd', md],
    ['Wbe', me],
    ['Wbg', mg],
    ['Wbm', scale],
    ['Wdb', scale],
    ['Web', scale],
    ['Wed', ed],
    ['Wee', ee],
    ['Weg', ed],
    ['Wem', ee],
    ['Wgb', scale],
    ['Wgd', gd],
    ['Wgg', gg],
    ['Wgm', gg],
    ['Wmb', scale],
    ['Wmd', md],
    ['Wme', me],
    ['Wmg', mg],
    ['Wmm', scale],
  ];
  // tor writes them as its `int`, 32 bits.
  const weights = new Map(places.map(([key, weight]) => [key, Number(BigInt.asIntN(32, weight))]));
  const line = `bandwidth-weights ${Array.from(weights, ([key, weight]) => `${key}=${weight}`).join(' ')}`;
  return { outcome: 'computed', case: name, line, weights, tolerated };
}

function int64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Division of two 64-bit numbers; BigInt truncates towards zero as C does. */
function divide(numerator: bigint, denominator: bigint): bigint {
  return int64(int64(numerator) / int64(denominator));
}
