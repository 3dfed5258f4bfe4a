import type { Plane } from './raster';

export type Part = { area: number; pixels: Int32Array };

/** The connected parts (four neighbours) of all pixels on the asked side of 127, the largest first. */
export function partsOf(mask: Plane, side: 'garment' | 'rest'): Part[] {
  const { values, width, height } = mask;
  const isSeen = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 1) isSeen[i] = values[i]! > 127 === (side === 'garment') ? 0 : 1;

  const stack = new Int32Array(values.length);
  const parts: Part[] = [];
  let kept = 0;
  for (let start = 0; start < values.length; start += 1) {
    if (isSeen[start]) continue;

    // The stack's cells below `end` are already the part's pixels: nothing is ever popped off for good.
    const from = kept;
    let end = from;
    stack[end++] = start;
    isSeen[start] = 1;
    for (let at = from; at < end; at += 1) {
      const i = stack[at]!;
      const x = i % width;
      if (x > 0 && !isSeen[i - 1]) ((isSeen[i - 1] = 1), (stack[end++] = i - 1));
      if (x < width - 1 && !isSeen[i + 1]) ((isSeen[i + 1] = 1), (stack[end++] = i + 1));
      if (i >= width && !isSeen[i - width]) ((isSeen[i - width] = 1), (stack[end++] = i - width));
      if (i < width * (height - 1) && !isSeen[i + width]) ((isSeen[i + width] = 1), (stack[end++] = i + width));
    }
    parts.push({ area: end - from, pixels: stack.subarray(from, end) });
    kept = end;
  }

  return parts.sort((a, b) => b.area - a.area);
}

// Shares of the largest part, and of the whole mask.
const islandShareMax = 0.03;
const holeShareMax = 0.0008;

/** Drops what is much smaller than the largest part, and fills pinholes; a gap between sleeve and body is larger and stays. */
export function tidy(mask: Plane): Plane {
  const values = Uint8Array.from(mask.values);
  const [largest, ...others] = partsOf(mask, 'garment');
  if (!largest) return { ...mask, values };

  let area = largest.area;
  for (const part of others) {
    if (part.area >= largest.area * islandShareMax) area += part.area;
    else for (const i of part.pixels) values[i] = 0;
  }

  const tidied = { ...mask, values };
  for (const hole of partsOf(tidied, 'rest')) {
    if (hole.area < area * holeShareMax) for (const i of hole.pixels) values[i] = 255;
  }
  return tidied;
}

/** 1 for every pixel within `reach` (in both axes) of the border between garment and rest. */
export function nearBorder({ values, width, height }: Plane, reach: number): Uint8Array {
  const isNear = new Uint8Array(values.length);
  const mark = (x: number, y: number): void => {
    const bottom = Math.min(height - 1, y + reach);
    const left = Math.max(0, x - reach);
    const right = Math.min(width, x + reach + 1);
    for (let row = Math.max(0, y - reach); row <= bottom; row += 1)
      isNear.fill(1, row * width + left, row * width + right);
  };

  for (let y = 0; y < height; y += 1) {
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i += 1) {
      const isGarment = values[i]! > 127;
      const isBorder =
        (i + 1 < end && values[i + 1]! > 127 !== isGarment) ||
        (i + width < values.length && values[i + width]! > 127 !== isGarment);
      if (isBorder) mark(i - y * width, y);
    }
  }
  return isNear;
}

/** The same as a list of pixels, rising. */
export function bandAround(mask: Plane, reach: number): Int32Array {
  const isNear = nearBorder(mask, reach);
  let count = 0;
  for (let i = 0; i < isNear.length; i += 1) count += isNear[i]!;

  const band = new Int32Array(count);
  for (let i = 0, at = 0; at < count; i += 1) if (isNear[i] === 1) band[at++] = i;
  return band;
}

/** Intersection over union of two masks of one size; 1 when both are empty. */
export function overlap(a: Plane, b: Plane): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.values.length; i += 1) {
    const inA = a.values[i]! > 127;
    const inB = b.values[i]! > 127;
    if (inA && inB) both += 1;
    if (inA || inB) either += 1;
  }
  return either === 0 ? 1 : both / either;
}
