import type { PageQuery } from '@suyi/shared-types';
import { select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { eachAlone } from '../../lib/each';
import { AppError } from '../../lib/errors';
import { lockAccount, passOn, pointTo, type EntryRow } from './ledger';

export { usesSpent } from './figures';
export { checkLedger, keepVerdict, lastVerdict, verifyAndKeep, type StoredVerdict } from './verdict';
export { verifyLedger, type LedgerVerdict } from './verify';

export type Quota = { remaining: number; held: number; expireAt: number | null; graceUntil: number | null };

const noQuota: Quota = { remaining: 0, held: 0, expireAt: null, graceUntil: null };

/** What the seller may spend at this moment. Leftovers past their end count as gone, swept or not. */
export async function getQuota(userId: string): Promise<Quota> {
  const [row] = await select<Quota>(
    `SELECT remaining, held, expire_at AS expireAt, grace_until AS graceUntil FROM quota_accounts WHERE user_id = :userId`,
    { userId },
  );
  if (!row) return noQuota;

  const now = clock.now();
  const isInGrace = (row.graceUntil ?? 0) > now;
  const canSpend = (row.expireAt ?? 0) > now || isInGrace;
  return { ...row, remaining: canSpend ? row.remaining : 0, graceUntil: isInGrace ? row.graceUntil : null };
}

/** How many uses were spent since then, or are held at this moment. */
export async function usedSince(userId: string, since: number): Promise<number> {
  const [spent] = await select<{ uses: number | null }>(
    `SELECT SUM(uses) AS uses FROM quota_entries WHERE user_id = :userId AND kind = 'capture' AND created_at >= :since`,
    { userId, since },
  );
  const { held } = await getQuota(userId);
  return Number(spent?.uses ?? 0) + held;
}

/** One page of the seller's statement, newest first. */
export async function listEntries(userId: string, page: PageQuery): Promise<EntryRow[]> {
  return select<EntryRow>(
    `SELECT * FROM quota_entries WHERE user_id = :userId AND position < :before ORDER BY position DESC LIMIT :limit`,
    { userId, before: positionOf(page.cursor), limit: page.limit + 1 },
  );
}

function positionOf(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const position = Number(cursor);
  if (!Number.isSafeInteger(position))
    throw new AppError('invalid_request', { fields: [{ path: 'cursor', message: '格式不对' }] });
  return position;
}

/** Clears, by an entry each, what stayed over in up to `limit` accounts whose end has passed. Returns how many. */
export async function sweepExpired(limit: number): Promise<number> {
  const now = clock.now();
  const due = await select<{ id: string }>(
    `SELECT user_id AS id FROM quota_accounts
     WHERE expire_at <= :now AND remaining > 0 AND (grace_until IS NULL OR grace_until <= :now) LIMIT :limit`,
    { now, limit },
  );
  return eachAlone('clear-expired-uses', due, ({ id }) => inTransaction((tx) => lockAccount(id, tx)));
}

/** Two accounts of one person become one: the uses go to `toUserId`, and so will those still held. */
export async function mergeQuota(fromUserId: string, toUserId: string, tx: Transaction): Promise<void> {
  // In the order of their ids, so that two merges at once cannot wait for each other.
  const [first, second] = [fromUserId, toUserId].sort();
  const accounts = [await lockAccount(first ?? fromUserId, tx), await lockAccount(second ?? toUserId, tx)];
  const from = accounts.find((account) => account.userId === fromUserId);
  const to = accounts.find((account) => account.userId === toUserId);
  if (!from || !to) return;

  await passOn(from, to, { type: 'merge', id: fromUserId }, tx);
  await pointTo(from, to, tx);
}
