import Taro from '@tarojs/taro';
import type { ChoosePhoto } from './types';

/** A browser answers a cancelled choice with an empty list, and knows the format from the file. */
export const choosePhoto: ChoosePhoto = async (source) => {
  const { tempFiles } = await Taro.chooseImage({ count: 1, sourceType: [source] });
  const file = tempFiles[0];
  if (!file) return null;

  const { width, height } = await sizeOf(file.path);
  return {
    path: file.path,
    byteLength: file.size,
    width,
    height,
    contentType: contentTypeOf(file),
  };
};

/** A browser that cannot show HEIC may not know its name either, and the seller would read that their photo is no photo. */
function contentTypeOf({ originalFileObj, type }: Taro.chooseImage.ImageFile): string {
  const known = originalFileObj?.type || type;
  if (known) return known;
  return /\.hei[cf]$/i.test(originalFileObj?.name ?? '') ? 'image/heic' : 'application/octet-stream';
}

/** Zero by zero when the browser cannot show the file; the caller's checks say so to the seller. */
function sizeOf(url: string): Promise<{ width: number; height: number }> {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve({ width: 0, height: 0 });
    image.src = url;
  });
}
