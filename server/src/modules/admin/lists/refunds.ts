import type { PaymentChannel } from '@suyi/shared-types';
import { select } from '../../../db/sql';
import { inOrderOf, type Listing } from './keyset';
import { shownPhone } from './phones';

/** All refunds, newest first. */
export const allRefunds: Listing = {
  table: 'refunds',
  prefix: 'rfd',
  arms: [{ index: 'primary', equal: {} }],
  also: {},
  sort: 'newest',
};

/** Times are epoch milliseconds. */
export type ListedRefund = {
  id: string;
  orderId: string;
  userId: string;
  phone: string | null;
  channel: PaymentChannel;
  status: string;
  refundFen: number;
  usesTaken: number;
  reason: string;
  requestedBy: string;
  createdAt: number;
  succeededAt: number | null;
};

/** These refunds, in this order. */
export async function readListedRefunds(ids: readonly string[], maySeePhone: boolean): Promise<ListedRefund[]> {
  if (ids.length === 0) return [];
  const rows = await select<ListedRefund>(
    `SELECT r.id AS id, r.order_id AS orderId, r.user_id AS userId, u.phone AS phone, r.channel AS channel,
       r.status AS status, r.refund_fen AS refundFen, r.uses_taken AS usesTaken, r.reason AS reason,
       r.requested_by AS requestedBy, r.created_at AS createdAt, r.succeeded_at AS succeededAt
     FROM refunds r LEFT JOIN users u ON u.id = r.user_id WHERE r.id IN (:ids)`,
    { ids },
  );
  return inOrderOf(ids, rows).map((row) => ({ ...row, phone: shownPhone(row.phone, maySeePhone) }));
}
