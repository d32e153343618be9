/** What the worst inputs cost at one, two and four times a size: it must grow with the size and not with its square. */
import { exercises, trustIn, type Exercise, type Trust } from './exercise.ts';
import { measure } from './measure.ts';
import { worstInputs, type Worst } from './worst-inputs.ts';

/** CPU time of an exercise at one, two and four times the size. */
export interface Growth {
  readonly name: string;
  readonly exercise: string;
  readonly ms: readonly [number, number, number];
  /** The heap at the end of the greatest, for each byte. */
  readonly heapPerByte: number;
  /** How many times more the quadruple takes than four times the single. */
  readonly overLinear: number;
}

/** Measures one exercise: the least of `runs` at each size, which other work on the machine disturbs least. */
export function growth(
  name: string,
  worst: Worst,
  exercise: Exercise,
  trust: Trust,
  size: number,
  runs = 3,
): Growth {
  let heap = 0;
  const [one, two, four] = [1, 2, 4].map((times) => {
    const bytes = worst(size * times);
    let least = Infinity;
    for (let run = 0; run < runs; run += 1) {
      globalThis.gc?.();
      const outcome = measure(exercise, bytes, trust);
      if (outcome.fault) throw new Error(`${name}: ${exercise.name}: ${outcome.fault.message}`);
      least = Math.min(least, outcome.ms);
      heap = outcome.heap / bytes.length;
    }
    return least;
  }) as [number, number, number];
  // Below this there is little but noise and collection of garbage to compare; a square would be far above it.
  const overLinear = four < 60 ? 1 : four / Math.max(4 * one, 2 * two, 4);
  return { name, exercise: exercise.name, ms: [one, two, four], heapPerByte: heap, overLinear };
}

/** What costs more than this times its linear share is a finding. */
export const overLinearMax = 1.5;

/** Measures everything and prints it, the dearest exercise of each input; whether all was linear. */
export function tellWorst(size: number, only?: string): boolean {
  const trust = trustIn([]);
  let linear = true;
  for (const [name, worst] of Object.entries(worstInputs())) {
    if (only !== undefined && !name.includes(only)) continue;
    const all = exercises.map((exercise) => growth(name, worst, exercise, trust, size));
    const dearest = all.reduce((a, b) => (b.ms[2] > a.ms[2] ? b : a));
    const steepest = all.reduce((a, b) => (b.overLinear > a.overLinear ? b : a));
    linear &&= steepest.overLinear <= overLinearMax;
    console.log(
      JSON.stringify({ name, mb: (size * 4) / 1e6, dearest: round(dearest), steepest: round(steepest) }),
    );
  }
  return linear;
}

function round({ exercise, ms, heapPerByte, overLinear }: Growth): object {
  return {
    exercise,
    ms: ms.map(Math.round),
    heapPerByte: Math.round(heapPerByte),
    overLinear: Math.round(overLinear * 100) / 100,
  };
}
