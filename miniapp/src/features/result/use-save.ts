import { useState } from 'react';
import { downloadPicture } from '../../api/client';
import { toProblem } from '../../api/problem';
import { album } from '../../platform/album';
import { ask, toast } from '../../platform/feedback';
import { savedWords } from '../../platform/screen';

export interface Save {
  isSaving: boolean;
  /** Why the last try did not work; null when there is nothing to say. */
  trouble: string | null;
  save: (url: string, fileName: string) => Promise<void>;
}

/** Saving to the album, with the way out when the permission was refused once: only its settings page gives it back. */
export function useSave(): Save {
  const [isSaving, setIsSaving] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);

  async function save(url: string, fileName: string): Promise<void> {
    if (isSaving) return;
    setIsSaving(true);
    setTrouble(null);
    try {
      const outcome = await album.save(await downloadPicture(url), fileName);
      if (outcome === 'saved') toast(savedWords);
      if (outcome === 'denied') await offerSettings();
      if (outcome === 'failed') setTrouble(`没有保存成功。${album.fallbackHint}`);
    } catch (thrown) {
      setTrouble(`${toProblem(thrown).message}${album.fallbackHint}`);
    } finally {
      setIsSaving(false);
    }
  }

  async function offerSettings(): Promise<void> {
    const isWilling = await ask({
      title: '需要相册权限',
      content: '保存图片需要“添加到相册”权限。我们只写入这一张图，不会读取您的相册。',
      confirmText: '去开启',
      cancelText: '暂不',
    });
    const isAllowed = isWilling && (await album.openSettings());
    setTrouble(
      isAllowed ? '已开启权限，请再点一次“保存到相册”。' : `没有相册权限，图片没有保存。${album.fallbackHint}`,
    );
  }

  return { isSaving, trouble, save };
}
