import { select } from '../src/db/sql';
import { auditPayments } from '../src/modules/payments/service';
import { verifyLedger } from '../src/modules/quota/service';

/**
 * Whatever a test did: every account equals its entries, orders and refunds agree with them, every open task has its hold,
 * every ended one has settled it.
 */
export async function expectLedgerToBalance(): Promise<void> {
  const verdict = await verifyLedger();
  expect(verdict.faults).toEqual([]);
  expect(await auditPayments()).toEqual([]);

  const astray = await select<{ id: string; status: string }>(
    `SELECT t.id AS id, t.status AS status FROM tasks t
     WHERE (SELECT COUNT(*) FROM quota_entries e WHERE e.cause_type = 'task' AND e.cause_id = t.id AND e.kind = 'hold') <> 1
        OR (SELECT COUNT(*) FROM quota_entries e WHERE e.cause_type = 'task' AND e.cause_id = t.id AND e.kind IN ('capture', 'release'))
           <> (CASE WHEN t.status IN ('succeeded', 'failed', 'cancelled') THEN 1 ELSE 0 END)`,
    {},
  );
  expect(astray).toEqual([]);
}
