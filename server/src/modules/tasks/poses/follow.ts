import { posesWanted } from '@suyi/shared-types';
import { config } from '../../../config';
import { change } from '../../../db/sql';
import { clock, minutes, seconds } from '../../../lib/clock';
import { VendorUnavailable } from '../../../lib/errors';
import { logger } from '../../../lib/logger';
import { poses, type JobCost, type JobView } from '../../../vendors/runninghub/port';
import { fail } from '../finish';
import type { Task } from '../models';
import { moveTask, savingMs, type MoveFields } from '../states';
import { noteAnswer, noteSilence } from './breaker';
import { recentPace } from './estimate';

const lookMinMs = seconds(2);
const lookMaxMs = seconds(15);
const firstLookMaxMs = seconds(90);
const firstLookUsuallyMs = seconds(10);
/** A vendor of many machines may not know for a moment what it has just made. */
const unknownForMs = seconds(30);

/** When a job that has just been made is first asked about: half of what lately was quick. */
export async function firstLookMs(): Promise<number> {
  const pace = await recentPace();
  const ms = pace === null ? firstLookUsuallyMs : pace.lowMs / 2;
  return Math.round(Math.min(firstLookMaxMs, Math.max(lookMinMs, ms)));
}

/** The older a job, the longer until the next question: the webhook brings it forward anyway. */
const nextLookMs = (ageMs: number): number => Math.round(Math.min(lookMaxMs, Math.max(lookMinMs, ageMs / 6)));

/** `silent`: nothing was learned. `ended`: the task has failed. `saving`: the pictures are there, and the lease is still held. */
export type Followed = 'open' | 'silent' | 'ended' | 'saving';

/** One claimed `running` task: asks once how its job stands. */
export async function follow(task: Task): Promise<Followed> {
  const askedAt = clock.now();
  const age = askedAt - (task.submittedAt ?? askedAt);
  const view = await look(task.vendorJobId ?? '');
  const isYoung = view?.state === 'gone' && age < unknownForMs;
  if (view === null || view.state === 'open' || isYoung) {
    await lookLater(task, askedAt, nextLookMs(age));
    return view === null ? 'silent' : 'open';
  }

  if (view.state === 'succeeded') return takePictures(task, view);
  if (view.state === 'failed') return giveUp(task, { code: view.code, kind: view.kind, cost: view.cost });
  return giveUp(task, { code: view.code, kind: 'vendor' });
}

/** Null: nothing was learned, which never ends a task. */
async function look(jobId: string): Promise<JobView | null> {
  try {
    const view = await poses.current.query(jobId);
    await noteAnswer();
    return view;
  } catch (error) {
    if (!(error instanceof VendorUnavailable)) throw error;
    await noteSilence();
    return null;
  }
}

/** A hint that came after the question was asked is newer than the answer: then at once. */
async function lookLater(task: Task, askedAt: number, afterMs: number): Promise<void> {
  const now = clock.now();
  await change(
    `UPDATE tasks SET wake_at = CASE WHEN hinted_at >= :askedAt THEN :now ELSE :next END, lease_token = NULL, updated_at = :now
     WHERE id = :id AND status = 'running' AND lease_token = :leaseToken`,
    { askedAt, now, next: now + afterMs, id: task.id, leaseToken: task.leaseToken },
  );
}

type Failure = { code: string; kind: 'vendor' | 'moderation'; cost?: JobCost };

async function giveUp(task: Task, { code: vendorCode, kind, cost }: Failure): Promise<'ended'> {
  logger.warn({ taskId: task.id, jobId: task.vendorJobId, vendorCode, kind }, 'a job failed at the vendor');
  const code = kind === 'moderation' ? 'vendor_moderated' : 'vendor_failed';
  await fail(task, { from: 'running', code, leaseToken: task.leaseToken ?? '', fields: cost && costFields(cost) });
  return 'ended';
}

/** The job is over: its slot is free, its price is known, and what it made is written down to be fetched. */
async function takePictures(task: Task, view: Extract<JobView, { state: 'succeeded' }>): Promise<Followed> {
  if (view.pictures.length === 0) return giveUp(task, { code: 'no_pictures', kind: 'vendor', cost: view.cost });

  const pictures = view.pictures.slice(0, posesWanted).map((url) => ({ url, tries: 0, notBefore: 0 }));
  const vendorPictures = JSON.stringify(pictures);
  const deadlineAt = clock.now() + savingMs;
  const moved = await moveTask(
    { id: task.id, from: 'running', to: 'saving', leaseToken: task.leaseToken ?? '' },
    { ...costFields(view.cost), vendorPictures, deadlineAt, progress: 60 },
  );
  if (!moved) return 'ended';
  Object.assign(task, { status: 'saving', vendorPictures, deadlineAt });
  return 'saving';
}

const costFields = ({ millicoins, milliyuan, seconds: spent }: JobCost): MoveFields => ({
  costMillicoins: millicoins,
  costMilliyuan: milliyuan,
  costSeconds: spent,
});

/** One claimed `uncertain` task: a job may have named itself. True when it was found, and the task is `running` now. */
export async function findLostJob(task: Task): Promise<boolean> {
  const jobId = task.reportedJobId;
  const view = jobId === null ? null : await look(jobId);
  const now = clock.now();
  if (jobId !== null && view !== null && view.state !== 'gone') {
    logger.warn({ taskId: task.id, jobId }, 'a job whose making had got no answer was found');
    return moveTask(
      { id: task.id, from: 'uncertain', to: 'running', leaseToken: task.leaseToken ?? '' },
      {
        vendorJobId: jobId,
        submittedAt: task.vendorAskedAt,
        progress: 20,
        deadlineAt: now + Math.max(config.current.poses.runningMs / 2, minutes(1)),
        wakeAt: now,
        nextLeaseToken: null,
      },
    );
  }

  // Not known there for a while: no job of ours. Not answered, or named just now: asked again soon.
  const isStranger = view?.state === 'gone' && now - (task.hintedAt ?? 0) > unknownForMs;
  await change(
    `UPDATE tasks SET lease_token = NULL, wake_at = :wakeAt, reported_job_id = :reportedJobId, updated_at = :now
     WHERE id = :id AND status = 'uncertain' AND lease_token = :leaseToken`,
    {
      wakeAt: jobId === null || isStranger ? Math.max(task.deadlineAt, now + lookMaxMs) : now + lookMinMs,
      reportedJobId: isStranger ? null : jobId,
      now,
      id: task.id,
      leaseToken: task.leaseToken,
    },
  );
  return false;
}
