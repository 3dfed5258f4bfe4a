import { finalTaskStatuses, isFinal, taskTypes, type TaskType } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { select } from '../../db/sql';
import { inTransaction } from '../../db/transaction';
import { assert } from '../../lib/assert';
import { clock, days, minutes } from '../../lib/clock';
import { eachAlone } from '../../lib/each';
import { storage } from '../../vendors/storage/port';
import { eraseOne, findReadyBetween } from '../media/service';
import { lockOwnAccount } from '../quota/ledger';
import { fail } from './finish';
import { parkedAt, unparkNext } from './lanes';
import { resultKeysOf, storedResults, Task } from './models';
import { endOverdue } from './poses/overdue';
import { openStatuses } from './states';

/* What is looked after again and again, whatever became of the process that should have done it. */

/** Ends up to `limit` tasks whose time is over, with the use returned. Whoever still works on one loses the race and stops. */
export async function sweepDeadlines(limit: number): Promise<number> {
  return eachAlone('end-overdue-tasks', await overdue('basic_clean', limit), async (task) => {
    assert(!isFinal(task.status), 'only open tasks have a deadline');
    await fail(task, { from: task.status, code: 'deadline_exceeded' });
  });
}

/** The same for poses, whose vendor is asked once more before each end, so that one may take seconds. */
export async function sweepPoseDeadlines(limit: number): Promise<number> {
  const work = async (task: Task): Promise<void> => {
    assert(!isFinal(task.status), 'only open tasks have a deadline');
    await endOverdue(task, task.status);
  };
  return eachAlone('end-overdue-poses', await overdue('model_pose12', limit), work, 16);
}

const overdue = (type: TaskType, limit: number): Promise<Task[]> =>
  Task.findAll({
    where: { type, status: [...openStatuses], deadlineAt: { [Op.lte]: clock.now() } },
    order: [['deadlineAt', 'ASC']],
    limit,
  });

/**
 * Looks after up to `limit` sellers with parked tasks. Ending a task wakes the next one by itself; this is for what no code
 * path thought of, so that nothing waits for ever.
 */
export async function wakeParked(limit: number): Promise<void> {
  for (const type of taskTypes) {
    const parked = await select<{ id: string }>(
      `SELECT DISTINCT user_id AS id FROM tasks WHERE type = :type AND status = 'queued' AND wake_at = :parkedAt LIMIT :limit`,
      { type, parkedAt, limit },
    );
    await eachAlone('wake-parked-tasks', parked, ({ id }) =>
      inTransaction(async (tx) => {
        await lockOwnAccount(id, tx);
        await unparkNext({ userId: id, type }, tx);
      }),
    );
  }
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
    await Task.update({ results: null, vendorPictures: null, purgeAt: null }, { where: { id: task.id } });
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

/** Throws when something has been due for five minutes: no worker is running, or all are stuck. */
export async function refuseOldQueue(): Promise<void> {
  const before = clock.now() - minutes(5);
  const rows = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'basic_clean' AND status = 'queued' AND wake_at < :before LIMIT 1`,
    { before },
  );
  // Poses wait for the vendor's slots for good reasons; what has begun is looked at every few seconds.
  const begun = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'model_pose12' AND status IN ('running', 'saving') AND wake_at < :before LIMIT 1`,
    { before },
  );
  if (rows.length + begun.length > 0) throw new Error('a due task has waited for over five minutes');
}
