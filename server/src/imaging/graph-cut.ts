import { colourOdds, fitMixture, paletteOf, type Mixture } from './colour-model';
import { createFlowGraph, cut, directions, isOnSourceSide, type FlowGraph } from './max-flow';
import type { Plane, Rgb } from './raster';

// Chosen on hand-drawn masks; all are flat, ± 0.001 IoU around these values.
const smoothness = 40;
const priorWeight = 2;
const priorMin = 0.02;
/** Capacities are integers: this many to one unit of cost. */
const unit = 64;

/** The two mixtures that a cut tells apart. Null where a side has no colours to learn from: the prior then decides alone. */
export type Colours = { garment: Mixture; rest: Mixture } | null;

/** Priors beyond these are sure enough to learn colours from; what lies between would teach each side the other's colours. */
const sureRest = 26;
const sureGarment = 230;

/** Learns both mixtures from the pixels that the prior is sure of, or from those of them that are named. */
export function learnColours(photo: Rgb, prior: Plane, among?: Int32Array): Colours {
  const isSure = (level: number): boolean => level <= sureRest || level >= sureGarment;
  const pixels = among ? among.filter((pixel) => isSure(prior.values[pixel]!)) : indicesWhere(prior.values, isSure);

  const palette = paletteOf(photo.pixels, pixels);
  const inside = new Float64Array(palette.count);
  const outside = new Float64Array(palette.count);
  for (let i = 0; i < pixels.length; i += 1) {
    const weights = prior.values[pixels[i]!]! > 127 ? inside : outside;
    weights[palette.ofPixel[i]!] = weights[palette.ofPixel[i]!]! + 1;
  }

  const garment = fitMixture(palette, inside);
  const rest = fitMixture(palette, outside);
  return garment && rest && { garment, rest };
}

function indicesWhere(values: Uint8Array, isWanted: (value: number) => boolean): Int32Array {
  const indices = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i += 1) if (isWanted(values[i]!)) indices[count++] = i;
  return indices.slice(0, count);
}

/**
 * GrabCut with a prior instead of a rectangle: 255 where the photo is garment, 0 elsewhere. The prior has the photo's
 * size. One round: a second one, relearnt from the first, cost as much again and made the mean IoU .001 worse.
 */
export function graphCut(photo: Rgb, prior: Plane): Plane {
  const undecided = Int32Array.from(prior.values, (_, i) => i);
  return cutPixels(photo, { prior, sides: prior, undecided, colours: learnColours(photo, prior) });
}

export type Question = {
  /** What is believed before looking at colours, at the photo's size; 255 is garment. */
  prior: Plane;
  /** Where the decided pixels stay: above 127 is garment. */
  sides: Plane;
  /** The pixels to divide, rising. */
  undecided: Int32Array;
  colours: Colours;
};

/**
 * Divides the undecided pixels into garment (255) and the rest (0), so that they fit the colours, follow the prior where
 * colours cannot tell, and the border runs along contrast.
 */
export function cutPixels(photo: Rgb, question: Question): Plane {
  const { undecided } = question;
  const sides = new Uint8Array(question.sides.values.length);
  for (let i = 0; i < sides.length; i += 1) sides[i] = question.sides.values[i]! > 127 ? 255 : 0;
  const graph = createFlowGraph(undecided.length);
  const cellOf = new Int32Array(sides.length);
  for (let i = 0; i < undecided.length; i += 1) cellOf[undecided[i]!] = i + 1;

  linkTerminals(graph, photo, question);
  linkNeighbours(graph, photo, { undecided, cellOf, sides });
  cut(graph);

  for (let i = 0; i < undecided.length; i += 1) sides[undecided[i]!] = isOnSourceSide(graph, i + 1) ? 255 : 0;
  return { values: sides, width: photo.width, height: photo.height };
}

/** Source links say how much better a pixel fits the garment than the rest, by prior and by colour. */
function linkTerminals(graph: FlowGraph, photo: Rgb, { prior, undecided, colours }: Question): void {
  const priorOdds = Float32Array.from({ length: 256 }, (_, level) => {
    const p = Math.min(1 - priorMin, Math.max(priorMin, level / 255));
    return priorWeight * Math.log(p / (1 - p));
  });
  undecided.forEach((pixel, i) => (graph.terminals[i + 1] = priorOdds[prior.values[pixel]!]! * unit));
  if (!colours) return;

  const palette = paletteOf(photo.pixels, undecided);
  const odds = colourOdds(palette, colours);
  for (let i = 0; i < undecided.length; i += 1) {
    graph.terminals[i + 1] = graph.terminals[i + 1]! + odds[palette.ofPixel[i]!]! * unit;
  }
}

type Known = { undecided: Int32Array; cellOf: Int32Array; sides: Uint8Array };

/** Neighbours alike in colour are expensive to part: `smoothness · exp(−β·|difference|²) / distance`. */
function linkNeighbours(graph: FlowGraph, photo: Rgb, { undecided, cellOf, sides }: Known): void {
  const { pixels, width, height } = photo;
  const { capacities, neighbours, terminals } = graph;
  const table = contrastTable(photo, undecided);

  for (let d = 0; d < 8; d += 1) {
    const { x: dx, y: dy } = directions[d]!;
    const step = dy * width + dx;
    const scale = dx !== 0 && dy !== 0 ? Math.SQRT1_2 : 1;

    for (let i = 0; i < undecided.length; i += 1) {
      const pixel = undecided[i]!;
      const x = (pixel % width) + dx;
      const next = pixel + step;
      if (x < 0 || x >= width || next < 0 || next >= width * height) continue;

      const other = cellOf[next]!;
      if (other !== 0 && (d & 1) === 1) continue; // Linked from its other end.
      const capacity = (table[squaredStep(pixels, pixel * 3, next * 3) >> 3]! * scale) | 0;
      if (other === 0) {
        terminals[i + 1] = terminals[i + 1]! + (sides[next] === 255 ? capacity : -capacity);
        continue;
      }
      const edge = (i + 1) * 8 + d;
      const back = other * 8 + (d ^ 1);
      neighbours[edge] = other;
      neighbours[back] = i + 1;
      capacities[edge] = capacity;
      capacities[back] = capacity;
    }
  }
}

function squaredStep(pixels: Uint8Array, at: number, next: number): number {
  const r = pixels[at]! - pixels[next]!;
  const g = pixels[at + 1]! - pixels[next + 1]!;
  const b = pixels[at + 2]! - pixels[next + 2]!;
  return r * r + g * g + b * b;
}

/** Capacity by squared colour step over 8; β is set by the mean step, so that texture does not count as contrast. */
function contrastTable({ pixels, width }: Rgb, undecided: Int32Array): Float32Array {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < undecided.length; i += 3) {
    const at = undecided[i]! * 3;
    if (at + (width + 1) * 3 > pixels.length) break;
    sum += squaredStep(pixels, at, at + 3) + squaredStep(pixels, at, at + width * 3);
    count += 2;
  }
  const beta = count / (2 * Math.max(sum, count, 1));
  return Float32Array.from({ length: (3 * 255 * 255) / 8 + 1 }, (_, i) => smoothness * unit * Math.exp(-beta * i * 8));
}
