import { View } from '@tarojs/components';
import { spoken } from '../platform/spoken';
import './icon.scss';

export type IconName =
  | 'album'
  | 'alert'
  | 'back'
  | 'camera'
  | 'chat'
  | 'check'
  | 'chevron'
  | 'clock'
  | 'document'
  | 'download'
  | 'figure'
  | 'info'
  | 'list'
  | 'offline'
  | 'receipt'
  | 'shield'
  | 'shirt'
  | 'sparkle'
  | 'trash'
  | 'leave'
  | 'refresh';

/** A drawing in the colour of the text around it. Never the only carrier of a meaning. */
export function Icon({ name, size = 20 }: { name: IconName; size?: 16 | 20 | 24 | 32 | 48 }) {
  return <View className={`icon icon--${name} icon--${size}`} {...spoken({ isHidden: true })} />;
}
