import { setTimeout as sleep } from 'node:timers/promises';
import type { PaymentChannel } from '@suyi/shared-types';
import { clock, seconds } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { logger } from '../../lib/logger';
import {
  NotificationRejected,
  paymentProviders,
  type Notification,
  type NotificationInput,
} from '../../vendors/payment/port';
import { noteOutcome, storeEvent, type EventSource } from '../inbound/service';
import { raise } from './discrepancies';
import { Order } from './models';
import { settle } from './settle';
import { followRefunded, settleRefund } from './settle-refund';

/** Providers wait about five seconds for an answer, and then send again. */
const settleWithinMs = seconds(3);

/**
 * Takes a provider's notification: verified over the raw bytes, stored once, settled. Throws `notification_rejected` for
 * what is not theirs, so that they send again what was damaged on the way. When settling is slow it is answered all the
 * same: it goes on behind the answer, and should this process die over it the reconciler asks about the order by itself.
 */
export async function receiveNotification(
  channel: Extract<PaymentChannel, 'wechat_jsapi' | 'alipay_wap'>,
  input: NotificationInput,
): Promise<void> {
  const notification = await readOrReject(channel, input);
  const source: EventSource = channel === 'alipay_wap' ? 'alipay' : 'wechat_pay';
  const event = { source, eventKey: notification.eventId };
  const { eventType } = notification;
  await storeEvent({ ...event, eventType, body: input.rawBody, orderId: orderNamedIn(notification) });

  const settled = settleNotified(notification).then((outcome) => noteOutcome(event, outcome));
  settled.catch((error: unknown) => {
    logger.error({ err: error }, 'a payment notification could not be settled; the reconciler asks about its order');
  });
  // What fails at once is not answered as taken: they send it again.
  await Promise.race([settled, sleep(settleWithinMs, undefined, { ref: false })]);
}

/** The order that it is about; null when it is about none. */
export const orderNamedIn = ({ payment, refund }: Notification): string | null =>
  payment?.outTradeNo ?? refund?.outTradeNo ?? null;

/** Believes what a verified notification says, and tells in a word what came of it. */
export async function settleNotified({ payment, refund }: Notification): Promise<string> {
  if (payment) await askAboutClosed(payment.outTradeNo);
  const settled = payment ? await settle(payment) : null;
  const refunded = refund ? await settleRefund(refund) : null;
  if (payment && settled === 'unknown_order' && payment.state !== 'unpaid' && payment.state !== 'closed') {
    const detail = `${payment.totalFen ?? 0} fen came for an order that is not ours`;
    await raise({ channel: payment.channel, kind: 'unknown_order', subject: payment.outTradeNo, detail });
  }
  if (payment?.refundedFen) await followRefunded(payment.outTradeNo, payment.refundedFen);
  return refunded ?? settled ?? 'ignored';
}

/** The reconciler asks about open orders by itself; this one was closed, and money may have come for it. */
async function askAboutClosed(orderId: string): Promise<void> {
  await Order.update({ checkAt: clock.now() }, { where: { id: orderId, status: 'closed' } });
}

async function readOrReject(channel: PaymentChannel, input: NotificationInput): Promise<Notification> {
  const provider = paymentProviders.current[channel];
  if (!provider) throw new AppError('not_found');
  try {
    return await provider.readNotification(input);
  } catch (error) {
    if (!(error instanceof NotificationRejected)) throw error;
    logger.warn({ channel, reason: error.reason }, 'a payment notification was rejected');
    throw new AppError('notification_rejected');
  }
}
