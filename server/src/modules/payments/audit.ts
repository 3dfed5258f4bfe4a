import { select } from '../../db/sql';

const faultsMax = 100;

/**
 * Holds orders and refunds against the ledger: each order that counts as paid has its one grant of its uses and no other has
 * one, and each refund its one clawback of the uses that it says it took. Returns what differs, at most a hundred of each.
 */
export async function auditPayments(): Promise<string[]> {
  const orders = await select<{ id: string }>(
    `SELECT o.id AS id FROM orders o
     LEFT JOIN quota_entries e ON e.cause_type = 'order' AND e.cause_id = o.id AND e.kind = 'grant'
     WHERE (o.status IN ('paid', 'refunding', 'refunded') AND (e.id IS NULL OR e.uses < o.uses))
        OR (o.status NOT IN ('paid', 'refunding', 'refunded') AND e.id IS NOT NULL)
     LIMIT :limit`,
    { limit: faultsMax },
  );
  const refunds = await select<{ id: string }>(
    `SELECT r.id AS id FROM refunds r
     LEFT JOIN quota_entries e ON e.cause_type = 'refund' AND e.cause_id = r.id AND e.kind = 'clawback'
     LEFT JOIN quota_entries g ON g.cause_type = 'refund' AND g.cause_id = r.id AND g.kind = 'grant'
     WHERE r.uses_taken <> CASE WHEN r.status IN ('closed', 'refused') OR g.id IS NULL
       THEN COALESCE(e.uses, 0) ELSE COALESCE(e.uses, 0) - g.uses END
     LIMIT :limit`,
    { limit: faultsMax },
  );
  return [
    ...orders.map(({ id }) => `${id}: the order and its grant do not agree`),
    ...refunds.map(({ id }) => `${id}: the refund and the uses that it took do not agree`),
  ];
}
