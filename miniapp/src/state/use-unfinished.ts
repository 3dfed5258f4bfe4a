import { useDidHide, useDidShow } from '@tarojs/taro';
import { isFinal, type TaskDto } from '@suyi/shared-types';
import { useEffect, useRef } from 'react';
import { watchTask, type TaskWatch } from './task-watch';

/** Follows the unfinished ones of a short list while their page is seen, and tells of each answer. */
export function useUnfinished(tasks: TaskDto[], onTask: (task: TaskDto) => void): void {
  const watches = useRef<TaskWatch[]>([]);
  const isSeen = useRef(true);
  const tell = useRef(onTask);
  tell.current = onTask;

  const unfinished = tasks.filter((task) => !isFinal(task.status)).map((task) => task.id);
  const key = unfinished.join(' ');
  useEffect(() => {
    // What cannot be read any more is found out by the list's own next load.
    const watch = (taskId: string) =>
      watchTask({ taskId, onTask: (task) => tell.current(task), onProblem: () => undefined });
    watches.current = key === '' ? [] : key.split(' ').map(watch);
    if (isSeen.current) for (const each of watches.current) each.resume();

    return () => {
      for (const each of watches.current) each.stop();
    };
  }, [key]);

  useDidShow(() => {
    isSeen.current = true;
    for (const each of watches.current) each.resume();
  });
  useDidHide(() => {
    isSeen.current = false;
    for (const each of watches.current) each.pause();
  });
}
