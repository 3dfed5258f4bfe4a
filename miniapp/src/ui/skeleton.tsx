import { View } from '@tarojs/components';
import { spoken } from '../platform/spoken';
import './skeleton.scss';

/** Grey shapes where something is about to stand, so that nothing jumps when it comes. */
export function Skeleton({ shapes }: { shapes: ('card' | 'row' | 'line' | 'square')[] }) {
  return (
    <View className="skeleton" {...spoken({ role: 'status', label: '正在加载' })}>
      {shapes.map((shape, index) => (
        <View key={index} className={`skeleton__shape skeleton__shape--${shape}`} />
      ))}
    </View>
  );
}
