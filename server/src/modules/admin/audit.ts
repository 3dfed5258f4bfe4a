import { insert, select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, days, startOfShanghaiDay } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { idFloor, newId } from '../../lib/ids';

/** Who does something, and from where: what an entry of the audit log says of them. */
export type Actor = { id: string; username: string; ip: string; userAgent: string; requestId: string };

export type AuditEntry = {
  /** What was done: `block_user`. */
  action: string;
  /** What it was done to: `user`, `order`, `task`, `task_type`, `admin`, `list`. */
  subjectType: string;
  subjectId: string;
  reason?: string;
  /** What was before and after, or what it came to. No phone, no secret. */
  detail?: Record<string, unknown>;
};

/**
 * Writes down what an admin did, and returns the entry's id. The log is append-only: nothing in this program changes or removes
 * an entry, so what is done and its entry belong into one transaction wherever the deed has one.
 */
export async function audit(actor: Actor, entry: AuditEntry, tx?: Transaction): Promise<string> {
  const id = newId('aud');
  await insert(
    'admin_audit',
    {
      id,
      admin_id: actor.id,
      username: actor.username,
      action: entry.action,
      subject_type: entry.subjectType,
      subject_id: entry.subjectId.slice(0, 64),
      reason: entry.reason?.slice(0, 500) ?? null,
      detail: JSON.stringify(entry.detail ?? {}),
      ip: actor.ip,
      user_agent: actor.userAgent.slice(0, 300),
      request_id: actor.requestId,
      created_at: clock.now(),
    },
    tx,
  );
  return id;
}

export type AuditRow = {
  id: string;
  adminId: string;
  username: string;
  action: string;
  subjectType: string;
  subjectId: string;
  reason: string | null;
  /** JSON. */
  detail: string;
  ip: string;
  userAgent: string | null;
  requestId: string;
  createdAt: number;
};

const columns = `id, admin_id AS adminId, username, action, subject_type AS subjectType, subject_id AS subjectId, reason, detail,
  ip, user_agent AS userAgent, request_id AS requestId, created_at AS createdAt`;

export type AuditFilter = {
  adminId?: string;
  subjectId?: string;
  action?: string;
  /** Days in Asia/Shanghai, both included. */
  from?: string;
  to?: string;
  /** The last id of the page before. */
  cursor?: string;
};

const startOf = (day: string): number => startOfShanghaiDay(Date.parse(`${day}T04:00:00Z`));

/** The kinds of thing that an entry can be about. */
const subjectTypes = ['user', 'order', 'task', 'task_type', 'admin', 'list'];

/** Up to `limit` entries, newest first. Each filter reads along an index; `action` is sifted out of what the others leave. */
export async function listAudit(filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { adminId, subjectId, action, from, to, cursor } = filter;
  const parts = [
    ...(adminId ? ['admin_id = :adminId'] : []),
    ...(subjectId ? ['subject_type IN (:subjectTypes) AND subject_id = :subjectId'] : []),
    ...(action ? ['action = :action'] : []),
    ...(from ? ['id >= :floor'] : []),
    ...(to ? ['id < :ceiling'] : []),
    ...(cursor ? ['id < :cursor'] : []),
  ];
  return select<AuditRow>(
    `SELECT ${columns} FROM admin_audit ${parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : ''} ORDER BY id DESC LIMIT :limit`,
    {
      adminId: adminId ?? null,
      subjectTypes,
      subjectId: subjectId ?? null,
      action: action ?? null,
      floor: from ? idFloor('aud', startOf(from)) : null,
      ceiling: to ? idFloor('aud', startOf(to) + days(1)) : null,
      cursor: cursor ?? null,
      limit,
    },
  );
}

/** Throws `not_found`. */
export async function getAuditRow(id: string): Promise<AuditRow> {
  const [row] = await select<AuditRow>(`SELECT ${columns} FROM admin_audit WHERE id = :id`, { id });
  if (!row) throw new AppError('not_found');
  return row;
}
