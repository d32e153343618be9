/**
 * The `bandwidth-weights` of a published consensus, computed anew from its own entries: no vote is needed for it
 * (dir-spec 3.8.3). What each consensus method did otherwise is read from tor's sources, 0.2.2.17 to 0.4.9.
 */
import { startsAt, textOf } from '../base/index.ts';
import type { Consensus } from '../documents/index.ts';
import { hasFlag, present } from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';
import { bandwidthWeights } from './bandwidth-weights.ts';
import type { BandwidthWeights, WeightTotals } from './bandwidth-weights.ts';
import { newestMethod } from './methods.ts';

/** What a consensus says and what follows from its entries. */
export type ConsensusWeights =
  | {
      /**
       * - `equal`: the line is the one that the entries give, or rightly there is none;
       * - `differs`: it is another, is missing, or is too many;
       * - `undecided`: it is another, but entries that went into it are not in the document (`because`).
       */
      readonly outcome: 'equal' | 'differs' | 'undecided';
      readonly method: number;
      readonly totals: WeightTotals;
      /** What 1 is written as: param `bwweightscale`, 10,000 unless given. */
      readonly scale: number;
      /** The line that the entries give and the case it comes from, or the check that forbids it. */
      readonly computed: BandwidthWeights;
      /** The line as it stands, without its line feed. */
      readonly published: string | undefined;
      /** Why it is undecided, or why there is no line; one sentence. */
      readonly because: string | undefined;
    }
  | {
      /** The method's rules are not known here, or the document has none. */
      readonly outcome: 'unsupported';
      readonly method: number | undefined;
      readonly published: string | undefined;
      readonly because: string;
    };

/** Sums that relays are added to, in kB; plain numbers, because no document holds enough relays to pass 2^53. */
export interface WeightSums {
  guard: number;
  middle: number;
  exit: number;
  both: number;
  total: number;
}

/** Empty sums: 1 each since consensus-method 26, so that nothing is divided by zero; 0 before. */
export function emptySums(method: number): WeightSums {
  const one = method >= 26 ? 1 : 0;
  return { guard: one, middle: one, exit: one, both: one, total: 4 * one };
}

/** What counts of one relay: `exit` is without BadExit, `guardFraction` a percentage where there is one. */
export interface WeighedRelay {
  readonly bandwidth: number;
  readonly guard: boolean;
  readonly exit: boolean;
  readonly guardFraction: number | undefined;
}

/**
 * Adds a relay to the sums. Its bandwidth is a 32-bit number with sign, as in tor. A GuardFraction gives the guards their
 * part and the rest to the others; the total gets the guards' part only (dir-spec 3.8.3, prop236).
 */
export function addToSums(sums: WeightSums, relay: WeighedRelay): void {
  const bandwidth = relay.bandwidth | 0;
  const guarded =
    relay.guardFraction === undefined ? bandwidth : roundAway((relay.guardFraction / 100) * bandwidth);
  const rest = bandwidth - guarded;
  sums.total += guarded;
  if (relay.guard && relay.exit) {
    sums.both += guarded;
    sums.exit += rest;
  } else if (relay.guard) {
    sums.guard += guarded;
    sums.middle += rest;
  } else if (relay.exit) sums.exit += guarded;
  else sums.middle += guarded;
}

/** C's lround: halves go away from zero. */
function roundAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** The sums as totals of 64-bit arithmetic. */
export function totalsOf(sums: WeightSums): WeightTotals {
  const { guard, middle, exit, both, total } = sums;
  return {
    guard: BigInt(guard),
    middle: BigInt(middle),
    exit: BigInt(exit),
    both: BigInt(both),
    total: BigInt(total),
  };
}

const defaultScale = 10_000;

/**
 * What 1 is written as. Before method 31 tor read the param out of the joined line and understood it only at its very end,
 * and then only from 1 upwards; since then a value below 1 is 1 (dir-spec 3.8.3, param `bwweightscale`).
 */
export function weightScale(method: number, params: ReadonlyMap<string, number> | undefined): number {
  const name = 'bwweightscale';
  const value = params?.get(name);
  if (value === undefined) return defaultScale;
  if (method >= 31) return Math.max(1, value);
  const isLast = [...(params?.keys() ?? [])].at(-1) === name;
  return isLast && value >= 1 ? value : defaultScale;
}

/** The oldest method whose rules are known here: 10 brought today's arithmetic; 9 had another, which did not live long. */
const firstMethod = 10;

/** Computes the line of a published consensus of either flavour and compares it with the one that stands there. */
export function bandwidthWeightsOf(consensus: Consensus): ConsensusWeights {
  const { consensusMethod: method, routers } = consensus;
  const published = publishedLine(consensus.bytes, routers);
  if (method === undefined || method < firstMethod || method > newestMethod)
    return { outcome: 'unsupported', method, published, because: whyUnsupported(method) };
  const sums = sumsOf(routers, method);
  const totals = totalsOf(sums);
  const scale = weightScale(method, consensus.params);
  const computed = bandwidthWeights(totals, BigInt(scale));
  const line = computed.outcome === 'computed' ? computed.line : undefined;
  const result = { method, totals, scale, computed, published };
  if (line === published) {
    const because = computed.outcome === 'none' ? describeNone(computed) : undefined;
    return { ...result, outcome: 'equal', because };
  }
  const hidden = whatIsHidden(consensus);
  return { ...result, outcome: hidden === undefined ? 'differs' : 'undecided', because: hidden };
}

function whyUnsupported(method: number | undefined): string {
  if (method === undefined) return 'the consensus names no consensus-method, and the first had no weights';
  if (method < 9) return `consensus-method ${method} had no bandwidth-weights; they came with 9`;
  if (method === 9) return 'consensus-method 9 computed them by rules that 10 replaced';
  return `consensus-method ${method} is not known here`;
}

/** Why there rightly is no line. */
function describeNone(computed: Extract<BandwidthWeights, { outcome: 'none' }>): string {
  if (computed.because === 'empty-total') return 'one kind of relay has no bandwidth at all';
  if (computed.because === 'no-int64') return 'the totals do not fit 64 bits';
  return `in case ${computed.case} the weights fail the check ${computed.because}`;
}

function sumsOf(routers: RouterTable, method: number): WeightSums {
  const sums = emptySums(method);
  const [guard, exit, badExit] = ['Guard', 'Exit', 'BadExit'].map((flag) => routers.knownFlags.indexOf(flag));
  for (let router = 0; router < routers.count; router += 1) {
    const has = routers.present[router] as number;
    if ((has & present.bandwidth) === 0) continue;
    // Since method 11 an exit that is known to be bad is no exit for the weights.
    const isBad = method >= 11 && hasFlag(routers, router, badExit as number);
    addToSums(sums, {
      bandwidth: routers.bandwidth[router] as number,
      guard: hasFlag(routers, router, guard as number),
      exit: hasFlag(routers, router, exit as number) && !isBad,
      guardFraction: (has & present.guardFraction) === 0 ? undefined : routers.guardFraction[router],
    });
  }
  return sums;
}

/** What may have been counted and is not in the document. */
function whatIsHidden({ flavor, routers }: Consensus): string | undefined {
  for (let router = 0; router < routers.count; router += 1) {
    const has = routers.present[router] as number;
    if ((has & present.w) !== 0 && (has & present.bandwidth) === 0)
      return 'the bandwidth of an entry cannot be read';
  }
  // Both flavours get the weights of all relays; then the microdesc flavour drops those without a microdescriptor.
  return flavor === 'microdesc'
    ? 'relays without a microdescriptor are counted in the weights and are not in a microdesc consensus'
    : undefined;
}

/** The line behind the entries, as it stands. */
function publishedLine(bytes: Uint8Array, routers: RouterTable): string | undefined {
  const keyword = 'bandwidth-weights';
  let from = routers.start[routers.count] ?? 0;
  while (from < bytes.length && !startsAt(bytes, from, 'directory-signature')) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    if (startsAt(bytes, from, keyword)) return textOf(bytes, from, end);
    from = end + 1;
  }
  return undefined;
}
