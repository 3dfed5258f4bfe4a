import { clock, days, toMoment } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { logger } from '../../lib/logger';
import { appleRefunds, type AppleRefundDecision } from '../../vendors/wechat-virtual/port';
import type { PushMessage } from '../../vendors/wechat/port';
import { usedSince } from '../quota/service';
import { Order } from './models';
import { orderNamedIn, settleNotified } from './notifications';
import { providerOf } from './providers';

/**
 * Virtual payment tells of deliveries and refunds by the mini program's message push, which was verified and opened before
 * it comes here. Returns a word for what came of it. Throws `channel_unavailable` when this server has no keys for it.
 */
export async function receiveVirtualPush(message: PushMessage): Promise<{ outcome: string; orderId: string | null }> {
  const rawBody = Buffer.from(JSON.stringify(message.body));
  const notification = await providerOf('wechat_virtual').readNotification({ headers: {}, rawBody });
  return { outcome: await settleNotified(notification), orderId: orderNamedIn(notification) };
}

/**
 * Apple asks what we think of a refund. A membership of which nothing was used may go back; of one that was used we say how
 * much. Apple decides alone, and a refund that it makes comes as a message of its own.
 */
export async function answerAppleInquiry(
  message: PushMessage,
): Promise<{ outcome: string; reply: object; orderId: string | null }> {
  const inquiry = appleRefunds.current.read(message);
  if (!inquiry) throw new AppError('invalid_request');
  const order =
    (await Order.findByPk(inquiry.outTradeNo)) ??
    (await Order.findOne({ where: { transactionId: inquiry.outTradeNo } }));

  const decision = order ? await decide(order) : unknownOrder;
  logger.info({ orderId: order?.id, isAgreed: decision.isAgreed }, 'Apple asked about a refund');
  const outcome = decision.isAgreed ? 'agreed' : 'declined';
  return { outcome, reply: appleRefunds.current.answer(decision), orderId: order?.id ?? null };
}

const unknownOrder: AppleRefundDecision = {
  isAgreed: false,
  reason: '没有找到这笔订单',
  evidence: '我方系统中没有这个订单号的购买记录，无法核对使用情况。',
};

async function decide(order: Order): Promise<AppleRefundDecision> {
  const what = `订单 ${order.id}，${order.planName}`;
  if (order.paidAt === null) {
    // Apple has the money, and nothing was granted: the buyer is right, and we ask whether it was paid after all.
    await Order.update({ checkAt: clock.now() }, { where: { id: order.id } });
    return { isAgreed: true, reason: '次数还没有到账', evidence: `${what}，还没有到账，没有使用。` };
  }
  const used = Math.min(order.uses, await usedSince(order.userId, order.paidAt));
  const end = order.paidAt + days(order.days);
  const evidence = `${what}，${toMoment(order.paidAt)} 到账，${toMoment(end)} 到期，共 ${order.uses} 次，到账后使用 ${used} 次。`;
  if (used > 0) return { isAgreed: false, reason: `已使用 ${used} 次`, evidence };
  return end > clock.now()
    ? { isAgreed: true, reason: '购买后没有使用', evidence }
    : { isAgreed: false, reason: '会员期已满', evidence };
}
