import { insert, isDuplicate } from '../../db/sql';
import { clock } from '../../lib/clock';
import { AppError } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { logger } from '../../lib/logger';
import { NotificationRejected, wechatPay, type NotificationInput } from '../../vendors/wechat-pay/port';
import { InboundEvent } from './models';
import { settle, type Settlement } from './settle';

/**
 * Takes a WeChat Pay notification: verified over the raw bytes, stored once, settled. Throws `notification_rejected` for
 * what is not theirs, so that they send again what was damaged on the way. Anything else thrown asks for it again too.
 */
export async function receiveNotification(input: NotificationInput): Promise<void> {
  const notification = await readOrReject(input);
  await store(notification.eventId, notification.eventType, input.rawBody);

  const outcome: Settlement | 'ignored' = notification.payment ? await settle(notification.payment) : 'ignored';
  await InboundEvent.update(
    { outcome, settledAt: clock.now() },
    { where: { source: 'wechat_pay', eventKey: notification.eventId } },
  );
}

async function readOrReject(
  input: NotificationInput,
): Promise<Awaited<ReturnType<typeof wechatPay.current.readNotification>>> {
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
