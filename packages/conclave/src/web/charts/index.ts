/**
 * Charts: values to shapes, shapes to pixels, pixels to PNG. A chart is complete for who has no script and no SVG; its
 * labels are text beside it.
 */
import { encodePng } from './png.ts';
import {
  type Canvas,
  canvasOf,
  type Colour,
  coverBox,
  coverLine,
  coverStripes,
  maskOf,
  paint,
} from './raster.ts';
import { type Chart, type Ink, type Shape, shapesOf, type Size } from './shapes.ts';

export { type Axis, axisOf, type AxisRules, balancedAxis, momentsOf, writeMoments } from './axis.ts';
export type { Chart, Size } from './shapes.ts';

/** Whether a page is light or dark. */
export type Theme = 'light' | 'dark';

/** The colours of the style sheet: card, line, dim, accent, and a second one that differs in lightness too. */
const inks: Readonly<Record<Theme, Readonly<Record<Ink | 'ground', Colour>>>> = {
  light: {
    ground: [255, 255, 255],
    grid: [227, 228, 232],
    zero: [154, 160, 170],
    stripes: [201, 204, 210],
    range: [196, 178, 217],
    first: [107, 63, 160],
    second: [14, 128, 118],
  },
  dark: {
    ground: [29, 31, 36],
    grid: [44, 47, 54],
    zero: [106, 113, 128],
    stripes: [74, 79, 90],
    range: [84, 70, 110],
    first: [183, 154, 224],
    second: [88, 190, 178],
  },
};

/** Draws a chart. */
export function drawChart(chart: Chart, size: Size, theme: Theme): Uint8Array<ArrayBuffer> {
  const canvas = canvasOf(size.width, size.height, inks[theme].ground);
  const shapes = shapesOf(chart, size);
  // Shapes of one ink that follow each other are laid as one, so that where they touch nothing shows.
  for (let first = 0; first < shapes.length;) {
    const ink = shapes[first]!.ink;
    const mask = maskOf(canvas);
    let next = first;
    for (; next < shapes.length && shapes[next]!.ink === ink; next += 1) cover(canvas, mask, shapes[next]!);
    paint(canvas, mask, inks[theme][ink]);
    first = next;
  }
  return encodePng(canvas);
}

function cover(canvas: Canvas, mask: ReturnType<typeof maskOf>, shape: Shape): void {
  switch (shape.shape) {
    case 'line':
      return coverLine(canvas, mask, shape.points, shape.width);
    case 'box':
      return coverBox(canvas, mask, shape);
    case 'stripes':
      return coverStripes(canvas, mask, shape.left, shape.right);
  }
}
