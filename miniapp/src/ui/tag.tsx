import { Text } from '@tarojs/components';
import './tag.scss';

export type TagTone = 'accent' | 'grey' | 'danger' | 'warning';

export function Tag({ tone, children }: { tone: TagTone; children: string }) {
  return <Text className={`tag tag--${tone}`}>{children}</Text>;
}
