import { taskTypes, type TaskType } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { clock } from '../../lib/clock';
import { parkedAt } from './lanes';
import type { Task } from './models';

/** Counting stops here: further back nobody needs to know it to the one. */
export const positionMax = 999;

type Place = Pick<Task, 'id' | 'type' | 'wakeAt'>;

/**
 * How many tasks go before each of these that waits, counted up to 999. At most two of one seller stand in the common queue;
 * the rest, parked behind them, come at the earliest when those have had their turn.
 */
export async function queuePositionsOf(tasks: readonly Task[]): Promise<Map<string, number>> {
  const positions = new Map<string, number>();
  const waiting = tasks.filter((task) => task.status === 'queued');
  for (const task of waiting.filter((each) => each.wakeAt !== parkedAt)) {
    positions.set(task.id, await countBefore(task));
  }

  for (const type of taskTypes) {
    const parked = waiting.filter((task) => task.type === type && task.wakeAt === parkedAt);
    if (!parked[0]) continue;
    const places = await parkedPlaces(parked[0]);
    for (const task of parked) positions.set(task.id, Math.min(positionMax, places.get(task.id) ?? positionMax));
  }
  return positions;
}

/** The places of one seller's parked tasks of one kind: behind their last task in the common queue, each behind the other. */
async function parkedPlaces({ userId, type }: Task): Promise<Map<string, number>> {
  const line = await select<{ id: string; wakeAt: number }>(
    `SELECT id, wake_at AS wakeAt FROM tasks WHERE user_id = :userId AND status = 'queued' AND type = :type
     ORDER BY id LIMIT :limit`,
    { userId, type, limit: positionMax },
  );
  let before = 0;
  for (const { id, wakeAt } of line) {
    if (Number(wakeAt) !== parkedAt)
      before = Math.max(before, (await countBefore({ id, type, wakeAt: Number(wakeAt) })) + 1);
  }
  const parked = line.filter(({ wakeAt }) => Number(wakeAt) === parkedAt);
  return new Map(parked.map(({ id }, at) => [id, before + at]));
}

async function countBefore({ type, wakeAt, id }: Place): Promise<number> {
  const [row] = await select<{ count: number }>(
    `SELECT COUNT(*) AS count FROM (
       SELECT id FROM tasks WHERE type = :type AND status = 'queued' AND (wake_at < :wakeAt OR (wake_at = :wakeAt AND id < :id))
       LIMIT :limit) before_it`,
    { type, wakeAt, id, limit: positionMax },
  );
  return Number(row?.count ?? 0);
}

/** How many tasks of this kind wait, counted up to 999. */
export async function countWaiting(type: TaskType): Promise<number> {
  const [row] = await select<{ count: number }>(
    `SELECT COUNT(*) AS count FROM (SELECT id FROM tasks WHERE type = :type AND status = 'queued' LIMIT :limit) waiting`,
    { type, limit: positionMax },
  );
  return Number(row?.count ?? 0);
}

/** How many tasks of each kind wait, parked ones included. */
export async function countQueued(): Promise<ReadonlyMap<TaskType, number>> {
  const rows = await select<{ type: TaskType; count: number }>(
    `SELECT type, COUNT(*) AS count FROM tasks WHERE type IN (:types) AND status = 'queued' GROUP BY type`,
    { types: taskTypes },
  );
  const found = new Map(rows.map(({ type, count }) => [type, Number(count)]));
  return new Map(taskTypes.map((type) => [type, found.get(type) ?? 0]));
}

/** For how many seconds the oldest task of each kind has been due without being begun. A parked one is not due. */
export async function queueAges(): Promise<ReadonlyMap<TaskType, number>> {
  const ages = new Map<TaskType, number>();
  for (const type of taskTypes) {
    const [row] = await select<{ oldest: number | null }>(
      `SELECT MIN(wake_at) AS oldest FROM tasks WHERE type = :type AND status = 'queued'`,
      { type },
    );
    const oldest = row?.oldest ?? null;
    ages.set(type, oldest === null ? 0 : Math.max(0, clock.now() - Number(oldest)) / 1_000);
  }
  return ages;
}
