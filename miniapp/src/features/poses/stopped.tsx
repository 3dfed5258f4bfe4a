import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { spoken } from '../../platform/spoken';
import { replaceWith } from '../../routes';
import { Button } from '../../ui/button';
import { Tag } from '../../ui/tag';
import { effectWords } from '../history/task-words';
import '../result/broken-off.scss';

interface StoppedProps {
  task: TaskDto;
  photoUrl: string | null;
  isRetrying: boolean;
  onRetry: () => void;
}

/** The photo itself was refused: the same one would be refused again. */
const photoFaults: (string | null)[] = ['vendor_moderated', 'vendor_refused', 'input_missing', 'image_unreadable'];

/** Failed or cancelled: why, that the use is back, and the next step that fits. */
export function Stopped({ task, photoUrl, isRetrying, onRetry }: StoppedProps) {
  const photo = absoluteUrl(photoUrl);
  const isCancelled = task.status === 'cancelled';
  const needsPhoto = photoFaults.includes(task.errorCode);
  return (
    <View id="task-broken-off" className="broken-off" {...spoken({ role: 'status', live: 'polite' })}>
      {photo && <Image className="broken-off__photo" src={photo} mode="aspectFill" />}
      <Text className="broken-off__title">{isCancelled ? '已取消' : '这套没有做成'}</Text>
      <Text className="broken-off__reason">
        {task.errorReason ?? (isCancelled ? '任务在开始前被取消。' : '处理时出了问题。')}
      </Text>
      <View id="poses-effect" className="broken-off__effect">
        <Tag tone={task.quotaEffect === 'released' ? 'accent' : 'grey'}>{effectWords(task)}</Tag>
      </View>
      <View className={`broken-off__actions${needsPhoto ? ' broken-off__actions--turned' : ''}`}>
        <Button id="poses-retry" tone={needsPhoto ? 'secondary' : 'primary'} isBusy={isRetrying} onClick={onRetry}>
          用这张再试（1 次）
        </Button>
        <Button id="poses-again" tone={needsPhoto ? 'primary' : 'secondary'} onClick={() => replaceWith('pose')}>
          换一张照片
        </Button>
      </View>
    </View>
  );
}
