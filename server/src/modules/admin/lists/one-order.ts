import type { OrderStatus, PaymentChannel } from '@suyi/shared-types';
import { select } from '../../../db/sql';
import { AppError } from '../../../lib/errors';
import { discrepancyKinds } from '../../payments/service';

/* All that an order's page shows. Times are epoch milliseconds. */

export type OrderRow = {
  id: string;
  userId: string;
  phone: string | null;
  status: OrderStatus;
  channel: PaymentChannel;
  planName: string;
  priceFen: number;
  uses: number;
  days: number;
  openid: string | null;
  transactionId: string | null;
  paidAt: number | null;
  payBefore: number;
  checkAt: number | null;
  checks: number;
  refundedFen: number;
  deliverAt: number | null;
  createdAt: number;
  updatedAt: number;
};

/** Throws `not_found`. */
export async function getOrderRow(id: string): Promise<OrderRow> {
  const [row] = await select<OrderRow>(
    `SELECT o.id AS id, o.user_id AS userId, u.phone AS phone, o.status AS status, o.channel AS channel,
       o.plan_name AS planName, o.price_fen AS priceFen, o.uses AS uses, o.days AS days, o.openid AS openid,
       o.transaction_id AS transactionId, o.paid_at AS paidAt, o.pay_before AS payBefore, o.check_at AS checkAt,
       o.checks AS checks, o.refunded_fen AS refundedFen, o.deliver_at AS deliverAt, o.created_at AS createdAt,
       o.updated_at AS updatedAt
     FROM orders o LEFT JOIN users u ON u.id = o.user_id WHERE o.id = :id`,
    { id },
  );
  if (!row) throw new AppError('not_found');
  return row;
}

export type RefundRow = {
  id: string;
  status: string;
  refundFen: number;
  reason: string;
  source: string;
  requestedBy: string;
  usesTaken: number;
  createdAt: number;
  succeededAt: number | null;
};

export function readRefunds(orderId: string): Promise<RefundRow[]> {
  return select<RefundRow>(
    `SELECT id, status, refund_fen AS refundFen, reason, source, requested_by AS requestedBy, uses_taken AS usesTaken,
       created_at AS createdAt, succeeded_at AS succeededAt FROM refunds WHERE order_id = :orderId ORDER BY id LIMIT 50`,
    { orderId },
  );
}

export type DiscrepancyRow = {
  id: string;
  kind: string;
  detail: string;
  foundAt: number;
  settledAt: number | null;
  settledBy: string | null;
};

/**
 * What only a person could decide about this order or its refunds. The index begins with the kind, so every kind is named;
 * about a balance that is short there is one a day, whose subject has the day behind the refund.
 */
export async function readDiscrepancies(orderId: string, refundIds: readonly string[]): Promise<DiscrepancyRow[]> {
  const columns = 'id, kind, detail, found_at AS foundAt, settled_at AS settledAt, settled_by AS settledBy';
  const named = await select<DiscrepancyRow>(
    `SELECT ${columns} FROM payment_discrepancies WHERE kind IN (:kinds) AND subject IN (:subjects) ORDER BY id LIMIT 100`,
    { kinds: discrepancyKinds, subjects: [orderId, ...refundIds] },
  );
  const daily: DiscrepancyRow[] = [];
  for (const refundId of refundIds) {
    const found = await select<DiscrepancyRow>(
      `SELECT ${columns} FROM payment_discrepancies
       WHERE kind = 'refund_not_enough' AND subject > :from AND subject < :to ORDER BY id LIMIT 20`,
      { from: `${refundId} `, to: `${refundId}!` },
    );
    daily.push(...found);
  }
  return [...named, ...daily];
}

export type EventRow = {
  id: string;
  source: string;
  eventType: string;
  outcome: string | null;
  receivedAt: number;
  settledAt: number | null;
};

/** What providers told us about this order, as it came. */
export function readEvents(orderId: string): Promise<EventRow[]> {
  return select<EventRow>(
    `SELECT id, source, event_type AS eventType, outcome, received_at AS receivedAt, settled_at AS settledAt
     FROM inbound_events WHERE order_id = :orderId ORDER BY received_at LIMIT 100`,
    { orderId },
  );
}
