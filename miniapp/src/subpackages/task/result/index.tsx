import { Text, View } from '@tarojs/components';
import { useRouter } from '@tarojs/taro';
import type { TaskDto } from '@suyi/shared-types';
import { useRef, useState } from 'react';
import { toProblem } from '../../../api/problem';
import { cancelTask, deleteTask, retryTask } from '../../../api/tasks';
import { statusWords, typeWords } from '../../../features/history/task-words';
import { BrokenOff } from '../../../features/result/broken-off';
import { Finished } from '../../../features/result/finished';
import { Unfinished } from '../../../features/result/unfinished';
import { useTask } from '../../../features/result/use-task';
import { PageShell } from '../../../features/shell/page-shell';
import { SignInPrompt } from '../../../features/shell/sign-in-prompt';
import { ask, copyText, tell, toast } from '../../../platform/feedback';
import { newIdempotencyKey } from '../../../platform/random';
import { spoken } from '../../../platform/spoken';
import { goBack } from '../../../routes';
import { useSession } from '../../../state/session';
import { Button } from '../../../ui/button';
import { Failure } from '../../../features/shell/failure';
import { Skeleton } from '../../../ui/skeleton';
import { Tag } from '../../../ui/tag';
import { momentWords } from '../../../ui/wording';
import './index.scss';

export default function ResultPage() {
  const { session } = useSession();
  const { id = '' } = useRouter().params;
  const { task, problem, follow, reload } = useTask(id, session?.user.id ?? null);
  const { busyWith, cancel, retry, remove } = useTaskActions(task, follow);

  if (session === null) {
    return (
      <PageShell title="作品">
        <SignInPrompt title="登录后查看作品" text="作品只对您自己可见。" />
      </PageShell>
    );
  }
  return (
    <PageShell title="作品">
      {task === null && problem && <Failure problem={problem} onRetry={reload} onLeave={goBack} />}
      {task === null && !problem && <Skeleton shapes={['line', 'card', 'card', 'row']} />}
      {task && (
        <>
          <Heading task={task} />
          <Body task={task} busyWith={busyWith} onCancel={cancel} onRetry={retry} />
          {task.finishedAt && (
            <View className="result__foot">
              <Button id="task-delete" tone="quiet-danger" size="small" isBusy={busyWith === 'delete'} onClick={remove}>
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
  busyWith: Action | null;
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

type Action = 'cancel' | 'retry' | 'delete';

/** What a seller can do to a task. The retry's key is made once for each state, so a double tap is one retry. */
function useTaskActions(task: TaskDto | null, follow: (task: TaskDto) => void) {
  const [busyWith, setBusyWith] = useState<Action | null>(null);
  const retryKey = useRef<{ taskId: string; key: string } | null>(null);

  async function act(action: Action, run: (task: TaskDto) => Promise<void>): Promise<void> {
    if (task === null || busyWith !== null) return;
    setBusyWith(action);
    try {
      await run(task);
    } catch (thrown) {
      await tell('没有完成', toProblem(thrown).message);
    } finally {
      setBusyWith(null);
    }
  }

  return {
    busyWith,
    cancel: () => void act('cancel', async ({ id }) => follow(await cancelTask(id))),
    retry: () =>
      void act('retry', async ({ id }) => {
        if (retryKey.current?.taskId !== id) retryKey.current = { taskId: id, key: newIdempotencyKey() };
        follow(await retryTask(id, retryKey.current.key));
      }),
    remove: () =>
      void act('delete', async ({ id }) => {
        const question = { title: '删除这个作品？', content: '图片会从历史里移除，无法恢复。已用的次数不变。' };
        if (!(await ask({ ...question, confirmText: '删除', isDangerous: true }))) return;
        await deleteTask(id);
        toast('已删除');
        goBack();
      }),
  };
}
