import Taro from '@tarojs/taro';
import type { ChoosePhoto } from './types';

/** WeChat names the format of the bytes, not of the file's name. */
const contentTypes: Record<string, string> = {
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heic',
};

export const choosePhoto: ChoosePhoto = async (source) => {
  const chosen = await pick(source);
  if (chosen === null) return null;

  const shape = await Taro.getImageInfo({ src: chosen.tempFilePath });
  const isTurned = /^(left|right)/.test(shape.orientation ?? 'up');
  return {
    path: chosen.tempFilePath,
    byteLength: chosen.size,
    width: isTurned ? shape.height : shape.width,
    height: isTurned ? shape.width : shape.height,
    contentType: contentTypes[(shape.type ?? '').toLowerCase()] ?? 'application/octet-stream',
  };
};

function pick(source: 'album' | 'camera'): Promise<Taro.chooseMedia.ChooseMedia | null> {
  return new Promise((resolve, reject) => {
    void Taro.chooseMedia({
      count: 1,
      mediaType: ['image'],
      // The compressed one is too small for a 1600 pixel main image.
      sizeType: ['original'],
      sourceType: [source],
      success: (result) => resolve(result.tempFiles[0] ?? null),
      fail: (failure) => (/cancel/i.test(failure.errMsg) ? resolve(null) : reject(new Error(failure.errMsg))),
    });
  });
}
