import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateOrderBody, OrderStatus, PageQuery, Payment, PaymentChannel } from '@suyi/shared-types';
import { Op, type WhereOptions } from 'sequelize';
import { findMade, noteMade } from '../../db/idempotency';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock, minutes, seconds } from '../../lib/clock';
import { AppError, isRefusal, VendorUnavailable } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { wechat } from '../../vendors/wechat/port';
import { eraseEvents } from '../inbound/service';
import { findPlan, type Plan } from '../membership/service';
import { lockOwnAccount } from '../quota/ledger';
import { Order, payerForgotten, Refund } from './models';
import { offeredProvider, providerOf, refOf } from './providers';
import { closeOrder } from './reconcile';
import { settle } from './settle';
import { moveOrder } from './states';

export type { Order } from './models';
export { auditPayments } from './audit';
export { compareBills } from './bills';
export {
  countDiscrepancies,
  discrepancyKinds,
  openDiscrepancies,
  settleDiscrepancy,
  settledDiscrepancies,
  subjectOf,
} from './discrepancies';
export type { Discrepancy } from './models';
export { salesBetween, type Sales } from './figures';
export { countSilent, forgetPayers, reconcileOrders, recheckPaidOrders, tellDelivered } from './reconcile';
export {
  countOpenRefunds,
  driveRefunds,
  findRefundStatus,
  giveUpRefund,
  planRefund,
  requestRefund,
  type RefundPlan,
} from './refunds';

const payWithinMs = minutes(30);
const closeOthersWithinMs = seconds(2);

export type OrderWithPayment = { order: Order; payment: Payment | null };
type Wish = { key: string; requestHash: string };
type Buyer = { userId: string; openid: string | null };
/** Who pays, and with what login of theirs; both null where the provider names buyers in a way of its own. */
type Payer = { openid: string | null; sessionKey: string | null };

/**
 * Opens an order, or takes up the open one of the same seller and plan, and asks the provider for what the phone needs to pay
 * it. Asked again with the same key it answers for the same order. No vendor is called inside a transaction.
 */
export async function createOrder(buyer: Buyer, body: CreateOrderBody, wish: Wish): Promise<OrderWithPayment> {
  const plan = findPlan(body.planId);
  if (!plan) throw new AppError('plan_unknown');
  offeredProvider(plan, body.channel);

  const made = await findMade({ scope: 'order', userId: buyer.userId, ...wish });
  const payer = await payerOf(buyer, body, made !== null);
  const order = made ? await getOrder(buyer.userId, made) : await openOrder({ buyer, payer, plan, body, wish });
  if (order.status === 'paid') return { order, payment: null };
  if (order.status !== 'created' && order.status !== 'awaiting') throw new AppError('order_not_payable');

  const payment = await start(order, payer.sessionKey);
  if (payment === null) return whyRefused(order);
  return { order: await getOrder(order.userId, order.id), payment };
}

/** The seller's own order. Throws `not_found`. */
export async function getOrder(userId: string, orderId: string): Promise<Order> {
  const order = await Order.findOne({ where: { id: orderId, userId } });
  if (!order) throw new AppError('not_found');
  return order;
}

/** One page of the seller's orders and one row more, newest first. */
export function listOrders(userId: string, page: PageQuery): Promise<Order[]> {
  const older = page.cursor === undefined ? {} : { id: { [Op.lt]: page.cursor } };
  return Order.findAll({ where: { userId, ...older }, order: [['id', 'DESC']], limit: page.limit + 1 });
}

/**
 * The phone came back from paying: asks the provider now, and answers the order as it stands. When the provider does not
 * answer the order stands as it did, `isCertain` is false, and the reconciler goes on asking.
 */
export async function confirmOrder(userId: string, orderId: string): Promise<{ order: Order; isCertain: boolean }> {
  const order = await getOrder(userId, orderId);
  const isOpen = order.status === 'created' || order.status === 'awaiting' || order.status === 'closed';
  if (!isOpen) return { order, isCertain: true };

  let isCertain = true;

  try {
    const view = await providerOf(order.channel).query(refOf(order));
    if (view) await settle(view);
    // Closed by the provider: the next try needs a new number.
    if (view?.state === 'closed' && order.status !== 'closed') await closeOrder(order);
  } catch (error) {
    if (!(error instanceof VendorUnavailable)) throw error;
    isCertain = false;
    logger.warn({ orderId, err: error }, 'the provider did not answer a question; the reconciler asks again');
  }
  return { order: await getOrder(userId, orderId), isCertain };
}

export async function mergeOrders(fromUserId: string, toUserId: string, tx: Transaction): Promise<void> {
  await Order.update({ userId: toUserId }, { where: { userId: fromUserId }, transaction: tx });
  await Refund.update({ userId: toUserId }, { where: { userId: fromUserId }, transaction: tx });
}

const settled: OrderStatus[] = ['paid', 'refunded', 'closed'];

/**
 * The account goes: orders that nothing can happen to any more forget who paid, and are asked about no more. The others keep
 * it until they are settled (`forgetPayers`), so that no money is lost.
 */
export async function eraseOrders(userId: string, tx: Transaction): Promise<void> {
  await Order.update({ forgetPayer: payerForgotten.wanted }, { where: { userId }, transaction: tx });
  const fields = { checkAt: null, deliverAt: null, forgetPayer: payerForgotten.done };
  await forgetPayer({ userId, status: settled }, fields, tx);
}

/** The seller's WeChat account is no more: what was paid from it forgets so, and WeChat is asked no more about it. */
export async function eraseWechatPayer(userId: string, tx: Transaction): Promise<void> {
  const channel: PaymentChannel[] = ['wechat_jsapi', 'wechat_virtual'];
  await forgetPayer({ userId, status: settled, channel }, { checkAt: null, deliverAt: null }, tx);
}

async function forgetPayer(where: WhereOptions<Order>, fields: Partial<Order>, tx: Transaction): Promise<void> {
  const orders = await Order.findAll({ where, attributes: ['id'], transaction: tx });
  const ids = orders.map(({ id }) => id);
  await Order.update({ openid: null, ...fields }, { where: { id: ids }, transaction: tx });
  await eraseEvents(ids, tx);
}

/** WeChat's channels want to know who pays, which a known order does already; virtual payment signs with a login of this moment. */
async function payerOf(buyer: Buyer, body: CreateOrderBody, isKnown: boolean): Promise<Payer> {
  const isVirtual = body.channel === 'wechat_virtual';
  if (body.channel === 'alipay_wap' || (isKnown && !isVirtual)) return { openid: null, sessionKey: null };
  if (body.wxCode === undefined) {
    if (buyer.openid === null || isVirtual) throw new AppError('openid_required');
    return { openid: buyer.openid, sessionKey: null };
  }
  const identity = await wechat.current.exchangeLoginCode(body.wxCode);
  if (!isRefusal(identity)) return { openid: identity.openid, sessionKey: identity.sessionKey };
  throw new AppError(identity.code === 'user_blocked' ? 'wechat_user_blocked' : 'wechat_code_invalid');
}

type Opening = { buyer: Buyer; payer: Payer; plan: Plan; body: CreateOrderBody; wish: Wish };

async function openOrder({ buyer, payer, plan, body, wish }: Opening): Promise<Order> {
  const order = await inTransaction(async (tx) => {
    // One seller's orders are opened one at a time, for the account that they have at this moment.
    const { userId } = await lockOwnAccount(buyer.userId, tx);
    const fullWish = { scope: 'order', userId, ...wish };
    const made = await findMade(fullWish, tx);
    const earlier = made ? await Order.findByPk(made, { transaction: tx }) : null;
    if (earlier) return earlier;

    const taken =
      (await findOpen({ userId, plan, body, payer }, tx)) ?? (await makeOrder({ userId, plan, body, payer }, tx));
    await noteMade(fullWish, taken.id, tx);
    return taken;
  });
  // Not at the price of a buyer who waits for another provider to answer.
  const closing = closeOthers(order).catch((error: unknown) => {
    logger.warn({ orderId: order.id, err: error }, 'other open orders could not be looked for');
  });
  await Promise.race([closing, sleep(closeOthersWithinMs, undefined, { ref: false })]);
  return order;
}

/**
 * An order in the same words with enough time left to pay it. Virtual payment takes each number once, so that of its orders
 * only one that no phone was given yet can be taken up.
 */
function findOpen({ userId, plan, body, payer }: NewOrder, tx: Transaction): Promise<Order | null> {
  return Order.findOne({
    where: {
      userId,
      planId: plan.id,
      channel: body.channel,
      openid: payer.openid,
      priceFen: plan.priceFen,
      status: body.channel === 'wechat_virtual' ? ['created'] : ['created', 'awaiting'],
      payBefore: { [Op.gt]: clock.now() + minutes(5) },
    },
    order: [['id', 'DESC']],
    transaction: tx,
  });
}

/** One open order per seller and plan: what was begun in another way is closed, so that nobody pays for both. */
async function closeOthers(order: Order): Promise<void> {
  const { userId, planId, id } = order;
  const others = await Order.findAll({
    where: { userId, planId, id: { [Op.ne]: id }, status: ['created', 'awaiting'] },
    limit: 5,
  });
  for (const other of others) {
    await closeOrder(other).catch((error: unknown) => {
      logger.warn(
        { orderId: other.id, err: error },
        'an order that was given up is not closed yet; its time closes it',
      );
    });
  }
}

type NewOrder = { userId: string; plan: Plan; body: CreateOrderBody; payer: Payer };

function makeOrder({ userId, plan, body, payer }: NewOrder, tx: Transaction): Promise<Order> {
  const now = clock.now();
  return Order.create(
    {
      id: newId('ord'),
      userId,
      status: 'created',
      channel: body.channel,
      planId: plan.id,
      planName: plan.name,
      priceFen: plan.priceFen,
      uses: plan.uses,
      days: plan.days,
      openid: payer.openid,
      prepayId: null,
      transactionId: null,
      paidAt: null,
      payBefore: now + payWithinMs,
      checkAt: now + seconds(5),
      checks: 0,
      refundedFen: 0,
      deliverAt: null,
      forgetPayer: 0,
      createdAt: now,
      updatedAt: now,
    },
    { transaction: tx },
  );
}

/** The same number in the same words as often as asked; what the provider gave is kept for the next time. Null: refused. */
async function start(order: Order, sessionKey: string | null): Promise<Payment | null> {
  const started = await providerOf(order.channel).start({
    ...refOf(order),
    planId: order.planId,
    description: order.planName,
    expiresAt: order.payBefore,
    handle: order.prepayId,
    sessionKey,
  });
  if (isRefusal(started)) {
    logger.warn({ orderId: order.id, vendorCode: started.code }, 'the provider refused an order');
    return null;
  }

  const { handle, payment } = started;
  if (order.status === 'created') {
    await inTransaction((tx) => moveOrder(order.id, 'created', 'awaiting', { prepayId: handle }, tx));
  }
  return payment;
}

/**
 * The provider did not take the order. If that is because it was paid already, it is settled now and there is nothing to pay.
 * Otherwise its number is given up, so that the next try has a new one; should money come for it all the same, it grants.
 */
async function whyRefused(refused: Order): Promise<OrderWithPayment> {
  const { order } = await confirmOrder(refused.userId, refused.id);
  if (order.status === 'paid') return { order, payment: null };

  if (order.status === 'created') await inTransaction((tx) => moveOrder(order.id, 'created', 'closed', {}, tx));
  throw new AppError('payment_refused');
}
