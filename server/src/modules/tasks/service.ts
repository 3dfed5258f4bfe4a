import type { BasicCleanParams, TasksQuery, TaskType } from '@suyi/shared-types';
import { finalTaskStatuses, isFinal } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { findMade, noteMade } from '../../db/idempotency';
import { change, insert, select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { assert } from '../../lib/assert';
import { clock, days, hours, minutes } from '../../lib/clock';
import { eachAlone } from '../../lib/each';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { storage } from '../../vendors/storage/port';
import { eraseOne, findReadyBetween, getReadyMedia } from '../media/service';
import { hold, lockOwnAccount } from '../quota/ledger';
import { cancel, fail } from './finish';
import { parkedAt, unparkNext, wakeTimeFor } from './lanes';
import { resultKeysOf, Task, type StoredResult } from './models';
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

  const made = await inTransaction(async (tx) => {
    // Lock first, read second: from here this seller's creations run one at a time.
    const account = await lockOwnAccount(userId, tx);
    const ownerId = account.userId;
    const fullWish = { scope: 'task', userId: ownerId, ...wish };
    const earlier = await findMade(fullWish, tx);
    if (earlier) return { taskId: earlier, ownerId };

    const taskId = newId('tsk');
    const uses = priceOf[input.type];
    await hold(account, { cause: { type: 'task', id: taskId }, uses }, tx);
    await insertTask({ id: taskId, userId: ownerId, ...input, mediaId: media.id, uses, retryOf }, tx);
    await noteMade(fullWish, taskId, tx);
    return { taskId, ownerId };
  });

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

const positionMax = 999;

/**
 * How many tasks go before each of these that waits, counted up to 999. At most two of one seller stand in the common
 * queue; for the rest, parked behind them, one look at the seller's own line tells all.
 */
export async function queuePositionsOf(tasks: readonly Task[]): Promise<Map<string, number>> {
  const positions = new Map<string, number>();
  const waiting = tasks.filter((task) => task.status === 'queued');
  for (const task of waiting.filter((each) => each.wakeAt !== parkedAt)) {
    positions.set(task.id, await countBefore(task));
  }

  const [parked] = waiting.filter((task) => task.wakeAt === parkedAt);
  if (!parked) return positions;
  const line = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE user_id = :userId AND status IN ('queued', 'submitting', 'running', 'saving')
     ORDER BY id LIMIT :limit`,
    { userId: parked.userId, limit: positionMax },
  );
  const places = new Map(line.map(({ id }, place) => [id, place]));
  for (const task of waiting) {
    if (!positions.has(task.id)) positions.set(task.id, places.get(task.id) ?? positionMax);
  }
  return positions;
}

async function countBefore({ type, wakeAt, id }: Task): Promise<number> {
  const [row] = await select<{ count: number }>(
    `SELECT COUNT(*) AS count FROM (
       SELECT id FROM tasks WHERE type = :type AND status = 'queued' AND (wake_at < :wakeAt OR (wake_at = :wakeAt AND id < :id))
       LIMIT :limit) before_it`,
    { type, wakeAt, id, limit: positionMax },
  );
  return Number(row?.count ?? 0);
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
  return eachAlone('end-overdue-tasks', due, async (task) => {
    assert(!isFinal(task.status), 'only open tasks have a deadline');
    const code = task.status === 'uncertain' ? 'vendor_uncertain' : 'deadline_exceeded';
    await fail(task, { from: task.status, code });
  });
}

/**
 * Looks after up to `limit` sellers with parked tasks. Ending a task wakes the next one by itself; this is for what no code
 * path thought of, so that nothing waits for ever.
 */
export async function wakeParked(limit: number): Promise<void> {
  const parked = await select<{ id: string }>(
    `SELECT DISTINCT user_id AS id FROM tasks
     WHERE type = 'basic_clean' AND status = 'queued' AND wake_at = :parkedAt LIMIT :limit`,
    { parkedAt, limit },
  );
  await eachAlone('wake-parked-tasks', parked, ({ id }) =>
    inTransaction(async (tx) => {
      await lockOwnAccount(id, tx);
      await unparkNext(id, tx);
    }),
  );
}

/** Removes the pictures of up to `limit` deleted tasks. The bytes go first: killed in between, it starts again. */
export async function sweepHidden(limit: number): Promise<number> {
  const hidden = await Task.findAll({
    where: { purgeAt: { [Op.lte]: clock.now() }, status: [...finalTaskStatuses] },
    limit,
  });
  return eachAlone('remove-deleted-results', hidden, async (task) => {
    const stored = storedResults(task).map(({ key }) => key);
    for (const key of new Set([...stored, ...resultKeysOf(task)])) await storage.current.remove(key);
    if (!(await isMediaShown(task.mediaId))) await eraseOne(task.mediaId);
    await Task.update({ results: null, purgeAt: null }, { where: { id: task.id } });
  });
}

/** True while some task in a history was made from this picture. */
async function isMediaShown(mediaId: string): Promise<boolean> {
  return (await Task.count({ where: { mediaId, hiddenAt: null } })) > 0;
}

/** Gives up to `limit` pictures back that were uploaded a week ago and that no task was ever made from. */
export async function sweepUnusedMedia(limit: number): Promise<number> {
  const unused: { id: string }[] = [];
  for (const media of await findReadyBetween(clock.now() - days(9), clock.now() - days(7), limit)) {
    if ((await Task.count({ where: { mediaId: media.id } })) === 0) unused.push(media);
  }
  return eachAlone('give-up-unused-media', unused, ({ id }) => eraseOne(id));
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
