import { View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { drawsTitleBar } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { goBack } from '../../routes';
import { useConnection } from '../../state/connection';
import { Icon } from '../../ui/icon';
import { TitleBar } from '../../ui/title-bar';
import './page-shell.scss';

interface PageShellProps {
  title: string;
  /** A tab has nowhere to go back to. */
  isTab?: boolean;
  children: ReactNode;
}

/** What every page has around it: its title where nobody else draws one, and the word that the network is gone. */
export function PageShell({ title, isTab, children }: PageShellProps) {
  const { isConnected } = useConnection();
  return (
    <View className="page-shell">
      {drawsTitleBar && <TitleBar title={title} onBack={isTab ? undefined : goBack} />}
      {!isConnected && (
        <View id="offline-banner" className="page-shell__offline" {...spoken({ role: 'alert', live: 'assertive' })}>
          <Icon name="offline" size={16} />
          网络未连接，内容可能不是最新的
        </View>
      )}
      <View className="page-shell__body">{children}</View>
    </View>
  );
}
