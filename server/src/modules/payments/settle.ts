import { inTransaction, type Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { logger } from '../../lib/logger';
import { counter } from '../../lib/meters';
import type { PaymentView } from '../../vendors/payment/port';
import { extendMembership } from '../membership/service';
import { raise } from './discrepancies';
import { Order, openFen, payerForgotten } from './models';
import { providerOf } from './providers';
import { moveOrder } from './states';

export type Settlement =
  /** Granted now. */
  | 'granted'
  /** Granted before: a repeat. */
  | 'already'
  /** The provider does not say that it was paid. */
  | 'unpaid'
  /** Not what we asked for, or sent back before we granted: a person has to look. */
  | 'mismatch'
  | 'unknown_order';

/**
 * The one place where money becomes uses, called by the notification, by `confirm`, by the reconciler and by the bill, with
 * what the provider says. Locks the order, compares everything, and grants at most once, in one transaction.
 */
export async function settle(view: PaymentView): Promise<Settlement> {
  const settlement = await settleInOne(view);
  if (settlement === 'granted') {
    paid.inc({ channel: view.channel });
    paidFen.inc({ channel: view.channel }, view.totalFen ?? 0);
  }
  return settlement;
}

const paid = counter({
  name: 'suyi_orders_paid_total',
  help: 'Orders whose payment was granted by this process, by channel',
  labels: ['channel'],
});
const paidFen = counter({
  name: 'suyi_orders_paid_fen_total',
  help: 'What those orders cost, in fen',
  labels: ['channel'],
});

function settleInOne(view: PaymentView): Promise<Settlement> {
  return inTransaction(async (tx) => {
    const order = await Order.findByPk(view.outTradeNo, { transaction: tx, lock: tx.LOCK.UPDATE });
    if (!order) return 'unknown_order';
    if (order.status === 'paid' || order.status === 'refunding' || order.status === 'refunded') return 'already';
    if (view.state !== 'paid' && view.state !== 'refunded') return 'unpaid';

    // The money came and was, or is being, sent back before we granted anything: both at once is not for us to decide.
    const wasSentBack = view.state === 'refunded' || order.refundedFen > 0 || (await openFen(order.id, tx)) > 0;
    const differences = wasSentBack ? ['refund'] : differencesOf(order, view);
    if (differences.length === 0) return grantFor(order, order.status, view, tx);

    const kind = wasSentBack ? 'refunded_before_grant' : 'payment_mismatch';
    const detail = `differs in ${differences.join(', ')}`;
    await raise({ channel: order.channel, kind, subject: order.id, detail }, tx);
    await order.update({ checkAt: null, updatedAt: clock.now() }, { transaction: tx });
    return 'mismatch';
  });
}

async function grantFor(
  order: Order,
  status: 'created' | 'awaiting' | 'closed',
  view: PaymentView,
  tx: Transaction,
): Promise<Settlement> {
  const provider = providerOf(order.channel);
  const now = clock.now();
  const paidAt = view.paidAt ?? now;
  const fields = {
    transactionId: view.transactionId ?? order.id,
    paidAt,
    // A provider without a bill is asked again from time to time whether somebody sent money back at its console.
    checkAt: provider.bill || isGone(order) ? null : now + days(1),
    checks: 0,
    deliverAt: provider.tellDelivered ? now : null,
  };
  const moved = await moveOrder(order.id, status, 'paid', fields, tx);
  if (!moved) return 'already';

  const { userId, id: orderId, uses } = order;
  await extendMembership({ userId, orderId, uses, days: order.days, paidAt }, tx);
  if (isGone(order)) {
    const detail = 'its seller is gone: send the money back';
    await raise({ channel: order.channel, kind: 'paid_after_deletion', subject: orderId, detail }, tx);
  }
  logger.info({ orderId, userId, wasClosed: status === 'closed' }, 'order paid, membership extended');
  return 'granted';
}

const isGone = (order: Order): boolean => order.forgetPayer !== payerForgotten.no;

function differencesOf(order: Order, view: PaymentView): string[] {
  const provider = providerOf(order.channel);
  const pairs: [name: string, asked: unknown, got: unknown][] = [
    ['channel', order.channel, view.channel],
    ['payee', provider.payee, view.payee],
    ['payer', order.openid, view.payer],
    // Not every answer of a provider that knows goods names them.
    ['goods', view.goods === null ? null : provider.goodsOf(order.planId), view.goods],
    ['currency', 'CNY', view.currency],
    ['amount', order.priceFen, view.totalFen],
  ];
  return pairs.filter(([, asked, got]) => asked !== got).map(([name]) => name);
}
