import { isFinal, type TaskDto, type TaskStatus } from '@suyi/shared-types';
import { getTask } from '../api/tasks';
import { toProblem, type ApiProblem } from '../api/problem';

export interface TaskWatch {
  /** The page went out of sight: nothing is asked until it is back. */
  pause: () => void;
  /** Asks at once, then slower each time. */
  resume: () => void;
  stop: () => void;
}

interface Watched {
  taskId: string;
  onTask: (task: TaskDto) => void;
  /** Told of what asking again will not cure; the watch has stopped. */
  onProblem: (problem: ApiProblem) => void;
  /** Told of each question in a row that brought no answer; it is asked again all the same. */
  onSilence?: (askedInVain: number) => void;
  load?: (taskId: string) => Promise<TaskDto>;
}

const firstPauseMs = 800;
const pauseGrowth = 1.5;
const pauseMsMax = 10_000;
/** While pictures come in one after the other, they are shown so; that lasts for seconds. */
const savingPauseMsMax = 2500;

/** How long to wait before the n-th question after the first. */
export function pollPauseMs(asked: number, status?: TaskStatus): number {
  const longestMs = status === 'saving' ? savingPauseMsMax : pauseMsMax;
  return Math.min(longestMs, Math.round(firstPauseMs * pauseGrowth ** asked));
}

/** Follows one task until it is final. Starts paused: the page resumes it when it is seen. */
export function watchTask({ taskId, onTask, onProblem, onSilence, load = getTask }: Watched): TaskWatch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  let askedInVain = 0;
  let isSeen = false;
  let isOver = false;
  let isAsking = false;
  let status: TaskStatus | undefined;

  async function poll(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    try {
      const task = await load(taskId);
      if (isOver) return;
      status = task.status;
      askedInVain = 0;
      isOver = isFinal(status);
      onTask(task);
    } catch (thrown) {
      const problem = toProblem(thrown);
      if (isOver) return;
      if (problem.isPassing) return onSilence?.((askedInVain += 1));
      isOver = true;
      onProblem(problem);
    } finally {
      isAsking = false;
      planNext();
    }
  }

  function planNext(): void {
    if (isOver || !isSeen) return;
    clearTimeout(timer);
    timer = setTimeout(() => void poll(), pollPauseMs(asked, status));
    asked += 1;
  }

  return {
    pause() {
      isSeen = false;
      clearTimeout(timer);
    },
    resume() {
      if (isOver || isSeen) return;
      isSeen = true;
      asked = 0;
      void poll();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
