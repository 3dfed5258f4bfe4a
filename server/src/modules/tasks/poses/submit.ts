import { ModelPoseParams, type TaskFailureCode } from '@suyi/shared-types';
import { config } from '../../../config';
import { change } from '../../../db/sql';
import { ImagingRefused, imaging, type Prepared } from '../../../imaging/port';
import { clock, minutes, seconds } from '../../../lib/clock';
import { VendorUnavailable } from '../../../lib/errors';
import { insist } from '../../../lib/insist';
import { logger } from '../../../lib/logger';
import { poses, type NoJob } from '../../../vendors/runninghub/port';
import { readMedia } from '../../media/service';
import { attemptsMax, engineDeathCosts } from '../claim';
import { fail } from '../finish';
import { Task } from '../models';
import { moveTask, queuedMs, type MoveFields } from '../states';
import { noteBusy, noteJob, noteSilence, pauseWork } from './breaker';
import { promptOf } from './choices';
import { firstLookMs } from './follow';
import { noteFoundJob, webhookUrlFor } from './webhook';

/** A task whose orders our settings spoil so often fails; until then it may be the first that meets them mended. */
const misconfiguredMax = 5;

/**
 * One claimed `submitting` task: photo to the vendor, order, job number. That the order is about to be sent is written down
 * before it is; a worker that takes over after that never sends another, because nobody knows whether a job was made.
 */
export async function submit(task: Task): Promise<void> {
  if (task.vendorAskedAt !== null) return becomeUncertain(task);
  if (task.attempts > attemptsMax) return failSubmitting(task, 'internal_failure');

  const bytes = await readMedia(task.mediaId).catch((error: unknown) => {
    logger.error({ taskId: task.id, err: error }, 'a photo could not be read; its task waits');
    return 'unread' as const;
  });
  if (bytes === 'unread') return waitAgain(task);
  const photo = bytes === null ? 'input_missing' : await prepared(bytes, task);
  if (photo === null) return waitAgain(task, { more: engineDeathCosts - 1 });
  if (typeof photo === 'string') return failSubmitting(task, photo);

  const uploaded = await poses.current.upload(photo).catch(answerOrSilence);
  if (uploaded === null) {
    await noteSilence();
    return waitAgain(task);
  }
  if (uploaded.refused) return takeRefusal(task, uploaded);

  const attempt = task.vendorAttempt + 1;
  if (!(await noteOrder(task, attempt))) return;
  const params = ModelPoseParams.parse(JSON.parse(task.params));
  const webhookUrl = webhookUrlFor(task.id, attempt);
  const ordered = await poses.current
    .create({ photo: uploaded.photo, prompt: promptOf(params), webhookUrl })
    .catch(answerOrSilence);
  if (ordered === null) {
    await noteSilence();
    return becomeUncertain(task);
  }
  if (ordered.refused) return takeRefusal(task, ordered);
  await keepJob(task, attempt, ordered.jobId);
}

/** Null: it went wrong in a way that may go right the next time; three of those and it is the photo's fault. */
async function prepared(bytes: Buffer, task: Task): Promise<Prepared | TaskFailureCode | null> {
  try {
    return await imaging.current.prepare(bytes);
  } catch (error) {
    const isRefused = error instanceof ImagingRefused;
    if (isRefused && error.code !== 'timed_out') return 'image_unreadable';
    logger.error({ taskId: task.id, attempt: task.attempts, err: error }, 'a photo could not be prepared');
    if (task.attempts + engineDeathCosts <= attemptsMax) return null;
    return isRefused ? 'image_too_complex' : 'internal_failure';
  }
}

/** Silence is a value here, because it means something else for each question. */
function answerOrSilence(error: unknown): null {
  if (error instanceof VendorUnavailable) return null;
  throw error;
}

/** From here on a job may exist. False: somebody else has the task. */
async function noteOrder(task: Task, attempt: number): Promise<boolean> {
  const now = clock.now();
  const noted = await change(
    `UPDATE tasks SET vendor_asked_at = :now, vendor_attempt = :attempt, progress = 10, updated_at = :now
     WHERE id = :id AND status = 'submitting' AND lease_token = :leaseToken`,
    { now, attempt, id: task.id, leaseToken: task.leaseToken },
  );
  return noted === 1;
}

/** The number is the only handle on a job that is being paid for: written down, whatever it takes. */
async function keepJob(task: Task, attempt: number, jobId: string): Promise<void> {
  logger.info({ taskId: task.id, jobId }, 'the vendor took the order');
  const now = clock.now();
  const fields = {
    vendorJobId: jobId,
    submittedAt: now,
    progress: 20,
    deadlineAt: now + config.current.poses.runningMs,
    wakeAt: now + (await firstLookMs()),
    nextLeaseToken: null,
  };
  const isKept = await insist('keep-job', () => move(task, 'running', fields));
  if (isKept) {
    await lookIfReported(task.id);
    return noteJob();
  }

  // The answer of the write was lost, or the lease on the way: whoever has the task now finds the number beside it.
  const present = await insist('reread', () => Task.findByPk(task.id));
  if (present?.vendorJobId === jobId) return noteJob();
  if (present?.reportedJobId === jobId || (await noteFoundJob({ taskId: task.id, attempt, jobId }))) return;
  await poses.current.cancel(jobId).catch(answerOrSilence);
}

/** A quick job may have reported its end before its number was written down. */
async function lookIfReported(id: string): Promise<void> {
  await change(
    `UPDATE tasks SET wake_at = :now WHERE id = :id AND status = 'running' AND lease_token IS NULL
       AND hinted_at >= vendor_asked_at AND wake_at > :now`,
    { id, now: clock.now() },
  );
}

async function takeRefusal(task: Task, refusal: NoJob): Promise<void> {
  const { kind, code } = refusal;
  logger.warn({ taskId: task.id, kind, vendorCode: code }, 'the vendor made no job');
  switch (kind) {
    case 'busy':
      await noteBusy();
      return waitAgain(task);
    case 'photo':
      return failSubmitting(task, 'vendor_refused');
    case 'moderation':
      return failSubmitting(task, 'vendor_moderated');
    case 'balance':
      await pauseWork('balance', code);
      return waitAgain(task);
    case 'configuration':
      await pauseWork('configuration', code);
      return task.attempts >= misconfiguredMax
        ? failSubmitting(task, 'internal_failure')
        : waitAgain(task, { more: 0, afterMs: minutes(5) });
  }
}

const backOffMs = (refusals: number): number => {
  const ms = Math.min(minutes(2), seconds(3) * 2 ** Math.min(refusals, 6));
  return Math.round(ms * (0.8 + 0.4 * Math.random()));
};

/**
 * Back into the queue, for no job was made; its time to wait goes on counting from the beginning. `more` attempts are spent: by
 * its default not even the one that this was.
 */
async function waitAgain(
  task: Task,
  { more = -1, afterMs = backOffMs(task.refusals) }: { more?: number; afterMs?: number } = {},
): Promise<void> {
  await move(task, 'queued', {
    wakeAt: clock.now() + afterMs,
    deadlineAt: task.createdAt + queuedMs,
    refusals: task.refusals + 1,
    attempts: task.attempts + more,
    vendorAskedAt: null,
    progress: 0,
    nextLeaseToken: null,
  });
}

/**
 * Nobody knows whether a job was made. It keeps its slot, and waits for the job to report itself; one that did so meanwhile is
 * looked at now, which is why this is one statement of its own and no `moveTask`.
 */
async function becomeUncertain(task: Task): Promise<void> {
  const now = clock.now();
  await change(
    `UPDATE tasks SET status = 'uncertain', deadline_at = :deadlineAt, lease_token = NULL, updated_at = :now,
       wake_at = CASE WHEN reported_job_id IS NULL THEN :deadlineAt ELSE :now END
     WHERE id = :id AND status = 'submitting' AND lease_token = :leaseToken`,
    { now, deadlineAt: now + config.current.poses.uncertainMs, id: task.id, leaseToken: task.leaseToken },
  );
}

async function failSubmitting(task: Task, code: TaskFailureCode): Promise<void> {
  await fail(task, { from: 'submitting', code, leaseToken: task.leaseToken ?? '' });
}

const move = (task: Task, to: 'queued' | 'running', fields: MoveFields): Promise<boolean> =>
  moveTask({ id: task.id, from: 'submitting', to, leaseToken: task.leaseToken ?? '' }, fields);
