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
import { attemptsMax } from '../claim';
import { fail } from '../finish';
import type { Task } from '../models';
import { moveTask, queuedMs, type MoveFields } from '../states';
import { noteAnswer, noteJob, noteSilence, pauseWork } from './breaker';
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

  const photo = await photoOf(task).catch((error: unknown) => {
    logger.error({ taskId: task.id, err: error }, 'a photo could not be prepared; its task waits');
    return null;
  });
  if (photo === null) return waitAgain(task, { isOurFault: false });
  if (typeof photo === 'string') return failSubmitting(task, photo);

  const uploaded = await poses.current.upload(photo).catch(answerOrSilence);
  if (uploaded === null) {
    await noteSilence();
    return waitAgain(task, { isOurFault: false });
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

async function photoOf(task: Task): Promise<Prepared | TaskFailureCode> {
  const bytes = await readMedia(task.mediaId);
  if (bytes === null) return 'input_missing';
  try {
    return await imaging.current.prepare(bytes);
  } catch (error) {
    if (error instanceof ImagingRefused && error.code !== 'timed_out') return 'image_unreadable';
    throw error;
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
  if (isKept) return noteJob();

  // The lease was lost on the way. Whoever has the task now finds the number beside it; when it has ended, nobody waits.
  if (await noteFoundJob({ taskId: task.id, attempt, jobId })) return;
  await poses.current.cancel(jobId).catch(answerOrSilence);
}

async function takeRefusal(task: Task, refusal: NoJob): Promise<void> {
  const { kind, code } = refusal;
  logger.warn({ taskId: task.id, kind, vendorCode: code }, 'the vendor made no job');
  switch (kind) {
    case 'busy':
      await noteAnswer();
      return waitAgain(task, { isOurFault: false });
    case 'photo':
      return failSubmitting(task, 'vendor_refused');
    case 'moderation':
      return failSubmitting(task, 'vendor_moderated');
    case 'balance':
      await pauseWork('balance', code);
      return waitAgain(task, { isOurFault: false });
    case 'configuration':
      await pauseWork('configuration', code);
      return task.attempts >= misconfiguredMax
        ? failSubmitting(task, 'vendor_refused')
        : waitAgain(task, { isOurFault: true });
  }
}

const backOffMs = (refusals: number): number => {
  const ms = Math.min(minutes(2), seconds(3) * 2 ** Math.min(refusals, 6));
  return ms * (0.8 + 0.4 * Math.random());
};

/** Back into the queue, for no job was made; its turn is over, and its time to wait goes on counting from the beginning. */
async function waitAgain(task: Task, { isOurFault }: { isOurFault: boolean }): Promise<void> {
  await move(task, 'queued', {
    wakeAt: Math.round(clock.now() + (isOurFault ? minutes(5) : backOffMs(task.refusals))),
    deadlineAt: task.createdAt + queuedMs,
    refusals: task.refusals + 1,
    attempts: isOurFault ? task.attempts : task.attempts - 1,
    vendorAskedAt: null,
    progress: 0,
    nextLeaseToken: null,
  });
}

/** Nobody knows whether a job was made. It keeps its slot, and waits for the job to report itself. */
async function becomeUncertain(task: Task): Promise<void> {
  const now = clock.now();
  const deadlineAt = now + config.current.poses.uncertainMs;
  await move(task, 'uncertain', { deadlineAt, wakeAt: deadlineAt, nextLeaseToken: null });
  // A report that came while somebody held the lease could not wake it.
  await change(
    `UPDATE tasks SET wake_at = :now WHERE id = :id AND status = 'uncertain' AND reported_job_id IS NOT NULL AND wake_at > :now`,
    { now, id: task.id },
  );
}

async function failSubmitting(task: Task, code: TaskFailureCode): Promise<void> {
  await fail(task, { from: 'submitting', code, leaseToken: task.leaseToken ?? '' });
}

const move = (task: Task, to: 'queued' | 'uncertain' | 'running', fields: MoveFields): Promise<boolean> =>
  moveTask({ id: task.id, from: 'submitting', to, leaseToken: task.leaseToken ?? '' }, fields);
