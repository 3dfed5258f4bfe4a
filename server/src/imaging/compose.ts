import { toneTables, type ColourPlan } from './colour-plan';
import { boxBlur, boxOf, stretch, type Box, type Plane, type Rgb } from './raster';

/** How much of the fine luminance detail is added once more, and the most that a pixel may move by it. */
const sharpening = 0.7;
const sharpeningMax = 18;

// A contact shadow: the garment's shape on a coarse grid, blurred, moved down a little.
const shadowGrid = 4;
const shadowStrength = 0.22;
const shadowBlurShare = 0.012;
const shadowDropShare = 0.008;
/** Weaker than this is left out, so that the frame stays exactly white. */
const shadowMin = 0.006;

export type Cutout = { picture: Rgb; alpha: Plane };

/** The finished square, where the cutout's top left corner came to lie on it, and the garment's box. */
export type Composed = { image: Rgb; alpha: Plane; left: number; top: number; box: Box };

/** Puts the cutout's box in the middle of a pure white square, its colours corrected and its detail sharpened. */
export function compose(cutout: Cutout, look: { canvas: number; plan: ColourPlan; hasShadow: boolean }): Composed {
  const { canvas } = look;
  const { width, height } = cutout.picture;
  const box = boxOf(cutout.alpha) ?? { left: 0, top: 0, width, height };
  const left = Math.round((canvas - box.width) / 2) - box.left;
  const top = Math.round((canvas - box.height) / 2) - box.top;

  const alpha = place(cutout.alpha, { canvas, left, top });
  const image = { pixels: new Uint8Array(canvas * canvas * 3).fill(255), width: canvas, height: canvas };
  if (look.hasShadow) drawShadow(image, alpha);
  drawGarment(image, cutout, { left, top, plan: look.plan });

  return { image, alpha, left, top, box: { ...box, left: box.left + left, top: box.top + top } };
}

function place(plane: Plane, { canvas, left, top }: { canvas: number; left: number; top: number }): Plane {
  const values = new Uint8Array(canvas * canvas);
  const from = Math.max(0, -left);
  const to = Math.min(plane.width, canvas - left);
  for (let y = Math.max(0, -top); y < Math.min(plane.height, canvas - top); y += 1) {
    values.set(plane.values.subarray(y * plane.width + from, y * plane.width + to), (y + top) * canvas + left + from);
  }
  return { values, width: canvas, height: canvas };
}

type Placing = { left: number; top: number; plan: ColourPlan };

function drawGarment(image: Rgb, { picture, alpha }: Cutout, { left, top, plan }: Placing): void {
  const { pixels, width, height } = picture;
  const luminance = luminanceOf(picture);
  const [red, green, blue] = toneTables(plan);
  const canvas = image.width;

  for (let y = Math.max(0, -top); y < Math.min(height, canvas - top); y += 1) {
    for (let x = Math.max(0, -left); x < Math.min(width, canvas - left); x += 1) {
      const i = y * width + x;
      const opacity = alpha.values[i]! / 255;
      if (opacity === 0) continue;

      const isEdge = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      const detail = isEdge ? 0 : detailAt(luminance, i, width);
      const to = ((y + top) * canvas + x + left) * 3;
      image.pixels[to] = blend(image.pixels[to]!, red[toLevel(pixels[i * 3]! + detail)]!, opacity);
      image.pixels[to + 1] = blend(image.pixels[to + 1]!, green[toLevel(pixels[i * 3 + 1]! + detail)]!, opacity);
      image.pixels[to + 2] = blend(image.pixels[to + 2]!, blue[toLevel(pixels[i * 3 + 2]! + detail)]!, opacity);
    }
  }
}

const blend = (under: number, over: number, opacity: number): number => (under + (over - under) * opacity + 0.5) | 0;

const toLevel = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0);

/** Four times the luminance, as an integer. */
function luminanceOf({ pixels, width, height }: Rgb): Int16Array {
  const luminance = new Int16Array(width * height);
  for (let i = 0, at = 0; i < luminance.length; i += 1, at += 3) {
    luminance[i] = pixels[at]! + 2 * pixels[at + 1]! + pixels[at + 2]!;
  }
  return luminance;
}

/** What the pixel has over a 3 × 3 binomial mean, sharpened and limited, in levels. */
function detailAt(luminance: Int16Array, i: number, width: number): number {
  const above = i - width;
  const below = i + width;
  const cross = luminance[i - 1]! + luminance[i + 1]! + luminance[above]! + luminance[below]!;
  const corners = luminance[above - 1]! + luminance[above + 1]! + luminance[below - 1]! + luminance[below + 1]!;
  const detail = ((12 * luminance[i]! - 2 * cross - corners) / 64) * sharpening;
  return Math.min(sharpeningMax, Math.max(-sharpeningMax, detail));
}

function drawShadow(image: Rgb, alpha: Plane): void {
  const side = image.width;
  const cells = Math.ceil(side / shadowGrid);
  const radius = Math.max(1, Math.round(cells * shadowBlurShare));
  const drop = side * shadowDropShare;
  const shape = stretch(alpha, { left: 0, top: -drop, width: side, height: side }, cells, cells);
  const soft = boxBlur(boxBlur(shape, radius), radius);
  const shadow = stretch(soft, { left: 0, top: 0, width: cells, height: cells }, side, side);

  for (let i = 0; i < side * side; i += 1) {
    const strength = (shadow.values[i]! / 255) * shadowStrength;
    if (strength >= shadowMin) image.pixels.fill(255 * (1 - strength) + 0.5, i * 3, i * 3 + 3);
  }
}
