import Taro from '@tarojs/taro';

/** Below a browser's title bar, with some air. */
const spaceAbovePx = 64;

/** Brings an element into sight. One that is gone by now is no trouble. */
export function scrollTo(id: string): void {
  // WeChat draws a moment after React has.
  Taro.nextTick(() => {
    void Taro.pageScrollTo({ selector: `#${id}`, offsetTop: -spaceAbovePx, duration: 200 }).catch(() => undefined);
  });
}
