import './zod-setup';
import { useLaunch } from '@tarojs/taro';
import type { PropsWithChildren } from 'react';
import { onLaunch } from './platform/launch';
import { followConnection } from './state/connection';
import { restoreSession } from './state/session';
import './app.scss';

// Before the first page mounts, so that none shows a signed-in seller the guest's view for a moment.
restoreSession();

export default function App({ children }: PropsWithChildren) {
  useLaunch(() => {
    followConnection();
    onLaunch();
  });
  return children;
}
