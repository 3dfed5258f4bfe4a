import { change, insert, isDuplicate } from '../../db/sql';
import { clock, days } from '../../lib/clock';
import { newId } from '../../lib/ids';
import type { EventSource } from './models';

type EventKey = { source: EventSource; eventKey: string };

/** Keeps the event as it came, once: a repeat is the same row. `body` stays as the provider sent it. */
export async function storeEvent(event: EventKey & { eventType: string; body: Buffer }): Promise<void> {
  try {
    await insert('inbound_events', {
      id: newId('evt'),
      source: event.source,
      event_key: event.eventKey,
      event_type: event.eventType.slice(0, 40),
      body: event.body.toString('utf8'),
      received_at: clock.now(),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** Notes what came of it: the first word that settled it stands. */
export async function noteOutcome({ source, eventKey }: EventKey, outcome: string): Promise<void> {
  await change(
    `UPDATE inbound_events SET outcome = :outcome, settled_at = :now
     WHERE source = :source AND event_key = :eventKey AND settled_at IS NULL`,
    { source, eventKey, outcome: outcome.slice(0, 40), now: clock.now() },
  );
}

const keptMs = days(180);

/** Forgets messages of half a year ago: what they told stands in orders and refunds, and they name who paid. */
export async function sweepEvents(): Promise<number> {
  return change('DELETE FROM inbound_events WHERE received_at < :before', { before: clock.now() - keptMs });
}
