import { createHash } from 'node:crypto';
import { clock, days } from '../../lib/clock';
import { randomHex } from '../../lib/ids';
import { RunningHubFault } from './fault';

/** `hash` is the same for the same bytes, under whatever name. */
export type UploadedPhoto = { name: string; hash: string; bytes: Buffer; contentType: string; at: number };

export type Uploads = {
  /** Keeps a picture for a day, under a name of its own. Throws 808 for what is no picture and 809 for what is too large. */
  add(bytes: Buffer, folder: 'api' | 'openapi'): UploadedPhoto;
  /** Null for a name that was never given, and for one older than a day. */
  find(name: string): UploadedPhoto | null;
  /** Every name given so far is dead from now on. */
  expire(): void;
};

const bytesMax = 30 * 1024 * 1024;
const keptBytesMax = 256 * 1024 * 1024;

/** Photos left with the vendor. It is no image host: a day, then they are gone; the oldest go earlier when memory is short. */
export function createUploads(): Uploads {
  const photos = new Map<string, UploadedPhoto>();
  let keptBytes = 0;

  function forget(photo: UploadedPhoto): void {
    if (photos.delete(photo.name)) keptBytes -= photo.bytes.length;
  }

  return {
    add(bytes, folder) {
      if (bytes.length > bytesMax) throw new RunningHubFault(809);
      const kind = pictureKindOf(bytes);
      if (!kind) throw new RunningHubFault(808);

      const name = `${folder}/${randomHex(32)}.${kind.extension}`;
      const hash = createHash('sha256').update(bytes).digest('hex');
      const photo = { name, hash, bytes, contentType: kind.contentType, at: clock.now() };
      photos.set(name, photo);
      keptBytes += bytes.length;
      for (const oldest of photos.values()) {
        if (keptBytes <= keptBytesMax) break;
        forget(oldest);
      }
      return photo;
    },
    find(name) {
      const photo = photos.get(name);
      if (!photo) return null;
      if (clock.now() - photo.at < days(1)) return photo;
      forget(photo);
      return null;
    },
    expire() {
      photos.clear();
      keptBytes = 0;
    },
  };
}

/** JPEG, PNG and WebP by their first bytes; null for the rest. */
export function pictureKindOf(bytes: Buffer): { extension: string; contentType: string } | null {
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])))
    return { extension: 'jpg', contentType: 'image/jpeg' };
  if (bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))) {
    return { extension: 'png', contentType: 'image/png' };
  }
  const isWebp = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  return isWebp ? { extension: 'webp', contentType: 'image/webp' } : null;
}
