import { taskTypes, type TaskType } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { parkedAt } from './lanes';
import type { Task } from './models';

/** Counting stops here: further back nobody needs to know it to the one. */
export const positionMax = 999;

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

  for (const type of taskTypes) {
    const parked = waiting.filter((task) => task.type === type && task.wakeAt === parkedAt);
    if (!parked[0]) continue;
    const line = await ownLine(parked[0]);
    for (const task of parked) positions.set(task.id, line.get(task.id) ?? positionMax);
  }
  return positions;
}

async function ownLine({ userId, type }: Task): Promise<Map<string, number>> {
  const line = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE user_id = :userId AND status IN ('queued', 'submitting', 'uncertain', 'running', 'saving')
       AND type = :type ORDER BY id LIMIT :limit`,
    { userId, type, limit: positionMax },
  );
  return new Map(line.map(({ id }, place) => [id, place]));
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

/** How many tasks of this kind wait, counted up to 999. */
export async function countWaiting(type: TaskType): Promise<number> {
  const [row] = await select<{ count: number }>(
    `SELECT COUNT(*) AS count FROM (SELECT id FROM tasks WHERE type = :type AND status = 'queued' LIMIT :limit) waiting`,
    { type, limit: positionMax },
  );
  return Number(row?.count ?? 0);
}
