import { select } from '../../../db/sql';
import { clock, hours } from '../../../lib/clock';
import { openStatuses } from '../states';
import { currentPause } from './breaker';

/* What /metrics tells of pose tasks. */

/** Open ones by state. */
export async function countOpenPoses(): Promise<ReadonlyMap<string, number>> {
  const rows = await select<{ status: string; count: number }>(
    `SELECT status, COUNT(*) AS count FROM tasks WHERE type = 'model_pose12' AND status IN (:statuses) GROUP BY status`,
    { statuses: openStatuses },
  );
  const found = new Map(rows.map(({ status, count }) => [status, Number(count)]));
  return new Map(openStatuses.map((status) => [status, found.get(status) ?? 0]));
}

/** Places at the vendor that are taken. */
export async function countSlots(): Promise<number> {
  const [row] = await select<{ count: number }>(
    'SELECT COUNT(*) AS count FROM tasks WHERE vendor_slot IS NOT NULL',
    {},
  );
  return Number(row?.count ?? 0);
}

/** 1 for the reason why no new work is sent to the vendor; nothing while it is. */
export async function pauseByReason(): Promise<ReadonlyMap<string, number>> {
  const pause = await currentPause();
  return new Map(pause ? [[pause.reason, 1]] : []);
}

/** What the vendor charged for tasks that ended in the last 24 hours, by unit: its coins, and yuan. */
export async function costOfDay(): Promise<ReadonlyMap<string, number>> {
  const [sums] = await select<{ millicoins: number | null; milliyuan: number | null }>(
    `SELECT SUM(cost_millicoins) AS millicoins, SUM(cost_milliyuan) AS milliyuan FROM tasks
     WHERE type = 'model_pose12' AND finished_at > :since`,
    { since: clock.now() - hours(24) },
  );
  return new Map([
    ['coins', Number(sums?.millicoins ?? 0) / 1_000],
    ['yuan', Number(sums?.milliyuan ?? 0) / 1_000],
  ]);
}
