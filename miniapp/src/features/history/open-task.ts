import type { TaskDto, TaskType } from '@suyi/shared-types';
import { useEffect } from 'react';
import { goTo, replaceWith } from '../../routes';

/** Each tool's tasks have a page of their own. */
const pageOf = (type: TaskType) => (type === 'model_pose12' ? 'poses' : 'result');

export function openTask({ id, type }: { id: string; type: TaskType }): void {
  goTo(pageOf(type), { id });
}

/**
 * Who knows only a task's number (the statement, a message) may open the other tool's page: the right one takes its
 * place. False: this is not the one.
 */
export function useRightPage(task: TaskDto | null, here: 'result' | 'poses'): boolean {
  const isRight = task === null || pageOf(task.type) === here;
  const id = task?.id ?? '';
  useEffect(() => {
    if (!isRight) replaceWith(here === 'poses' ? 'result' : 'poses', { id });
  }, [isRight, here, id]);
  return isRight;
}
