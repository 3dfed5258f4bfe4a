import { cutPixels, learnColours } from './graph-cut';
import { bandAround } from './mask';
import type { Plane, Rgb } from './raster';

/** Half the band's width over the rough mask's pixel: its border is right to within about one of its own pixels. */
const reachInRoughPixels = 1.6;
/** Around the band colours are learnt from pixels this many times as far as the band reaches. */
const learnReach = 2;
/** Half the side of the smoothing square, as a share of the longer side, but no less than one pixel of the photo. */
const smoothShare = 0.001;
/** Opacity gained over one pixel of the finished edge: 2 px from clear to solid. */
const slope = 0.5;

/** `roughPixel` and `photoPixel` are what one pixel of the rough mask and of the photo measure in this picture. */
export type Scale = { roughPixel: number; photoPixel: number };

/**
 * The garment's final opacity at the picture's size, from a rough mask stretched to it: a second cut in a narrow band
 * with the colours found near that band, then a smoothed contour. Opaque inside and clear outside by construction.
 */
export function matte(picture: Rgb, rough: Plane, { roughPixel, photoPixel }: Scale): Plane {
  const reach = Math.max(2, Math.round(roughPixel * reachInRoughPixels));
  const undecided = bandAround(rough, reach);
  const nearby = bandAround(rough, reach * learnReach).filter((_, i) => i % 2 === 0);
  const colours = learnColours(picture, rough, nearby);
  const sides = cutPixels(picture, { prior: rough, sides: rough, undecided, colours });

  const radius = Math.max(1, Math.round(Math.max(picture.width, picture.height) * smoothShare), Math.round(photoPixel));
  return smoothContour(sides, radius);
}

/** Takes the stairs out of a hard mask: the mean over a small square, made steep again. Touches only what lies at the border. */
export function smoothContour(sides: Plane, radius: number): Plane {
  const steepness = (2 * radius + 1) * slope;
  const band = bandAround(sides, radius * 2);
  const twice = average(average(sides, band, radius), band, radius);

  for (const pixel of band) {
    twice.values[pixel] = Math.min(255, Math.max(0, (twice.values[pixel]! - 127.5) * steepness + 127.5 + 0.5));
  }
  return twice;
}

function average({ values, width, height }: Plane, pixels: Int32Array, radius: number): Plane {
  const out = Uint8Array.from(values);
  for (const pixel of pixels) {
    const x = pixel % width;
    const y = (pixel - x) / width;
    const left = Math.max(0, x - radius);
    const right = Math.min(width - 1, x + radius);
    const top = Math.max(0, y - radius);
    const bottom = Math.min(height - 1, y + radius);
    let sum = 0;
    for (let row = top; row <= bottom; row += 1) {
      for (let at = row * width + left; at <= row * width + right; at += 1) sum += values[at]!;
    }
    out[pixel] = sum / ((right - left + 1) * (bottom - top + 1)) + 0.5;
  }
  return { values: out, width, height };
}
