import { create } from 'zustand';
import { isOffline, onConnectionChange } from '../platform/connection';

export const useConnection = create<{ isConnected: boolean }>()(() => ({ isConnected: true }));

/** Keeps `useConnection` true to the phone for as long as the app runs. */
export function followConnection(): void {
  onConnectionChange((isConnected) => useConnection.setState({ isConnected }));
  void isOffline().then((offline) => useConnection.setState({ isConnected: !offline }));
}
