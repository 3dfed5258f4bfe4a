import type { TaskDto } from '@suyi/shared-types';
import { useEffect, useRef } from 'react';
import { findTool, loadTools, useTools } from '../../state/tools';
import { delayOf, type Delay } from '../history/delay';

/** Why the set on the screen takes longer than usual. */
export function useDelay(task: TaskDto | null, mayAsk: boolean): Delay | null {
  const { tools } = useTools(mayAsk);
  const taskId = task?.id ?? null;
  const wasMaking = task?.status === 'submitting' || task?.status === 'running';
  const timed = useRef<string | null>(null);
  if (wasMaking && task.estimate !== null) timed.current = taskId;

  // In line and without an estimate: perhaps the tool rests since the page was opened.
  const isInDoubt = task?.status === 'queued' && task.estimate === null;
  useEffect(() => {
    if (isInDoubt) void loadTools();
  }, [isInDoubt, task]);

  const tool = findTool(tools, 'model_pose12');
  return task && delayOf(task, { tool, hadEstimate: timed.current === taskId });
}
