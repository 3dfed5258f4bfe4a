import type { TaskStatus } from '@suyi/shared-types';
import { change, type SqlValue } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, hours } from '../../lib/clock';

export const taskMoves = {
  queued: ['submitting', 'cancelled', 'failed'],
  submitting: ['running', 'queued', 'uncertain', 'failed'],
  uncertain: ['running', 'failed'],
  running: ['saving', 'failed'],
  saving: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>;

export type OpenStatus = Exclude<TaskStatus, 'succeeded' | 'failed' | 'cancelled'>;
export const openStatuses = [
  'queued',
  'submitting',
  'uncertain',
  'running',
  'saving',
] as const satisfies readonly OpenStatus[];

/** How long a task may wait for its turn. */
export const queuedMs = hours(6);

/**
 * How long fetching the pictures may take: enough to sit out an outage of the store or of the vendor's, and well inside the day
 * that its links live.
 */
export const savingMs = hours(2);

/** While a task is in one of these it may have a job at the vendor, and keeps its slot there. */
const slotStatuses: readonly TaskStatus[] = ['submitting', 'uncertain', 'running'];

const columns = {
  progress: 'progress',
  results: 'results',
  measures: 'measures',
  errorCode: 'error_code',
  quotaEffect: 'quota_effect',
  finishedAt: 'finished_at',
  wakeAt: 'wake_at',
  nextLeaseToken: 'lease_token',
  deadlineAt: 'deadline_at',
  attempts: 'attempts',
  refusals: 'refusals',
  vendorJobId: 'vendor_job_id',
  vendorAskedAt: 'vendor_asked_at',
  vendorPictures: 'vendor_pictures',
  reportedJobId: 'reported_job_id',
  submittedAt: 'submitted_at',
  costMillicoins: 'cost_millicoins',
  costMilliyuan: 'cost_milliyuan',
  costSeconds: 'cost_seconds',
  tellAt: 'tell_at',
} as const;

export type MoveFields = { [name in keyof typeof columns]?: SqlValue };

/**
 * An illegal move does not compile. A lost race returns false, and the loser does nothing more. With `leaseToken` only who
 * holds the lease may move: whoever lost it to another worker has lost the race. The slot at the vendor goes in the same
 * statement that makes it free.
 */
export async function moveTask<S extends OpenStatus>(
  move: { id: string; from: S; to: (typeof taskMoves)[S][number]; leaseToken?: string },
  fields: MoveFields,
  tx?: Transaction,
): Promise<boolean> {
  const sets = (Object.keys(fields) as (keyof MoveFields)[]).map((name) => `${columns[name]} = :${name}, `).join('');
  const slot = slotStatuses.includes(move.to) ? '' : 'vendor_slot = NULL, ';
  const lease = move.leaseToken === undefined ? '' : ' AND lease_token = :leaseToken';
  const changed = await change(
    `UPDATE tasks SET ${sets}${slot}status = :to, updated_at = :now WHERE id = :id AND status = :from${lease}`,
    { ...fields, ...move, leaseToken: move.leaseToken ?? null, now: clock.now() },
    tx,
  );
  return changed === 1;
}
