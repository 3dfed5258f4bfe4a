import type { TaskStatus } from '@suyi/shared-types';
import { change, type SqlValue } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';

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

const columns = {
  progress: 'progress',
  results: 'results',
  measures: 'measures',
  errorCode: 'error_code',
  quotaEffect: 'quota_effect',
  finishedAt: 'finished_at',
} as const;

export type MoveFields = { [name in keyof typeof columns]?: SqlValue };

/**
 * An illegal move does not compile. A lost race returns false, and the loser does nothing more. With `leaseToken` only who
 * holds the lease may move: whoever lost it to another worker has lost the race.
 */
export async function moveTask<S extends OpenStatus>(
  move: { id: string; from: S; to: (typeof taskMoves)[S][number]; leaseToken?: string },
  fields: MoveFields,
  tx?: Transaction,
): Promise<boolean> {
  const sets = (Object.keys(fields) as (keyof MoveFields)[]).map((name) => `${columns[name]} = :${name}, `).join('');
  const lease = move.leaseToken === undefined ? '' : ' AND lease_token = :leaseToken';
  const changed = await change(
    `UPDATE tasks SET ${sets}status = :to, updated_at = :now WHERE id = :id AND status = :from${lease}`,
    { ...fields, ...move, leaseToken: move.leaseToken ?? null, now: clock.now() },
    tx,
  );
  return changed === 1;
}
