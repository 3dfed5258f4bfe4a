import type { BasicCleanParams, TasksQuery, TaskType } from '@suyi/shared-types';
import { finalTaskStatuses, isFinal } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { findMade, noteMade } from '../../db/idempotency';
import { change, insert, select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { assert } from '../../lib/assert';
import { clock, hours, minutes } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { storage } from '../../vendors/storage/port';
import { getReadyMedia } from '../media/service';
import { hold, lockAccount } from '../quota/ledger';
import { cancel, fail } from './finish';
import { parkedAt, wakeTimeFor } from './lanes';
import { Task, type StoredResult } from './models';
import { announce, endOf, heard, queueGrew } from './signals';
import { openStatuses } from './states';

export type { Task } from './models';

export type NewTask = { type: TaskType; mediaId: string; params: BasicCleanParams };
type Wish = { key: string; requestHash: string };

const queuedMs = hours(6);

/** What one task of each type costs, in uses. */
export const priceOf: Record<TaskType, number> = { basic_clean: 1, model_pose12: 1 };

/** Holds the price and queues the task: both happen, or neither. One key is one task, however often the phone sends it. */
export async function createTask(
  userId: string,
  input: NewTask,
  wish: Wish,
  retryOf: string | null = null,
): Promise<Task> {
  const media = await getReadyMedia(userId, input.mediaId);
  const fullWish = { scope: 'task', userId, ...wish };

  const id = await inTransaction(async (tx) => {
    // Lock first, read second: from here this seller's creations run one at a time.
    const account = await lockAccount(userId, tx);
    const earlier = await findMade(fullWish, tx);
    if (earlier) return earlier;

    const taskId = newId('tsk');
    const uses = priceOf[input.type];
    await hold(account, { cause: { type: 'task', id: taskId }, uses }, tx);
    await insertTask({ id: taskId, userId, ...input, mediaId: media.id, uses, retryOf }, tx);
    await noteMade(fullWish, taskId, tx);
    return taskId;
  });

  announce(queueGrew);
  return getTask(userId, id);
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
      wake_at: await wakeTimeFor(input.userId, tx),
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

/** How many tasks go before this one; null when it does not wait. */
export async function queuePositionOf(task: Task): Promise<number | null> {
  if (task.status !== 'queued') return null;
  const before =
    task.wakeAt === parkedAt
      ? `user_id = :userId AND status IN ('queued', 'submitting', 'running', 'saving') AND id < :id`
      : `type = :type AND status = 'queued' AND (wake_at < :wakeAt OR (wake_at = :wakeAt AND id < :id))`;
  const rows = await select<{ id: string }>(`SELECT id FROM tasks WHERE ${before} LIMIT 999`, {
    userId: task.userId,
    type: task.type,
    wakeAt: task.wakeAt,
    id: task.id,
  });
  return rows.length;
}

/** Takes a waiting task back. Throws `task_not_cancellable` once it has begun or ended. */
export async function cancelTask(userId: string, taskId: string): Promise<Task> {
  await cancel(await getTask(userId, taskId));

  const task = await getTask(userId, taskId);
  if (task.status !== 'cancelled') throw new AppError('task_not_cancellable');
  return task;
}

/** The same wish again, as a task of its own with a hold of its own. Throws `task_not_retryable` unless it failed or was cancelled. */
export async function retryTask(userId: string, taskId: string, wish: Wish): Promise<Task> {
  const task = await getTask(userId, taskId);
  if (task.status !== 'failed' && task.status !== 'cancelled') throw new AppError('task_not_retryable');

  const { type, mediaId } = task;
  const params = JSON.parse(task.params) as BasicCleanParams;
  return createTask(userId, { type, mediaId, params }, { ...wish, requestHash: `retry:${taskId}` }, taskId);
}

/** Takes an ended task out of the history; its pictures are removed soon after. Throws `task_not_final`. */
export async function hideTask(userId: string, taskId: string): Promise<void> {
  const task = await getTask(userId, taskId);
  if (!isFinal(task.status)) throw new AppError('task_not_final');
  const now = clock.now();
  await Task.update({ hiddenAt: now, purgeAt: now }, { where: { id: taskId, hiddenAt: null } });
}

export function storedResults(task: Task): StoredResult[] {
  return task.results === null ? [] : (JSON.parse(task.results) as StoredResult[]);
}

/** Ends up to `limit` tasks whose time is over, with the use returned. Whoever still works on one loses the race and stops. */
export async function sweepDeadlines(limit: number): Promise<number> {
  const due = await Task.findAll({
    where: { status: [...openStatuses], deadlineAt: { [Op.lte]: clock.now() } },
    order: [['deadlineAt', 'ASC']],
    limit,
  });
  for (const task of due) {
    assert(!isFinal(task.status), 'only open tasks have a deadline');
    await fail(task, {
      from: task.status,
      code: task.status === 'uncertain' ? 'vendor_uncertain' : 'deadline_exceeded',
    });
  }
  return due.length;
}

/** Removes the pictures of up to `limit` deleted tasks. The bytes go first: killed in between, it starts again. */
export async function sweepHidden(limit: number): Promise<number> {
  const hidden = await Task.findAll({
    where: { purgeAt: { [Op.lte]: clock.now() }, status: [...finalTaskStatuses] },
    limit,
  });
  for (const task of hidden) {
    for (const { key } of storedResults(task)) await storage.current.remove(key);
    await Task.update({ results: null, purgeAt: null }, { where: { id: task.id } });
  }
  return hidden.length;
}

/** Throws when a due task has waited for five minutes: no worker is running, or all are stuck. */
export async function refuseOldQueue(): Promise<void> {
  const rows = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'basic_clean' AND status = 'queued' AND wake_at < :before LIMIT 1`,
    { before: clock.now() - minutes(5) },
  );
  if (rows.length > 0) throw new Error('a due task has waited for over five minutes');
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
