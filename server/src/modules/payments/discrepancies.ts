import type { PaymentChannel } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { change, insert, isDuplicate, select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { Discrepancy, Order, Refund } from './models';

/** What only a person can decide, and what they will find. Each has its paragraph in docs/runbooks/payment-discrepancies.md. */
export const discrepancyKinds = [
  /** Money came that differs from its order in payer, amount, goods or payee. Nothing was granted. */
  'payment_mismatch',
  /** A bill or a notification has money for an order that we do not have. */
  'unknown_order',
  /** The bill says paid, the provider when asked does not, and nothing was granted. */
  'paid_not_granted',
  /** We granted for a payment that is not in the provider's bill of that day. */
  'not_in_bill',
  /** The bill has another amount or transaction number than we have. */
  'bill_differs',
  /** Sent back before anything was granted. */
  'refunded_before_grant',
  /** More was sent back than the order cost. */
  'refund_exceeds',
  /** The provider refused a refund; the uses were given back. */
  'refund_refused',
  /** Our balance at the provider is short; the refund is tried again each hour. */
  'refund_not_enough',
  /** The provider closed a refund without paying it out; the uses were given back. */
  'refund_closed',
  /** A refund is under way for longer than any bank takes, or was not even taken up. */
  'refund_stuck',
  /** The provider could not pay the refund out; somebody has to act at its console. */
  'refund_abnormal',
  /** A refund that we call succeeded has not appeared in the bill for three days. */
  'refund_not_in_bill',
  /** A refund that we had called closed or refused, and gave the uses back for, went through after all. */
  'refund_after_all',
  /** A day's bill could not be had for days. */
  'bill_missing',
  /** Money came for an order of an account that had been deleted meanwhile. */
  'paid_after_deletion',
  /** The provider could not be told for a week that the uses were delivered. */
  'not_delivered',
] as const;
export type DiscrepancyKind = (typeof discrepancyKinds)[number];

/** Puts one before a person, once: the same kind about the same subject is the same row, settled or not. */
export async function raise(
  found: { channel: PaymentChannel; kind: DiscrepancyKind; subject: string; detail: string },
  tx?: Transaction,
): Promise<void> {
  try {
    const detail = found.detail.slice(0, 500);
    await insert('payment_discrepancies', { id: newId('dsc'), ...found, detail, found_at: clock.now() }, tx);
  } catch (error) {
    if (isDuplicate(error)) return;
    throw error;
  }
  logger.error({ ...found }, 'a payment needs a person');
}

/** Those that nobody has settled, oldest first; with `settled` those that somebody has, newest first. */
export function openDiscrepancies(limit: number): Promise<Discrepancy[]> {
  return Discrepancy.findAll({ where: { settledAt: { [Op.is]: null } }, order: [['id', 'ASC']], limit });
}

export function settledDiscrepancies(limit: number): Promise<Discrepancy[]> {
  return Discrepancy.findAll({ where: { settledAt: { [Op.ne]: null } }, order: [['settledAt', 'DESC']], limit });
}

/** What a discrepancy is about, as it stands now: the order, its money and the refund; null when we have no such thing. */
export async function subjectOf({ subject }: Discrepancy): Promise<{ order: Order; refund: Refund | null } | null> {
  const [name = ''] = subject.split(' ');
  const refund = await Refund.findByPk(name);
  const order = await Order.findByPk(refund?.orderId ?? name);
  return order && { order, refund };
}

/** How many of each kind are open. */
export async function countDiscrepancies(): Promise<Map<DiscrepancyKind, number>> {
  const rows = await select<{ kind: DiscrepancyKind; n: number }>(
    'SELECT kind, COUNT(*) AS n FROM payment_discrepancies WHERE settled_at IS NULL GROUP BY kind',
    {},
  );
  return new Map(rows.map(({ kind, n }) => [kind, Number(n)]));
}

/** A person has looked at it and says what they did. Throws `not_found` when it is not open. */
export async function settleDiscrepancy(id: string, by: string, reason: string): Promise<void> {
  const settled = await change(
    `UPDATE payment_discrepancies SET settled_at = :now, settled_by = :by, settled_reason = :reason
     WHERE id = :id AND settled_at IS NULL`,
    { id, by: by.slice(0, 190), reason: reason.slice(0, 500), now: clock.now() },
  );
  if (settled === 0) throw new AppError('not_found');
}
