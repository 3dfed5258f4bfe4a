import { clock, days } from '../lib/clock';
import { AppError } from '../lib/errors';
import { change, insert, select } from './sql';
import type { Transaction } from './transaction';

export type Wish = { scope: string; userId: string; key: string; requestHash: string };

/** What this wish made earlier, or null. Throws `idempotency_key_reused` when the key stood for another wish. */
export async function findMade(wish: Wish, tx?: Transaction): Promise<string | null> {
  const [row] = await select<{ requestHash: string; resourceId: string }>(
    'SELECT request_hash AS requestHash, resource_id AS resourceId FROM idempotency_keys WHERE scope_key = :scopeKey',
    { scopeKey: scopeKeyOf(wish) },
    tx,
  );
  if (!row) return null;
  if (row.requestHash !== wish.requestHash) throw new AppError('idempotency_key_reused');
  return row.resourceId;
}

/** Notes what the wish made, in the transaction that makes it. Of two at once the second fails as a duplicate. */
export async function noteMade(wish: Wish, resourceId: string, tx: Transaction): Promise<void> {
  await insert(
    'idempotency_keys',
    { scope_key: scopeKeyOf(wish), request_hash: wish.requestHash, resource_id: resourceId, created_at: clock.now() },
    tx,
  );
}

/** Forgets keys older than 30 days: no phone repeats a request after that. */
export async function sweepIdempotencyKeys(): Promise<number> {
  return change('DELETE FROM idempotency_keys WHERE created_at < :before', { before: clock.now() - days(30) });
}

const scopeKeyOf = ({ scope, userId, key }: Wish): string => `${userId}:${scope}:${key}`;
