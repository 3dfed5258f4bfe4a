import { z } from 'zod';
import { parseJson } from '../http';
import { openSealed } from './cipher';
import { NotificationRejected, type Notification, type NotificationInput } from './port';
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

/** What WeChat Pay tells us of its own accord, believed only when signature, freshness and seal all hold. */
export async function readNotification(
  input: NotificationInput,
  findKey: FindKey,
  apiV3Key: string,
): Promise<Notification> {
  const fault = await findSignatureFault({ headers: input.headers, body: input.rawBody }, findKey);
  if (fault) throw new NotificationRejected(fault);

  const envelope = Envelope.safeParse(parseJson(input.rawBody));
  if (!envelope.success) throw new NotificationRejected('body');

  const { id, event_type: eventType, resource } = envelope.data;
  const opened = openSealed({ ...resource, associatedData: resource.associated_data ?? '' }, apiV3Key);
  if (!opened) throw new NotificationRejected('cipher');
  if (eventType !== 'TRANSACTION.SUCCESS') return { eventId: id, eventType, payment: null };

  const transaction = Transaction.safeParse(parseJson(opened));
  if (!transaction.success) throw new NotificationRejected('body');
  return { eventId: id, eventType: 'TRANSACTION.SUCCESS', payment: paymentView(transaction.data) };
}
