import type { Connection } from './types';

/** Taro asks `navigator.connection`, which Safari lacks and which never says "none" on a desktop. */
export const connection: Connection = {
  isOffline: async () => !navigator.onLine,
  onChange(listener) {
    window.addEventListener('online', () => listener(true));
    window.addEventListener('offline', () => listener(false));
  },
};
