import { taskTypes, type TaskStatus, type TaskType } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { clock } from '../../lib/clock';
import { idFloor } from '../../lib/ids';
import { parkedAt } from './lanes';
import { openStatuses, type OpenStatus } from './states';

/* What the admin site tells of tasks. Each reads a range of one index. */

export type TasksMade = { made: number; failed: number };

/** How many tasks were made between two moments, the first included, and how many of them have failed so far, by type. */
export async function countTasksMade(fromMs: number, toMs: number): Promise<Record<TaskType, TasksMade>> {
  const rows = await select<{ type: TaskType; status: TaskStatus; n: number }>(
    'SELECT type, status, COUNT(*) AS n FROM tasks WHERE id >= :from AND id < :to GROUP BY type, status',
    { from: idFloor('tsk', fromMs), to: idFloor('tsk', toMs) },
  );
  const counts: Record<TaskType, TasksMade> = {
    basic_clean: { made: 0, failed: 0 },
    model_pose12: { made: 0, failed: 0 },
  };
  for (const { type, status, n } of rows) {
    counts[type].made += Number(n);
    if (status === 'failed') counts[type].failed += Number(n);
  }
  return counts;
}

/** Open tasks by type and state. */
export async function countOpenTasks(): Promise<Record<TaskType, Record<OpenStatus, number>>> {
  const none = { queued: 0, submitting: 0, uncertain: 0, running: 0, saving: 0 };
  const counts = { basic_clean: { ...none }, model_pose12: { ...none } };
  const rows = await select<{ type: TaskType; status: OpenStatus; n: number }>(
    'SELECT type, status, COUNT(*) AS n FROM tasks WHERE type IN (:types) AND status IN (:open) GROUP BY type, status',
    { types: taskTypes, open: openStatuses },
  );
  for (const { type, status, n } of rows) counts[type][status] = Number(n);
  return counts;
}

/** Open tasks whose time is over and that nobody has ended. */
export async function countOverdue(): Promise<number> {
  const [row] = await select<{ n: number }>(
    'SELECT COUNT(*) AS n FROM tasks WHERE status IN (:open) AND deadline_at < :now',
    { open: openStatuses, now: clock.now() },
  );
  return Number(row?.n ?? 0);
}

/** Tasks that wait for an earlier one of the same seller. */
export async function countParked(): Promise<number> {
  const [row] = await select<{ n: number }>(
    `SELECT COUNT(*) AS n FROM tasks WHERE type IN (:types) AND status = 'queued' AND wake_at = :parkedAt`,
    { types: taskTypes, parkedAt },
  );
  return Number(row?.n ?? 0);
}
