import type { View } from './decode';
import { isCredible } from './credible';
import { cutPixels, graphCut, learnColours } from './graph-cut';
import { bandAround, overlap, partsOf, tidy } from './mask';
import type { Network } from './network';
import { ImagingRefused } from './port';
import { guessPrior } from './prior';
import { boxOf, stretch, type Box, type Plane, type Rgb } from './raster';

/** Where the garment is, in the pixels of the view that it was looked for in. */
export type Outline = {
  mask: Plane;
  box: Box;
  /** 0 to 1: how far network and colours agree, less what the network left open. */
  confidence: number;
  /** Connected parts, after everything small was dropped. */
  partsCount: number;
  touchesFrame: boolean;
  /** The photo came with its background already clear: its own alpha is the mask. */
  isOwnAlpha: boolean;
};

/** The first cut looks at the photo at half the view's size; the second only moves the border, this far, at full size. */
const refineReach = 5;

/**
 * Finds the garment. Throws `ImagingRefused`: `garment_not_found` where nothing in the photo is credibly one,
 * `quality_rejected` where one is but its outline cannot be trusted.
 */
export async function findOutline(photo: View, network: Network | null): Promise<Outline> {
  if (photo.alpha && isCutOut(photo.alpha)) {
    return {
      ...outlineOf(photo, photo.alpha, { confidence: 1, confidenceMin: 0, deliverableMin: 0 }),
      isOwnAlpha: true,
    };
  }

  const prior = network ? whole(await network(photo), photo) : guessPrior(photo);
  const mask = tidy(refine(photo, prior));

  const agreement = overlap(mask, prior);
  const sureness = network
    ? { confidence: agreement * (1 - doubtOf(prior)), confidenceMin: networkConfidenceMin, deliverableMin }
    : { confidence: agreement * guessCertainty, confidenceMin: guessConfidenceMin, deliverableMin: guessConfidenceMin };
  return { ...outlineOf(photo, mask, sureness), isOwnAlpha: false };
}

type Sureness = {
  confidence: number;
  /** Below it nothing there is called a garment. */
  confidenceMin: number;
  /** Below it a garment is there, but its outline is not fit to be charged for. */
  deliverableMin: number;
};

/** Photos of garments reach .62 to .97; checks, gradients, walls and landscapes .34 and less. */
const networkConfidenceMin = 0.45;
/**
 * Of 260 photos 8 stay below it, and 5 of those had lost part of the garment or kept part of the room (IoU under .9); 7 such
 * are above it and delivered. At .8 it would be 12, and again 5.
 */
const deliverableMin = 0.75;
/** A guess is never sure, however well colours agree with it: it always asks to be checked. */
const guessCertainty = 0.7;
/** Below it, guesses on photos of garments were wrong (IoU .08), above it right (.87 to .998). */
const guessConfidenceMin = 0.6;

const whole = (plane: Plane, { width, height }: Rgb): Plane =>
  stretch(plane, { left: 0, top: 0, width: plane.width, height: plane.height }, width, height);

/** Half size first: a quarter of the cells, and the border is then known well enough to look at a thin band only. */
function refine(photo: Rgb, prior: Plane): Plane {
  const small = halve(photo);
  const rough = graphCut(small, whole(prior, small));
  const sides = whole(rough, photo);

  const colours = learnColours(photo, sides);
  return cutPixels(photo, { prior, sides, undecided: bandAround(sides, refineReach), colours });
}

function halve(photo: Rgb): Rgb {
  const width = photo.width >> 1;
  const height = photo.height >> 1;
  const pixels = new Uint8Array(width * height * 3);
  const row = photo.width * 3;

  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const to = (y * width + x) * 3;
      const at = y * 2 * row + x * 6;
      for (let c = 0; c < 3; c += 1) {
        const from = at + c;
        const sum =
          photo.pixels[from]! + photo.pixels[from + 3]! + photo.pixels[from + row]! + photo.pixels[from + row + 3]!;
        pixels[to + c] = (sum + 2) >> 2;
      }
    }
  }
  return { pixels, width, height };
}

/** A photo that was already cut out: a good part of it is clear, a good part solid. */
function isCutOut({ values }: Plane): boolean {
  let clear = 0;
  let solid = 0;
  for (const value of values) {
    if (value < 8) clear += 1;
    else if (value > 247) solid += 1;
  }
  return clear > values.length * 0.05 && solid > values.length * 0.05;
}

/** What the network leaves open (between 20 % and 80 %) as a share of what it calls garment, at most 1. */
function doubtOf({ values }: Plane): number {
  let open = 0;
  let garment = 0;
  for (const value of values) {
    if (value > 51 && value < 204) open += 1;
    if (value > 127) garment += 1;
  }
  return garment === 0 ? 1 : Math.min(1, open / garment);
}

function outlineOf(photo: Rgb, mask: Plane, sureness: Sureness): Omit<Outline, 'isOwnAlpha'> {
  const { confidence, confidenceMin, deliverableMin: enough } = sureness;
  const { width, height } = photo;
  const box = boxOf(mask);
  const parts = partsOf(mask, 'garment');
  const area = parts.reduce((sum, part) => sum + part.area, 0);
  if (!box || confidence < confidenceMin || !isCredible(photo, mask, { box, area })) {
    throw new ImagingRefused('garment_not_found');
  }
  if (confidence < enough) throw new ImagingRefused('quality_rejected');

  const touchesFrame =
    box.left === 0 || box.top === 0 || box.left + box.width === width || box.top + box.height === height;
  return { mask, box, confidence, partsCount: parts.length, touchesFrame };
}
