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

interface Deed {
  action: TaskAction;
  /** Asked first: nothing is under way, and nothing turns, before it is answered. */
  question?: Question;
  run: (task: TaskDto) => Promise<void>;
}

/** What a seller can do to a task, one thing at a time. */
export function useTaskActions({ task, onCancelled, onRetried, onRemoved }: Deeds): TaskActions {
  const [busyWith, setBusyWith] = useState<TaskAction | null>(null);
  // Two taps may come before the first one is drawn.
  const isBusy = useRef(false);

  async function act(deed: Deed): Promise<void> {
    if (task === null || isBusy.current) return;
    isBusy.current = true;
    try {
      if (deed.question && !(await ask(deed.question))) return;
      setBusyWith(deed.action);
      await deed.run(task);
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
      void act({ action: 'cancel', question, run: async ({ id }) => onCancelled(await cancelTask(id)) }),
    retry: () => void act({ action: 'retry', run: retry }),
    remove: (question) =>
      void act({
        action: 'delete',
        question: { ...question, confirmText: '删除', isDangerous: true },
        run: async ({ id }) => {
          await deleteTask(id);
          onRemoved?.(id);
          toast('已删除');
          goBack();
        },
      }),
  };
}
