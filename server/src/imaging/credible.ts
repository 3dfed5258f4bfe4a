import type { Box, Plane, Rgb } from './raster';

// Shares of the photo: less is a speck, more is the whole picture.
const areaMin = 0.02;
const areaMax = 0.93;

// The network takes a printed page for a striped towel; but a page is a rectangle to its corners, and most of it one flat colour.
const pageRectangularityMin = 0.93;
const pageColourShareMin = 0.45;

/** False when what was found, however clearly, cannot be a garment: a speck, the whole photo, a page of text. */
export function isCredible(photo: Rgb, mask: Plane, { box, area }: { box: Box; area: number }): boolean {
  const share = area / (photo.width * photo.height);
  if (share < areaMin || share > areaMax) return false;

  const isRectangle = area / (box.width * box.height) > pageRectangularityMin;
  return !(isRectangle && commonestColourShare(photo, mask) > pageColourShareMin);
}

/** The share that the commonest colour has in the mask, at five bits a channel. */
function commonestColourShare({ pixels }: Rgb, { values }: Plane): number {
  const counts = new Uint32Array(1 << 15);
  let total = 0;
  let highest = 0;
  for (let i = 0, at = 0; i < values.length; i += 1, at += 3) {
    if (values[i]! <= 127) continue;
    const key = ((pixels[at]! >> 3) << 10) | ((pixels[at + 1]! >> 3) << 5) | (pixels[at + 2]! >> 3);
    const count = counts[key]! + 1;
    counts[key] = count;
    total += 1;
    if (count > highest) highest = count;
  }
  return highest / Math.max(1, total);
}
