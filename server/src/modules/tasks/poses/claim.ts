import { config } from '../../../config';
import { change, isDuplicate, select } from '../../../db/sql';
import { clock, minutes } from '../../../lib/clock';
import { randomHex } from '../../../lib/ids';
import { leaseMs } from '../claim';
import { Task } from '../models';
import type { OpenStatus } from '../states';
import { currentGait } from './breaker';

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

/** One task whose time is over, as it stands now; null when somebody works on it, has ended it, or gave it more time. */
export async function claimOverdue(id: string, status: OpenStatus): Promise<Task | null> {
  const now = clock.now();
  const leaseToken = randomHex(16);
  const claimed = await change(
    `UPDATE tasks SET lease_token = :leaseToken, wake_at = :leaseEnd, updated_at = :now
     WHERE id = :id AND status = :status AND deadline_at <= :now AND (lease_token IS NULL OR wake_at <= :now)`,
    { leaseToken, leaseEnd: now + leaseMs, now, id, status },
  );
  return claimed === 1 ? Task.findOne({ where: { id, leaseToken } }) : null;
}

/** A free slot each: that no two tasks of all workers together have the same one is the database's word, not ours. */
async function claimWaiting(limit: number, leaseToken: string): Promise<string[]> {
  const free = await freeSlots();
  if (free.length === 0) return [];
  const atMost = await mayOrder();
  if (atMost === 0) return [];
  const now = clock.now();
  const waiting = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'model_pose12' AND status = 'queued' AND wake_at <= :now ORDER BY wake_at LIMIT :limit`,
    { now, limit: Math.min(limit, free.length, atMost) },
  );

  const claimed: string[] = [];
  for (const [at, { id }] of waiting.entries()) {
    if (await claimOne(id, free[at] ?? '', leaseToken)) claimed.push(id);
  }
  return claimed;
}

/** How many orders may be begun: on trial one, and only while none is on its way. */
async function mayOrder(): Promise<number> {
  const gait = await currentGait();
  if (gait !== 'trial') return gait === 'free' ? Infinity : 0;
  const onTheirWay = await select<{ id: string }>(
    `SELECT id FROM tasks WHERE type = 'model_pose12' AND status = 'submitting' LIMIT 1`,
    {},
  );
  return onTheirWay.length === 0 ? 1 : 0;
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
