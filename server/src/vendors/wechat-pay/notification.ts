import { z } from 'zod';
import { parseJson } from '../http';
import { NotificationRejected, type Notification, type NotificationInput } from '../payment/port';
import { openSealed } from './cipher';
import { RefundNotice, refundView } from './refunds';
import { paymentView, Transaction } from './transaction';
import { findSignatureFault, type FindKey } from './verify';

const Envelope = z.object({
  id: z.string().min(1).max(64),
  event_type: z.string().min(1).max(64),
  resource: z.object({
    algorithm: z.literal('AEAD_AES_256_GCM'),
    ciphertext: z.string().max(1_048_576),
    nonce: z.string(),
    associated_data: z.string().nullish(),
  }),
});

const refundEvents = new Set(['REFUND.SUCCESS', 'REFUND.ABNORMAL', 'REFUND.CLOSED']);

/** What WeChat Pay tells us of its own accord, believed only when signature, freshness and seal all hold. */
export async function readNotification(
  input: NotificationInput,
  findKey: FindKey,
  merchant: { mchid: string; apiV3Key: string },
): Promise<Notification> {
  const fault = await findSignatureFault({ headers: input.headers, body: input.rawBody }, findKey);
  if (fault) throw new NotificationRejected(fault);

  const envelope = Envelope.safeParse(parseJson(input.rawBody));
  if (!envelope.success) throw new NotificationRejected('body');

  const { id: eventId, event_type: eventType, resource } = envelope.data;
  const opened = openSealed({ ...resource, associatedData: resource.associated_data ?? '' }, merchant.apiV3Key);
  if (!opened) throw new NotificationRejected('cipher');

  if (eventType === 'TRANSACTION.SUCCESS') {
    const payment = paymentView(held(Transaction, opened));
    return { eventId, eventType, payment, refund: null };
  }
  if (refundEvents.has(eventType)) {
    const notice = held(RefundNotice, opened);
    if (notice.mchid !== merchant.mchid) throw new NotificationRejected('body');
    return { eventId, eventType, payment: null, refund: refundView({ ...notice, status: notice.refund_status }) };
  }
  return { eventId, eventType, payment: null, refund: null };
}

function held<T>(shape: z.ZodType<T>, opened: Buffer): T {
  const parsed = shape.safeParse(parseJson(opened));
  if (!parsed.success) throw new NotificationRejected('body');
  return parsed.data;
}
