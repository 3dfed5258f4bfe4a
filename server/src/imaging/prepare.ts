import { openPhoto, onWhite, view } from './decode';
import { encodePrepared } from './encode';
import type { Prepared } from './port';

/** Longer side of a copy for a vendor, in pixels. */
const preparedSideMax = 2048;

/**
 * The seller's photo as a vendor may have it. Only pixels are carried over, so that neither the place nor the phone that it
 * was taken with leaves the house. Throws `ImagingRefused`.
 */
export async function preparePhoto(bytes: Uint8Array): Promise<Prepared> {
  const photo = await openPhoto(bytes);
  return encodePrepared(onWhite(await view(photo, { side: preparedSideMax })));
}
