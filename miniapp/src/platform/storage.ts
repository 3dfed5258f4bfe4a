import Taro from '@tarojs/taro';
import type { z } from 'zod';

/** Reads what an earlier run kept. Anything of another shape (an older build's) counts as absent. */
export function readKept<T>(key: string, shape: z.ZodType<T>): T | null {
  try {
    const parsed = shape.safeParse(Taro.getStorageSync(key));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** False when the phone refused (storage full or switched off): the app then works on without memory. */
export function keep(key: string, value: object | string): boolean {
  try {
    Taro.setStorageSync(key, value);
    return true;
  } catch {
    return false;
  }
}

export function forget(key: string): void {
  try {
    Taro.removeStorageSync(key);
  } catch {
    // What cannot be removed is overwritten by the next `keep`.
  }
}
