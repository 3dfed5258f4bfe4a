import type { Album } from './types';

export const album: Album = {
  async save(filePath, fileName) {
    const link = document.createElement('a');
    link.href = filePath;
    link.download = fileName;
    document.body.appendChild(link);
    link.click();
    link.remove();
    return 'saved';
  },
  // A browser has no such page, and its downloads are never refused this way.
  openSettings: async () => true,
  fallbackHint: '没有看到下载？可以长按图片，选择“保存图片”。',
  verb: '下载',
  whereTo: '',
  pauseMs: 400,
  severalHint: '浏览器可能会问一次“是否允许下载多个文件”，请选择允许。',
};
