import { inTransaction, type Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import type { RefundView } from '../../vendors/payment/port';
import { raise } from './discrepancies';
import { openFen, Order, Refund } from './models';
import { moveOrder, moveRefund } from './states';
import { giveBackUses, takeBackDays, takeBackUses, usesBoughtBy } from './taken-uses';

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
    return order && order.channel === view.channel ? settleLocked(order, view, tx) : 'unknown_order';
  });
}

/** The provider says that `refundedFen` of this order has been sent back in all: what we do not know of was done at its console. */
export async function followRefunded(orderId: string, refundedFen: number): Promise<void> {
  await inTransaction(async (tx) => {
    const order = await Order.findByPk(orderId, { transaction: tx, lock: tx.LOCK.UPDATE });
    if (!order) return;
    const refundFen = refundedFen - order.refundedFen - (await openFen(orderId, tx));
    if (refundFen <= 0) return;

    const { channel } = order;
    const nameless = { refundNo: null, providerRefundId: null };
    const view = { channel, ...nameless, outTradeNo: orderId, state: 'succeeded' as const, refundFen };
    const found = { ...view, succeededAt: clock.now() };
    const begun = await beginFound(order, found, tx);
    if (begun) await moveOn(order, begun, found, tx);
  });
}

async function settleLocked(order: Order, view: RefundView, tx: Transaction): Promise<RefundSettlement> {
  const refunds = await Refund.findAll({ where: { orderId: order.id }, order: [['id', 'ASC']], transaction: tx });
  const known = findByNumber(refunds, view) ?? findByAmount(refunds, view);
  if (known) return moveOn(order, known, view, tx);
  if (view.state === 'closed') return 'already'; // Nothing went back, and we had begun nothing.

  const sum = refunds.find((refund) => isNameless(refund) && refund.refundFen > (view.refundFen ?? Infinity));
  if (sum && !isNameless(view)) {
    await takeOutOf(sum, order, view, tx);
    return 'already';
  }
  const begun = await beginFound(order, view, tx);
  return begun ? moveOn(order, begun, view, tx) : 'exceeds';
}

type Numbers = { refundNo: string | null; providerRefundId: string | null };

const isNameless = ({ refundNo, providerRefundId }: Numbers): boolean => refundNo === null && providerRefundId === null;

function findByNumber(refunds: Refund[], view: RefundView): Refund | null {
  const isSame = (mine: string | null, theirs: string | null): boolean => mine !== null && mine === theirs;
  const found = refunds.find(
    (refund) => isSame(refund.refundNo, view.refundNo) || isSame(refund.providerRefundId, view.providerRefundId),
  );
  return found ?? null;
}

/**
 * A refund that was found without any number, and one that a person made at the console because ours could not be paid out:
 * both are known by their amount alone.
 */
function findByAmount(refunds: Refund[], view: RefundView): Refund | null {
  const sameAmount = refunds.filter(({ refundFen }) => view.refundFen === null || refundFen === view.refundFen);
  const nameless = sameAmount.find(isNameless);
  const stuck = view.state === 'succeeded' ? sameAmount.find(({ status }) => status === 'abnormal') : undefined;
  return nameless ?? stuck ?? null;
}

/** Heard of as a part of a sum that was booked already: it gets a row of its own, and nothing more moves. */
async function takeOutOf(sum: Refund, order: Order, view: RefundView, tx: Transaction): Promise<void> {
  const now = clock.now();
  const part = view.refundFen ?? 0;
  await sum.update({ refundFen: sum.refundFen - part, updatedAt: now }, { transaction: tx });
  await insertRefund(order, { ...foundAtProvider(view), refundFen: part, status: 'succeeded', checkAt: null }, tx, {
    succeededAt: view.succeededAt ?? now,
  });
}

const foundAtProvider = (view: RefundView) => ({
  id: newId('rfd'),
  refundNo: view.refundNo,
  providerRefundId: view.providerRefundId,
  source: 'provider' as const,
  reason: '在支付方后台退款',
  requestedBy: 'provider',
});

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
  const found = foundAtProvider(view);
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
  const usesTaken = await takeBackUses({ order, refundId: refund.id, usesAsked }, tx);
  if (order.status === 'paid') await moveOrder(order.id, 'paid', 'refunding', {}, tx);
  return insertRefund(order, refund, tx, { usesAsked, usesTaken });
}

function insertRefund(
  order: Order,
  refund: NewRefund,
  tx: Transaction,
  more: { usesAsked?: number; usesTaken?: number; succeededAt?: number },
): Promise<Refund> {
  const now = clock.now();
  return Refund.create(
    {
      ...refund,
      reason: refund.reason.slice(0, 500),
      requestedBy: refund.requestedBy.slice(0, 190),
      orderId: order.id,
      userId: order.userId,
      channel: order.channel,
      usesAsked: 0,
      usesTaken: 0,
      shortenedMs: 0,
      checks: 0,
      billedAt: null,
      succeededAt: null,
      createdAt: now,
      updatedAt: now,
      ...more,
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
  if (status === 'succeeded') {
    await refund.update(numbers, { transaction: tx });
    return 'already';
  }
  if (status === 'closed' || status === 'refused')
    return view.state === 'succeeded' ? afterAll(order, refund, tx) : 'already';

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
      await raise({ channel: order.channel, kind: 'refund_closed', subject: id, detail: 'no money went back' }, tx);
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

/** It was called off here and the uses given back, and went through all the same: the money is booked, the rest is for a person. */
async function afterAll(order: Order, refund: Refund, tx: Transaction): Promise<RefundSettlement> {
  const { id, status, usesTaken } = refund;
  const from = status === 'closed' ? 'closed' : 'refused';
  const isMoved = await moveRefund(id, from, 'succeeded', { succeededAt: clock.now(), checkAt: null }, tx);
  if (!isMoved) return 'already';

  await refund.update({ usesTaken: 0 }, { transaction: tx });
  const detail = `${refund.refundFen} fen went back, and the ${usesTaken} uses that were given back are still there`;
  await raise({ channel: order.channel, kind: 'refund_after_all', subject: id, detail }, tx);
  await comeThrough(order, refund, tx);
  return 'succeeded';
}

/** The money is back: the order is refunded, and its days go too, once all of it is. */
async function comeThrough(order: Order, refund: Refund, tx: Transaction): Promise<void> {
  const refundedFen = order.refundedFen + refund.refundFen;
  await order.update({ refundedFen, updatedAt: clock.now() }, { transaction: tx });
  logger.info({ orderId: order.id, refundId: refund.id, refundedFen }, 'a refund went through');
  if (order.status !== 'refunding' && order.status !== 'paid') return; // Never granted: there is nothing to end.

  if (order.status === 'paid') await moveOrder(order.id, 'paid', 'refunding', {}, tx);
  if (refundedFen >= order.priceFen) {
    const shortenedMs = await takeBackDays({ order, refundId: refund.id }, tx);
    await refund.update({ shortenedMs }, { transaction: tx });
    await moveOrder(order.id, 'refunding', 'refunded', { checkAt: null, deliverAt: null }, tx);
  } else if ((await openFen(order.id, tx)) === 0) await moveOrder(order.id, 'refunding', 'paid', {}, tx);
}

/** No money goes back: the uses that were taken are given back. */
export async function comeToNothing(order: Order, refund: Refund, tx: Transaction): Promise<void> {
  await giveBackUses({ order, refund }, tx);
  if ((await openFen(order.id, tx)) === 0) await moveOrder(order.id, 'refunding', 'paid', {}, tx);
}
