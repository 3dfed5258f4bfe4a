import { select } from '../../db/sql';
import { idFloor } from '../../lib/ids';

export type Sales = { orders: number; salesFen: number; refundedFen: number };

/**
 * What was sold between two moments, the first included, and what of it and of earlier sales was asked back then. A sale counts
 * when it granted its uses: the entry's place among all of them tells when, and no index over payment times is needed.
 */
export async function salesBetween(fromMs: number, toMs: number): Promise<Sales> {
  const [sold] = await select<{ n: number; fen: number | null }>(
    `SELECT COUNT(*) AS n, SUM(o.price_fen) AS fen FROM quota_entries e JOIN orders o ON o.id = e.cause_id
     WHERE e.id >= :from AND e.id < :to AND e.kind = 'grant' AND e.cause_type = 'order'`,
    { from: idFloor('qen', fromMs), to: idFloor('qen', toMs) },
  );
  const [back] = await select<{ fen: number | null }>(
    `SELECT SUM(refund_fen) AS fen FROM refunds WHERE id >= :from AND id < :to AND status NOT IN ('closed', 'refused')`,
    { from: idFloor('rfd', fromMs), to: idFloor('rfd', toMs) },
  );
  return { orders: Number(sold?.n ?? 0), salesFen: Number(sold?.fen ?? 0), refundedFen: Number(back?.fen ?? 0) };
}
