import { useRef } from 'react';
import { create } from 'zustand';
import type { ApiProblem } from '../api/problem';
import { connection } from '../platform/connection';

export const useConnection = create<{ isConnected: boolean }>()(() => ({ isConnected: true }));

/** Keeps `useConnection` true to the phone for as long as the app runs. */
export function followConnection(): void {
  connection.onChange((isConnected) => useConnection.setState({ isConnected }));
  void connection.isOffline().then((offline) => useConnection.setState({ isConnected: !offline }));
}

export const backWords = '网络已恢复，可以重试。';

/** True once the network came back after this failure for want of it. */
export function useIsBack(problem: ApiProblem): boolean {
  const { isConnected } = useConnection();
  const wasLost = useRef(false);
  if (!isConnected) wasLost.current = true;
  return problem.code === 'offline' && isConnected && wasLost.current;
}
