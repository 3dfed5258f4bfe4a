import { Op } from 'sequelize';
import { select } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { clock, days, hours, shanghaiDay } from '../../lib/clock';
import { eachAlone } from '../../lib/each';
import { AppError, isRefusal, type Refusal } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import type { RefundInput } from '../../vendors/payment/port';
import { raise } from './discrepancies';
import { openFen, Order, Refund } from './models';
import { providerOf, refOf } from './providers';
import { waitBeforeNextQuestion, waitWhenShort } from './refund-ladder';
import { beginRefund, comeToNothing, settleRefund } from './settle-refund';
import { moveRefund, openRefunds, type RefundStatus } from './states';
import { usesBoughtBy, usesStillThere } from './taken-uses';

export type RefundWish = {
  orderId: string;
  /** Null: all that has not been sent back yet. */
  refundFen: number | null;
  reason: string;
  requestedBy: string;
};

export type RefundPlan = {
  order: Order;
  refundFen: number;
  isWhole: boolean;
  /** The uses that this money bought, and how many of them are unspent and go back. */
  usesAsked: number;
  usesTaken: number;
};

/** What a refund would do, without doing it. Throws `not_found`, `order_not_refundable`, `refund_under_way` or `refund_too_much`. */
export function planRefund(wish: Omit<RefundWish, 'reason' | 'requestedBy'>): Promise<RefundPlan> {
  return inTransaction((tx) => planLocked(wish, tx));
}

/**
 * Begins to send money back: the refund is written, the unspent uses are taken, and the order is `refunding`, all in one
 * transaction, and with them what `alongside` writes; `driveRefunds` then asks the provider, with the same number however often.
 * Throws as `planRefund` does.
 */
export async function requestRefund(
  wish: RefundWish,
  alongside?: (refund: Refund, tx: Transaction) => Promise<void>,
): Promise<Refund> {
  return inTransaction(async (tx) => {
    const { order, refundFen } = await planLocked(wish, tx);
    const id = newId('rfd');
    const { reason, requestedBy } = wish;
    const refund = { id, refundNo: id, providerRefundId: null, source: 'ours' as const, reason, requestedBy };
    const begun = await beginRefund(order, { ...refund, refundFen, status: 'requested', checkAt: clock.now() }, tx);
    await alongside?.(begun, tx);
    return begun;
  });
}

async function planLocked(wish: Pick<RefundWish, 'orderId' | 'refundFen'>, tx: Transaction): Promise<RefundPlan> {
  const order = await Order.findByPk(wish.orderId, { transaction: tx, lock: tx.LOCK.UPDATE });
  if (!order) throw new AppError('not_found');
  // Of a deleted account WeChat's virtual payment cannot be told who paid: its console still can send the money back.
  const isNameless = order.channel === 'wechat_virtual' && order.openid === null;
  const isPaid = order.status === 'paid' || order.status === 'refunding';
  if (!isPaid || isNameless) throw new AppError('order_not_refundable');

  // One after the other: what a provider says of an order while two are under way cannot always be told apart.
  if ((await openFen(order.id, tx)) > 0) throw new AppError('refund_under_way');
  const left = order.priceFen - order.refundedFen;
  const refundFen = wish.refundFen ?? left;
  if (refundFen < 1 || refundFen > left) throw new AppError('refund_too_much');

  const usesAsked = await usesBoughtBy(order, refundFen, tx);
  return {
    order,
    refundFen,
    isWhole: refundFen === left,
    usesAsked,
    usesTaken: Math.min(usesAsked, await usesStillThere(order, tx)),
  };
}

/** How a refund stands. Throws `not_found`. */
export async function findRefundStatus(refundId: string): Promise<RefundStatus> {
  const refund = await Refund.findByPk(refundId);
  if (!refund) throw new AppError('not_found');
  return refund.status;
}

/** How many refunds are under way, by state. */
export async function countOpenRefunds(): Promise<Map<RefundStatus, number>> {
  const rows = await select<{ status: RefundStatus; n: number }>(
    'SELECT status, COUNT(*) AS n FROM refunds WHERE status IN (:open) GROUP BY status',
    { open: openRefunds },
  );
  return new Map(openRefunds.map((status) => [status, Number(rows.find((row) => row.status === status)?.n ?? 0)]));
}

/** Asks the provider about up to `limit` refunds whose time has come. */
export async function driveRefunds(limit: number): Promise<number> {
  const due = await Refund.findAll({
    where: { status: openRefunds, checkAt: { [Op.lte]: clock.now() } },
    order: [['checkAt', 'ASC']],
    limit,
  });
  return eachAlone('drive-refunds', due, driveOne, drivenAtOnce);
}

/** Most of each is waiting for a provider. */
const drivenAtOnce = 8;

/** Only the process that moves it on to its next time drives it now. */
async function driveOne(refund: Refund): Promise<void> {
  const [mine] = await Refund.update(
    { checkAt: clock.now() + waitBeforeNextQuestion(refund.checks), checks: refund.checks + 1 },
    { where: { id: refund.id, checkAt: refund.checkAt, status: refund.status } },
  );
  if (mine !== 1) return;

  await raiseIfStuck(refund);
  const order = await Order.findByPk(refund.orderId, { rejectOnEmpty: true });
  const provider = providerOf(order.channel);
  const input: RefundInput = {
    refundNo: refund.refundNo ?? refund.id,
    order: refOf(order),
    refundFen: refund.refundFen,
    refundedBeforeFen: order.refundedFen + (await openFen(order.id)) - refund.refundFen,
    reason: refund.reason,
  };
  const known = refund.status === 'requested' ? null : await provider.queryRefund(input);
  if (!known && refund.source === 'provider') return; // Not ours to ask for.
  // Under the same number it is the same refund, however often it is asked for.
  const answer = known ?? (await provider.refund(input));
  if (!isRefusal(answer)) await settleRefund(answer);
  else if (answer.code === 'not_enough') await waitForMoney(refund);
  else {
    // An earlier try may have been taken whose answer was lost: then there is one, whatever this answer says.
    const taken = await provider.queryRefund(input);
    if (taken) await settleRefund(taken);
    else await takeRefusal(refund, answer);
  }
}

/** Not even taken up after six hours, or not through after the four days that the slowest banks take. */
const stuckAfterMs = { requested: hours(6), processing: days(4), abnormal: days(365) };

async function raiseIfStuck({ id, channel, status, createdAt }: Refund): Promise<void> {
  const isOpen = status === 'requested' || status === 'processing' || status === 'abnormal';
  if (!isOpen || createdAt + stuckAfterMs[status] > clock.now()) return;
  await raise({ channel, kind: 'refund_stuck', subject: id, detail: `still ${status}; it is asked about on` });
}

/** Our balance there is short: before a person once a day until it is not, and tried again. */
async function waitForMoney({ id, channel }: Refund): Promise<void> {
  const subject = `${id} ${shanghaiDay(clock.now())}`;
  await raise({ channel, kind: 'refund_not_enough', subject, detail: 'top up the balance at the provider' });
  await Refund.update({ checkAt: clock.now() + waitWhenShort }, { where: { id, status: ['requested', 'processing'] } });
}

async function takeRefusal(refund: Refund, { code, reason }: Refusal): Promise<void> {
  const { id, channel } = refund;
  const from = refund.status === 'requested' ? 'requested' : 'processing';
  await inTransaction(async (tx) => {
    const order = await Order.findByPk(refund.orderId, { transaction: tx, lock: tx.LOCK.UPDATE, rejectOnEmpty: true });
    const isMoved = await moveRefund(id, from, 'refused', { checkAt: null }, tx);
    if (!isMoved) return;
    await comeToNothing(order, refund, tx);
    await raise({ channel, kind: 'refund_refused', subject: id, detail: `the provider said ${code}: ${reason}` }, tx);
  });
}

/**
 * A person gives up a refund that the provider could not pay out, and has settled with the buyer in another way, or not at
 * all: the uses come back. Throws `not_found` or `order_not_refundable`.
 */
export async function giveUpRefund(refundId: string, by: string): Promise<void> {
  await inTransaction(async (tx) => {
    const refund = await Refund.findByPk(refundId, { transaction: tx });
    if (!refund) throw new AppError('not_found');
    const order = await Order.findByPk(refund.orderId, { transaction: tx, lock: tx.LOCK.UPDATE, rejectOnEmpty: true });
    if (!(await moveRefund(refundId, 'abnormal', 'closed', { checkAt: null }, tx))) {
      throw new AppError('order_not_refundable');
    }
    await comeToNothing(order, refund, tx);
    logger.warn({ refundId, by }, 'a refund was given up by a person');
  });
}
