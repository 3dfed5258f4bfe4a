import { useEffect, useRef } from 'react';
import { replaceWith, type RouteName } from '../../routes';
import type { TaskDrafts } from '../../state/task-draft';
import type { TaskRun, TaskRuns } from '../../state/task-run';

interface Making<Params> {
  runs: TaskRuns<Params>;
  drafts: TaskDrafts<Params>;
  /** The page that shows the rest, once the server has the task. */
  next: RouteName;
  /** Whoever is signed in. */
  userId: string | null;
}

/** The run of a page that makes pictures: found again when the page opens, handed on when its task is accepted. */
export function useMaking<Params>({ runs, drafts, next, userId }: Making<Params>): TaskRun<Params> {
  const { run } = runs.useRun();
  useResume({ runs, drafts, userId });
  useHandOver(runs, run, next);
  return run;
}

/** A run that a closed app left with its photo on the server goes on by itself: the seller opened this page for it. */
function useResume<Params>({ runs, drafts, userId }: Pick<Making<Params>, 'runs' | 'drafts' | 'userId'>): void {
  useEffect(() => {
    const draft = userId ? drafts.find() : null;
    if (draft === null || runs.useRun.getState().run.phase !== 'idle') return;

    if (draft.mediaId !== null && draft.taskId === null) void runs.advance(draft);
    else drafts.forget();
  }, [userId, runs, drafts]);
}

/** Once the server has the task, its own page shows the rest; this one leaves the stack, its progress on it to the end. */
function useHandOver<Params>(runs: TaskRuns<Params>, run: TaskRun<Params>, next: RouteName): void {
  const isFirstLook = useRef(true);
  useEffect(() => {
    const wasAcceptedBefore = isFirstLook.current;
    isFirstLook.current = false;
    if (run.phase !== 'accepted') return;

    // Accepted while the seller was elsewhere: they came to make the next one, and the workspace shows the last.
    if (wasAcceptedBefore) runs.clear();
    else replaceWith(next, { id: run.task.id });
  }, [run, runs, next]);
  useEffect(() => runs.leave, [runs]);
}
