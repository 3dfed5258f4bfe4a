import { View } from '@tarojs/components';
import { useConnection } from '../../state/connection';
import { Hint } from '../../ui/notice';
import './silence.scss';

/** What is on the screen may be old. Without a network the page's own banner says so. */
export function Silence({ isSilent }: { isSilent: boolean }) {
  const { isConnected } = useConnection();
  if (!isSilent || !isConnected) return null;
  return (
    <View className="silence">
      <Hint id="task-silent" tone="warning">
        暂时连不上，正在重试。作品和次数都在。
      </Hint>
    </View>
  );
}
