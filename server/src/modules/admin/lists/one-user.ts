import type { CauseType, EntryKind, TaskStatus, TaskType, UserStatus } from '@suyi/shared-types';
import { select } from '../../../db/sql';
import { AppError } from '../../../lib/errors';

/* All that a seller's page shows. Times are epoch milliseconds. */

export type UserRow = {
  id: string;
  phone: string | null;
  openid: string | null;
  unionid: string | null;
  status: UserStatus;
  mergedInto: string | null;
  blockedReason: string | null;
  blockedAt: number | null;
  createdAt: number;
};

export type AccountRow = {
  remaining: number;
  held: number;
  expireAt: number | null;
  graceUntil: number | null;
  mergedInto: string | null;
  entryCount: number;
};

/** Throws `not_found`. */
export async function getUserRow(id: string): Promise<UserRow> {
  const [row] = await select<UserRow>(
    `SELECT id, phone, openid, unionid, status, merged_into AS mergedInto, blocked_reason AS blockedReason,
       blocked_at AS blockedAt, created_at AS createdAt FROM users WHERE id = :id`,
    { id },
  );
  if (!row) throw new AppError('not_found');
  return row;
}

/** Null: never had a use. */
export async function findAccount(userId: string): Promise<AccountRow | null> {
  const [row] = await select<AccountRow>(
    `SELECT remaining, held, expire_at AS expireAt, grace_until AS graceUntil, merged_into AS mergedInto,
       entry_count AS entryCount FROM quota_accounts WHERE user_id = :userId`,
    { userId },
  );
  return row ?? null;
}

/** The accounts that went into this one. */
export async function findMergedFrom(userId: string): Promise<string[]> {
  const rows = await select<{ id: string }>('SELECT id FROM users WHERE merged_into = :userId ORDER BY id LIMIT 20', {
    userId,
  });
  return rows.map(({ id }) => id);
}

/** An entry of the ledger, and how that which caused it stands now. */
export type EntryWithCause = {
  id: string;
  position: number;
  kind: EntryKind;
  uses: number;
  causeType: CauseType;
  causeId: string;
  remainingAfter: number;
  heldAfter: number;
  createdAt: number;
  task: { type: TaskType; status: TaskStatus; errorCode: string | null } | null;
  /** The order that a refund belongs to. */
  refundedOrderId: string | null;
};

export type EntryRow = Omit<EntryWithCause, 'task' | 'refundedOrderId'>;
const entryColumns = `id, position, kind, uses, cause_type AS causeType, cause_id AS causeId,
  remaining_after AS remainingAfter, held_after AS heldAfter, created_at AS createdAt`;

/** Up to `limit` entries below this place in the account, newest first. */
export async function readEntries(userId: string, below: number, limit: number): Promise<EntryWithCause[]> {
  const entries = await select<EntryRow>(
    `SELECT ${entryColumns} FROM quota_entries WHERE user_id = :userId AND position < :below
     ORDER BY position DESC LIMIT :limit`,
    { userId, below, limit },
  );
  return withCauses(entries);
}

/** The entries that this caused, oldest first. */
export async function readEntriesOf(causeType: CauseType, causeIds: readonly string[]): Promise<EntryRow[]> {
  if (causeIds.length === 0) return [];
  return select<EntryRow>(
    `SELECT ${entryColumns} FROM quota_entries WHERE cause_type = :causeType AND cause_id IN (:causeIds)
     ORDER BY created_at, position`,
    { causeType, causeIds },
  );
}

async function withCauses(entries: readonly EntryRow[]): Promise<EntryWithCause[]> {
  const idsOf = (type: CauseType): string[] =>
    entries.filter((each) => each.causeType === type).map((each) => each.causeId);
  const tasks = await readTaskStates(idsOf('task'));
  const orders = await readRefundedOrders(idsOf('refund').map(refundIdOf));
  return entries.map((entry) => ({
    ...entry,
    task: tasks.get(entry.causeId) ?? null,
    refundedOrderId: orders.get(refundIdOf(entry.causeId)) ?? null,
  }));
}

/** A refund that takes uses and days makes two entries; both are about the one refund. */
const refundIdOf = (causeId: string): string => causeId.replace(/\.days$/, '');

type TaskState = { id: string; type: TaskType; status: TaskStatus; errorCode: string | null };

async function readTaskStates(ids: readonly string[]): Promise<Map<string, TaskState>> {
  if (ids.length === 0) return new Map();
  const rows = await select<TaskState>(
    'SELECT id, type, status, error_code AS errorCode FROM tasks WHERE id IN (:ids)',
    { ids },
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function readRefundedOrders(ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await select<{ id: string; orderId: string }>(
    'SELECT id, order_id AS orderId FROM refunds WHERE id IN (:ids)',
    { ids },
  );
  return new Map(rows.map(({ id, orderId }) => [id, orderId]));
}

export type AuditRow = {
  id: string;
  username: string;
  action: string;
  reason: string | null;
  createdAt: number;
};

/** What admins did to this, newest first. */
export async function readAuditOf(subjectType: string, subjectId: string): Promise<AuditRow[]> {
  return select<AuditRow>(
    `SELECT id, username, action, reason, created_at AS createdAt FROM admin_audit
     WHERE subject_type = :subjectType AND subject_id = :subjectId ORDER BY id DESC LIMIT 20`,
    { subjectType, subjectId },
  );
}
