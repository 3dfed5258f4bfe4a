import { errorCatalogue, mediaLimits, PhotoContentType, type ErrorCode } from '@suyi/shared-types';
import type { Photo } from '../../platform/types';

export interface PhotoVerdict {
  /** Why the server would refuse it; null when it may be sent. */
  refusal: string | null;
  /** Good enough to send, yet the seller should know. */
  warning: string | null;
}

/** Below this a picture is made larger than its photo. */
const shortSideAdvised = 800;

/** The server's own rules, asked before a byte is sent: a slow upload that ends in a refusal costs the seller minutes. */
export function checkPhoto(photo: Photo): PhotoVerdict {
  const code = refusalOf(photo);
  if (code) return { refusal: errorCatalogue[code][1], warning: null };

  const isSmall = Math.min(photo.width, photo.height) < shortSideAdvised;
  return {
    refusal: null,
    warning: isSmall ? '这张照片偏小，成图放大后可能不够清晰。有原图的话，建议换原图。' : null,
  };
}

function refusalOf({ byteLength, contentType, width, height }: Photo): ErrorCode | null {
  if (byteLength === 0) return 'media_empty';
  if (byteLength > mediaLimits.bytesMax) return 'media_too_large';
  if (/hei[cf]/i.test(contentType)) return 'media_heic_unsupported';
  if (!PhotoContentType.safeParse(contentType).success) return 'media_unsupported_type';
  if (width === 0 || height === 0) return 'media_unreadable';

  const short = Math.min(width, height);
  const long = Math.max(width, height);
  if (short < mediaLimits.shortSideMin) return 'media_too_small';
  if (width * height > mediaLimits.pixelsMax) return 'media_too_many_pixels';
  return long / short > mediaLimits.ratioMax ? 'media_bad_ratio' : null;
}
