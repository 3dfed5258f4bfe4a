import { cleanFlags, type CleanFlag, type CleanMeasures } from '@suyi/shared-types';
import { planColours } from './colour-plan';
import { compose } from './compose';
import { openPhoto, readThrough, view, viewPart, type View } from './decode';
import { encodeMain, encodeThumbnail } from './encode';
import { frameFor, type Frame } from './frame';
import { matte } from './matte';
import { measure, type Measured } from './measure';
import type { Network } from './network';
import { findOutline, type Outline } from './outline';
import { ImagingRefused, type Cleaned, type CleanOptions, type Inspection } from './port';
import { stretch, type Box, type Plane } from './raster';
import { decontaminate } from './rim';

/** Longer side of the view in which the garment is looked for. */
const searchSide = 640;

/** Knows that every row of the photo can be read. Throws `ImagingRefused`. */
export async function inspectPhoto(bytes: Uint8Array): Promise<Inspection> {
  const photo = await openPhoto(bytes);
  await readThrough(photo);

  const { contentType, width, height } = photo;
  return { contentType, width, height };
}

/** The whole pipeline, in order. Throws `ImagingRefused`. */
export async function cleanPhoto(bytes: Uint8Array, options: CleanOptions, network: Network | null): Promise<Cleaned> {
  const photo = await openPhoto(bytes);
  const search = await view(photo, { side: searchSide });
  const outline = await findOutline(search, network);

  const frame = frameFor(photo, asShares(outline), options.preset);
  const decoding = viewPart(photo, frame.whole, frame.part);
  const plan = planColours(search, outline.mask); // While libvips decodes.
  const picture = await decoding;
  const photoPixel = frame.whole.width / photo.width;
  const alpha = alphaOf(picture, outline, { frame, photoPixel });
  const before = { ...picture, pixels: Uint8Array.from(picture.pixels) };
  decontaminate(picture, alpha, rimDepth(photoPixel));

  const composed = compose({ picture, alpha }, { canvas: frame.canvas, plan, hasShadow: options.hasShadow });
  const [main, thumbnail] = await Promise.all([
    encodeMain(composed.image, options.preset),
    encodeThumbnail(composed.image),
  ]);
  const measured = await measure(main.bytes, composed, before);
  refuseUnsellable(measured, options);

  return { images: [main, thumbnail], measures: report(measured, outline, frame) };
}

function asShares({ mask, box }: Outline): Box {
  return {
    left: box.left / mask.width,
    top: box.top / mask.height,
    width: box.width / mask.width,
    height: box.height / mask.height,
  };
}

/** How far in the old background shows, in pixels of the result: 3, and more where the photo's own pixels are larger. */
const rimDepth = (photoPixel: number): number => Math.round(1 + 2.2 * Math.max(1, photoPixel));

/** A photo that was already cut out keeps its own edge; every other gets one. */
function alphaOf(
  picture: View,
  { mask, isOwnAlpha }: Outline,
  { frame, photoPixel }: { frame: Frame; photoPixel: number },
): Plane {
  if (isOwnAlpha && picture.alpha) return picture.alpha;

  const { whole, part } = frame;
  const x = mask.width / whole.width;
  const y = mask.height / whole.height;
  const box = { left: part.left * x, top: part.top * y, width: part.width * x, height: part.height * y };
  return matte(picture, stretch(mask, box, part.width, part.height), { roughPixel: 1 / x, photoPixel });
}

// Below these the image is not fit to be sold with; a seller rather hears that than uploads it.
const backgroundPurityMin = 0.99;
const fillMin = 0.8;
const fillMax = 0.9;
const centreOffsetMax = 0.01;
const colourDeltaMax = 7;

function refuseUnsellable(measured: Measured, { hasShadow }: CleanOptions): void {
  const isFit =
    measured.framePurity === 1 &&
    (hasShadow || measured.backgroundPurity >= backgroundPurityMin) &&
    measured.fill >= fillMin &&
    measured.fill <= fillMax &&
    measured.centreOffset <= centreOffsetMax &&
    measured.colourDelta <= colourDeltaMax;
  if (!isFit) throw new ImagingRefused('quality_rejected');
}

/** The rim may be this close to white before the seller is told. */
const rimVisibilityMin = 10;
const confidenceMin = 0.8;

function report({ rimVisibility, ...measured }: Measured, outline: Outline, frame: Frame): CleanMeasures {
  const claims: Record<CleanFlag, boolean> = {
    low_resolution: frame.isEnlargedTooMuch,
    cropped_by_frame: outline.touchesFrame,
    multiple_subjects: outline.partsCount > 1,
    white_on_white: rimVisibility < rimVisibilityMin,
    please_check: outline.confidence < confidenceMin,
  };
  const flags = cleanFlags.filter((flag) => claims[flag]);

  return { ...measured, confidence: outline.confidence, flags };
}
