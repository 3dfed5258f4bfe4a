import { BasicCleanParams, isFinal, ModelPoseParams, type TasksQuery, type TaskType } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { findMade, noteMade } from '../../db/idempotency';
import { change, insert } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { getReadyMedia } from '../media/service';
import { hold, lockOwnAccount } from '../quota/ledger';
import { cancel } from './finish';
import { parkedAt, wakeTimeFor } from './lanes';
import { Task } from './models';
import { findTypePause, refuseStopped } from './pauses';
import { refuseWhilePaused } from './poses/breaker';
import { announce, endOf, heard, queueGrew } from './signals';
import { queuedMs } from './states';

export { endStuck, findAnyTask, isStuck } from './end-stuck';
export { countOpenTasks, countOverdue, countParked, countTasksMade, type TasksMade } from './figures';
export { forgetPauses, pauseType, resumeType, typePauses, type TypePause } from './pauses';
export { currentPause, type Pause } from './poses/breaker';
export { openStatuses } from './states';
export { storedResults, type StoredResult, type Task } from './models';

type Making = { type: 'basic_clean'; params: BasicCleanParams } | { type: 'model_pose12'; params: ModelPoseParams };
export type NewTask = { mediaId: string } & Making;
type Wish = { key: string; requestHash: string };

/** What one task of each type costs, in uses. */
export const priceOf: Record<TaskType, number> = { basic_clean: 1, model_pose12: 1 };

/** Holds the price and queues the task: both happen, or neither. One key is one task, however often the phone sends it. */
export async function createTask(
  userId: string,
  input: NewTask,
  wish: Wish,
  retryOf: string | null = null,
): Promise<Task> {
  const [media, pause] = await Promise.all([getReadyMedia(userId, input.mediaId), findTypePause(input.type)]);

  const made = await inTransaction(async (tx) => {
    // Lock first, read second: from here this seller's creations run one at a time.
    const account = await lockOwnAccount(userId, tx);
    const ownerId = account.userId;
    const fullWish = { scope: 'task', userId: ownerId, ...wish };
    const earlier = await findMade(fullWish, tx);
    if (earlier) return { taskId: earlier, ownerId };

    refuseStopped(pause);
    if (input.type === 'model_pose12') await refuseWhilePaused(tx);
    const taskId = newId('tsk');
    const uses = priceOf[input.type];
    await hold(account, { cause: { type: 'task', id: taskId }, uses }, tx);
    await insertTask({ id: taskId, userId: ownerId, ...input, mediaId: media.id, uses, retryOf }, tx);
    await noteMade(fullWish, taskId, tx);
    return { taskId, ownerId };
  });
  // The line that leads from a phone's request to what a worker does for it later.
  logger.info({ taskId: made.taskId, userId, type: input.type }, 'task ordered');

  announce(queueGrew);
  return getTask(made.ownerId, made.taskId);
}

async function insertTask(
  input: NewTask & { id: string; userId: string; uses: number; retryOf: string | null },
  tx: Transaction,
): Promise<void> {
  const now = clock.now();
  await insert(
    'tasks',
    {
      id: input.id,
      user_id: input.userId,
      account_id: input.userId,
      type: input.type,
      status: 'queued',
      params: JSON.stringify(input.params),
      media_id: input.mediaId,
      progress: 0,
      quota_effect: 'held',
      uses: input.uses,
      attempts: 0,
      wake_at: await wakeTimeFor(input, tx),
      deadline_at: now + queuedMs,
      retry_of: input.retryOf,
      created_at: now,
      updated_at: now,
    },
    tx,
  );
}

/** The seller's own task. Throws `not_found`. */
export async function getTask(userId: string, taskId: string): Promise<Task> {
  const task = await Task.findOne({ where: { id: taskId, userId, hiddenAt: null } });
  if (!task) throw new AppError('not_found');
  return task;
}

/** The task once it is final, or as it stands after `waitMs`. */
export async function waitForEnd(userId: string, taskId: string, waitMs: number): Promise<Task> {
  const until = clock.now() + waitMs;
  for (;;) {
    const task = await getTask(userId, taskId);
    const left = until - clock.now();
    if (isFinal(task.status) || left <= 0) return task;
    // The worker may live in another process and say nothing here: look again after a quarter of a second.
    await heard(endOf(taskId), Math.min(left, 250));
  }
}

/** One page of the seller's tasks and one more, newest first. */
export function listTasks(userId: string, query: TasksQuery): Promise<Task[]> {
  const { type, status, cursor, limit } = query;
  return Task.findAll({
    where: {
      userId,
      hiddenAt: null,
      ...(type && { type }),
      ...(status && { status }),
      ...(cursor !== undefined && { id: { [Op.lt]: cursor } }),
    },
    order: [['id', 'DESC']],
    limit: limit + 1,
  });
}

/** Takes a waiting task back. Throws `task_not_cancellable` once it has begun or ended. */
export async function cancelTask(userId: string, taskId: string): Promise<Task> {
  await cancel(await getTask(userId, taskId));

  const task = await getTask(userId, taskId);
  if (task.status !== 'cancelled') throw new AppError('task_not_cancellable');
  return task;
}

/**
 * The same wish again, as a task of its own with a hold of its own. Throws `task_not_retryable` unless it failed, was cancelled,
 * or ended with pictures missing.
 */
export async function retryTask(userId: string, taskId: string, wish: Wish): Promise<Task> {
  const task = await getTask(userId, taskId);
  if (!isFinal(task.status) || task.quotaEffect !== 'released') throw new AppError('task_not_retryable');

  const input = { mediaId: task.mediaId, ...makingOf(task) };
  return createTask(userId, input, { ...wish, requestHash: `retry:${taskId}` }, taskId);
}

function makingOf({ type, params }: Task): Making {
  const told: unknown = JSON.parse(params);
  if (type === 'basic_clean') return { type, params: BasicCleanParams.parse(told) };
  // The seller agreed to one message, about the first one.
  return { type, params: { ...ModelPoseParams.parse(told), shouldNotify: false } };
}

/** Takes an ended task out of the history; its pictures are removed soon after. Throws `task_not_final`. */
export async function hideTask(userId: string, taskId: string): Promise<void> {
  const task = await getTask(userId, taskId);
  if (!isFinal(task.status)) throw new AppError('task_not_final');
  const now = clock.now();
  await Task.update({ hiddenAt: now, purgeAt: now }, { where: { id: taskId, hiddenAt: null } });
}

export async function mergeTasks(fromUserId: string, toUserId: string, tx: Transaction): Promise<void> {
  await change('UPDATE tasks SET user_id = :to WHERE user_id = :from', { from: fromUserId, to: toUserId }, tx);
}

/** The account goes: nothing stays in a history, and what was not begun is not begun. */
export async function eraseTasks(userId: string, tx: Transaction): Promise<void> {
  const now = clock.now();
  await change(
    'UPDATE tasks SET hidden_at = :now, purge_at = :now WHERE user_id = :userId AND hidden_at IS NULL',
    { now, userId },
    tx,
  );
  await change(
    `UPDATE tasks SET deadline_at = :now, wake_at = :parkedAt WHERE user_id = :userId AND status = 'queued'`,
    { now, userId, parkedAt },
    tx,
  );
}
