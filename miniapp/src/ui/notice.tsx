import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { spoken } from '../platform/spoken';
import { Icon, type IconName } from './icon';
import './notice.scss';

interface NoticeProps {
  icon: IconName;
  title: string;
  text?: string;
  tone?: 'calm' | 'danger';
  children?: ReactNode;
}

/** A whole-page state: nothing here yet, signed out, or gone wrong. Always says what to do next. */
export function Notice({ icon, title, text, tone = 'calm', children }: NoticeProps) {
  return (
    <View className="notice" {...spoken({ role: tone === 'danger' ? 'alert' : 'status' })}>
      <View className={`notice__sign notice__sign--${tone}`}>
        <Icon name={icon} size={32} />
      </View>
      <Text className="notice__title">{title}</Text>
      {text && <Text className="notice__text">{text}</Text>}
      {children && <View className="notice__actions">{children}</View>}
    </View>
  );
}

/** One line under a heading or a list: loading more failed, a hint, a warning. */
export function Hint({
  id,
  tone,
  children,
}: {
  id?: string;
  tone: 'info' | 'warning' | 'danger';
  children: ReactNode;
}) {
  return (
    <View
      id={id}
      className={`hint hint--${tone}`}
      {...spoken({ role: tone === 'danger' ? 'alert' : 'status', live: 'polite' })}
    >
      <Icon name={tone === 'info' ? 'info' : 'alert'} size={16} />
      <View className="hint__text">{children}</View>
    </View>
  );
}
