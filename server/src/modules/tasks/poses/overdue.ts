import { isFinal } from '@suyi/shared-types';
import { assert } from '../../../lib/assert';
import { clock, minutes } from '../../../lib/clock';
import { logger } from '../../../lib/logger';
import { poses } from '../../../vendors/runninghub/port';
import { underLease } from '../claim';
import { fail } from '../finish';
import { storedResults, Task } from '../models';
import type { OpenStatus } from '../states';
import { claimOverdue } from './claim';
import { findLostJob, follow } from './follow';
import { letGo } from './runner';
import { save, settleSaved } from './save';
import { submit } from './submit';

/** While the vendor is silent about a job, its end is put off so long: it may be done and paid for. */
const silenceMs = minutes(15);

/**
 * Ends a pose task whose time is over, with the use returned, but only after a last look: it may have been we who were away, and
 * what the vendor made lies there for a day. Whoever works on it at this moment goes on.
 */
export async function endOverdue({ id }: { id: string }, status: OpenStatus): Promise<void> {
  if (status === 'queued') return endWaiting(id);

  const task = await claimOverdue(id, status);
  if (task) await underLease(task, lookOrEnd);
}

/** A look that throws learned nothing, like silence: it puts the end off, but not for ever. */
async function lookOrEnd(task: Task): Promise<void> {
  const isLate = clock.now() > task.deadlineAt + silenceMs;
  try {
    await lastLook(task, isLate);
  } catch (error) {
    logger.error(
      { taskId: task.id, status: task.status, err: error },
      'an overdue task could not be looked at once more',
    );
    if (isLate) await endAnyway(task);
    else await letGo(task);
  }
}

async function endWaiting(id: string): Promise<void> {
  const task = await Task.findByPk(id);
  if (task?.status === 'queued' && task.deadlineAt <= clock.now())
    await fail(task, { from: 'queued', code: 'deadline_exceeded' });
}

async function lastLook(task: Task, isLate: boolean): Promise<void> {
  if (task.status === 'submitting') return submit(task);
  if (task.status === 'saving') return save(task, { isLast: true });
  if (task.status === 'uncertain') {
    const isFound = await findLostJob(task);
    if (!isFound && (task.reportedJobId === null || isLate))
      await fail(task, { from: 'uncertain', code: 'vendor_uncertain' });
    return;
  }

  assert(task.status === 'running', 'what is over or waits is not looked at');
  const outcome = await follow(task);
  if (outcome === 'saving') return save(task);
  if (outcome === 'open' || (outcome === 'silent' && isLate)) await stopJob(task);
}

async function endAnyway(task: Task): Promise<void> {
  if (isFinal(task.status)) return;
  const isUnknown = task.status !== 'running' && task.vendorAskedAt !== null;
  if (task.status === 'saving') await settleSaved(task, storedResults(task));
  else await fail(task, { from: task.status, code: isUnknown ? 'vendor_uncertain' : 'deadline_exceeded' });
}

/** At the vendor first, before the slot is given on. Whether that worked makes no difference to the seller. */
async function stopJob(task: Task): Promise<void> {
  await poses.current.cancel(task.vendorJobId ?? '').catch((error: unknown) => {
    logger.warn({ taskId: task.id, jobId: task.vendorJobId, err: error }, 'an overdue job could not be stopped');
  });
  await fail(task, { from: 'running', code: 'deadline_exceeded' });
}
