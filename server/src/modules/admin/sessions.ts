import { hash } from 'node:crypto';
import { change, insert, select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, hours, minutes } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { randomHex } from '../../lib/ids';
import type { Role } from './roles';

const lifeMs = hours(12);
const idleMs = hours(1);
/** Written down at most this often, so that looking at pages is reading alone. */
const noticeEveryMs = minutes(1);

export type AdminSession = { token: string; expiresAt: number };
/** Who asks, and what their forms must carry. */
export type SignedInAdmin = { id: string; username: string; role: Role; csrfToken: string; sessionId: string };

/** The table holds only the hash: who reads it opens nothing. */
const idOf = (token: string): string => hash('sha256', token, 'hex');

/** A session for this admin: 12 hours, or an hour without a request. */
export async function makeSession(adminId: string, ip: string, tx: Transaction): Promise<AdminSession> {
  const token = randomHex(32);
  const now = clock.now();
  const expiresAt = now + lifeMs;
  await insert(
    'admin_sessions',
    {
      id: idOf(token),
      admin_id: adminId,
      csrf_token: randomHex(32),
      ip,
      created_at: now,
      seen_at: now,
      expires_at: expiresAt,
    },
    tx,
  );
  return { token, expiresAt };
}

type Row = Omit<SignedInAdmin, 'sessionId'> & { seenAt: number; expiresAt: number; disabledAt: number | null };

/** Whose session this is. Throws `token_invalid`, or `token_expired` when it is over or was idle for an hour. */
export async function openSession(token: string): Promise<SignedInAdmin> {
  const sessionId = idOf(token);
  const [row] = await select<Row>(
    `SELECT a.id AS id, a.username AS username, a.role AS role, a.disabled_at AS disabledAt, s.csrf_token AS csrfToken,
       s.seen_at AS seenAt, s.expires_at AS expiresAt
     FROM admin_sessions s JOIN admins a ON a.id = s.admin_id WHERE s.id = :sessionId`,
    { sessionId },
  );
  if (!row || row.disabledAt !== null) throw new AppError('token_invalid');

  const now = clock.now();
  const seenAt = Number(row.seenAt);
  if (Number(row.expiresAt) <= now || seenAt + idleMs <= now) throw new AppError('token_expired');
  if (seenAt + noticeEveryMs <= now) {
    await change('UPDATE admin_sessions SET seen_at = :now WHERE id = :sessionId AND seen_at = :seenAt', {
      now,
      sessionId,
      seenAt,
    });
  }
  const { id, username, role, csrfToken } = row;
  return { id, username, role, csrfToken, sessionId };
}

export async function endSession(sessionId: string): Promise<void> {
  await change('DELETE FROM admin_sessions WHERE id = :sessionId', { sessionId });
}

/** All sessions of one admin, wherever they are open. */
export async function endSessionsOf(adminId: string, tx: Transaction): Promise<void> {
  await change('DELETE FROM admin_sessions WHERE admin_id = :adminId', { adminId }, tx);
}

/** Forgets sessions that have run out by themselves. */
export async function sweepAdminSessions(): Promise<number> {
  const now = clock.now();
  return change('DELETE FROM admin_sessions WHERE expires_at < :now OR seen_at < :idleSince', {
    now,
    idleSince: now - idleMs,
  });
}
