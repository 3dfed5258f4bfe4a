import type { CreateOrderBody, JsapiPayment, PageQuery } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { config } from '../../config';
import { findMade, noteMade } from '../../db/idempotency';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock, minutes, seconds } from '../../lib/clock';
import { AppError, isRefusal, VendorUnavailable } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { wechatPay } from '../../vendors/wechat-pay/port';
import { wechat } from '../../vendors/wechat/port';
import { findPlan, type Plan } from '../membership/service';
import { lockOwnAccount } from '../quota/ledger';
import { Order } from './models';
import { settle } from './settle';
import { moveOrder } from './states';

export type { Order } from './models';

const payWithinMs = minutes(30);
/** A payment begun in the last second may arrive a little after the order's own end. */
const closeAfterMs = minutes(6);

export type OrderWithPayment = { order: Order; payment: JsapiPayment | null };
type Wish = { key: string; requestHash: string };

/**
 * Opens an order, or takes up the open one of the same seller and plan, and asks WeChat Pay for what the phone needs to pay
 * it. Asked again with the same key it answers for the same order. No vendor is called inside a transaction.
 */
export async function createOrder(
  buyer: { userId: string; openid: string | null },
  body: CreateOrderBody,
  wish: Wish,
): Promise<OrderWithPayment> {
  const plan = findPlan(body.planId);
  if (!plan) throw new AppError('plan_unknown');
  if (!plan.channels.includes(body.channel)) throw new AppError('channel_unavailable');

  const made = await findMade({ scope: 'order', userId: buyer.userId, ...wish });
  const order = made ? await getOrder(buyer.userId, made) : await openOrder(buyer, plan, body, wish);
  if (order.status === 'paid') return { order, payment: null };
  if (order.status !== 'created' && order.status !== 'awaiting') throw new AppError('order_not_payable');

  const prepayId = order.prepayId ?? (await prepay(order));
  if (prepayId === null) return whyRefused(order);
  return { order: await getOrder(order.userId, order.id), payment: wechatPay.current.paymentParams(prepayId) };
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
 * WeChat Pay did not take the order. If that is because it was paid already, it is settled now and there is nothing to pay.
 * Otherwise its number is given up, so that the next try has a new one; should money come for it all the same, it grants.
 */
async function whyRefused(refused: Order): Promise<OrderWithPayment> {
  const order = await confirmOrder(refused.userId, refused.id);
  if (order.status === 'paid') return { order, payment: null };

  if (order.status === 'created') await inTransaction((tx) => moveOrder(order.id, 'created', 'closed', {}, tx));
  throw new AppError('payment_refused');
}

/**
 * The phone came back from paying: asks the provider now, and answers the order as it stands. When the provider does not
 * answer the order stands as it did, and the reconciler goes on asking.
 */
export async function confirmOrder(userId: string, orderId: string): Promise<Order> {
  const order = await getOrder(userId, orderId);
  if (order.status !== 'created' && order.status !== 'awaiting' && order.status !== 'closed') return order;

  try {
    const view = await wechatPay.current.query(order.id);
    if (view) await settle(view);
  } catch (error) {
    if (!(error instanceof VendorUnavailable)) throw error;
    logger.warn({ orderId, err: error }, 'WeChat Pay did not answer a question; the reconciler asks again');
  }
  return getOrder(userId, orderId);
}

/** Waits between two questions about one silent order; after the last one, every ten minutes until it is closed. */
const ladderMs = [5, 5, 10, 20, 30, 60, 120, 300].map(seconds);

/**
 * Asks about up to `limit` silent orders whose time has come: grants what was paid, closes what nobody paid in time.
 * No answer, a throttle or a 5xx means unknown, so the order is asked about again.
 */
export async function reconcileOrders(limit: number): Promise<number> {
  const due = await Order.findAll({
    where: { status: ['created', 'awaiting', 'closed'], checkAt: { [Op.lte]: clock.now() } },
    order: [['checkAt', 'ASC']],
    limit,
  });
  // A few at a time: most of each is waiting for the provider.
  for (let at = 0; at < due.length; at += askedAtOnce) {
    await Promise.all(due.slice(at, at + askedAtOnce).map(takeAndAsk));
  }
  return due.length;
}

const askedAtOnce = 8;

/** Only the process that moves the order on to its next time asks about it now. */
async function takeAndAsk(order: Order): Promise<void> {
  const next = clock.now() + (ladderMs[order.checks] ?? minutes(10));
  const [mine] = await Order.update(
    { checkAt: next, checks: order.checks + 1 },
    { where: { id: order.id, checkAt: order.checkAt, status: order.status } },
  );
  if (mine === 1) await reconcileOne(order);
}

async function reconcileOne(order: Order): Promise<void> {
  try {
    const view = await wechatPay.current.query(order.id);
    if (view && (await settle(view)) !== 'unpaid') return;
    if (order.status === 'closed') {
      await Order.update({ checkAt: null }, { where: { id: order.id, status: 'closed' } });
      return;
    }
    if (order.payBefore + closeAfterMs > clock.now()) return;

    // Closed at the provider first: from then on nobody can pay what we call closed.
    if (view && view.tradeState !== 'CLOSED' && (await wechatPay.current.close(order.id)) === 'paid') return;
    await inTransaction(async (tx) => {
      const status = order.status === 'created' ? 'created' : 'awaiting';
      await moveOrder(order.id, status, 'closed', { checkAt: null }, tx);
    });
  } catch (error) {
    logger.warn({ orderId: order.id, err: error }, 'an order could not be asked about; it will be asked about again');
  }
}

export async function mergeOrders(fromUserId: string, toUserId: string, tx: Transaction): Promise<void> {
  await Order.update({ userId: toUserId }, { where: { userId: fromUserId }, transaction: tx });
}

/** The account goes: settled orders forget who paid. An open one keeps it until it is settled, so that no money is lost. */
export async function eraseOrders(userId: string, tx: Transaction): Promise<void> {
  const settled = ['paid', 'refunded', 'closed'];
  await Order.update({ openid: null }, { where: { userId, status: settled }, transaction: tx });
}

async function openOrder(
  buyer: { userId: string; openid: string | null },
  plan: Plan,
  body: CreateOrderBody,
  wish: Wish,
): Promise<Order> {
  const openid = body.wxCode === undefined ? buyer.openid : await openidOf(body.wxCode);
  if (openid === null) throw new AppError('openid_required');
  return inTransaction(async (tx) => {
    // One seller's orders are opened one at a time, for the account that they have at this moment.
    const { userId } = await lockOwnAccount(buyer.userId, tx);
    const fullWish = { scope: 'order', userId, ...wish };
    const made = await findMade(fullWish, tx);
    const earlier = made ? await Order.findByPk(made, { transaction: tx }) : await findOpen(userId, plan, openid, tx);
    if (earlier && made) return earlier;

    const order = earlier ?? (await makeOrder(userId, openid, plan, body, tx));
    await noteMade(fullWish, order.id, tx);
    return order;
  });
}

/** An order in the same words with enough time left to pay it. */
function findOpen(userId: string, plan: Plan, openid: string, tx: Transaction): Promise<Order | null> {
  return Order.findOne({
    where: {
      userId,
      planId: plan.id,
      openid,
      priceFen: plan.priceFen,
      status: ['created', 'awaiting'],
      payBefore: { [Op.gt]: clock.now() + minutes(5) },
    },
    order: [['id', 'DESC']],
    transaction: tx,
  });
}

function makeOrder(userId: string, openid: string, plan: Plan, body: CreateOrderBody, tx: Transaction): Promise<Order> {
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
      openid,
      prepayId: null,
      transactionId: null,
      paidAt: null,
      payBefore: now + payWithinMs,
      checkAt: now + seconds(5),
      checks: 0,
      createdAt: now,
      updatedAt: now,
    },
    { transaction: tx },
  );
}

/** The same number in the same words as often as asked; what WeChat Pay gave is kept for the next time. Null: refused. */
async function prepay(order: Order): Promise<string | null> {
  const answer = await wechatPay.current.prepay({
    outTradeNo: order.id,
    description: order.planName,
    totalFen: order.priceFen,
    openid: order.openid ?? '',
    expiresAt: order.payBefore,
    notifyUrl: `${config.current.publicUrl}/api/payments/wechat/notify`,
  });
  if (isRefusal(answer)) {
    logger.warn({ orderId: order.id, vendorCode: answer.code }, 'WeChat Pay refused an order');
    return null;
  }

  await inTransaction((tx) => moveOrder(order.id, 'created', 'awaiting', { prepayId: answer.prepayId }, tx));
  return answer.prepayId;
}

async function openidOf(wxCode: string): Promise<string> {
  const identity = await wechat.current.exchangeLoginCode(wxCode);
  if (!isRefusal(identity)) return identity.openid;
  throw new AppError(identity.code === 'user_blocked' ? 'wechat_user_blocked' : 'wechat_code_invalid');
}
