import { select } from '../../db/sql';
import { idFloor } from '../../lib/ids';

/** Uses spent between two moments, the first included: what was captured, of both kinds of task. */
export async function usesSpent(fromMs: number, toMs: number): Promise<number> {
  const [row] = await select<{ uses: number | null }>(
    `SELECT SUM(uses) AS uses FROM quota_entries WHERE id >= :from AND id < :to AND kind = 'capture'`,
    { from: idFloor('qen', fromMs), to: idFloor('qen', toMs) },
  );
  return Number(row?.uses ?? 0);
}
