import Taro from '@tarojs/taro';
import type { Connection } from './types';

export const connection: Connection = {
  async isOffline() {
    try {
      const { networkType } = await Taro.getNetworkType();
      return networkType === 'none';
    } catch {
      // Not knowing is no reason to tell the seller that their network is gone.
      return false;
    }
  },
  onChange: (listener) => Taro.onNetworkStatusChange((change) => listener(change.isConnected)),
};
