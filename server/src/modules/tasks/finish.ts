import type { CleanMeasures, TaskFailureCode } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { logger } from '../../lib/logger';
import { capture, lockAccount, lockOwnAccount, release, type LockedAccount } from '../quota/ledger';
import { unparkNext } from './lanes';
import type { StoredResult, Task } from './models';
import { announce, endOf, queueGrew } from './signals';
import { moveTask, type MoveFields, type OpenStatus } from './states';

type Ended = Pick<Task, 'id' | 'userId' | 'accountId' | 'uses'>;

/** The pictures are stored: the use is spent, in the same transaction. False: somebody else ended it; stop. */
export function succeed(
  task: Ended & { leaseToken: string | null },
  outcome: { results: StoredResult[]; measures: CleanMeasures | null },
): Promise<boolean> {
  const fields = {
    results: JSON.stringify(outcome.results),
    measures: outcome.measures && JSON.stringify(outcome.measures),
    progress: 100,
    quotaEffect: 'captured',
  };
  const leaseToken = task.leaseToken ?? '';
  return end(
    task,
    (final, tx) => moveTask({ id: task.id, from: 'saving', to: 'succeeded', leaseToken }, { ...fields, ...final }, tx),
    'capture',
  );
}

/** It did not work: the use goes back, in the same transaction. False: somebody else ended it; stop. */
export function fail(
  task: Ended,
  failure: { from: OpenStatus; code: TaskFailureCode; leaseToken?: string },
): Promise<boolean> {
  const { from, code, leaseToken } = failure;
  const fields = { errorCode: code, quotaEffect: 'released' };
  return end(
    task,
    (final, tx) => moveTask({ id: task.id, from, to: 'failed', leaseToken }, { ...fields, ...final }, tx),
    'release',
  );
}

/** The seller changed their mind while it waited: the use goes back. False: it is not waiting any more. */
export function cancel(task: Ended): Promise<boolean> {
  const fields = { quotaEffect: 'released' };
  return end(
    task,
    (final, tx) => moveTask({ id: task.id, from: 'queued', to: 'cancelled' }, { ...fields, ...final }, tx),
    'release',
  );
}

/** One transaction: the guarded move, and only for its winner the ledger and the seller's next task. */
async function end(
  task: Ended,
  move: (final: MoveFields, tx: Transaction) => Promise<boolean>,
  kind: 'capture' | 'release',
): Promise<boolean> {
  const won = await inTransaction(async (tx) => {
    if (!(await move({ finishedAt: clock.now() }, tx))) return false;

    const account = await lockAccount(task.accountId, tx);
    const entry = { cause: { type: 'task' as const, id: task.id }, uses: task.uses };
    await (kind === 'capture' ? capture(account, entry, tx) : release(account, entry, tx));
    await wakeNext(account, task.id, tx);
    return true;
  });
  if (!won) return false;

  logger.info({ taskId: task.id, userId: task.userId, kind }, 'task ended');
  announce(endOf(task.id));
  announce(queueGrew);
  return true;
}

/** The seller's lane has room. Whose lane it is, is asked now: accounts may have been merged since the task was read. */
async function wakeNext(account: LockedAccount, taskId: string, tx: Transaction): Promise<void> {
  const [owner] = await select<{ userId: string }>(
    'SELECT user_id AS userId FROM tasks WHERE id = :taskId',
    { taskId },
    tx,
  );
  if (!owner) return;
  if (owner.userId !== account.userId) await lockOwnAccount(owner.userId, tx);
  await unparkNext(owner.userId, tx);
}
