import { setTimeout as sleep } from 'node:timers/promises';
import { insert, isDuplicate } from '../../db/sql';
import { clock, seconds } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import {
  NotificationRejected,
  wechatPay,
  type Notification,
  type NotificationInput,
} from '../../vendors/wechat-pay/port';
import { InboundEvent, Order } from './models';
import { settle, type Settlement } from './settle';

/** WeChat Pay waits five seconds for an answer, and then sends again. */
const settleWithinMs = seconds(3);

/**
 * Takes a WeChat Pay notification: verified over the raw bytes, stored once, settled. Throws `notification_rejected` for
 * what is not theirs, so that they send again what was damaged on the way. When settling is slow it is answered all the
 * same: it goes on behind the answer, and should this process die over it the reconciler asks about the order by itself.
 */
export async function receiveNotification(input: NotificationInput): Promise<void> {
  const notification = await readOrReject(input);
  await store(notification.eventId, notification.eventType, input.rawBody);

  if (notification.payment) await askAboutClosed(notification.payment.outTradeNo);

  const settled = settleAndNote(notification);
  await Promise.race([settled, sleep(settleWithinMs, undefined, { ref: false })]);
  settled.catch((error: unknown) => {
    logger.error({ err: error }, 'a payment notification could not be settled; the reconciler asks about its order');
  });
}

/** The reconciler asks about open orders by itself; this one was closed, and money may have come for it. */
async function askAboutClosed(orderId: string): Promise<void> {
  await Order.update({ checkAt: clock.now() }, { where: { id: orderId, status: 'closed' } });
}

async function settleAndNote(notification: Notification): Promise<void> {
  const outcome: Settlement | 'ignored' = notification.payment ? await settle(notification.payment) : 'ignored';
  await InboundEvent.update(
    { outcome, settledAt: clock.now() },
    { where: { source: 'wechat_pay', eventKey: notification.eventId } },
  );
}

async function readOrReject(input: NotificationInput): Promise<Notification> {
  try {
    return await wechatPay.current.readNotification(input);
  } catch (error) {
    if (!(error instanceof NotificationRejected)) throw error;
    logger.warn({ reason: error.reason }, 'a payment notification was rejected');
    throw new AppError('notification_rejected');
  }
}

/** The event as it came, once: a repeat is the same row. Its body stays encrypted as the provider sent it. */
async function store(eventKey: string, eventType: string, rawBody: Buffer): Promise<void> {
  try {
    await insert('inbound_events', {
      id: newId('evt'),
      source: 'wechat_pay',
      event_key: eventKey,
      event_type: eventType.slice(0, 40),
      body: rawBody.toString('utf8'),
      received_at: clock.now(),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}
