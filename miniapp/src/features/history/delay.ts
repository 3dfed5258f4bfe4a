import type { TaskDto, ToolDto } from '@suyi/shared-types';

/** What keeps a set from coming as it usually does. */
export type Delay = 'paused' | 'slow';

export const delayWords: Record<Delay, string> = {
  paused: '合作方暂停接单，恢复后自动继续',
  slow: '比平时久一些，仍在制作；超时会自动退回次数',
};

interface Known {
  /** The tool as last told. */
  tool: ToolDto | null;
  /** The server told for a while how long this making takes. */
  hadEstimate?: boolean;
  nowMs?: number;
}

const slowMs = 5 * 60_000;

/** Nothing is late that the server still has an estimate of. */
export function delayOf(task: TaskDto, { tool, hadEstimate = false, nowMs = Date.now() }: Known): Delay | null {
  if (task.type !== 'model_pose12' || task.estimate !== null) return null;

  const isPaused = tool?.isOpen === false;
  if (task.status === 'queued') return isPaused ? 'paused' : null;
  if (task.status !== 'submitting' && task.status !== 'running') return null;
  // While the tool rests there are no estimates, which says nothing about a set that is being made.
  const hasRunOut = hadEstimate && !isPaused;
  return hasRunOut || nowMs - Date.parse(task.createdAt) > slowMs ? 'slow' : null;
}
