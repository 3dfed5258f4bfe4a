import { config } from '../../../config';
import { change, isDuplicate, select } from '../../../db/sql';
import { clock, minutes } from '../../../lib/clock';
import { randomHex } from '../../../lib/ids';
import { leaseMs } from '../claim';
import { Task } from '../models';
import { currentPause } from './breaker';

/** How long sending the photo and ordering may take, restarts included. */
const submittingMs = minutes(10);

/**
 * Takes up to `limit` tasks that have something to do now, under a lease: open ones that are due (or whose worker died) first,
 * then waiting ones for which the vendor has room.
 */
export async function claimPoses(limit: number): Promise<Task[]> {
  const leaseToken = randomHex(16);
  const ids = [...(await claimOpen(limit, leaseToken))];
  if (ids.length < limit) ids.push(...(await claimWaiting(limit - ids.length, leaseToken)));
  return ids.length === 0 ? [] : Task.findAll({ where: { id: ids, leaseToken } });
}

async function claimOpen(limit: number, leaseToken: string): Promise<string[]> {
  const now = clock.now();
  const due = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'model_pose12' AND status IN ('submitting', 'uncertain', 'running', 'saving')
       AND wake_at <= :now LIMIT :limit`,
    { now, limit },
  );
  if (due.length === 0) return [];
  const ids = due.map(({ id }) => id);
  await change(
    `UPDATE tasks SET lease_token = :leaseToken, wake_at = :leaseEnd, updated_at = :now
     WHERE id IN (:ids) AND wake_at <= :now AND status IN ('submitting', 'uncertain', 'running', 'saving')`,
    { leaseToken, leaseEnd: now + leaseMs, now, ids },
  );
  return ids;
}

/** A free slot each: that no two tasks of all workers together have the same one is the database's word, not ours. */
async function claimWaiting(limit: number, leaseToken: string): Promise<string[]> {
  const free = await freeSlots();
  if (free.length === 0 || (await currentPause())) return [];
  const now = clock.now();
  const waiting = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'model_pose12' AND status = 'queued' AND wake_at <= :now ORDER BY wake_at LIMIT :limit`,
    { now, limit: Math.min(limit, free.length) },
  );

  const claimed: string[] = [];
  for (const [at, { id }] of waiting.entries()) {
    if (await claimOne(id, free[at] ?? '', leaseToken)) claimed.push(id);
  }
  return claimed;
}

async function freeSlots(): Promise<string[]> {
  const taken = await select<{ slot: string }>(
    'SELECT vendor_slot AS slot FROM tasks WHERE vendor_slot IS NOT NULL',
    {},
  );
  const names = new Set(taken.map(({ slot }) => slot));
  const all = Array.from({ length: config.current.poses.slots }, (_, at) => `runninghub-${at + 1}`);
  return all.filter((name) => !names.has(name));
}

async function claimOne(id: string, slot: string, leaseToken: string): Promise<boolean> {
  const now = clock.now();
  try {
    const claimed = await change(
      `UPDATE tasks SET status = 'submitting', vendor_slot = :slot, lease_token = :leaseToken, wake_at = :leaseEnd,
         deadline_at = :deadlineAt, attempts = attempts + 1, vendor_asked_at = NULL, reported_job_id = NULL, updated_at = :now
       WHERE id = :id AND status = 'queued' AND wake_at <= :now`,
      { id, slot, leaseToken, leaseEnd: now + leaseMs, deadlineAt: now + submittingMs, now },
    );
    return claimed === 1;
  } catch (error) {
    if (isDuplicate(error)) return false; // Another worker has the slot.
    throw error;
  }
}
