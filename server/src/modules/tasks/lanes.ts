import type { TaskType } from '@suyi/shared-types';
import { change, select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';

/*
 * Fairness: of one seller at most two tasks of a kind stand in the common queue; the others are parked, and each that ends
 * brings the seller's oldest parked one in, at the end of the queue. The claim therefore never has to skip a busy seller's
 * thousand rows to find another's one, and costs the same however many wait. Each kind has lanes of its own: who waits minutes
 * for a vendor must not wait minutes for a white background too. Both functions run under the seller's account lock.
 */

const laneWidth = 2;

/** The wake time of a parked task: the last moment that a Date can tell. */
export const parkedAt = 8_640_000_000_000_000;

type Lane = { userId: string; type: TaskType };

/** When the next task of this seller is due: now while there is room in the lane, else when an earlier one ends. */
export async function wakeTimeFor({ userId, type }: Lane, tx: Transaction): Promise<number> {
  const inLane = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE user_id = :userId AND status IN ('queued', 'submitting', 'uncertain', 'running', 'saving')
       AND type = :type AND wake_at < :parkedAt LIMIT :laneWidth`,
    { userId, type, parkedAt, laneWidth },
    tx,
  );
  return inLane.length < laneWidth ? clock.now() : parkedAt;
}

/** Brings the seller's oldest parked task into the queue, when there is room in the lane. */
export async function unparkNext(lane: Lane, tx: Transaction): Promise<void> {
  if ((await wakeTimeFor(lane, tx)) === parkedAt) return;

  const [next] = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE user_id = :userId AND status = 'queued' AND wake_at = :parkedAt AND type = :type
     ORDER BY id LIMIT 1`,
    { ...lane, parkedAt },
    tx,
  );
  if (!next) return;
  await change(
    `UPDATE tasks SET wake_at = :now WHERE id = :id AND status = 'queued' AND wake_at = :parkedAt`,
    { now: clock.now(), id: next.id, parkedAt },
    tx,
  );
}
