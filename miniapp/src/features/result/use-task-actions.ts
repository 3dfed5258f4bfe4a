import type { TaskDto } from '@suyi/shared-types';
import { useRef, useState } from 'react';
import { toProblem } from '../../api/problem';
import { cancelTask, deleteTask, retryTask } from '../../api/tasks';
import { ask, tell, toast, type Question } from '../../platform/feedback';
import { goBack, goTo } from '../../routes';
import { forgetRetry, retryKeyOf } from '../../state/retry-key';

export type TaskAction = 'cancel' | 'retry' | 'delete';

export interface TaskActions {
  busyWith: TaskAction | null;
  cancel: (question?: Question) => void;
  retry: () => void;
  remove: (question: Question) => void;
}

interface Deeds {
  task: TaskDto | null;
  onCancelled: (task: TaskDto) => void;
  /** Told of the new task that tries again. */
  onRetried: (task: TaskDto) => void;
  onRemoved?: (taskId: string) => void;
}

/** What a seller can do to a task, one thing at a time. */
export function useTaskActions({ task, onCancelled, onRetried, onRemoved }: Deeds): TaskActions {
  const [busyWith, setBusyWith] = useState<TaskAction | null>(null);
  // Two taps may come before the first one is drawn.
  const isBusy = useRef(false);

  async function act(action: TaskAction, run: (task: TaskDto) => Promise<void>): Promise<void> {
    if (task === null || isBusy.current) return;
    isBusy.current = true;
    setBusyWith(action);
    try {
      await run(task);
    } catch (thrown) {
      await tell('没有完成', toProblem(thrown).message);
    } finally {
      isBusy.current = false;
      setBusyWith(null);
    }
  }

  async function retry({ id }: TaskDto): Promise<void> {
    try {
      const newer = await retryTask(id, retryKeyOf(id));
      forgetRetry();
      onRetried(newer);
    } catch (thrown) {
      const problem = toProblem(thrown);
      // After a silence it is not known whether the server began: the key stays, and makes the next tap harmless.
      if (!problem.isPassing) forgetRetry();
      if (problem.status !== 402) throw problem;

      const question = { title: '还差一步', content: problem.message, confirmText: '去开通' };
      if (await ask(question)) goTo('membership');
    }
  }

  return {
    busyWith,
    cancel: (question) =>
      void act('cancel', async ({ id }) => {
        if (question && !(await ask(question))) return;
        onCancelled(await cancelTask(id));
      }),
    retry: () => void act('retry', retry),
    remove: (question) =>
      void act('delete', async ({ id }) => {
        if (!(await ask({ ...question, confirmText: '删除', isDangerous: true }))) return;
        await deleteTask(id);
        onRemoved?.(id);
        toast('已删除');
        goBack();
      }),
  };
}
