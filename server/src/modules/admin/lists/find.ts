import { Id, Phone } from '@suyi/shared-types';
import { select } from '../../../db/sql';

export type Found = { kind: 'user' | 'order' | 'task'; id: string };

/**
 * The one thing that these words name exactly: an id of a user, order, task or refund, a phone, an openid, a provider's number
 * of a payment, a vendor's of a job. Each is looked up in an index of its own. Null when there is no such thing.
 */
export async function findNamed(words: string): Promise<Found | null> {
  const name = words.trim();
  for (const { fits, kind, sql } of doors) {
    if (!fits(name)) continue;
    const [row] = await select<{ id: string }>(sql, { name });
    if (row) return { kind, id: row.id };
  }
  return null;
}

type Door = { fits: (name: string) => boolean; kind: Found['kind']; sql: string };

const isId = (prefix: string) => (name: string) => name.startsWith(`${prefix}_`) && Id.safeParse(name).success;
const isOther = (name: string): boolean => /^[\w-]{1,64}$/.test(name);

/** Exported for the test that asks how they are run. */
export const doors: readonly Door[] = [
  { fits: isId('usr'), kind: 'user', sql: 'SELECT id FROM users WHERE id = :name' },
  { fits: isId('ord'), kind: 'order', sql: 'SELECT id FROM orders WHERE id = :name' },
  { fits: isId('tsk'), kind: 'task', sql: 'SELECT id FROM tasks WHERE id = :name' },
  { fits: isId('rfd'), kind: 'order', sql: 'SELECT order_id AS id FROM refunds WHERE id = :name' },
  {
    fits: (name) => Phone.safeParse(name).success,
    kind: 'user',
    sql: 'SELECT id FROM users WHERE phone = :name',
  },
  { fits: isOther, kind: 'user', sql: 'SELECT id FROM users WHERE openid = :name' },
  { fits: isOther, kind: 'order', sql: 'SELECT id FROM orders WHERE transaction_id = :name' },
  { fits: isOther, kind: 'order', sql: 'SELECT order_id AS id FROM refunds WHERE refund_no = :name' },
  {
    fits: isOther,
    kind: 'task',
    sql: 'SELECT id FROM tasks WHERE vendor_job_id = :name ORDER BY id DESC LIMIT 1',
  },
];
