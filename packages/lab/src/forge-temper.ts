/**
 * What kind of round a forged one is: choices that hold for all its votes, so that the rare branches of the computation
 * meet often enough. Everything follows from the seed and the round's number.
 */
import { createRandom, seedBytes, type Random } from './random.ts';

/** Which methods the votes support, and so which is chosen. */
export type MethodScheme =
  'newest' | 'only-35' | 'only-34' | 'only-33' | 'only-32' | 'mixed' | 'unsupported' | 'none-in-common';

/** Which kind of relay carries the bandwidth: each case of the bandwidth weights needs its own. */
export type Skew = 'balanced' | 'guards' | 'exits' | 'both' | 'middles' | 'nothing';

/** How large bandwidths are. From 2^31 on tor counts them as negative, and its own text is refused by its parser. */
export type Sizes = 'usual' | 'small' | 'large' | 'huge';

/** One shared random value with how often it is given. */
export interface SharedValue {
  readonly values: readonly string[];
  /** So many of the forged votes give the first. */
  readonly agreeing: number;
  /** Whether votes give one value with different counts. */
  readonly countsDiffer: boolean;
}

/** The temper of one round. */
export interface Temper {
  readonly methods: MethodScheme;
  readonly skew: Skew;
  readonly sizes: Sizes;
  readonly relayCount: number;
  /** So many forged votes are posted. */
  readonly voteCount: number;
  /** How likely a relay has a Measured value in one vote. */
  readonly measured: number;
  readonly guardFraction: number;
  /** How likely a vote claims Named or Unnamed. */
  readonly naming: number;
  /** How likely a relay's ed25519 identity is disputed. */
  readonly disputed: number;
  /** How likely a relay's descriptor differs between votes. */
  readonly torn: number;
  /** How likely one entry has an oddity that tor accepts. */
  readonly odd: number;
  /** Flags beyond the known ones. */
  readonly strangeFlags: readonly string[];
  /** Parameters that votes of this round may give, and with which values. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly legacyKeys: boolean;
  readonly previous: SharedValue;
  readonly current: SharedValue;
}

/** The temper of the round of that number; `forgers` authorities can be spoken for. */
export function temperOf(seed: string, round: number, forgers: number): Temper {
  const random = createRandom(seed, 'temper', round);
  const often = <T>(usual: T, others: readonly T[], share: number): T =>
    random.chance(share) ? random.pick(others) : usual;
  return {
    methods: often<MethodScheme>(
      'newest',
      [
        'only-35',
        'only-34',
        'only-33',
        'only-32',
        'only-33',
        'mixed',
        'mixed',
        'unsupported',
        'none-in-common',
      ],
      0.7,
    ),
    skew: random.pick(['balanced', 'balanced', 'guards', 'exits', 'both', 'middles', 'nothing']),
    sizes: often<Sizes>('usual', ['small', 'small', 'large', 'large', 'huge'], 0.45),
    relayCount: random.pick([2, 4, 6, 10, 18, 30, 30, 45]),
    voteCount: random.chance(0.6) ? forgers : random.between(Math.floor(forgers / 2), forgers),
    measured: random.pick([0, 0.1, 0.35, 0.6, 0.95]),
    guardFraction: random.pick([0, 0, 0.4, 0.8]),
    naming: random.chance(0.3) ? 0.35 : 0,
    disputed: random.pick([0, 0.2, 0.6]),
    torn: random.pick([0, 0.3, 0.8]),
    odd: random.pick([0, 0.02, 0.1]),
    strangeFlags: strangeFlags(random),
    params: paramsOf(random),
    legacyKeys: random.chance(0.25),
    previous: sharedValue(random, seed, 'previous', round),
    current: sharedValue(random, seed, 'current', round),
  };
}

function strangeFlags(random: Random): readonly string[] {
  // Flags are a set of at most 64 in tor.
  if (random.chance(0.04)) return Array.from({ length: 45 }, (_, i) => `X${String(i).padStart(2, '0')}`);
  return ['Zorp', 'aaa', 'NoEdConsensus'].filter(() => random.chance(0.4));
}

const usualValues = [
  '0',
  '1',
  '2',
  '-1',
  '99',
  '-100',
  '1000',
  '2147483647',
  '-2147483648',
  '+5',
  '05',
  '-0',
];
const parameterNames =
  'alpha Foo foo foo-x foo2 foo.y b_c b-c b.c B2 zeta x 1st guard-n CircuitPriorityHalflifeMsec';
/** These decide something in the computation itself. */
const decisive: ReadonlyMap<string, readonly string[]> = new Map([
  ['AuthDirNumSRVAgreements', ['1', '3', '4', '5', '6', '7', '9', '0', '-3', '2147483647']],
  ['maxunmeasuredbw', ['7', '20', '99', '0', '1', '-5', '2147483647', '-2147483648']],
  ['bwweightscale', ['777', '1', '100', '10000', '0', '-5', '9999', '2147483647']],
]);

function paramsOf(random: Random): ReadonlyMap<string, readonly string[]> {
  const few = (pool: readonly string[]): readonly string[] =>
    Array.from({ length: random.pick([1, 1, 2, 3, 4]) }, () => random.pick(pool));
  const params = new Map<string, readonly string[]>();
  for (const name of parameterNames.split(' ')) if (random.chance(0.6)) params.set(name, few(usualValues));
  for (const [name, pool] of decisive) if (random.chance(0.45)) params.set(name, few(pool));
  return params;
}

function sharedValue(random: Random, seed: string, which: string, round: number): SharedValue {
  const value = (label: string): string => seedBytes(seed, which, label, round).toString('base64');
  return {
    values: ['a', 'b', 'c'].slice(0, random.between(1, 3)).map(value),
    agreeing: random.between(2, 8),
    countsDiffer: random.chance(0.15),
  };
}
