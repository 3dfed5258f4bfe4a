/*
 * Gaussian mixtures over colour, fitted to a histogram instead of to pixels: a photo of 300,000 pixels has some 10,000
 * distinct colours at six bits a channel, so fitting and asking cost a thirtieth and the cut moves by no more than noise.
 */

const componentsMax = 5;
const meansRounds = 6;
/** Variance added on the diagonal, in 8-bit units squared: keeps a plain wall from becoming a needle. */
const ridge = 12;
/** What any colour gets at least: a colour never seen says little, instead of everything. */
const densityFloor = 1e-9;
/** Pixels; fewer say nothing of a mixture. */
const weightMin = 10;

/** The distinct colours of a set of pixels, and which one each of them has. */
export type Palette = { count: number; colours: Float32Array; ofPixel: Int32Array };

type Component = { weight: number; mean: Float64Array; covariance: Float64Array };

type Gaussian = { scale: number; mean: Float64Array; inverse: Float64Array };

export type Mixture = readonly Gaussian[];

const slotOfKey = new Int32Array(1 << 18);

/** Groups the colours of the whole picture, or of the pixels named, at six bits a channel; each group stands for its mean colour. */
export function paletteOf(pixels: Uint8Array, only?: Int32Array): Palette {
  const size = only ? only.length : pixels.length / 3;
  const ofPixel = new Int32Array(size);
  const keys: number[] = [];
  const sums: number[] = [];

  for (let i = 0; i < size; i += 1) {
    const at = (only ? only[i]! : i) * 3;
    const r = pixels[at]!;
    const g = pixels[at + 1]!;
    const b = pixels[at + 2]!;
    const key = ((r >> 2) << 12) | ((g >> 2) << 6) | (b >> 2);
    let slot = slotOfKey[key]!;
    if (slot === 0) {
      slot = slotOfKey[key] = keys.push(key);
      sums.push(0, 0, 0, 0);
    }
    ofPixel[i] = slot - 1;

    const sum = (slot - 1) * 4;
    sums[sum] = sums[sum]! + r;
    sums[sum + 1] = sums[sum + 1]! + g;
    sums[sum + 2] = sums[sum + 2]! + b;
    sums[sum + 3] = sums[sum + 3]! + 1;
  }
  for (const key of keys) slotOfKey[key] = 0; // Shared by all calls: clean for the next.

  const colours = new Float32Array(keys.length * 3);
  for (let i = 0; i < colours.length; i += 1) {
    const sum = Math.floor(i / 3) * 4;
    colours[i] = sums[sum + (i % 3)]! / sums[sum + 3]!;
  }
  return { count: keys.length, colours, ofPixel };
}

/**
 * Fits a mixture to the palette's colours, each as heavy as its weight. Null when the weights come to nearly nothing. The
 * first division into components is by k-means from far-apart colours: the same picture always gives the same mixture.
 */
export function fitMixture(palette: Palette, weights: Float64Array): Mixture | null {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total < weightMin) return null;

  const owner = divide(palette, weights);
  const first = fit(palette, weights, owner, total);
  for (let i = 0; i < palette.count; i += 1) owner[i] = nearestGaussian(first, palette.colours, i * 3);
  return fit(palette, weights, owner, total);
}

/** Log odds that a colour is the garment's rather than the rest's, for every colour of the palette. */
export function colourOdds(palette: Palette, { garment, rest }: { garment: Mixture; rest: Mixture }): Float32Array {
  return Float32Array.from(
    { length: palette.count },
    (_, i) => logLikelihood(garment, palette.colours, i * 3) - logLikelihood(rest, palette.colours, i * 3),
  );
}

export function logLikelihood(mixture: Mixture, colours: Float32Array, at: number): number {
  let density = densityFloor;
  for (const gaussian of mixture) density += Math.exp(logDensity(gaussian, colours, at));
  return Math.log(density);
}

function divide({ colours, count }: Palette, weights: Float64Array): Uint8Array {
  const centres = farApart(colours, count, weights);
  const owner = new Uint8Array(count);

  for (let round = 0; round < meansRounds; round += 1) {
    const sums = new Float64Array(centres.length * 4);
    for (let i = 0; i < count; i += 1) {
      const weight = weights[i]!;
      if (weight === 0) continue;
      const k = nearestCentre(centres, colours, i * 3);
      owner[i] = k;
      for (let c = 0; c < 3; c += 1) sums[k * 4 + c] = sums[k * 4 + c]! + weight * colours[i * 3 + c]!;
      sums[k * 4 + 3] = sums[k * 4 + 3]! + weight;
    }
    centres.forEach((centre, k) => {
      for (let c = 0; c < 3; c += 1) if (sums[k * 4 + 3]! > 0) centre[c] = sums[k * 4 + c]! / sums[k * 4 + 3]!;
    });
  }

  return owner;
}

/** Starts at the heaviest colour; each next centre is the colour whose weight times distance is the largest. */
function farApart(colours: Float32Array, count: number, weights: Float64Array): Float64Array[] {
  const distances = new Float64Array(count).fill(1);
  const centres: Float64Array[] = [];

  while (centres.length < componentsMax) {
    let best = 0;
    let bestScore = -1;
    for (let i = 0; i < count; i += 1) {
      const score = weights[i]! * distances[i]!;
      if (score > bestScore) ((best = i), (bestScore = score));
    }
    if (bestScore <= 0) break;

    const centre = Float64Array.from(colours.subarray(best * 3, best * 3 + 3));
    for (let i = 0; i < count; i += 1) {
      const distance = squaredDistance(centre, colours, i * 3);
      distances[i] = centres.length === 0 ? distance : Math.min(distances[i]!, distance);
    }
    centres.push(centre);
  }

  return centres;
}

function nearestCentre(centres: Float64Array[], colours: Float32Array, at: number): number {
  let best = 0;
  let bestDistance = Infinity;
  for (let k = 0; k < centres.length; k += 1) {
    const distance = squaredDistance(centres[k]!, colours, at);
    if (distance < bestDistance) ((best = k), (bestDistance = distance));
  }
  return best;
}

function squaredDistance(centre: Float64Array, colours: Float32Array, at: number): number {
  const r = colours[at]! - centre[0]!;
  const g = colours[at + 1]! - centre[1]!;
  const b = colours[at + 2]! - centre[2]!;
  return r * r + g * g + b * b;
}

function fit({ colours, count }: Palette, weights: Float64Array, owner: Uint8Array, total: number): Mixture {
  const components: Component[] = Array.from({ length: componentsMax }, () => ({
    weight: 0,
    mean: new Float64Array(3),
    covariance: new Float64Array(9),
  }));

  for (let i = 0; i < count; i += 1) {
    const component = components[owner[i]!]!;
    const weight = weights[i]!;
    component.weight += weight;
    for (let c = 0; c < 3; c += 1) {
      const value = weight * colours[i * 3 + c]!;
      component.mean[c] = component.mean[c]! + value;
      for (let e = 0; e < 3; e += 1) {
        component.covariance[c * 3 + e] = component.covariance[c * 3 + e]! + value * colours[i * 3 + e]!;
      }
    }
  }

  return components.filter(({ weight }) => weight > 0).map((component) => toGaussian(component, total));
}

function toGaussian({ weight, mean, covariance }: Component, total: number): Gaussian {
  const centre = mean.map((sum) => sum / weight);
  const spread = covariance.map(
    (sum, i) => sum / weight - centre[Math.floor(i / 3)]! * centre[i % 3]! + (i % 4 === 0 ? ridge : 0),
  );
  const { inverse, determinant } = invert(spread);

  return {
    mean: centre,
    inverse,
    scale: Math.log(weight / total) - 0.5 * Math.log(determinant) - 1.5 * Math.log(2 * Math.PI),
  };
}

/** Of a symmetric 3 × 3 matrix; the ridge keeps the determinant above zero. */
function invert(m: Float64Array): { inverse: Float64Array; determinant: number } {
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, , , f = 0] = m;
  const A = d * f - e * e;
  const B = c * e - b * f;
  const C = b * e - c * d;
  const determinant = a * A + b * B + c * C;
  const D = a * f - c * c;
  const E = b * c - a * e;
  const F = a * d - b * b;
  return { inverse: Float64Array.of(A, B, C, B, D, E, C, E, F).map((value) => value / determinant), determinant };
}

function nearestGaussian(gaussians: Mixture, colours: Float32Array, at: number): number {
  let best = 0;
  let bestDensity = -Infinity;
  for (let k = 0; k < gaussians.length; k += 1) {
    const density = logDensity(gaussians[k]!, colours, at);
    if (density > bestDensity) ((best = k), (bestDensity = density));
  }
  return best;
}

function logDensity({ scale, mean, inverse }: Gaussian, colours: Float32Array, at: number): number {
  const r = colours[at]! - mean[0]!;
  const g = colours[at + 1]! - mean[1]!;
  const b = colours[at + 2]! - mean[2]!;
  const quadratic =
    inverse[0]! * r * r +
    inverse[4]! * g * g +
    inverse[8]! * b * b +
    2 * (inverse[1]! * r * g + inverse[2]! * r * b + inverse[5]! * g * b);
  return scale - 0.5 * quadratic;
}
