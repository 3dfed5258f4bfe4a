import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { Button } from '../../ui/button';
import { Steps, type Step } from '../../ui/steps';
import './unfinished.scss';

interface UnfinishedProps {
  task: TaskDto;
  isCancelling: boolean;
  onCancel: () => void;
}

/** Waiting or being made. Cancelling is offered only while it still means anything. */
export function Unfinished({ task, isCancelling, onCancel }: UnfinishedProps) {
  const photo = absoluteUrl(task.input.url);
  return (
    <View className="unfinished">
      {photo && (
        <View className="unfinished__frame">
          <Image className="unfinished__photo" src={photo} mode="aspectFit" />
        </View>
      )}
      <Steps steps={stepsOf(task)} />
      <Text className="unfinished__remark">可以先离开，做好后在“历史”里查看。失败会自动退回次数。</Text>
      {task.status === 'queued' && (
        <Button id="task-cancel" tone="secondary" isBusy={isCancelling} onClick={onCancel}>
          取消并退回次数
        </Button>
      )}
    </View>
  );
}

export function stepsOf(task: TaskDto): Step[] {
  const isQueued = task.status === 'queued';
  const isSaving = task.status === 'saving';
  return [
    { name: '上传照片', state: 'done' },
    { name: '排队', state: isQueued ? 'now' : 'done', detail: isQueued ? queueWords(task.queuePosition) : undefined },
    {
      name: '制作',
      state: isQueued ? 'later' : isSaving ? 'done' : 'now',
      percent: !isQueued && !isSaving && task.progress > 0 ? task.progress : undefined,
    },
    { name: '检查并交付', state: isSaving ? 'now' : 'later' },
  ];
}

function queueWords(position: number | null): string | undefined {
  if (position === null) return undefined;
  return position === 0 ? '马上开始' : `前面还有 ${position} 个`;
}
