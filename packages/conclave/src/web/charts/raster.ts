/**
 * A small canvas: few colours, smooth edges. Colours are numbered as they come about, so that a picture is written with
 * one byte a pixel and packs to some kilobytes. There is no text: labels stand beside the picture, where they can be read
 * at any width, copied, and listened to.
 */

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A picture on its way. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** One number of `palette` for each pixel, row by row. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly palette: Colour[];
  /** Which number two colours give together at each of `levels`. */
  readonly blends: Map<number, number>;
}

/** So many degrees of coverage are told apart. */
const levels = 12;
const paletteMax = 256;

/** An empty canvas of one colour. */
export function canvasOf(width: number, height: number, background: Colour): Canvas {
  return {
    width,
    height,
    pixels: new Uint8Array(width * height),
    palette: [background],
    blends: new Map(),
  };
}

/** What a shape covers of each pixel, 0 to 255: overlapping parts of one shape do not add up. */
export type Mask = Uint8Array<ArrayBuffer>;

/** A mask that covers nothing. */
export function maskOf({ width, height }: Canvas): Mask {
  return new Uint8Array(width * height);
}

/** Covers a line of this width from point to point, with round ends. */
export function coverLine(
  { width, height }: Canvas,
  mask: Mask,
  points: readonly (readonly [x: number, y: number])[],
  lineWidth: number,
): void {
  const reach = lineWidth / 2 + 0.5;
  for (const [i, [bx, by]] of points.entries()) {
    const [ax, ay] = points[i - 1] ?? [bx, by];
    if (i === 0 && points.length > 1) continue;
    const left = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
    const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx) + reach));
    const top = Math.max(0, Math.floor(Math.min(ay, by) - reach));
    const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, by) + reach));
    const [dx, dy] = [bx - ax, by - ay];
    const square = dx * dx + dy * dy;
    for (let y = top; y <= bottom; y += 1) {
      for (let x = left; x <= right; x += 1) {
        const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
        const along = square === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / square));
        const distance = Math.hypot(px - along * dx, py - along * dy);
        const covered = Math.min(1, reach - distance);
        if (covered > 0) raise(mask, y * width + x, covered);
      }
    }
  }
}

/** Covers an upright rectangle; edges may lie within pixels. */
export function coverBox(
  { width, height }: Canvas,
  mask: Mask,
  box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
): void {
  for (let y = Math.max(0, Math.floor(box.top)); y < Math.min(height, box.bottom); y += 1) {
    const tall = Math.min(y + 1, box.bottom) - Math.max(y, box.top);
    for (let x = Math.max(0, Math.floor(box.left)); x < Math.min(width, box.right); x += 1) {
      const wide = Math.min(x + 1, box.right) - Math.max(x, box.left);
      raise(mask, y * width + x, tall * wide);
    }
  }
}

/** Covers slanted stripes between two uprights. */
export function coverStripes({ width, height }: Canvas, mask: Mask, left: number, right: number): void {
  const [from, to] = [Math.max(0, Math.floor(left)), Math.min(width, Math.ceil(right))];
  for (let y = 0; y < height; y += 1) {
    for (let x = from; x < to; x += 1) {
      const across = (x + y) % 12;
      if (across < 2) mask[y * width + x] = 255;
    }
  }
}

/** Lays a colour where the mask covers, `strength` 0 to 1 of it. */
export function paint(canvas: Canvas, mask: Mask, colour: Colour, strength = 1): void {
  const ink = numberOf(canvas, colour);
  for (let i = 0; i < mask.length; i += 1) {
    const level = Math.round((mask[i]! / 255) * strength * levels);
    if (level > 0) canvas.pixels[i] = blend(canvas, canvas.pixels[i]!, ink, level);
  }
}

function raise(mask: Mask, at: number, covered: number): void {
  const value = Math.round(covered * 255);
  if (value > mask[at]!) mask[at] = value;
}

function blend(canvas: Canvas, under: number, ink: number, level: number): number {
  const key = (under * paletteMax + ink) * (levels + 1) + level;
  const known = canvas.blends.get(key);
  if (known !== undefined) return known;
  const [below, above] = [canvas.palette[under]!, canvas.palette[ink]!];
  const mix = (i: 0 | 1 | 2): number => Math.round((below[i] * (levels - level) + above[i] * level) / levels);
  const made = numberOf(canvas, [mix(0), mix(1), mix(2)]);
  canvas.blends.set(key, made);
  return made;
}

/** The number of a colour; when there is no room for another, that of the nearest. */
function numberOf(canvas: Canvas, colour: Colour): number {
  const { palette } = canvas;
  const far = palette.map((held) => held.reduce((sum, value, i) => sum + (value - colour[i]!) ** 2, 0));
  const nearest = Math.min(...far);
  if (nearest === 0 || palette.length === paletteMax) return far.indexOf(nearest);
  return palette.push(colour) - 1;
}
