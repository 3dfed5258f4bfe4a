import { ModelPoseParams, type CleanMeasures, type PoseMeasures, type TaskFailureCode } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { logger } from '../../lib/logger';
import { counter, durations } from '../../lib/meters';
import { capture, lockAccount, lockOwnAccount, release, type LockedAccount } from '../quota/ledger';
import { unparkNext } from './lanes';
import type { StoredResult, Task } from './models';
import { announce, endOf, queueGrew } from './signals';
import { moveTask, type MoveFields, type OpenStatus } from './states';

type Ended = Pick<Task, 'id' | 'userId' | 'accountId' | 'uses' | 'type' | 'params' | 'createdAt'>;

/**
 * The pictures are stored: the use is spent, in the same transaction, unless some of them are missing: then the seller keeps
 * what there is, and the use goes back. With `leaseToken` only its holder may end it. False: somebody else did; stop.
 */
export function succeed(
  task: Ended,
  outcome: {
    results: StoredResult[];
    measures: CleanMeasures | PoseMeasures | null;
    isWhole: boolean;
    leaseToken?: string;
    alongside?: Alongside;
  },
): Promise<boolean> {
  const { results, measures, isWhole, leaseToken } = outcome;
  const reason: TaskFailureCode | null = isWhole ? null : 'frames_missing';
  const fields = {
    results: JSON.stringify(results),
    measures: measures && JSON.stringify(measures),
    progress: 100,
    quotaEffect: isWhole ? 'captured' : 'released',
    errorCode: reason,
  };
  return end(
    task,
    (final, tx) => moveTask({ id: task.id, from: 'saving', to: 'succeeded', leaseToken }, { ...fields, ...final }, tx),
    { kind: isWhole ? 'capture' : 'release', outcome: 'succeeded', reason },
    outcome.alongside,
  );
}

/** It did not work: the use goes back, in the same transaction. False: somebody else ended it; stop. */
export function fail(
  task: Ended,
  failure: {
    from: OpenStatus;
    code: TaskFailureCode;
    leaseToken?: string;
    fields?: MoveFields;
    alongside?: Alongside;
  },
): Promise<boolean> {
  const { from, code, leaseToken } = failure;
  const fields = { ...failure.fields, errorCode: code, quotaEffect: 'released' };
  return end(
    task,
    (final, tx) => moveTask({ id: task.id, from, to: 'failed', leaseToken }, { ...fields, ...final }, tx),
    { kind: 'release', outcome: 'failed', reason: code },
    failure.alongside,
  );
}

/** The seller changed their mind while it waited: the use goes back. False: it is not waiting any more. */
export function cancel(task: Ended): Promise<boolean> {
  const fields = { quotaEffect: 'released' };
  return end(
    task,
    // They know: no message.
    (final, tx) =>
      moveTask({ id: task.id, from: 'queued', to: 'cancelled' }, { ...fields, ...final, tellAt: null }, tx),
    { kind: 'release', outcome: 'cancelled', reason: null },
  );
}

/** What is written in the transaction that ends the task, and only by its winner. */
type Alongside = (tx: Transaction) => Promise<void>;

type Ending = {
  kind: 'capture' | 'release';
  outcome: 'succeeded' | 'failed' | 'cancelled';
  reason: TaskFailureCode | null;
};

const ended = counter({
  name: 'suyi_tasks_ended_total',
  help: 'Tasks that this process ended, by type, outcome and failure code (`none` where there is none)',
  labels: ['type', 'outcome', 'reason'],
});
const lifetimes = durations({
  name: 'suyi_task_seconds',
  help: 'From the order of a task to its end, by type and outcome, waiting included',
  labels: ['type', 'outcome'],
  steps: [1, 3, 10, 60, 300, 1_200],
});

/** One transaction: the guarded move, and only for its winner the ledger and the seller's next task. */
async function end(
  task: Ended,
  move: (final: MoveFields, tx: Transaction) => Promise<boolean>,
  { kind, outcome, reason }: Ending,
  alongside?: Alongside,
): Promise<boolean> {
  const won = await inTransaction(async (tx) => {
    const now = clock.now();
    if (!(await move({ finishedAt: now, ...(isToBeTold(task) && { tellAt: now }) }, tx))) return false;

    const account = await lockAccount(task.accountId, tx);
    const entry = { cause: { type: 'task' as const, id: task.id }, uses: task.uses };
    await (kind === 'capture' ? capture(account, entry, tx) : release(account, entry, tx));
    await wakeNext(account, task, tx);
    await alongside?.(tx);
    return true;
  });
  if (!won) return false;

  const { id: taskId, userId, type, createdAt } = task;
  const ms = clock.now() - createdAt;
  logger.info({ taskId, userId, type, outcome, reason, kind, ms }, 'task ended');
  ended.inc({ type, outcome, reason: reason ?? 'none' });
  lifetimes.observe({ type, outcome }, ms / 1_000);
  announce(endOf(task.id));
  announce(queueGrew);
  return true;
}

/** The seller's lane has room. Whose lane it is, is asked now: accounts may have been merged since the task was read. */
async function wakeNext(account: LockedAccount, { id, type }: Ended, tx: Transaction): Promise<void> {
  const [owner] = await select<{ userId: string }>('SELECT user_id AS userId FROM tasks WHERE id = :id', { id }, tx);
  if (!owner) return;
  if (owner.userId !== account.userId) await lockOwnAccount(owner.userId, tx);
  await unparkNext({ userId: owner.userId, type }, tx);
}

/** The seller asked for a message about how it ends. */
function isToBeTold({ type, params }: Ended): boolean {
  return type === 'model_pose12' && ModelPoseParams.safeParse(JSON.parse(params)).data?.shouldNotify === true;
}
