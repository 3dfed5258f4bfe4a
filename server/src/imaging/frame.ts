import type { CleanPreset } from '@suyi/shared-types';
import type { Box } from './raster';

const canvasSides: Record<CleanPreset, number> = { main: 1600, taobao_white: 800 };
const canvasSideMin = 800;
const enlargementMax = 2.2;
const fillWanted = 0.85;
/** Room kept around the garment's rough box, as a share of the canvas: the exact outline may lie a little outside. */
const marginShare = 0.03;

/** How the photo is scaled and which part of it is looked at, so that the garment fills the canvas as it should. */
export type Frame = {
  /** Side of the square result, in pixels. */
  canvas: number;
  /** The upright photo after scaling; only `part` of it is ever made. */
  whole: { width: number; height: number };
  part: Box;
  /** The photo had too few pixels for this canvas. */
  isEnlargedTooMuch: boolean;
};

/** `box` is the garment's, as shares (0 to 1) of the photo's width and height. */
export function frameFor(photo: { width: number; height: number }, box: Box, preset: CleanPreset): Frame {
  const longer = Math.max(box.width * photo.width, box.height * photo.height);
  const wanted = canvasSides[preset];
  const affordable = Math.floor((longer * enlargementMax) / fillWanted);
  const canvas = Math.min(wanted, Math.max(canvasSideMin, affordable));
  const scale = (canvas * fillWanted) / longer;

  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const margin = Math.ceil(canvas * marginShare);
  const left = Math.max(0, Math.floor(box.left * width) - margin);
  const top = Math.max(0, Math.floor(box.top * height) - margin);
  const right = Math.min(width, Math.ceil((box.left + box.width) * width) + margin);
  const bottom = Math.min(height, Math.ceil((box.top + box.height) * height) + margin);

  return {
    canvas,
    whole: { width, height },
    part: { left, top, width: right - left, height: bottom - top },
    isEnlargedTooMuch: affordable < wanted,
  };
}
