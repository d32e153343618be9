/** Charts: axes, shapes, pixels, and the bytes of the picture. */
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { axisOf, balancedAxis, drawChart, momentsOf, writeMoments } from '../../../src/web/charts/index.ts';
import type { Chart } from '../../../src/web/charts/index.ts';
import { shapesOf } from '../../../src/web/charts/shapes.ts';

const size = { width: 120, height: 40 };

describe('axisOf()', () => {
  test.each([
    [[9871, 9850, 9902], { whole: true }, [9840, 9860, 9880, 9900, 9920]],
    [[0, 3, 9], { whole: true }, [0, 3, 6, 9]],
    [[35, 35], { whole: true }, [34, 35, 36]],
    [[0, 0], { whole: true }, [0, 1]],
    [[1, 1, 1], { most: 1 }, [0.995, 1]],
    [[0.974, 0.981], { most: 1 }, [0.974, 0.976, 0.978, 0.98, 0.982]],
    [[100, 900], {}, [0, 250, 500, 750, 1000]],
    [[-4, -9], {}, [-10, -7.5, -5, -2.5, 0]],
    [[44_807_632, 44_100_000], {}, [44_000_000, 44_200_000, 44_400_000, 44_600_000, 44_800_000, 45_000_000]],
  ])('of %j with %j has the ticks %j', (values, rules, ticks) => {
    expect(axisOf(values, rules)?.ticks).toEqual(ticks);
  });
  test('has every value within, and only whole ticks where whole numbers are asked for', () => {
    for (const base of [0, 1, 7, 99, 4_321, 9_871, 44_807_632]) {
      for (const range of [0, 1, 2, 3, 11, 640, 12_345]) {
        const axis = axisOf([base, base + range], { whole: true })!;
        expect(axis.from).toBeLessThanOrEqual(base);
        expect(axis.to).toBeGreaterThanOrEqual(base + range);
        expect(axis.ticks.every(Number.isInteger)).toBe(true);
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
        expect(axis.ticks.length).toBeLessThanOrEqual(8);
      }
    }
  });
  test('of nothing is none', () => {
    expect(axisOf([])).toBeUndefined();
    expect(axisOf([null, null])).toBeUndefined();
    expect(balancedAxis([null])).toBeUndefined();
  });
});

test('balancedAxis() goes as far down as up', () => {
  expect(balancedAxis([12, -3, null, 0], { whole: true })?.ticks).toEqual([-20, -10, 0, 10, 20]);
  expect(balancedAxis([0], { whole: true })?.ticks).toEqual([-1, 0, 1]);
});

describe('momentsOf() and writeMoments()', () => {
  test.each([
    ['2026-07-20T14:00:00Z', '2026-07-27T14:00:00Z', '07-20 07-21 07-22 07-23 07-24 07-25 07-26 07-27'],
    ['2026-07-26T14:00:00Z', '2026-07-27T14:00:00Z', '14:00 18:00 22:00 02:00 06:00 10:00 14:00'],
    ['2026-06-27T00:00:00Z', '2026-07-27T00:00:00Z', '06-27 07-02 07-07 07-12 07-17 07-22 07-27'],
    ['2025-07-27T00:00:00Z', '2026-07-27T00:00:00Z', '2025-07-27 10-08 12-20 2026-03-03 05-15 07-27'],
    ['2026-07-27T14:00:00Z', '2026-07-27T14:10:50Z', '14:00:00 14:02:43 14:05:25 14:08:08 14:10:50'],
    ['2026-07-27T14:00:00Z', '2026-07-27T14:00:00Z', '14:00'],
  ])('from %s to %s: %s', (from, until, words) => {
    expect(writeMoments(momentsOf(Date.parse(from), Date.parse(until))).join(' ')).toBe(words);
  });
});

const line = (values: (number | null)[], held = values.map((value) => value !== null)): Chart => ({
  kind: 'line',
  axis: { from: 0, to: 10, step: 5, ticks: [0, 5, 10] },
  values,
  held,
  spaces: 4,
});

describe('shapesOf()', () => {
  test('no line crosses a gap, the gap is striped, and a value alone is a dot', () => {
    const shapes = shapesOf(line([1, 2, null, null, 5, null, 7, 8]), size);
    const lines = shapes.filter((shape) => shape.ink === 'first');
    expect(lines.map((shape) => shape.shape === 'line' && shape.points.length)).toEqual([2, 1, 2]);
    expect(lines[1]).toMatchObject({ width: 10 });
    const stripes = shapes.filter((shape) => shape.shape === 'stripes');
    expect(stripes).toHaveLength(2);
    expect(stripes[0]?.left).toBeCloseTo((1.5 / 7) * 120);
    expect(stripes[0]?.right).toBeCloseTo((3.5 / 7) * 120);
  });
  test('a step that is held without this figure is no gap of the observatory', () => {
    const shapes = shapesOf(line([1, null, 3], [true, true, true]), size);
    expect(shapes.filter((shape) => shape.shape === 'stripes')).toEqual([]);
    expect(shapes.filter((shape) => shape.ink === 'first')).toHaveLength(2);
  });
  test('values lie where the axis says', () => {
    const [drawn] = shapesOf(line([0, 10]), size).filter((shape) => shape.ink === 'first');
    expect(drawn).toMatchObject({
      points: [
        [0, 37],
        [120, 3],
      ],
    });
  });
  test('what came stands, what went hangs, and nothing is no bar', () => {
    const shapes = shapesOf(
      {
        kind: 'balance',
        axis: { from: -10, to: 10, step: 10, ticks: [-10, 0, 10] },
        up: [10, 0, null],
        down: [5, null, 1],
        held: [true, true, false],
        spaces: 2,
      },
      size,
    );
    const bars = shapes.filter((shape) => shape.shape === 'box');
    expect(bars.map(({ ink, top, bottom }) => [ink, top, Math.round(bottom * 10) / 10])).toEqual([
      ['first', 3, 20],
      ['second', 20, 28.5],
      ['second', 20, 21.7],
    ]);
  });
  test('strips: thick where it holds, thin where not, nothing where not known', () => {
    const shapes = shapesOf(
      { kind: 'strips', rows: [[true, false, null, true]], held: [true, true, false, true], spaces: 2 },
      size,
    );
    const boxes = shapes.filter((shape) => shape.shape === 'box');
    expect(boxes.map(({ ink, left, right }) => [ink, left, right])).toEqual([
      ['zero', 30, 60],
      ['first', 0, 30],
      ['first', 90, 120],
    ]);
  });
});

/** Reads a picture back: size, palette, one number a pixel. */
function decode(png: Uint8Array): { width: number; palette: string[]; pixels: string[] } {
  const bytes = Buffer.from(png);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    chunks.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const width = chunks.get('IHDR')!.readUInt32BE(0);
  const colours = chunks.get('PLTE')!.toString('hex').match(/.{6}/g) ?? [];
  const rows = inflateSync(chunks.get('IDAT')!);
  const pixels = [...rows].filter((_, at) => at % (width + 1) !== 0).map((number) => colours[number]!);
  return { width, palette: colours, pixels };
}

describe('drawChart()', () => {
  test('gives the same bytes for the same values, and some kilobytes', () => {
    const values = Array.from({ length: 720 }, (_, i) => (i > 300 && i < 340 ? null : (i * 7919) % 11));
    const png = drawChart(line(values), { width: 840, height: 260 }, 'light');
    expect(Buffer.from(png).equals(drawChart(line(values), { width: 840, height: 260 }, 'light'))).toBe(true);
    expect(png.length).toBeLessThan(40_000);
  });
  test('is a PNG of the colours of the theme: ground, line, and what lies between them at an edge', () => {
    const { width, palette, pixels } = decode(drawChart(line([5, 5]), size, 'light'));
    expect(width).toBe(120);
    expect(pixels).toHaveLength(120 * 40);
    expect(pixels[10 * 120 + 20]).toBe('ffffff');
    expect(pixels[20 * 120 + 20]).toBe('6b3fa0');
    expect(palette.length).toBeLessThan(64);
    expect(decode(drawChart(line([5, 5]), size, 'dark')).pixels[10 * 120 + 20]).toBe('1d1f24');
  });
  test('a gap has no ink of the line in it', () => {
    const { pixels } = decode(drawChart(line([5, null, null, null, 5]), size, 'light'));
    const column = Array.from({ length: 40 }, (_, y) => pixels[y * 120 + 60 + (y % 2)]);
    expect(column).not.toContain('6b3fa0');
  });
  test('never holds more than 256 colours', () => {
    const rows = Array.from({ length: 40 }, (_, row) =>
      Array.from({ length: 97 }, (_, i) => (i * row) % 3 > 0),
    );
    const png = drawChart(
      { kind: 'strips', rows, held: rows[0]!, spaces: 7 },
      { width: 301, height: 97 },
      'dark',
    );
    expect(decode(png).palette.length).toBeLessThanOrEqual(256);
  });
});
