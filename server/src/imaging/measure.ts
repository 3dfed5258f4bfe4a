import type { CleanMeasures } from '@suyi/shared-types';
import sharp from 'sharp';
import { ciede2000, toLab, type Lab } from './colour';
import type { Composed } from './compose';
import { nearBorder } from './mask';
import { type Plane, type Rgb } from './raster';

const frameShare = 0.03;
/** Pixels: the half-clear edge is 2 wide, and 3 more belong to JPEG's ringing. */
const edgeReach = 5;
const insideReach = 6;
const sampleStep = 12;
/** Every so many pixels, a prime: no column of the picture is favoured. */
const rimStep = 23;

export type Measured = Omit<CleanMeasures, 'confidence' | 'flags'> & {
  /** A quarter of the garment's rim differs from white by less than this (CIEDE2000). */
  rimVisibility: number;
};

/** Looks at the file as a buyer's phone would decode it. `before` is the photo at the same scale, as it was. */
export async function measure(file: Buffer, composed: Composed, before: Rgb): Promise<Measured> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const after: Rgb = { pixels: data, width: info.width, height: info.height };
  const near = nearBorder(composed.alpha, edgeReach);
  const { box } = composed;
  const side = after.width;

  return {
    framePurity: framePurity(after),
    backgroundPurity: backgroundPurity(after, composed.alpha, near),
    fill: Math.max(box.width, box.height) / side,
    centreOffset: Math.hypot(box.left + box.width / 2 - side / 2, box.top + box.height / 2 - side / 2) / side,
    colourDelta: colourDelta(after, composed, before),
    rimVisibility: rimVisibility(after, composed.alpha, near),
  };
}

const isWhite = ({ pixels }: Rgb, i: number): boolean =>
  pixels[i * 3] === 255 && pixels[i * 3 + 1] === 255 && pixels[i * 3 + 2] === 255;

function framePurity(image: Rgb): number {
  const { width, height } = image;
  const rim = Math.round(width * frameShare);
  let count = 0;
  let white = 0;
  for (let y = 0; y < height; y += 1) {
    const isWholeRow = y < rim || y >= height - rim;
    for (let x = 0; x < width; x += 1) {
      if (!isWholeRow && x === rim) x = width - rim;
      count += 1;
      if (isWhite(image, y * width + x)) white += 1;
    }
  }
  return white / count;
}

function backgroundPurity({ pixels }: Rgb, alpha: Plane, near: Uint8Array): number {
  let count = 0;
  let white = 0;
  for (let i = 0, at = 0; i < near.length; i += 1, at += 3) {
    if ((near[i]! | alpha.values[i]!) !== 0) continue;
    count += 1;
    if ((pixels[at]! & pixels[at + 1]! & pixels[at + 2]!) === 255) white += 1;
  }
  return count === 0 ? 1 : white / count;
}

/** Median over a grid of points at least 6 px inside, each a 3 × 3 mean. */
function colourDelta(after: Rgb, { alpha, left, top }: Composed, before: Rgb): number {
  const { width, height } = before;
  const deltas: number[] = [];
  for (let y = insideReach; y < height - insideReach; y += sampleStep) {
    for (let x = insideReach; x < width - insideReach; x += sampleStep) {
      if (!isDeepInside(alpha, x + left, y + top)) continue;
      deltas.push(ciede2000(meanLab(before, x, y), meanLab(after, x + left, y + top)));
    }
  }
  return quantile(deltas, 0.5);
}

function isDeepInside({ values, width, height }: Plane, x: number, y: number): boolean {
  if (x < insideReach || y < insideReach || x >= width - insideReach || y >= height - insideReach) return false;
  for (let dy = -insideReach; dy <= insideReach; dy += insideReach) {
    for (let dx = -insideReach; dx <= insideReach; dx += insideReach) {
      if (values[(y + dy) * width + x + dx] !== 255) return false;
    }
  }
  return true;
}

function meanLab({ pixels, width }: Rgb, x: number, y: number): Lab {
  let r = 0;
  let g = 0;
  let b = 0;
  for (let row = y - 1; row <= y + 1; row += 1) {
    for (let at = (row * width + x - 1) * 3, end = at + 9; at < end; at += 3) {
      r += pixels[at]!;
      g += pixels[at + 1]!;
      b += pixels[at + 2]!;
    }
  }
  return toLab(r / 9, g / 9, b / 9);
}

/** The 25th percentile of the solid rim's difference from white: below 10 a white garment melts into the canvas. */
function rimVisibility({ pixels }: Rgb, { values }: Plane, near: Uint8Array): number {
  const white = toLab(255, 255, 255);
  const differences: number[] = [];
  for (let i = 0; i < near.length; i += rimStep) {
    if (near[i] && values[i] === 255)
      differences.push(ciede2000(toLab(pixels[i * 3]!, pixels[i * 3 + 1]!, pixels[i * 3 + 2]!), white));
  }
  return quantile(differences, 0.25);
}

function quantile(values: number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
