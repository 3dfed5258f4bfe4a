import { slot } from '../lib/slot';
import type { CleanFlag, CleanMeasures, CleanPreset, PhotoContentType } from '@suyi/shared-types';

/** What the bytes really are. Width and height are upright: after the camera's orientation was applied. */
export type Inspection = { contentType: PhotoContentType; width: number; height: number };

export type CleanOptions = { preset: CleanPreset; hasShadow: boolean };

export type CleanedImage = {
  role: 'main' | 'thumbnail';
  bytes: Buffer;
  contentType: 'image/jpeg';
  width: number;
  height: number;
};

export type Cleaned = { images: CleanedImage[]; measures: CleanMeasures };

/** A copy that may leave the house: upright, in sRGB, its longer side at most 2048 px, and nothing of the phone's own words in it. */
export type Prepared = { bytes: Buffer; contentType: 'image/jpeg'; width: number; height: number };

/** What a generated picture must say of itself: who made it, under which number (GB 45438-2025). */
export type AiLabel = {
  producer: string;
  produceId: string;
  /** Writes 「AI生成」 on the picture too, 5 % of the shorter side high. */
  isVisible: boolean;
};

export type LabelledImage = {
  role: 'frame' | 'thumbnail';
  bytes: Buffer;
  contentType: 'image/jpeg';
  width: number;
  height: number;
};

export type ImagingRefusalCode =
  | 'unsupported_type'
  | 'heic_unsupported'
  | 'empty'
  | 'too_many_pixels'
  | 'too_small'
  | 'bad_ratio'
  | 'unreadable'
  | 'garment_not_found'
  | 'quality_rejected'
  | 'timed_out';

/** A clear no to these bytes: asking again with the same bytes gets the same answer. */
export class ImagingRefused extends Error {
  override name = 'ImagingRefused';

  constructor(readonly code: ImagingRefusalCode) {
    super(code);
  }
}

/** The engine as the rest of the server sees it: bytes in, bytes and measures out, never on the caller's event loop. */
export type ImagingEngine = {
  /** Decodes far enough to know that the whole photo can be read. Throws `ImagingRefused`. */
  inspect(bytes: Buffer): Promise<Inspection>;

  /** Throws `ImagingRefused`; anything else thrown is an outage of the engine (a child died twice), and may be tried again. */
  clean(bytes: Buffer, options: CleanOptions): Promise<Cleaned>;

  /** Throws as `clean` does. */
  prepare(bytes: Buffer): Promise<Prepared>;

  /**
   * A generated picture as it may be shown and handed out: decoded and encoded anew, then labelled, the metadata last. First
   * the frame in its own size, then its thumbnail of at most 400 px. Throws as `clean` does.
   */
  label(bytes: Buffer, label: AiLabel): Promise<LabelledImage[]>;

  /** Ends the child processes. */
  stop(): Promise<void>;
};

export type { CleanFlag, CleanMeasures };

/** Filled by `main.ts` and tests. */
export const imaging = slot<ImagingEngine>('imaging');
