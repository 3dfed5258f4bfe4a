import { Id } from '@suyi/shared-types';
import { change, insert, isDuplicate } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, days } from '../../lib/clock';
import { newId } from '../../lib/ids';
import type { EventSource } from './models';

type EventKey = { source: EventSource; eventKey: string };
/** The order that it is about, where it names one: so that an admin finds it. */
type About = { orderId?: string | null };

/** Keeps the event as it came, once: a repeat is the same row. `body` stays as the provider sent it. */
export async function storeEvent(event: EventKey & About & { eventType: string; body: Buffer }): Promise<void> {
  try {
    await insert('inbound_events', {
      id: newId('evt'),
      source: event.source,
      event_key: event.eventKey,
      event_type: event.eventType.slice(0, 40),
      body: event.body.toString('utf8'),
      order_id: idOrNull(event.orderId),
      received_at: clock.now(),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/**
 * Notes what came of it: the first word that settled it stands. What was about no order has nothing more to tell, but whom it
 * came from: its body goes.
 */
export async function noteOutcome({ source, eventKey, orderId }: EventKey & About, outcome: string): Promise<void> {
  await change(
    `UPDATE inbound_events SET outcome = :outcome, settled_at = :now,
       body = CASE WHEN order_id IS NULL AND :orderId IS NULL THEN '' ELSE body END,
       order_id = COALESCE(order_id, :orderId)
     WHERE source = :source AND event_key = :eventKey AND settled_at IS NULL`,
    { source, eventKey, outcome: outcome.slice(0, 40), now: clock.now(), orderId: idOrNull(orderId) },
  );
}

/** What was told about these orders is forgotten: it names who paid. That it came, and what came of it, stays. */
export async function eraseEvents(orderIds: readonly string[], tx?: Transaction): Promise<void> {
  if (orderIds.length === 0) return;
  await change(`UPDATE inbound_events SET body = '' WHERE order_id IN (:orderIds) AND body <> ''`, { orderIds }, tx);
}

/** A number that is none of ours may be anything. */
const idOrNull = (text: string | null | undefined): string | null =>
  Id.safeParse(text).success ? (text ?? null) : null;

const keptMs = days(180);

/** Forgets messages of half a year ago: what they told stands in orders and refunds, and they name who paid. */
export async function sweepEvents(): Promise<number> {
  return change('DELETE FROM inbound_events WHERE received_at < :before', { before: clock.now() - keptMs });
}
