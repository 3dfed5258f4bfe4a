import { fromLinear, toLab, toLinear } from './colour';
import type { Plane, Rgb } from './raster';

/** What each channel is multiplied by, in linear light. 1, 1, 1 leaves the photo as it is. */
export type ColourPlan = readonly [number, number, number];

export const unchanged: ColourPlan = [1, 1, 1];

// A first, bolder version (chroma < 14, gains .82 to 1.22) turned a white shirt blue; these were then judged by eye.
const referenceLightnessMin = 52;
const referenceChromaMax = 10;
const referenceSpreadMax = 0.14;
const gainMin = 0.9;
const gainMax = 1.12;
const gainPower = 0.8;
const exposureMax = 1.2;
const darkLiftMax = 1.25;
/** The garment's bright end (98th percentile of its brightest channel) may come up to this light, and not further. */
const brightEndMax = 0.86;
/** Levels: a neutral background is brought up towards the first; a frame darker than the second counts as dark. */
const backgroundWanted = 225;
const darkFrameMax = 90;
const neutralShareMin = 0.12;
const sampleStep = 5;

type Colour = readonly [number, number, number];

/**
 * A careful white balance and exposure, from the background alone: the garment's own colours are what is sold, so they
 * are no reference. On coloured floors, and where the garment's greys would become coloured, nothing is touched.
 */
export function planColours(photo: Rgb, mask: Plane): ColourPlan {
  const { background, garment } = sample(photo, mask);
  if (background.length < 200 || garment.length < 200) return unchanged;

  const bright = brighterHalf(background);
  const reference = meanOf(bright);
  const balance = isNeutral(reference, bright) ? balanceFor(reference) : unchanged;
  const agreed = wouldColourGreys(garment, balance) ? unchanged : balance;
  const exposure = exposureFor({ reference, isReferenceUsed: agreed !== unchanged, garment });

  return [agreed[0] * exposure, agreed[1] * exposure, agreed[2] * exposure];
}

/** Every fifth pixel in both directions; those within one step of the border are left out, they are a mixture. */
function sample({ pixels, width, height }: Rgb, { values }: Plane): { background: Colour[]; garment: Colour[] } {
  const background: Colour[] = [];
  const garment: Colour[] = [];
  for (let y = sampleStep; y < height - sampleStep; y += sampleStep) {
    for (let x = sampleStep; x < width - sampleStep; x += sampleStep) {
      const i = y * width + x;
      const isGarment = values[i]! > 127;
      const isPlain =
        values[i - sampleStep]! > 127 === isGarment &&
        values[i + sampleStep]! > 127 === isGarment &&
        values[i - sampleStep * width]! > 127 === isGarment &&
        values[i + sampleStep * width]! > 127 === isGarment;
      if (isPlain) (isGarment ? garment : background).push([pixels[i * 3]!, pixels[i * 3 + 1]!, pixels[i * 3 + 2]!]);
    }
  }
  return { background, garment };
}

const brightness = ([r, g, b]: Colour): number => r + g + b;

function brighterHalf(colours: Colour[]): Colour[] {
  const sorted = [...colours].sort((a, b) => brightness(b) - brightness(a));
  return sorted.slice(0, sorted.length >> 1);
}

function meanOf(colours: Colour[]): Colour {
  const sum: [number, number, number] = [0, 0, 0];
  for (const [r, g, b] of colours) ((sum[0] += r), (sum[1] += g), (sum[2] += b));
  return [sum[0] / colours.length, sum[1] / colours.length, sum[2] / colours.length];
}

/** Bright, nearly grey, and of one colour all over: a wall or a sheet, and no carpet. */
function isNeutral(reference: Colour, colours: Colour[]): boolean {
  const [lightness, a, b] = toLab(...reference);
  if (lightness <= referenceLightnessMin || Math.hypot(a, b) >= referenceChromaMax) return false;

  let spread = 0;
  for (const colour of colours) {
    const sum = brightness(colour) + 1;
    const whole = brightness(reference) + 1;
    spread += Math.abs(colour[0] / sum - reference[0] / whole) + Math.abs(colour[2] / sum - reference[2] / whole);
  }
  return (3 * spread) / colours.length < referenceSpreadMax;
}

function balanceFor(reference: Colour): ColourPlan {
  const grey = brightness(reference) / 3;
  const gain = (level: number): number =>
    Math.min(gainMax, Math.max(gainMin, (toLinear(grey) / toLinear(Math.max(1, level))) ** gainPower));
  return [gain(reference[0]), gain(reference[1]), gain(reference[2])];
}

/** True when a good part of the garment is nearly grey now and would be less so. */
function wouldColourGreys(garment: Colour[], [r, g, b]: ColourPlan): boolean {
  let before = 0;
  let after = 0;
  let greys = 0;
  for (const colour of garment) {
    const [, a0, b0] = toLab(...colour);
    const chroma = Math.hypot(a0, b0);
    if (chroma > referenceChromaMax) continue;
    const [, a1, b1] = toLab(gained(colour[0], r), gained(colour[1], g), gained(colour[2], b));
    greys += 1;
    before += chroma;
    after += Math.hypot(a1, b1);
  }
  return greys >= garment.length * neutralShareMin && after > before;
}

type Light = { reference: Colour; isReferenceUsed: boolean; garment: Colour[] };

/** With a neutral background the light is brought up to it; otherwise only a dark garment on a dark frame is lifted. */
function exposureFor({ reference, isReferenceUsed, garment }: Light): number {
  const peaks = garment.map((colour) => Math.max(...colour)).sort((a, b) => a - b);
  const brightEnd = peaks[Math.floor(peaks.length * 0.98)]!;
  const room = brightEndMax / toLinear(Math.max(1, brightEnd));
  if (room <= 1) return 1;

  const level = brightness(reference) / 3;
  const raise = (wanted: number): number => toLinear(wanted) / toLinear(Math.max(1, level));
  if (isReferenceUsed) return Math.max(1, Math.min(exposureMax, room, raise(backgroundWanted)));
  return level < darkFrameMax ? Math.max(1, Math.min(darkLiftMax, room, raise(darkFrameMax))) : 1;
}

const gained = (level: number, gain: number): number => fromLinear(toLinear(level) * gain);

/** For each channel, what every level becomes. */
export function toneTables(plan: ColourPlan): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const table = (gain: number): Uint8Array =>
    Uint8Array.from({ length: 256 }, (_, level) => Math.round(gained(level, gain)));
  return [table(plan[0]), table(plan[1]), table(plan[2])];
}
