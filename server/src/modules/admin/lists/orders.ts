import type { AdminOrderDto, AdminOrdersFilter, Fen, OrderStatus, PaymentChannel, Uses } from '@suyi/shared-types';
import { select } from '../../../db/sql';
import { toMoment, toMomentOrNull } from '../../../lib/clock';
import { inOrderOf, type Arm, type Listing } from './keyset';
import { shownPhone } from './phones';

export function listOrders({ userId, status, channel, from, to, sort }: AdminOrdersFilter): Listing {
  const also = { status, channel };
  return { table: 'orders', prefix: 'ord', arms: [armFor({ userId, status, channel })], also, from, to, sort };
}

function armFor({ userId, status, channel }: Pick<AdminOrdersFilter, 'userId' | 'status' | 'channel'>): Arm {
  if (userId) return { index: ['user_id', 'id'], equal: { user_id: userId } };
  // Most orders are paid: of those a channel is the narrower one.
  if (status && !(status === 'paid' && channel)) return { index: ['status', 'id'], equal: { status } };
  if (channel) return { index: ['channel', 'id'], equal: { channel } };
  return { index: 'primary', equal: {} };
}

type OrderRow = {
  id: string;
  userId: string;
  phone: string | null;
  status: OrderStatus;
  channel: PaymentChannel;
  planName: string;
  priceFen: number;
  refundedFen: number;
  uses: number;
  days: number;
  transactionId: string | null;
  createdAt: number;
  paidAt: number | null;
};

/** These orders, in this order. */
export async function readOrders(ids: readonly string[], maySeePhone: boolean): Promise<AdminOrderDto[]> {
  if (ids.length === 0) return [];
  const rows = await select<OrderRow>(
    `SELECT o.id AS id, o.user_id AS userId, u.phone AS phone, o.status AS status, o.channel AS channel,
       o.plan_name AS planName, o.price_fen AS priceFen, o.refunded_fen AS refundedFen, o.uses AS uses, o.days AS days,
       o.transaction_id AS transactionId, o.created_at AS createdAt, o.paid_at AS paidAt
     FROM orders o LEFT JOIN users u ON u.id = o.user_id WHERE o.id IN (:ids)`,
    { ids },
  );
  return inOrderOf(ids, rows).map((row) => ({
    ...row,
    phone: shownPhone(row.phone, maySeePhone),
    priceFen: row.priceFen as Fen,
    refundedFen: row.refundedFen as Fen,
    uses: row.uses as Uses,
    createdAt: toMoment(row.createdAt),
    paidAt: toMomentOrNull(row.paidAt),
  }));
}
