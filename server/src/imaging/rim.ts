import { bandAround } from './mask';
import type { Plane, Rgb } from './raster';

/** Pixels beyond the border that get a colour too, so that sharpening and half-clear pixels never see the background. */
const beyond = 3;

/**
 * Takes the old background's colour out of the rim, in place: pixels within `depth` of the border take on the colour of
 * the nearest clean inside progressively, and the colour runs on a little beyond the border. Parts too thin to have a
 * clean inside keep what they have.
 */
export function decontaminate(picture: Rgb, alpha: Plane, depth: number): void {
  const { pixels, width, height } = picture;
  const band = bandAround(alpha, Math.max(depth, beyond));
  // A pixel that is not in the band has the colour it needs when it is garment; 1: waits for a colour; 2: has got one.
  const state = new Uint8Array(width * height);
  for (const i of band) state[i] = 1;

  let waiting = band;
  for (let step = 0; step < depth + beyond && waiting.length > 0; step += 1) {
    const blend = Math.min(1, (step + 1) / (depth - 0.5));
    const filled: number[] = [];
    const colours: number[] = [];
    for (const i of waiting) {
      const colour = meanOfKnown(picture, { state, alpha }, i);
      if (!colour) continue;
      filled.push(i);
      for (let c = 0; c < 3; c += 1) colours.push(pixels[i * 3 + c]! * (1 - blend) + colour[c]! * blend + 0.5);
    }
    // Only now: within one step all colours come from the step before.
    filled.forEach((i, k) => {
      state[i] = 2;
      for (let c = 0; c < 3; c += 1) pixels[i * 3 + c] = colours[k * 3 + c]!;
    });
    waiting = waiting.filter((i) => state[i] === 1);
  }
}

const sum = new Float64Array(3);

type Known = { state: Uint8Array; alpha: Plane };

function meanOfKnown({ pixels, width, height }: Rgb, { state, alpha }: Known, i: number): Float64Array | null {
  const x = i % width;
  const y = (i - x) / width;
  let count = 0;
  sum.fill(0);
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
      const near = row * width + column;
      if (state[near] === 1 || (state[near] === 0 && alpha.values[near]! <= 127)) continue;
      count += 1;
      for (let c = 0; c < 3; c += 1) sum[c] = sum[c]! + pixels[near * 3 + c]!;
    }
  }
  if (count === 0) return null;
  for (let c = 0; c < 3; c += 1) sum[c] = sum[c]! / count;
  return sum;
}
