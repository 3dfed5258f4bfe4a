import { logger } from '../../../lib/logger';
import { change } from '../../../db/sql';
import { clock, seconds } from '../../../lib/clock';
import { underLease } from '../claim';
import type { Task } from '../models';
import { findLostJob, follow } from './follow';
import { save } from './save';
import { submit } from './submit';

/** What comes next for one claimed `model_pose12` task: one step, and for a job that is done the saving with it. */
export const runPose = (task: Task): Promise<void> => underLease(task, step);

const againMs = seconds(5);

async function step(task: Task): Promise<void> {
  try {
    if (task.status === 'submitting') await submit(task);
    else if (task.status === 'uncertain') await findLostJob(task);
    else if (task.status === 'saving' || (await follow(task)) === 'saving') await save(task);
  } catch (error) {
    logger.error({ taskId: task.id, status: task.status, err: error }, 'a step of a task failed; it is done again');
    await letGo(task);
  }
}

/** The lease ends a little later instead of at its end: whoever takes over finds in the row how far it got. */
export async function letGo(task: Task): Promise<void> {
  await change(
    `UPDATE tasks SET lease_token = NULL, wake_at = :wakeAt
     WHERE id = :id AND lease_token = :leaseToken AND status IN ('submitting', 'uncertain', 'running', 'saving')`,
    { wakeAt: clock.now() + againMs, id: task.id, leaseToken: task.leaseToken },
  );
}
