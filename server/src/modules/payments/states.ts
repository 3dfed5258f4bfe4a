import type { OrderStatus } from '@suyi/shared-types';
import { change, type SqlValue } from '../../db/sql';
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

/**
 * `requested`: written here, not yet known to have reached the provider. `abnormal`: the provider could not pay it out, and a
 * person has to act there. `closed` and `refused`: no money goes back, and the uses that were taken are given back.
 */
export const refundMoves = {
  requested: ['processing', 'abnormal', 'succeeded', 'closed', 'refused'],
  processing: ['abnormal', 'succeeded', 'closed', 'refused'],
  abnormal: ['succeeded', 'closed'],
  succeeded: [],
  // Called off here, and gone through at the provider all the same.
  closed: ['succeeded'],
  refused: ['succeeded'],
} as const satisfies Record<string, readonly string[]>;
export type RefundStatus = keyof typeof refundMoves;

export const openRefunds = ['requested', 'processing', 'abnormal'] as const satisfies readonly RefundStatus[];

const orderColumns = {
  prepayId: 'prepay_id',
  transactionId: 'transaction_id',
  paidAt: 'paid_at',
  checkAt: 'check_at',
  checks: 'checks',
  deliverAt: 'deliver_at',
} as const;
type OrderFields = { prepayId?: string | null; transactionId?: string; paidAt?: number; checks?: number } & {
  [name in 'checkAt' | 'deliverAt']?: number | null;
};

/** An illegal move does not compile. A lost race returns false, and the loser does nothing more. */
export function moveOrder<S extends OrderStatus>(
  id: string,
  from: S,
  to: (typeof orderMoves)[S][number],
  fields: OrderFields,
  tx: Transaction,
): Promise<boolean> {
  return move({ table: 'orders', columns: orderColumns, id, from, to, fields }, tx);
}

const refundColumns = {
  refundNo: 'refund_no',
  providerRefundId: 'provider_refund_id',
  succeededAt: 'succeeded_at',
  checkAt: 'check_at',
  checks: 'checks',
} as const;
type RefundFields = { [name in keyof typeof refundColumns]?: string | number | null };

/** The same for a refund. */
export function moveRefund<S extends RefundStatus>(
  id: string,
  from: S,
  to: (typeof refundMoves)[S][number],
  fields: RefundFields,
  tx: Transaction,
): Promise<boolean> {
  return move({ table: 'refunds', columns: refundColumns, id, from, to, fields }, tx);
}

type Move = {
  table: 'orders' | 'refunds';
  columns: Record<string, string>;
  id: string;
  from: string;
  to: string;
  fields: Record<string, SqlValue | undefined>;
};

async function move({ table, columns, id, from, to, fields }: Move, tx: Transaction): Promise<boolean> {
  const given = Object.entries(fields).filter((pair): pair is [string, SqlValue] => pair[1] !== undefined);
  const sets = given.map(([name]) => `${columns[name]} = :${name}, `).join('');
  const changed = await change(
    `UPDATE ${table} SET ${sets}status = :to, updated_at = :now WHERE id = :id AND status = :from`,
    { ...Object.fromEntries(given), id, from, to, now: clock.now() },
    tx,
  );
  return changed === 1;
}
