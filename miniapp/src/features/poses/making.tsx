import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { spoken } from '../../platform/spoken';
import { Button } from '../../ui/button';
import type { Delay } from '../history/delay';
import { isNotified, makingWords, percentOf } from './pose-words';
import './making.scss';

interface MakingProps {
  task: TaskDto;
  photoUrl: string | null;
  choices: string | null;
  delay: Delay | null;
  isCancelling: boolean;
  onCancel: () => void;
}

/** Waiting or being made: what happens now, how long it may take, and that nobody has to stay for it. */
export function Making({ task, photoUrl, choices, delay, isCancelling, onCancel }: MakingProps) {
  const { title, detail } = makingWords(task, delay);
  const percent = percentOf(task);
  const photo = absoluteUrl(photoUrl);
  return (
    <View className="making">
      <View className="making__now" {...spoken({ role: 'status', live: 'polite' })}>
        <View className="making__beat" />
        <Text className="making__title">{title}</Text>
      </View>
      <Text id="poses-estimate" className="making__detail">
        {detail}
      </Text>
      {percent !== null && (
        <View
          id="poses-progress"
          className="making__track"
          {...spoken({ role: 'progressbar', label: title, valueNow: percent })}
        >
          <View className="making__fill" style={{ width: `${percent}%` }} />
        </View>
      )}
      <Text className="making__remark">
        {isNotified(task)
          ? '可以先离开：做好了微信会通知您，图在这里和“历史”里。'
          : '可以先离开：做好后，图在这里和“历史”里。'}
      </Text>
      <View className="making__source">
        {photo && <Image className="making__photo" src={photo} mode="aspectFill" />}
        <View className="making__words">
          <Text className="making__name">您的照片</Text>
          {choices && <Text className="making__choices">{choices}</Text>}
          <Text id="poses-effect" className="making__choices">
            已预留 1 次，没做成会自动退回
          </Text>
        </View>
      </View>
      {task.status === 'queued' && (
        <Button id="poses-cancel" tone="secondary" isBusy={isCancelling} onClick={onCancel}>
          取消并退回次数
        </Button>
      )}
    </View>
  );
}
