import { select } from '../../db/sql';
import { idFloor } from '../../lib/ids';

/** How many sellers came between two moments, the first included. */
export async function countNewUsers(fromMs: number, toMs: number): Promise<number> {
  const [row] = await select<{ n: number }>('SELECT COUNT(*) AS n FROM users WHERE id >= :from AND id < :to', {
    from: idFloor('usr', fromMs),
    to: idFloor('usr', toMs),
  });
  return Number(row?.n ?? 0);
}
