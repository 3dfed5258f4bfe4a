import { inTransaction, type Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import type { RefundView } from '../../vendors/payment/port';
import { raise } from './discrepancies';
import { Order, Refund } from './models';
import { moveOrder, moveRefund, openRefunds } from './states';
import { giveBackUses, takeBackUses, usesBoughtBy } from './taken-uses';

export type RefundSettlement =
  'processing' | 'succeeded' | 'closed' | 'abnormal' | 'already' | 'unknown_order' | 'exceeds';

/**
 * The one place where what a provider says of a refund is believed: called by the answer to our own request, by polling, by
 * notifications, by the bill, and when an order turns out to have been sent back at the provider's console. Each refund moves
 * each way once.
 */
export async function settleRefund(view: RefundView): Promise<RefundSettlement> {
  return inTransaction(async (tx) => {
    const order = await Order.findByPk(view.outTradeNo, { transaction: tx, lock: tx.LOCK.UPDATE });
    if (!order || order.channel !== view.channel) return 'unknown_order';

    const known = await findRefund(order, view, tx);
    if (known) return moveOn(order, known, view, tx);
    if (view.state === 'closed') return 'already'; // Nothing went back, and we had begun nothing.

    const begun = await beginFound(order, view, tx);
    return begun ? moveOn(order, begun, view, tx) : 'exceeds';
  });
}

/** The provider says that `refundedFen` of this order has been sent back in all: what we do not know of was done at its console. */
export async function followRefunded(orderId: string, refundedFen: number): Promise<void> {
  const order = await Order.findByPk(orderId);
  if (!order) return;
  const unknownFen = refundedFen - order.refundedFen - (await openFen(orderId));
  if (unknownFen <= 0) return;
  await settleRefund({
    channel: order.channel,
    refundNo: null,
    providerRefundId: null,
    outTradeNo: orderId,
    state: 'succeeded',
    refundFen: unknownFen,
    succeededAt: clock.now(),
  });
}

/** By our number, by theirs, or the one that was found without any number and came to the same amount. */
async function findRefund(order: Order, view: RefundView, tx: Transaction): Promise<Refund | null> {
  const refunds = await Refund.findAll({ where: { orderId: order.id }, order: [['id', 'ASC']], transaction: tx });
  const isSame = (mine: string | null, theirs: string | null): boolean => mine !== null && mine === theirs;
  const byNumber = refunds.find(
    (refund) => isSame(refund.refundNo, view.refundNo) || isSame(refund.providerRefundId, view.providerRefundId),
  );
  if (byNumber) return byNumber;

  const isNumbered = view.refundNo !== null || view.providerRefundId !== null;
  const nameless = refunds.find(
    (refund) => refund.refundNo === null && refund.providerRefundId === null && refund.refundFen === view.refundFen,
  );
  return isNumbered ? (nameless ?? null) : null;
}

/** Somebody sends money back elsewhere: written down, and the uses taken as if we had begun it. Null when it cannot be. */
async function beginFound(order: Order, view: RefundView, tx: Transaction): Promise<Refund | null> {
  const left = order.priceFen - order.refundedFen - (await openFen(order.id, tx));
  const refundFen = view.refundFen ?? left;
  if (refundFen < 1 || refundFen > left) {
    const detail = `${refundFen} fen were sent back, but only ${left} were left`;
    const subject = view.refundNo ?? view.providerRefundId ?? order.id;
    await raise({ channel: order.channel, kind: 'refund_exceeds', subject, detail }, tx);
    return null;
  }
  const found = {
    id: newId('rfd'),
    refundNo: view.refundNo,
    providerRefundId: view.providerRefundId,
    source: 'provider' as const,
    reason: '在支付方后台退款',
    requestedBy: 'provider',
  };
  logger.warn({ orderId: order.id, refundId: found.id }, 'a refund was made at the provider, and is followed');
  return beginRefund(order, { ...found, refundFen, status: 'processing', checkAt: clock.now() + days(1) }, tx);
}

type NewRefund = Pick<
  Refund,
  'id' | 'refundNo' | 'providerRefundId' | 'source' | 'reason' | 'requestedBy' | 'refundFen' | 'status' | 'checkAt'
>;

/** Writes the refund and takes the unspent uses. The order is locked. An order that was never granted has none to take. */
export async function beginRefund(order: Order, refund: NewRefund, tx: Transaction): Promise<Refund> {
  const isGranted = order.status === 'paid' || order.status === 'refunding';
  const usesAsked = isGranted ? await usesBoughtBy(order, refund.refundFen, tx) : 0;
  const openBefore = await openFen(order.id, tx);
  const isWhole = refund.refundFen + openBefore === order.priceFen - order.refundedFen;
  const taken = isGranted
    ? await takeBackUses({ order, refundId: refund.id, usesAsked, isWhole }, tx)
    : { uses: 0, shortenedMs: 0 };
  if (order.status === 'paid') await moveOrder(order.id, 'paid', 'refunding', {}, tx);

  const now = clock.now();
  return Refund.create(
    {
      ...refund,
      reason: refund.reason.slice(0, 500),
      orderId: order.id,
      userId: order.userId,
      channel: order.channel,
      usesAsked,
      usesTaken: taken.uses,
      shortenedMs: taken.shortenedMs,
      checks: 0,
      billedAt: null,
      succeededAt: null,
      createdAt: now,
      updatedAt: now,
    },
    { transaction: tx },
  );
}

async function moveOn(order: Order, refund: Refund, view: RefundView, tx: Transaction): Promise<RefundSettlement> {
  const numbers = {
    refundNo: refund.refundNo ?? view.refundNo,
    providerRefundId: refund.providerRefundId ?? view.providerRefundId,
  };
  const { id, status } = refund;
  if (status === 'succeeded' || status === 'closed' || status === 'refused') {
    await refund.update(numbers, { transaction: tx });
    return 'already';
  }

  switch (view.state) {
    case 'succeeded': {
      const succeededAt = view.succeededAt ?? clock.now();
      await moveRefund(id, status, 'succeeded', { ...numbers, succeededAt, checkAt: null }, tx);
      await comeThrough(order, refund, tx);
      return 'succeeded';
    }
    case 'closed':
      await moveRefund(id, status, 'closed', { ...numbers, checkAt: null }, tx);
      await comeToNothing(order, refund, tx);
      return 'closed';
    case 'abnormal':
      if (status === 'abnormal') return 'already';
      await moveRefund(id, status, 'abnormal', numbers, tx);
      await raise({ channel: order.channel, kind: 'refund_abnormal', subject: id, detail: 'act at the console' }, tx);
      return 'abnormal';
    case 'processing':
      if (status === 'requested') await moveRefund(id, 'requested', 'processing', numbers, tx);
      return 'processing';
  }
}

/** The money is back: the order is refunded once all of it is. */
async function comeThrough(order: Order, refund: Refund, tx: Transaction): Promise<void> {
  const refundedFen = order.refundedFen + refund.refundFen;
  await order.update({ refundedFen, updatedAt: clock.now() }, { transaction: tx });
  logger.info({ orderId: order.id, refundId: refund.id, refundedFen }, 'a refund went through');
  if (order.status !== 'refunding' && order.status !== 'paid') return;
  if (refundedFen >= order.priceFen) {
    await moveOrder(order.id, 'refunding', 'refunded', { checkAt: null, deliverAt: null }, tx);
  } else if ((await openFen(order.id, tx)) === 0) await moveOrder(order.id, 'refunding', 'paid', {}, tx);
}

/** No money goes back: the uses that were taken are given back, and the membership's end as it was. */
export async function comeToNothing(order: Order, refund: Refund, tx: Transaction): Promise<void> {
  await giveBackUses({ order, refund }, tx);
  if ((await openFen(order.id, tx)) === 0) await moveOrder(order.id, 'refunding', 'paid', {}, tx);
}

/** What is on its way back at this moment. */
export async function openFen(orderId: string, tx?: Transaction): Promise<number> {
  const sum = await Refund.sum('refundFen', { where: { orderId, status: openRefunds }, transaction: tx });
  return Number(sum ?? 0);
}
