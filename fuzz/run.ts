/** A run of the fuzzer in its own thread: it tells where it is, so that a hang or an end for want of memory has a name. */
import { exercises, trustIn, type Trust } from './exercise.ts';
import { judge, measure, type Fault } from './measure.ts';
import { mutate } from './mutate.ts';
import { randomOf } from './random.ts';
import { material, type Material, type Seed } from './seeds.ts';

/** What to try. */
export interface Plan {
  readonly data: string;
  readonly seed: number;
  readonly from: number;
  readonly inputs: number;
  /** Only seeds of this kind. */
  readonly kind: string | undefined;
  /** Index of the input that is tried now, and of the exercise. */
  readonly place: Int32Array;
}

/** A fault and the input that shows it. */
export interface Finding extends Fault {
  readonly index: number;
  readonly seed: string;
  readonly ways: readonly string[];
  readonly bytes: Buffer;
}

/** The input that took most. */
export interface Slowest {
  readonly ms: number;
  readonly bytes: number;
  readonly index: number;
  readonly exercise: string;
  readonly seed: string;
}

/** What a run amounts to. */
export interface Tally {
  readonly inputs: number;
  readonly bytes: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly ways: Readonly<Record<string, number>>;
  readonly slowest: Slowest;
  /** The one that took most for its size, among those of 1 kB and more. */
  readonly dearest: Slowest;
}

/** One input, made again from the seed of the run and its number. */
export function inputOf(
  seeds: readonly Seed[],
  seed: number,
  index: number,
): { readonly from: Seed; readonly bytes: Buffer; readonly ways: readonly string[] } {
  const random = randomOf(seed, index);
  const from = seeds[index % seeds.length] as Seed;
  return { from, ...mutate(from, random, () => random.pick(seeds)) };
}

/** The seeds of a plan, and whom to trust. */
export function prepare(
  data: string,
  kind?: string,
): { readonly found: Material; readonly seeds: readonly Seed[]; readonly trust: Trust } {
  const found = material(data);
  const seeds = kind === undefined ? found.seeds : found.seeds.filter((one) => one.kind === kind);
  if (seeds.length === 0) throw new Error(`no document of the kind ${kind ?? ''} to begin with`);
  return { found, seeds, trust: trustIn(found.whole) };
}

/** Tries every input of the plan; tells findings as they come, and the tally at the end. */
export function run(plan: Plan, tell: (finding: Finding) => void): Tally {
  const { seeds, trust } = prepare(plan.data, plan.kind);
  const kinds: Record<string, number> = {};
  const ways: Record<string, number> = {};
  const none: Slowest = { ms: 0, bytes: 1, index: -1, exercise: '', seed: '' };
  let [slowest, dearest, total] = [none, none, 0];
  for (let index = plan.from; index < plan.inputs; index += 1) {
    const input = inputOf(seeds, plan.seed, index);
    total += input.bytes.length;
    kinds[input.from.kind] = (kinds[input.from.kind] ?? 0) + 1;
    for (const way of input.ways) ways[way] = (ways[way] ?? 0) + 1;
    Atomics.store(plan.place, 0, index);
    for (const [at, exercise] of exercises.entries()) {
      Atomics.store(plan.place, 1, at);
      const outcome = measure(exercise, input.bytes, trust);
      const fault = judge(exercise, input.bytes, trust, outcome);
      if (fault) tell({ ...fault, index, seed: input.from.name, ways: input.ways, bytes: input.bytes });
      const { ms } = outcome;
      const one = { ms, bytes: input.bytes.length, index, exercise: exercise.name, seed: input.from.name };
      if (ms > slowest.ms) slowest = one;
      if (one.bytes >= 1000 && ms / one.bytes > dearest.ms / dearest.bytes) dearest = one;
    }
  }
  return { inputs: plan.inputs - plan.from, bytes: total, kinds, ways, slowest, dearest };
}
