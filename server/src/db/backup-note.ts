import { clock, days, shanghaiDay } from '../lib/clock';
import { newId } from '../lib/ids';
import { change, insert, select } from './sql';

const name = 'backup_rows';

/** Notes that a backup of so many rows is complete, for the alarm that wants one a day. */
export async function noteBackup(rows: number): Promise<void> {
  const now = clock.now();
  const day = shanghaiDay(now);
  const values = { day, name, rows, now };
  const changed = await change(
    'UPDATE daily_figures SET figure = :rows, counted_at = :now WHERE day = :day AND name = :name',
    values,
  );
  if (changed === 0) await insert('daily_figures', { id: newId('fig'), day, name, figure: rows, counted_at: now });
}

/** When the last backup of the last forty days was complete, in epoch milliseconds; null when there is none. */
export async function lastBackupAt(): Promise<number | null> {
  const [row] = await select<{ at: number | null }>(
    'SELECT MAX(counted_at) AS at FROM daily_figures WHERE day >= :since AND name = :name',
    { since: shanghaiDay(clock.now() - days(40)), name },
  );
  return row?.at ?? null;
}
