import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { spoken } from '../../platform/spoken';
import { replaceWith } from '../../routes';
import { Button } from '../../ui/button';
import { Tag } from '../../ui/tag';
import { effectWords } from '../history/task-words';
import './broken-off.scss';

interface BrokenOffProps {
  task: TaskDto;
  isRetrying: boolean;
  onRetry: () => void;
}

/** Failed or cancelled: why, that the use is back, and what to do now. */
export function BrokenOff({ task, isRetrying, onRetry }: BrokenOffProps) {
  const photo = absoluteUrl(task.input.url);
  const isCancelled = task.status === 'cancelled';
  return (
    <View id="task-broken-off" className="broken-off" {...spoken({ role: 'status', live: 'polite' })}>
      {photo && <Image className="broken-off__photo" src={photo} mode="aspectFill" />}
      <Text className="broken-off__title">{isCancelled ? '已取消' : '这张没有做成'}</Text>
      <Text className="broken-off__reason">
        {task.errorReason ?? (isCancelled ? '任务在开始前被取消。' : '处理时出了问题。')}
      </Text>
      <View id="result-effect" className="broken-off__effect">
        <Tag tone={task.quotaEffect === 'released' ? 'accent' : 'grey'}>{effectWords(task)}</Tag>
      </View>
      <View className="broken-off__actions">
        <Button id="clean-again" onClick={() => replaceWith('clean')}>
          换一张照片
        </Button>
        <Button id="task-retry" tone="secondary" isBusy={isRetrying} onClick={onRetry}>
          用这张重试（1 次）
        </Button>
      </View>
    </View>
  );
}
