import { useDidHide, useDidShow } from '@tarojs/taro';
import { isFinal, type TaskDto } from '@suyi/shared-types';
import { useEffect, useRef, useState } from 'react';
import type { ApiProblem } from '../../api/problem';
import { forgetDraftOf } from '../../state/clean-draft';
import { loadMembership } from '../../state/membership';
import { forgetPoseDraftOf } from '../../state/pose-draft';
import { watchTask, type TaskWatch } from '../../state/task-watch';

interface FollowedTask {
  task: TaskDto | null;
  problem: ApiProblem | null;
  /** The server has not answered lately; it is asked on. */
  isSilent: boolean;
  /** Takes a newer state of it, from a cancel or a retry, and follows on from there. */
  follow: (task: TaskDto) => void;
  reload: () => void;
}

/** One lost answer is nobody's concern. */
const askedInVainMax = 1;

/** One task, followed while its page is seen, until it is final. */
export function useTask(firstId: string, userId: string | null): FollowedTask {
  const [taskId, setTaskId] = useState(firstId);
  const [round, setRound] = useState(0);
  const [task, setTask] = useState<TaskDto | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isSilent, setIsSilent] = useState(false);
  const watch = useRef<TaskWatch | null>(null);

  useEffect(() => {
    if (userId === null) return;
    setProblem(null);
    setIsSilent(false);
    const mine = watchTask({
      taskId,
      onTask: (newer) => {
        setTask(newer);
        setIsSilent(false);
      },
      onProblem: setProblem,
      onSilence: (askedInVain) => setIsSilent(askedInVain > askedInVainMax),
    });
    watch.current = mine;
    mine.resume();
    return () => mine.stop();
  }, [taskId, round, userId]);

  useDidShow(() => watch.current?.resume());
  useDidHide(() => watch.current?.pause());

  const isOver = task !== null && isFinal(task.status);
  useEffect(() => {
    if (!isOver) return;
    forgetDraftOf(taskId);
    forgetPoseDraftOf(taskId);
    void loadMembership();
  }, [isOver, taskId]);

  return {
    task,
    problem,
    isSilent,
    follow: (newer) => {
      setTask(newer);
      setTaskId(newer.id);
      setRound((now) => now + 1);
    },
    reload: () => setRound((now) => now + 1),
  };
}
