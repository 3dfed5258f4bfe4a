import { isFinal, posesWanted } from '@suyi/shared-types';
import type { Transaction } from '../../db/transaction';
import { clock, minutes } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { logger } from '../../lib/logger';
import { poses } from '../../vendors/runninghub/port';
import { fail, succeed } from './finish';
import { storedResults, Task } from './models';

/** Longer than any job takes that will still come to something. */
const longMs = minutes(30);

/** What a person may end: past its deadline, of unknown outcome, or at work for over half an hour. */
export function isStuck({ status, deadlineAt, submittedAt, updatedAt }: Task): boolean {
  if (isFinal(status)) return false;
  const now = clock.now();
  if (status === 'uncertain' || deadlineAt <= now) return true;
  return status !== 'queued' && (submittedAt ?? updatedAt) + longMs <= now;
}

/** Any seller's task. Throws `not_found`. */
export async function findAnyTask(taskId: string): Promise<Task> {
  const task = await Task.findByPk(taskId);
  if (!task) throw new AppError('not_found');
  return task;
}

/**
 * A person ends a stuck task: the use goes back, and the seller keeps the pictures that were saved. `alongside` runs in the
 * same transaction. Throws `not_found`, or `admin_not_needed` when it is not stuck, or ended by itself meanwhile.
 */
export async function endStuck(taskId: string, alongside: (tx: Transaction) => Promise<void>): Promise<void> {
  const task = await findAnyTask(taskId);
  const { status } = task;
  if (isFinal(status) || !isStuck(task)) throw new AppError('admin_not_needed');

  if (status === 'running' && task.vendorJobId !== null) await stopJob(task);
  const results = storedResults(task);
  const measures = { framesWanted: posesWanted, framesSaved: results.length };
  const isWon =
    status === 'saving' && task.type === 'model_pose12' && results.length > 0
      ? await succeed(task, { results, measures, isWhole: false, alongside })
      : await fail(task, { from: status, code: codeFor(task), alongside });
  if (!isWon) throw new AppError('admin_not_needed');
}

const codeFor = ({ status, vendorAskedAt }: Task): 'vendor_uncertain' | 'deadline_exceeded' =>
  status === 'uncertain' || (status === 'submitting' && vendorAskedAt !== null)
    ? 'vendor_uncertain'
    : 'deadline_exceeded';

/** At the vendor first, before its slot is given on. Whether that worked makes no difference to the seller. */
async function stopJob(task: Task): Promise<void> {
  await poses.current.cancel(task.vendorJobId ?? '').catch((error: unknown) => {
    logger.warn({ taskId: task.id, jobId: task.vendorJobId, err: error }, 'a stuck job could not be stopped');
  });
}
