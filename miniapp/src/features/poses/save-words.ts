import { album } from '../../platform/album';
import type { SaveStop } from '../../state/save-run';

const { verb, whereTo } = album;

/** `保存全部 12 张到相册`. */
export function saveAllWords({ total, rest }: { total: number; rest: number }): string {
  return rest === total ? `${verb}全部 ${total} 张${whereTo}` : `${verb}剩下 ${rest} 张${whereTo}`;
}

export function savePickedWords(count: number): string {
  return count === 0 ? '请选图片' : `${verb}选中 ${count} 张`;
}

export const saveTwiceWords = `已${verb}过，再${verb}一次`;

/** Why saving stopped, and what is next. What was saved is named first: none of it is lost. */
export function stopWords(why: SaveStop, { done, rest }: { done: number; rest: number }): string {
  const soFar = done > 0 ? `已${verb} ${done} 张，还有 ${rest} 张。` : '';
  switch (why) {
    case 'denied':
      return `${soFar}需要“添加到相册”权限。我们只写入图片，不会读取您的相册。`;
    case 'cancelled':
      return `${soFar}已停下，可以随时继续。`;
    case 'offline':
      return `${soFar}网络未连接，连上后可以继续，不会重复${verb}。`;
    default:
      return `${soFar}有图没有${verb}成功，可能是网络不稳或手机空间不足。可以继续，不会重复${verb}。`;
  }
}
