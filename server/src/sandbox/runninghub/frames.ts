import sharp from 'sharp';
import type { UploadedPhoto } from './uploads';

export type FrameWish = { photo: UploadedPhoto; prompt: string; number: number; extension: 'jpg' | 'png' };

export type Frames = {
  /** One picture of a job: number 0 is the photo itself, 1 to 12 are samples that show it. The same wish gives the same bytes. */
  draw(wish: FrameWish): Promise<Buffer>;
};

const keptMax = 400;

export function createFrames(options: { width: number }): Frames {
  const kept = new Map<string, Promise<Buffer>>();
  const size = { width: options.width, height: Math.round((options.width * 4) / 3) };

  async function compose({ photo, extension }: FrameWish): Promise<Buffer> {
    const card = await sharp(photo.bytes, { failOn: 'none' })
      .rotate()
      .resize({ ...size, fit: 'contain', background: '#e9e4db' })
      .toFormat(extension === 'png' ? 'png' : 'jpeg')
      .toBuffer();
    return card;
  }

  return {
    draw(wish) {
      const key = `${wish.photo.hash} ${wish.number} ${wish.extension}`;
      const found = kept.get(key);
      if (found) return found;
      const drawn = compose(wish);
      kept.set(key, drawn);
      const [oldest] = kept.keys();
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      return drawn;
    },
  };
}
