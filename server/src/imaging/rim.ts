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
  const { width, height } = picture;
  const band = bandAround(alpha, Math.max(depth, beyond));
  // A pixel that is not in the band has the colour it needs when it is garment; 1: waits for a colour; 2: has got one.
  const state = new Uint8Array(width * height);
  for (const i of band) state[i] = 1;

  let waiting = band;
  for (let step = 0; step < depth + beyond && waiting.length > 0; step += 1) {
    const blend = Math.min(1, (step + 1.5) / (depth * 0.75));
    waiting = fillStep(picture, { state, alpha }, { waiting, blend });
  }
}

type Known = { state: Uint8Array; alpha: Plane };

/** Gives a colour to every waiting pixel with a neighbour that knows one; answers those that still wait. */
function fillStep(
  picture: Rgb,
  { state, alpha }: Known,
  { waiting, blend }: { waiting: Int32Array; blend: number },
): Int32Array {
  const { pixels, width, height } = picture;
  const colours = new Uint8Array(waiting.length * 3);
  const isFilled = new Uint8Array(waiting.length);

  for (let k = 0; k < waiting.length; k += 1) {
    const i = waiting[k]!;
    const x = i % width;
    const y = (i - x) / width;
    let [r, g, b, count] = [0, 0, 0, 0];
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
        const near = row * width + column;
        if (state[near] === 1 || (state[near] === 0 && alpha.values[near]! <= 127)) continue;
        count += 1;
        r += pixels[near * 3]!;
        g += pixels[near * 3 + 1]!;
        b += pixels[near * 3 + 2]!;
      }
    }
    if (count === 0) continue;
    isFilled[k] = 1;
    colours[k * 3] = pixels[i * 3]! * (1 - blend) + (r / count) * blend + 0.5;
    colours[k * 3 + 1] = pixels[i * 3 + 1]! * (1 - blend) + (g / count) * blend + 0.5;
    colours[k * 3 + 2] = pixels[i * 3 + 2]! * (1 - blend) + (b / count) * blend + 0.5;
  }

  // Only now: within one step all colours come from the step before.
  for (let k = 0; k < waiting.length; k += 1) {
    if (!isFilled[k]) continue;
    state[waiting[k]!] = 2;
    pixels.set(colours.subarray(k * 3, k * 3 + 3), waiting[k]! * 3);
  }
  return waiting.filter((_, k) => !isFilled[k]);
}
