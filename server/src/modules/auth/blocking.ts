import { change } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';

/** From now on every token of this seller is refused, and so is a log-in. False: was not active. */
export async function blockUser(userId: string, reason: string, tx: Transaction): Promise<boolean> {
  const changed = await change(
    `UPDATE users SET status = 'blocked', blocked_reason = :reason, blocked_at = :now, updated_at = :now
     WHERE id = :userId AND status = 'active'`,
    { userId, reason: reason.slice(0, 190), now: clock.now() },
    tx,
  );
  return changed === 1;
}

/** Tokens that have not run out open the account again. False: was not blocked. */
export async function unblockUser(userId: string, tx: Transaction): Promise<boolean> {
  const changed = await change(
    `UPDATE users SET status = 'active', blocked_reason = NULL, blocked_at = NULL, updated_at = :now
     WHERE id = :userId AND status = 'blocked'`,
    { userId, now: clock.now() },
    tx,
  );
  return changed === 1;
}
