import { mediaLimits } from '@suyi/shared-types';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { ImagingRefused, type Inspection } from './port';
import type { Box, Plane, Rgb } from './raster';
import { acceptedTypeOf } from './sniff';

/** Longer side of the largest view that is ever asked for: it bounds the memory of one job. */
export const viewSideMax = 4096;
const decodeSecondsMax = 10;

const guarded = {
  limitInputPixels: mediaLimits.pixelsMax,
  sequentialRead: true,
  pages: 1,
  unlimited: false,
  // 'warning', the default, refuses many phone files for harmless oddities; 'error' still refuses a truncated one.
  failOn: 'error',
  autoOrient: true,
} satisfies SharpOptions;

/** A photo that passed the door. `width` and `height` are upright. Nothing of it is decoded before a view is asked for. */
export type Photo = Inspection & { bytes: Uint8Array; hasAlpha: boolean };

export type View = Rgb & { alpha: Plane | null };

/** Reads the header and holds it against `mediaLimits`, or a `shortSideMin` of the caller's own. Throws `ImagingRefused`. */
export async function openPhoto(
  bytes: Uint8Array,
  { shortSideMin = mediaLimits.shortSideMin }: { shortSideMin?: number } = {},
): Promise<Photo> {
  const contentType = acceptedTypeOf(bytes);
  // The upload's own limit comes first and has its own words; this one only guards the decoder.
  if (bytes.byteLength > mediaLimits.bytesMax) throw new ImagingRefused('too_many_pixels');

  const header = await readHeader(bytes);
  const { width, height } = header.autoOrient;

  // Our own check, before libvips': its refusal cannot be told from a broken file without reading its words.
  if (width * height > mediaLimits.pixelsMax) throw new ImagingRefused('too_many_pixels');
  if (Math.max(width, height) > Math.min(width, height) * mediaLimits.ratioMax) throw new ImagingRefused('bad_ratio');
  if (Math.min(width, height) < shortSideMin) throw new ImagingRefused('too_small');

  return { bytes, contentType, width, height, hasAlpha: header.hasAlpha };
}

async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  try {
    return await sharp(bytes, { ...guarded, limitInputPixels: false }).metadata();
  } catch {
    throw new ImagingRefused('unreadable');
  }
}

/** Decodes every row of the photo, small, and keeps nothing. Throws `ImagingRefused` with `unreadable`. */
export async function readThrough(photo: Photo): Promise<void> {
  await view(photo, { side: 256 });
}

/** The whole upright photo as 8-bit sRGB, its longer side at most `side`; never enlarged. */
export async function view(photo: Photo, { side }: { side: number }): Promise<View> {
  const box = { width: Math.min(side, viewSideMax), height: Math.min(side, viewSideMax) };
  return readPixels(photo, open(photo).resize({ ...box, fit: 'inside', withoutEnlargement: true }));
}

/**
 * The part `box` of the upright photo, after the photo as a whole was scaled to `width` × `height`. One resampling from
 * the original: 41–53 ms for 12 megapixels, and JPEG's shrink-on-load still works, which it does not after an extract.
 */
export async function viewPart(photo: Photo, whole: { width: number; height: number }, box: Box): Promise<View> {
  return readPixels(
    photo,
    open(photo)
      .resize({ ...whole, fit: 'fill' })
      .extract(box),
  );
}

function open(photo: Photo): Sharp {
  return sharp(photo.bytes, guarded).timeout({ seconds: decodeSecondsMax });
}

async function readPixels(photo: Photo, picture: Sharp): Promise<View> {
  const coloured = picture.toColourspace('srgb');
  const { data, info } = await (photo.hasAlpha ? coloured.ensureAlpha() : coloured.removeAlpha())
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(() => {
      throw new ImagingRefused('unreadable');
    });

  return split(data, info.width, info.height, info.channels);
}

/** One or two channels are grey, two and four carry alpha last. */
function split(data: Uint8Array, width: number, height: number, channels: number): View {
  if (channels === 3) return { pixels: data, width, height, alpha: null };

  const count = width * height;
  const pixels = new Uint8Array(count * 3);
  const alpha = channels % 2 === 0 ? new Uint8Array(count) : null;
  const isGrey = channels < 3;

  for (let i = 0; i < count; i += 1) {
    const from = i * channels;
    pixels[i * 3] = data[from]!;
    pixels[i * 3 + 1] = data[isGrey ? from : from + 1]!;
    pixels[i * 3 + 2] = data[isGrey ? from : from + 2]!;
    if (alpha) alpha[i] = data[from + channels - 1]!;
  }

  return { pixels, width, height, alpha: alpha && { values: alpha, width, height } };
}

/** The view as it looks on white paper. Writes over its pixels. */
export function onWhite({ pixels, width, height, alpha }: View): Rgb {
  if (alpha) {
    for (let i = 0; i < pixels.length; i += 1) {
      const cover = alpha.values[Math.floor(i / 3)]!;
      pixels[i] = 255 + ((pixels[i]! - 255) * cover) / 255 + 0.5;
    }
  }

  return { pixels, width, height };
}
