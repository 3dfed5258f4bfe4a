import { TaskType } from '@suyi/shared-types';
import { findMade, noteMade, type Wish } from '../../db/idempotency';
import { isDuplicate, select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { AppError } from '../../lib/errors';
import { logger } from '../../lib/logger';
import { blockUser, unblockUser } from '../auth/service';
import { confirmOrder, requestRefund } from '../payments/service';
import { endStuck, forgetPauses, pauseType, resumeType } from '../tasks/service';
import { audit, type Actor, type AuditEntry } from './audit';
import type { Right } from './roles';

/* The few things that an admin can do to sellers, orders and tasks. Each leaves an entry in the audit log. */

export const deedNames = [
  'query_order',
  'refund_order',
  'end_task',
  'block_user',
  'unblock_user',
  'pause_type',
  'resume_type',
] as const;
export type DeedName = (typeof deedNames)[number];

export const rightFor: Record<DeedName, Right> = {
  query_order: 'support',
  refund_order: 'finance',
  end_task: 'support',
  block_user: 'support',
  unblock_user: 'support',
  pause_type: 'support',
  resume_type: 'support',
};

/** Its page: `/admin/actions/refund-order/ord_…` */
export const deedPath = (name: DeedName, id: string): string => `/admin/actions/${name.replace('_', '-')}/${id}`;

export type Doing = {
  subjectId: string;
  reason: string;
  /** Made with the form: the same form sent again is the same deed. */
  key: string;
  /** Of a refund; null: all that is left. */
  refundFen?: number | null;
  /** Of a pause: what sellers read. */
  banner?: string;
};

/**
 * Does it once for each key, and returns the id of its entry in the audit log. Throws what the deed throws; `admin_not_needed`
 * when things stand so already.
 */
export async function doDeed(name: DeedName, actor: Actor, doing: Doing): Promise<string> {
  const { subjectId, key } = doing;
  const said = `${name}:${subjectId}:${doing.refundFen ?? ''}`;
  const wish = { scope: 'admin', userId: actor.id, key, requestHash: said };
  const earlier = await findMade(wish);
  if (earlier) return earlier;

  try {
    const entryId = await deeds[name](doing, { actor, wish });
    const { username: by, requestId } = actor;
    logger.warn({ requestId, deed: name, subjectId, by }, 'an admin did something');
    return entryId;
  } catch (error) {
    // The same form twice at once: the other one has done it, and for this one there is nothing left to do.
    const made = isDuplicate(error) || error instanceof AppError ? await findMade(wish) : null;
    if (made) return made;
    throw error;
  }
}

type Doer = { actor: Actor; wish: Wish };

/** The entry and the form's key, in the transaction that does it. */
async function record({ actor, wish }: Doer, entry: AuditEntry, tx: Transaction): Promise<string> {
  const id = await audit(actor, entry, tx);
  await noteMade(wish, id, tx);
  return id;
}

const deeds: Record<DeedName, (doing: Doing, doer: Doer) => Promise<string>> = {
  query_order: queryOrder,

  refund_order: async ({ subjectId, reason, refundFen = null }, doer) => {
    let entryId = '';
    const wish = { orderId: subjectId, refundFen, reason, requestedBy: doer.actor.username };
    await requestRefund(wish, async (refund, tx) => {
      const { id: refundId, usesAsked, usesTaken } = refund;
      const detail = { refundId, refundFen: refund.refundFen, usesAsked, usesTaken };
      entryId = await record(doer, { action: 'refund_order', subjectType: 'order', subjectId, reason, detail }, tx);
    });
    return entryId;
  },

  end_task: async ({ subjectId, reason }, doer) => {
    let entryId = '';
    await endStuck(subjectId, async (tx) => {
      entryId = await record(doer, { action: 'end_task', subjectType: 'task', subjectId, reason }, tx);
    });
    return entryId;
  },

  block_user: (doing, doer) => changeUser('block_user', doing, doer),
  unblock_user: (doing, doer) => changeUser('unblock_user', doing, doer),

  pause_type: async ({ subjectId, reason, banner = '' }, doer) => {
    const type = typeOf(subjectId);
    const entryId = await inTransaction(async (tx) => {
      const isDone = await pauseType({ type, banner, by: doer.actor.username }, tx);
      if (!isDone) throw new AppError('admin_not_needed');
      const entry = { action: 'pause_type', subjectType: 'task_type', subjectId, reason, detail: { banner } };
      return record(doer, entry, tx);
    });
    forgetPauses();
    return entryId;
  },

  resume_type: async ({ subjectId, reason }, doer) => {
    const type = typeOf(subjectId);
    const entryId = await inTransaction(async (tx) => {
      if (!(await resumeType(type, tx))) throw new AppError('admin_not_needed');
      return record(doer, { action: 'resume_type', subjectType: 'task_type', subjectId, reason }, tx);
    });
    forgetPauses();
    return entryId;
  },
};

/** Asking a stranger has no transaction: what came of it is written down after it. */
async function queryOrder({ subjectId, reason }: Doing, doer: Doer): Promise<string> {
  const [before] = await select<{ userId: string; status: string }>(
    'SELECT user_id AS userId, status FROM orders WHERE id = :subjectId',
    { subjectId },
  );
  if (!before) throw new AppError('not_found');

  const { order, isCertain } = await confirmOrder(before.userId, subjectId);
  const detail = { before: before.status, after: order.status, didProviderAnswer: isCertain };
  const entry = { action: 'query_order', subjectType: 'order', subjectId, reason, detail };
  return inTransaction((tx) => record(doer, entry, tx));
}

async function changeUser(action: 'block_user' | 'unblock_user', doing: Doing, doer: Doer): Promise<string> {
  const { subjectId, reason } = doing;
  return inTransaction(async (tx) => {
    const isDone = action === 'block_user' ? await blockUser(subjectId, reason, tx) : await unblockUser(subjectId, tx);
    if (!isDone) throw new AppError('admin_not_needed');
    return record(doer, { action, subjectType: 'user', subjectId, reason }, tx);
  });
}

function typeOf(subjectId: string): TaskType {
  const type = TaskType.safeParse(subjectId);
  if (!type.success) throw new AppError('not_found');
  return type.data;
}
