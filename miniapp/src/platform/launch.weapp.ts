import Taro from '@tarojs/taro';
import { ask } from './feedback';

/** WeChat starts the cached build first: once a newer one is there, the seller may switch to it. */
export function onLaunch(): void {
  const manager = Taro.getUpdateManager();
  manager.onUpdateReady(() => {
    void ask({ title: '新版本已就绪', content: '重启即可使用，不会丢失您的图片和次数。', confirmText: '重启' }).then(
      (isWanted) => isWanted && manager.applyUpdate(),
    );
  });
}
