import { create } from 'zustand';
import { connection } from '../platform/connection';

export const useConnection = create<{ isConnected: boolean }>()(() => ({ isConnected: true }));

/** Keeps `useConnection` true to the phone for as long as the app runs. */
export function followConnection(): void {
  connection.onChange((isConnected) => useConnection.setState({ isConnected }));
  void connection.isOffline().then((offline) => useConnection.setState({ isConnected: !offline }));
}
