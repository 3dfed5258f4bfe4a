import { clock, days } from '../lib/clock';
import { AppError } from '../lib/errors';
import { newId } from '../lib/ids';
import { change, insert, select } from './sql';
import type { Transaction } from './transaction';

export type Wish = { scope: string; userId: string; key: string; requestHash: string };

/** What this wish made earlier, or null. Throws `idempotency_key_reused` when the key stood for another wish. */
export async function findMade(wish: Wish, tx?: Transaction): Promise<string | null> {
  const [row] = await select<{ requestHash: string; resourceId: string }>(
    `SELECT request_hash AS requestHash, resource_id AS resourceId FROM idempotency_keys
     WHERE user_id = :userId AND scope = :scope AND wish_key = :key`,
    { userId: wish.userId, scope: wish.scope, key: wish.key },
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
    {
      id: newId('wsh'),
      user_id: wish.userId,
      scope: wish.scope,
      wish_key: wish.key,
      request_hash: wish.requestHash,
      resource_id: resourceId,
      created_at: clock.now(),
    },
    tx,
  );
}

/** Two accounts become one: a phone that repeats what it asked for before the merge is still answered with the first one. */
export async function mergeWishes(fromUserId: string, toUserId: string, tx: Transaction): Promise<void> {
  const read = (userId: string): Promise<{ id: string; name: string }[]> =>
    select<{ id: string; scope: string; key: string }>(
      'SELECT id, scope, wish_key AS `key` FROM idempotency_keys WHERE user_id = :userId',
      { userId },
      tx,
    ).then((rows) => rows.map(({ id, scope, key }) => ({ id, name: `${scope}:${key}` })));

  const taken = new Set((await read(toUserId)).map(({ name }) => name));
  const ids = (await read(fromUserId)).filter(({ name }) => !taken.has(name)).map(({ id }) => id);
  if (ids.length === 0) return;
  await change('UPDATE idempotency_keys SET user_id = :toUserId WHERE id IN (:ids)', { toUserId, ids }, tx);
}

/** Forgets keys older than 30 days: no phone repeats a request after that. */
export async function sweepIdempotencyKeys(): Promise<number> {
  return change('DELETE FROM idempotency_keys WHERE created_at < :before', { before: clock.now() - days(30) });
}
