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

  /** Ends the child processes. */
  stop(): Promise<void>;
};

export type { CleanFlag, CleanMeasures };

/** Filled by `main.ts` and tests. */
export const imaging = slot<ImagingEngine>('imaging');
