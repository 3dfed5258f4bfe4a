import { Text, View } from '@tarojs/components';
import { useRouter } from '@tarojs/taro';
import type { TaskDto } from '@suyi/shared-types';
import { useRightPage } from '../../../features/history/open-task';
import { statusWords, typeWords } from '../../../features/history/task-words';
import { BrokenOff } from '../../../features/result/broken-off';
import { Finished } from '../../../features/result/finished';
import { Silence } from '../../../features/result/silence';
import { Unfinished } from '../../../features/result/unfinished';
import { useTask } from '../../../features/result/use-task';
import { useTaskActions, type TaskAction } from '../../../features/result/use-task-actions';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { copyText } from '../../../platform/feedback';
import { spoken } from '../../../platform/spoken';
import { goBack } from '../../../routes';
import { useSession } from '../../../state/session';
import { Button } from '../../../ui/button';
import { Failure } from '../../../features/shell/failure';
import { Skeleton } from '../../../ui/skeleton';
import { Tag } from '../../../ui/tag';
import { momentWords } from '../../../ui/wording';
import './index.scss';

const deleteQuestion = { title: '删除这个作品？', content: '图片会从历史里移除，无法恢复。已用的次数不变。' };

export default function ResultPage() {
  const { session } = useSession();
  const { id = '' } = useRouter().params;
  const { task: found, problem, isSilent, follow, reload } = useTask(id, session?.user.id ?? null);
  const task = useRightPage(found, 'result') ? found : null;
  const { busyWith, ...act } = useTaskActions({ task, onCancelled: follow, onRetried: follow });

  if (session === null) {
    return (
      <PageShell title="作品">
        <SignInPrompt title="登录后查看作品" text="作品只对您自己可见。" />
      </PageShell>
    );
  }
  return (
    <PageShell title="作品">
      <Silence isSilent={isSilent} />
      {task === null && problem && <Failure problem={problem} onRetry={reload} onLeave={goBack} />}
      {task === null && !problem && <Skeleton shapes={['line', 'card', 'card', 'row']} />}
      {task && (
        <>
          <Heading task={task} />
          <Body task={task} busyWith={busyWith} onCancel={() => act.cancel()} onRetry={act.retry} />
          {task.finishedAt && (
            <View className="result__foot">
              <Button
                id="task-delete"
                tone="quiet-danger"
                size="small"
                isBusy={busyWith === 'delete'}
                onClick={() => act.remove(deleteQuestion)}
              >
                删除这个作品
              </Button>
            </View>
          )}
          <View
            id="task-id"
            className="result__id"
            onClick={() => void copyText(task.id)}
            {...spoken({ role: 'button', label: '复制作品编号' })}
          >
            {`编号 ${task.id} · 点击复制`}
          </View>
        </>
      )}
    </PageShell>
  );
}

function Heading({ task }: { task: TaskDto }) {
  const { text, tone } = statusWords(task);
  return (
    <View id="result-status" className="result__heading" {...spoken({ role: 'status', live: 'polite' })}>
      <Text className="result__type">{typeWords(task)}</Text>
      <Tag tone={tone}>{text}</Tag>
      <Text className="result__time">{momentWords(task.createdAt)}</Text>
    </View>
  );
}

interface BodyProps {
  task: TaskDto;
  busyWith: TaskAction | null;
  onCancel: () => void;
  onRetry: () => void;
}

function Body({ task, busyWith, onCancel, onRetry }: BodyProps) {
  if (task.status === 'succeeded') return <Finished task={task} />;
  if (task.status === 'failed' || task.status === 'cancelled') {
    return <BrokenOff task={task} isRetrying={busyWith === 'retry'} onRetry={onRetry} />;
  }
  return <Unfinished task={task} isCancelling={busyWith === 'cancel'} onCancel={onCancel} />;
}
