import Taro from '@tarojs/taro';

export async function isOffline(): Promise<boolean> {
  try {
    const { networkType } = await Taro.getNetworkType();
    return networkType === 'none';
  } catch {
    // Not knowing is no reason to tell the seller that their network is gone.
    return false;
  }
}

/** Calls back with every change, and answers the way to stop. */
export function onConnectionChange(listener: (isConnected: boolean) => void): () => void {
  const callback: Taro.onNetworkStatusChange.Callback = (change) => listener(change.isConnected);
  Taro.onNetworkStatusChange(callback);
  return () => Taro.offNetworkStatusChange(callback);
}
