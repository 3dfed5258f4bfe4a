import type { OrderStatus } from '@suyi/shared-types';
import { change } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';

/** A late success on a closed order still grants: the money came. */
export const orderMoves = {
  created: ['awaiting', 'paid', 'closed'],
  awaiting: ['paid', 'closed'],
  closed: ['paid'],
  paid: ['refunding'],
  refunding: ['refunded', 'paid'],
  refunded: [],
} as const satisfies Record<OrderStatus, readonly OrderStatus[]>;

type Fields = { prepayId?: string; transactionId?: string; paidAt?: number; checkAt?: number | null };

/** An illegal move does not compile. A lost race returns false, and the loser does nothing more. */
export async function moveOrder<S extends OrderStatus>(
  id: string,
  from: S,
  to: (typeof orderMoves)[S][number],
  fields: Fields,
  tx: Transaction,
): Promise<boolean> {
  const columns: Record<keyof Fields, string> = {
    prepayId: 'prepay_id',
    transactionId: 'transaction_id',
    paidAt: 'paid_at',
    checkAt: 'check_at',
  };
  const names = (Object.keys(fields) as (keyof Fields)[]).map((name) => `${columns[name]} = :${name}, `).join('');
  const changed = await change(
    `UPDATE orders SET ${names}status = :to, updated_at = :now WHERE id = :id AND status = :from`,
    { ...fields, id, from, to, now: clock.now() },
    tx,
  );
  return changed === 1;
}
