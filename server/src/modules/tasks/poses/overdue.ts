import { logger } from '../../../lib/logger';
import { poses } from '../../../vendors/runninghub/port';
import { fail } from '../finish';
import { storedResults, type Task } from '../models';
import type { OpenStatus } from '../states';
import { settleSaved } from './save';

/** Ends a pose task whose time is over, with the use returned and whatever was saved left to the seller. */
export async function endOverdue(task: Task, status: OpenStatus): Promise<void> {
  switch (status) {
    case 'saving':
      return settleSaved(task, storedResults(task));
    case 'running':
      await stopJob(task);
      await fail(task, { from: status, code: 'deadline_exceeded' });
      return;
    case 'uncertain':
    case 'submitting':
      await fail(task, { from: status, code: task.vendorAskedAt === null ? 'deadline_exceeded' : 'vendor_uncertain' });
      return;
    case 'queued':
      await fail(task, { from: status, code: 'deadline_exceeded' });
  }
}

/** Before the slot is given on, so that the vendor has room too. Whether it worked makes no difference to the seller. */
async function stopJob(task: Task): Promise<void> {
  if (task.vendorJobId === null) return;
  await poses.current.cancel(task.vendorJobId).catch((error: unknown) => {
    logger.warn({ taskId: task.id, jobId: task.vendorJobId, err: error }, 'an overdue job could not be stopped');
  });
}
