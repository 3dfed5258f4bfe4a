import type { PaymentChannel } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { change, select } from '../../db/sql';
import { inTransaction } from '../../db/transaction';
import { clock, days, hours, minutes, seconds } from '../../lib/clock';
import { logger } from '../../lib/logger';
import { paymentProviders } from '../../vendors/payment/port';
import { eraseEvents } from '../inbound/service';
import { raise } from './discrepancies';
import { Order, payerForgotten } from './models';
import { providerOf, refOf } from './providers';
import { followRefunded } from './settle-refund';
import { settle } from './settle';
import { moveOrder } from './states';

/** Waits between two questions about one silent order; after the last one, every ten minutes until it is closed. */
const ladderMs = [5, 5, 10, 20, 30, 60, 120, 300].map(seconds);
/** A payment begun in the last second may arrive a little after the order's own end. */
const closeAfterMs = minutes(6);
const askedAtOnce = 8;

/**
 * Asks about up to `limit` silent orders whose time has come: grants what was paid, closes what nobody paid in time.
 * No answer, a throttle or a 5xx means unknown, so the order is asked about again.
 */
export async function reconcileOrders(channel: PaymentChannel, limit: number): Promise<number> {
  const due = await findDue(channel, ['created', 'awaiting', 'closed'], limit);
  return askEach(due, nextQuestionAt, reconcileOne);
}

/**
 * Waits between two questions about a closed order. What WeChat Pay closed stays closed, and its bill would tell; the others
 * cannot close an order for good, and give no bill.
 */
const closedLadderMs = [minutes(10), hours(1), hours(6), days(1), days(3), days(7)];

function nextQuestionAt({ status, channel, checks }: Order): number | null {
  if (status !== 'closed') return clock.now() + (ladderMs[checks] ?? minutes(10));
  const wait = hasBill(channel) ? undefined : closedLadderMs[checks];
  return wait === undefined ? null : clock.now() + wait;
}

const hasBill = (channel: PaymentChannel): boolean => Boolean(paymentProviders.current[channel]?.bill);

/** Waits between two questions about a paid order of a provider that gives no bill; then no more. */
const recheckLadderMs = [2, 4, 8, 16, 30, 60, 90].map(days);

/** Asks about up to `limit` paid orders, whether somebody sent money back at the provider's console. */
export async function recheckPaidOrders(channel: PaymentChannel, limit: number): Promise<number> {
  const due = await findDue(channel, ['paid', 'refunding'], limit);
  return askEach(
    due,
    (order) => {
      const wait = recheckLadderMs[order.checks];
      return wait === undefined ? null : clock.now() + wait;
    },
    recheckOne,
  );
}

/** How many open orders should have been asked about ten minutes ago and were not. */
export async function countSilent(): Promise<number> {
  const [row] = await select<{ n: number }>(
    `SELECT COUNT(*) AS n FROM orders WHERE status IN ('created', 'awaiting') AND check_at < :before`,
    { before: clock.now() - minutes(10) },
  );
  return Number(row?.n ?? 0);
}

/**
 * Sees to it that nobody pays this order any more: settled when it turns out to be paid, else closed at the provider first,
 * because from then on nobody can pay what we call closed. Throws `VendorUnavailable` when that is not known.
 */
export async function closeOrder(order: Order): Promise<void> {
  const provider = providerOf(order.channel);
  const view = await provider.query(refOf(order));
  if (view && (await settle(view)) !== 'unpaid') return;
  // Paid in between: the next question will say so.
  if (view && view.state !== 'closed' && (await provider.close(refOf(order))) === 'paid') return;

  await closeHere(order);
}

async function closeHere(order: Order): Promise<void> {
  const status = order.status === 'created' ? 'created' : 'awaiting';
  const [firstWait = 0] = closedLadderMs;
  const checkAt = hasBill(order.channel) ? null : clock.now() + firstWait;
  await inTransaction((tx) => moveOrder(order.id, status, 'closed', { checkAt, checks: 0 }, tx));
}

const deliverEveryMs = minutes(10);
const deliverGivenUpMs = days(7);

const forgottenAtOnce = 500;
const lateMs = days(3);

/** Forgets who paid for orders of deleted accounts, once nothing more can happen to them, and what was told about them later. */
export async function forgetPayers(): Promise<void> {
  const due = await select<{ id: string }>(
    `SELECT id FROM orders WHERE forget_payer = :wanted AND status IN ('paid', 'refunded', 'closed')
       AND check_at IS NULL AND deliver_at IS NULL LIMIT :limit`,
    { wanted: payerForgotten.wanted, limit: forgottenAtOnce },
  );
  const late = await select<{ id: string }>(
    `SELECT DISTINCT o.id AS id FROM inbound_events e JOIN orders o ON o.id = e.order_id
     WHERE e.received_at > :since AND e.body <> '' AND o.forget_payer = :done LIMIT :limit`,
    { since: clock.now() - lateMs, done: payerForgotten.done, limit: forgottenAtOnce },
  );

  await inTransaction(async (tx) => {
    const fields = { openid: null, forgetPayer: payerForgotten.done };
    const where = { id: due.map(({ id }) => id), forgetPayer: payerForgotten.wanted };
    await Order.update(fields, { where, transaction: tx });
    await eraseEvents(
      [...due, ...late].map(({ id }) => id),
      tx,
    );
  });
}

/** Tells the provider of up to `limit` orders that the uses are there, where it wants to know. */
export async function tellDelivered(limit: number): Promise<number> {
  const due = await Order.findAll({
    where: { deliverAt: { [Op.lte]: clock.now() } },
    order: [['deliverAt', 'ASC']],
    limit,
  });
  for (const order of due) {
    const [mine] = await Order.update(
      { deliverAt: clock.now() + deliverEveryMs },
      { where: { id: order.id, deliverAt: order.deliverAt } },
    );
    if (mine === 1) await tellOne(order);
  }
  return due.length;
}

async function tellOne(order: Order): Promise<void> {
  try {
    await providerOf(order.channel).tellDelivered?.(refOf(order));
    await change('UPDATE orders SET deliver_at = NULL WHERE id = :id', { id: order.id });
  } catch (error) {
    logger.warn(
      { orderId: order.id, err: error },
      'the provider could not be told of a delivery; it will be told again',
    );
    if ((order.paidAt ?? 0) + deliverGivenUpMs > clock.now()) return;

    const detail = 'the provider does not take our word that it was delivered';
    await raise({ channel: order.channel, kind: 'not_delivered', subject: order.id, detail });
    await change('UPDATE orders SET deliver_at = NULL WHERE id = :id', { id: order.id });
  }
}

/** One channel at a time: a provider that hangs must not hold up the others. */
function findDue(channel: PaymentChannel, status: Order['status'][], limit: number): Promise<Order[]> {
  return Order.findAll({
    where: { channel, status, checkAt: { [Op.lte]: clock.now() } },
    order: [['checkAt', 'ASC']],
    limit,
  });
}

/** A few at a time, because most of each is waiting for the provider. Returns how many there were. */
async function askEach(
  due: Order[],
  nextAt: (order: Order) => number | null,
  ask: (order: Order) => Promise<void>,
): Promise<number> {
  for (let at = 0; at < due.length; at += askedAtOnce) {
    await Promise.all(due.slice(at, at + askedAtOnce).map((order) => takeAndAsk(order, nextAt(order), ask)));
  }
  return due.length;
}

/** Only the process that moves the order on to its next time asks about it now. */
async function takeAndAsk(order: Order, next: number | null, ask: (order: Order) => Promise<void>): Promise<void> {
  const [mine] = await Order.update(
    { checkAt: next, checks: order.checks + 1 },
    { where: { id: order.id, checkAt: order.checkAt, status: order.status } },
  );
  if (mine !== 1) return;
  try {
    await ask(order);
  } catch (error) {
    logger.warn({ orderId: order.id, err: error }, 'an order could not be asked about; it will be asked about again');
    // The last rung of a ladder that failed is climbed again.
    if (next === null) await Order.update({ checkAt: clock.now() + hours(6) }, { where: { id: order.id } });
  }
}

async function reconcileOne(order: Order): Promise<void> {
  const isOver = order.status !== 'closed' && order.payBefore + closeAfterMs <= clock.now();
  if (isOver) return endInTime(order);

  const view = await providerOf(order.channel).query(refOf(order));
  if (view) await settle(view);
}

/** A provider that cannot close an order, or whose keys we gave up, is not waited for longer than a day. */
async function endInTime(order: Order): Promise<void> {
  const canClose = hasBill(order.channel);
  try {
    await closeOrder(order);
  } catch (error) {
    if (canClose || order.payBefore + days(1) > clock.now()) throw error;
    logger.warn(
      { orderId: order.id, err: error },
      'an order is closed here alone; it is asked about for some days more',
    );
    await closeHere(order);
  }
}

async function recheckOne(order: Order): Promise<void> {
  const view = await providerOf(order.channel).query(refOf(order));
  if (view?.refundedFen) await followRefunded(order.id, view.refundedFen);
}
