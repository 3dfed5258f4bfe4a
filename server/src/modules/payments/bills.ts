import { Op } from 'sequelize';
import { insert, isDuplicate, select } from '../../db/sql';
import { takeTurn } from '../../db/turns';
import { clock, days, hours, minutes, shanghaiDay, startOfShanghaiDay } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import type { BillLine, PaymentProvider, RefundView } from '../../vendors/payment/port';
import { raise, type DiscrepancyKind } from './discrepancies';
import { Order, Refund } from './models';
import { allProviders, refOf } from './providers';
import { settle } from './settle';
import { settleRefund } from './settle-refund';

/** A bill is there from ten o'clock of the next day on. */
const readyAfterMs = hours(10);
/** What a server missed while it stood still; the provider keeps its bills for three months. */
const daysBack = 60;
/** A bill that is late for so long is put before a person. */
const lateAfterMs = days(3);

/**
 * Compares each finished day of the last two months with the provider's bill, once, in one process among all that ask. Money
 * that the bill knows and we do not is asked about and settled; what still differs is put before a person.
 */
export async function compareBills(): Promise<void> {
  if (!(await takeTurn('compare-bills', minutes(10)))) return;
  for (const provider of allProviders()) {
    if (!provider.bill) continue;
    for (const day of await daysToCompare(provider)) await compareQuietly(provider, provider.bill, day);
  }
}

/** One day by itself: what goes wrong with it does not keep the others from their turn, and it is compared again. */
async function compareQuietly(
  provider: PaymentProvider,
  bill: NonNullable<PaymentProvider['bill']>,
  day: string,
): Promise<void> {
  const { channel } = provider;
  try {
    const lines = await bill(day);
    if (lines !== 'not_ready') return await compareDay(provider, day, lines);
  } catch (error) {
    logger.warn({ channel, day, err: error }, 'a day could not be compared; it is tried again');
  }
  if (Date.parse(`${day}T00:00:00+08:00`) + days(1) + lateAfterMs > clock.now()) return;
  await raise({ channel, kind: 'bill_missing', subject: `${channel} ${day}`, detail: 'not compared for three days' });
}

/** Days since our first order there whose bill should be there and was not compared yet, oldest first. */
async function daysToCompare({ channel }: PaymentProvider): Promise<string[]> {
  const today = startOfShanghaiDay(clock.now());
  const first = await Order.findOne({ where: { channel }, order: [['id', 'ASC']] });
  const compared = await select<{ day: string }>('SELECT day FROM payment_bills WHERE channel = :channel', { channel });
  const done = new Set(compared.map(({ day }) => day));

  const result: string[] = [];
  for (let back = daysBack; back >= 1; back -= 1) {
    const start = today - days(back);
    const isOver = clock.now() >= start + days(1) + readyAfterMs;
    const hasBegun = first !== null && start + days(1) > first.createdAt;
    if (isOver && hasBegun && !done.has(shanghaiDay(start))) result.push(shanghaiDay(start));
  }
  return result;
}

async function compareDay(provider: PaymentProvider, day: string, lines: readonly BillLine[]): Promise<void> {
  let discrepancies = 0;
  const found = async (kind: DiscrepancyKind, subject: string, detail: string): Promise<void> => {
    discrepancies += 1;
    await raise({ channel: provider.channel, kind, subject, detail });
  };

  let failures = 0;
  for (const line of lines) {
    try {
      if (line.refund) await compareRefund(provider, line, line.refund, found);
      else await comparePayment(provider, day, line, found);
    } catch (error) {
      failures += 1;
      logger.warn({ orderId: line.outTradeNo, day, err: error }, 'a line of a bill is open; its day is compared again');
    }
  }
  if (failures > 0) throw new VendorUnavailable(provider.channel, `${failures} lines of ${day} are open`);
  await findUnbilledOrders(provider, day, lines, found);
  await findUnbilledRefunds(provider, day, found);
  await note(provider, day, lines.length, discrepancies);
}

type Found = (kind: DiscrepancyKind, subject: string, detail: string) => Promise<void>;

async function comparePayment(provider: PaymentProvider, day: string, line: BillLine, found: Found): Promise<void> {
  const order = await Order.findByPk(line.outTradeNo);
  if (!order || order.channel !== provider.channel) {
    await found('unknown_order', line.outTradeNo, `${line.totalFen} fen came on ${day} for an order that is not ours`);
    return;
  }
  if (order.status === 'created' || order.status === 'awaiting' || order.status === 'closed') {
    // The bill is a reason to ask, and the answer is what is believed: so it can grant.
    const view = await provider.query(refOf(order));
    const settlement = view ? await settle(view) : 'unpaid';
    if (settlement !== 'unpaid') return;
    await found('paid_not_granted', order.id, `billed on ${day}, unpaid when asked`);
    await Order.update({ checkAt: clock.now() + days(1) }, { where: { id: order.id, checkAt: null } });
    return;
  }
  const differences = [
    ...(line.totalFen === order.priceFen ? [] : [`${line.totalFen} fen instead of ${order.priceFen}`]),
    ...(line.transactionId === order.transactionId ? [] : ['another transaction number']),
  ];
  if (differences.length > 0) await found('bill_differs', order.id, `${day}: ${differences.join(', ')}`);
}

async function compareRefund(
  provider: PaymentProvider,
  line: BillLine,
  refund: NonNullable<BillLine['refund']>,
  found: Found,
): Promise<void> {
  const { refundNo, refundFen } = refund;
  const order = await Order.findByPk(line.outTradeNo);
  if (!order || order.channel !== provider.channel) {
    await found('unknown_order', line.outTradeNo, `${refundFen} fen were sent back for an order that is not ours`);
    return;
  }
  await settleRefund(await presentView(provider, order, refund));

  const ours = await Refund.findOne({ where: { orderId: line.outTradeNo, refundNo } });
  if (ours && ours.refundFen !== refundFen) {
    await found('bill_differs', ours.id, `${refundFen} fen sent back instead of ${ours.refundFen}`);
  }
  if (ours) await Refund.update({ billedAt: clock.now() }, { where: { id: ours.id, billedAt: null } });
}

/** A bill is never written anew: what was not through on that day has to be asked about. */
async function presentView(
  provider: PaymentProvider,
  order: Order,
  refund: NonNullable<BillLine['refund']>,
): Promise<RefundView> {
  const { refundNo, refundFen } = refund;
  const billed = { ...refund, channel: provider.channel, outTradeNo: order.id, succeededAt: null };
  if (refund.state === 'succeeded') return billed;

  const question = { refundNo, order: refOf(order), refundFen, refundedBeforeFen: order.refundedFen, reason: '' };
  return (await provider.queryRefund(question)) ?? billed;
}

/** Paid that day by our books, but not by theirs. */
async function findUnbilledOrders(
  { channel }: PaymentProvider,
  day: string,
  lines: readonly BillLine[],
  found: Found,
): Promise<void> {
  const billed = new Set(lines.filter((line) => !line.refund).map((line) => line.outTradeNo));
  const start = Date.parse(`${day}T00:00:00+08:00`);
  let after = '';
  for (;;) {
    const page = await select<{ id: string }>(
      `SELECT id FROM orders WHERE channel = :channel AND paid_at >= :start AND paid_at < :end AND id > :after
       AND status IN ('paid', 'refunding', 'refunded') ORDER BY id LIMIT 1000`,
      { channel, start, end: start + days(1), after },
    );
    for (const { id } of page) {
      if (!billed.has(id))
        await found('not_in_bill', id, `granted for a payment of ${day} that the bill does not have`);
    }
    const last = page.at(-1);
    if (!last || page.length < 1_000) return;
    after = last.id;
  }
}

/** A refund stands in the bill of the day it was asked for, which is never after it succeeded. */
async function findUnbilledRefunds({ channel }: PaymentProvider, day: string, found: Found): Promise<void> {
  const end = Date.parse(`${day}T00:00:00+08:00`) + days(1);
  const missing = await Refund.findAll({
    where: {
      channel,
      status: 'succeeded',
      billedAt: null,
      succeededAt: { [Op.between]: [end - days(14), end - days(3)] },
    },
    limit: 200,
  });
  for (const { id } of missing) await found('refund_not_in_bill', id, `not in any bill up to ${day}`);
}

async function note({ channel }: PaymentProvider, day: string, lines: number, discrepancies: number): Promise<void> {
  try {
    await insert('payment_bills', {
      id: newId('bil'),
      channel,
      day,
      line_count: lines,
      discrepancies,
      compared_at: clock.now(),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  logger.info({ channel, day, lines, discrepancies }, 'a day was compared with the bill');
}
