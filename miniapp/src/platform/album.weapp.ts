import Taro from '@tarojs/taro';
import type { Album, SaveOutcome } from './types';

const permission = 'scope.writePhotosAlbum';

export const album: Album = {
  async save(filePath) {
    try {
      await Taro.saveImageToPhotosAlbum({ filePath });
      return 'saved';
    } catch (thrown) {
      return outcomeOf(thrown);
    }
  },
  async openSettings() {
    const { authSetting } = await Taro.openSetting();
    return authSetting[permission] === true;
  },
  fallbackHint: '也可以长按图片，选择“保存图片”。',
  verb: '保存',
  whereTo: '到相册',
  pauseMs: 0,
  severalHint: null,
};

/** Words seen: "auth deny", "auth denied", "authorize no response", "cancel". */
function outcomeOf(thrown: unknown): SaveOutcome {
  const words = thrown !== null && typeof thrown === 'object' && 'errMsg' in thrown ? String(thrown.errMsg) : '';
  if (/cancel/i.test(words)) return 'cancelled';
  return /auth|privacy|permission/i.test(words) ? 'denied' : 'failed';
}
