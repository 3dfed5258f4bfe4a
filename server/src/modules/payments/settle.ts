import { inTransaction, type Transaction } from '../../db/transaction';
import { clock } from '../../lib/clock';
import { logger } from '../../lib/logger';
import type { PaymentView } from '../../vendors/wechat-pay/port';
import { extendMembership } from '../membership/service';
import { Order } from './models';
import { payee } from './payee';
import { moveOrder } from './states';

export type Settlement =
  /** Granted now. */
  | 'granted'
  /** Granted before: a repeat. */
  | 'already'
  /** The provider does not say that it was paid. */
  | 'unpaid'
  /** Not our order, or another amount, payer, currency or merchant than we asked for: a person has to look. */
  | 'mismatch'
  | 'unknown_order';

/**
 * The one place where money becomes uses, called by the notification, by `confirm` and by the reconciler, with what the
 * provider says. Locks the order, compares everything, and grants at most once, in one transaction.
 */
export async function settle(view: PaymentView): Promise<Settlement> {
  return inTransaction(async (tx) => {
    const order = await Order.findByPk(view.outTradeNo, { transaction: tx, lock: tx.LOCK.UPDATE });
    if (!order) return 'unknown_order';
    if (order.status === 'paid' || order.status === 'refunding' || order.status === 'refunded') return 'already';

    const isPaid = view.tradeState === 'SUCCESS' || view.tradeState === 'REFUND';
    if (!isPaid) return 'unpaid';

    // REFUND: the money came and somebody is sending it back before we granted anything. Both at once is not for us to decide.
    const differences = view.tradeState === 'REFUND' ? ['refund'] : differencesOf(order, view);
    if (differences.length > 0) {
      logger.error({ orderId: order.id, differences }, 'a payment does not match its order; nothing was granted');
      await order.update({ checkAt: null, updatedAt: clock.now() }, { transaction: tx });
      return 'mismatch';
    }
    return grantFor(order, order.status, view, tx);
  });
}

async function grantFor(
  order: Order,
  status: 'created' | 'awaiting' | 'closed',
  view: PaymentView,
  tx: Transaction,
): Promise<Settlement> {
  const paid = { transactionId: view.transactionId ?? order.id, paidAt: view.paidAt ?? clock.now(), checkAt: null };
  const moved = await moveOrder(order.id, status, 'paid', paid, tx);
  if (!moved) return 'already';

  const { userId, id: orderId, uses, days } = order;
  await extendMembership({ userId, orderId, uses, days, paidAt: paid.paidAt }, tx);
  logger.info(
    { orderId: order.id, userId: order.userId, wasClosed: status === 'closed' },
    'order paid, membership extended',
  );
  return 'granted';
}

function differencesOf(order: Order, view: PaymentView): string[] {
  const pairs: [name: string, asked: unknown, got: unknown][] = [
    ['mchid', payee.current.mchid, view.mchid],
    ['appid', payee.current.appid, view.appid],
    ['openid', order.openid, view.openid],
    ['currency', 'CNY', view.currency],
    ['amount', order.priceFen, view.totalFen],
  ];
  return pairs.filter(([, asked, got]) => asked !== got).map(([name]) => name);
}
