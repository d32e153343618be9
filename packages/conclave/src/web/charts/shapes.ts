/**
 * From values to shapes: where on a picture of this size each value lies. A step of which nothing is held has a striped
 * ground, and no line crosses it.
 */
import type { Axis } from './axis.ts';

/** What a chart shows: values along even steps of time. */
export type Chart =
  | {
      readonly kind: 'line';
      readonly axis: Axis;
      readonly values: readonly (number | null)[];
      /** Of each step the least and the most, where a step is many rounds. */
      readonly range?: {
        readonly least: readonly (number | null)[];
        readonly most: readonly (number | null)[];
      };
      readonly held: readonly boolean[];
      /** Spaces between the moments that are named below. */
      readonly spaces: number;
    }
  | {
      /** What came stands on the zero line, what went hangs from it. */
      readonly kind: 'balance';
      readonly axis: Axis;
      readonly up: readonly (number | null)[];
      readonly down: readonly (number | null)[];
      readonly held: readonly boolean[];
      readonly spaces: number;
    }
  | {
      /** One row for each thing that holds or does not; null where that is not known. */
      readonly kind: 'strips';
      readonly rows: readonly (readonly (boolean | null)[])[];
      readonly held: readonly boolean[];
      readonly spaces: number;
    };

/** The colours that shapes are drawn in, by what they are for. */
export type Ink = 'grid' | 'zero' | 'stripes' | 'range' | 'first' | 'second';

/** A shape in pixels, the origin at the top left. */
export type Shape =
  | {
      readonly shape: 'line';
      readonly ink: Ink;
      readonly width: number;
      readonly points: readonly (readonly [x: number, y: number])[];
    }
  | {
      readonly shape: 'box';
      readonly ink: Ink;
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    }
  | { readonly shape: 'stripes'; readonly ink: Ink; readonly left: number; readonly right: number };

/** A picture's size, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** So much is left free at the upper and lower edge, that a line along it is not cut. */
export const edge = 3;
const lineWidth = 4;

/** The shapes of a chart, those below first. */
export function shapesOf(chart: Chart, size: Size): readonly Shape[] {
  const steps = chart.held.length;
  const ground = [...gapsOf(chart.held, size, chart.kind === 'line'), ...uprights(chart.spaces, size)];
  switch (chart.kind) {
    case 'line': {
      const y = heightOf(chart.axis, size);
      const x = (i: number): number => place(i, steps, size);
      return [
        ...ground,
        ...levelsOf(chart.axis, size),
        ...(chart.range === undefined ? [] : rangeOf(chart.range, x, y, size.width / steps)),
        ...linesOf(chart.values, x, y),
      ];
    }
    case 'balance': {
      const y = heightOf(chart.axis, size);
      return [
        ...ground,
        ...levelsOf(chart.axis, size),
        ...barsOf(chart.up, 'first', (value) => [y(value), y(0)], size),
        ...barsOf(chart.down, 'second', (value) => [y(0), y(-value)], size),
      ];
    }
    case 'strips':
      return [...ground, ...chart.rows.flatMap((row, i) => stripOf(row, i, chart.rows.length, size))];
  }
}

/** Where a step of a line lies: the first and the last on the edges. */
function place(i: number, steps: number, { width }: Size): number {
  return steps <= 1 ? width / 2 : (i / (steps - 1)) * width;
}

function heightOf(axis: Axis, { height }: Size): (value: number) => number {
  const scale = (height - 2 * edge) / (axis.to - axis.from);
  return (value) => height - edge - (value - axis.from) * scale;
}

function levelsOf(axis: Axis, size: Size): Shape[] {
  const y = heightOf(axis, size);
  return axis.ticks.map((tick) => ({
    shape: 'line',
    ink: tick === 0 ? 'zero' : 'grid',
    width: 2,
    points: [
      [0, y(tick)],
      [size.width, y(tick)],
    ],
  }));
}

function uprights(spaces: number, { width, height }: Size): Shape[] {
  return Array.from({ length: spaces + 1 }, (_, i) => {
    const x = Math.min(width - 1, Math.max(1, (i / Math.max(1, spaces)) * width));
    return {
      shape: 'line',
      ink: 'grid',
      width: 2,
      points: [
        [x, 0],
        [x, height],
      ],
    } as const;
  });
}

/** Runs of equal values, as first and last index. */
function runsOf<T>(
  values: readonly T[],
  wanted: (value: T) => boolean,
): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const [i, value] of values.entries()) {
    if (!wanted(value)) continue;
    const run = runs.at(-1);
    if (run !== undefined && run[1] === i - 1) run[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}

/** Striped ground where nothing is held: half a step beyond the outermost missing ones of a line, their slots of bars. */
function gapsOf(held: readonly boolean[], size: Size, line: boolean): Shape[] {
  const steps = held.length;
  const at = (slot: number): number =>
    line && steps > 1 ? ((slot - 0.5) / (steps - 1)) * size.width : (slot / steps) * size.width;
  return runsOf(held, (is) => !is).map(([first, last]) => ({
    shape: 'stripes',
    ink: 'stripes',
    left: at(first),
    right: at(last + 1),
  }));
}

function linesOf(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (value: number) => number,
): Shape[] {
  return runsOf(values, (value) => value !== null).map(([first, last]) => ({
    shape: 'line',
    ink: 'first',
    // A value that stands alone is a dot.
    width: first === last ? 2.5 * lineWidth : lineWidth,
    points: values.slice(first, last + 1).map((value, i) => [x(first + i), y(value!)] as const),
  }));
}

function rangeOf(
  { least, most }: { readonly least: readonly (number | null)[]; readonly most: readonly (number | null)[] },
  x: (i: number) => number,
  y: (value: number) => number,
  wide: number,
): Shape[] {
  return least.flatMap((low, i) => {
    const high = most[i] ?? null;
    if (low === null || high === null) return [];
    return [
      {
        shape: 'box',
        ink: 'range',
        // On whole pixels, so that neighbours meet without a seam.
        left: Math.round(x(i) - wide / 2),
        right: Math.round(x(i) + wide / 2),
        top: y(high) - 0.5,
        bottom: y(low) + 0.5,
      } as const,
    ];
  });
}

function barsOf(
  values: readonly (number | null)[],
  ink: Ink,
  between: (value: number) => readonly [top: number, bottom: number],
  { width }: Size,
): Shape[] {
  const slot = width / values.length;
  const air = slot > 6 ? slot * 0.15 : 0;
  return values.flatMap((value, i) => {
    if (value === null || value === 0) return [];
    const [top, bottom] = between(value);
    return [{ shape: 'box', ink, left: i * slot + air, right: (i + 1) * slot - air, top, bottom } as const];
  });
}

function stripOf(
  row: readonly (boolean | null)[],
  index: number,
  rows: number,
  { width, height }: Size,
): Shape[] {
  const [slot, tall] = [width / row.length, height / rows];
  const box = (ink: Ink, thick: number) => {
    const middle = (index + 0.5) * tall;
    return ([first, last]: readonly [number, number]): Shape => ({
      shape: 'box',
      ink,
      left: first * slot,
      right: (last + 1) * slot,
      top: middle - (thick * tall) / 2,
      bottom: middle + (thick * tall) / 2,
    });
  };
  return [
    ...runsOf(row, (value) => value === false).map(box('zero', 0.12)),
    ...runsOf(row, (value) => value === true).map(box('first', 0.62)),
  ];
}
