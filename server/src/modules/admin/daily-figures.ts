import { insert, isDuplicate, select } from '../../db/sql';
import { takeTurn } from '../../db/turns';
import { clock, days, hours, minutes, shanghaiDay, startOfShanghaiDay } from '../../lib/clock';
import { newId } from '../../lib/ids';
import { countNewUsers } from '../auth/service';
import { salesBetween } from '../payments/service';
import { usesSpent } from '../quota/service';
import { countTasksMade } from '../tasks/service';

/* What each Shanghai day came to. Finished days are counted once and kept; the others are counted when somebody looks. */

const names = [
  'sales_fen',
  'orders_paid',
  'refunds_fen',
  'uses_spent',
  'new_users',
  'clean_made',
  'clean_failed',
  'poses_made',
  'poses_failed',
] as const;
type Name = (typeof names)[number];

export type DayFigures = { day: string } & Record<Name, number>;

/** So long after its end a day is finished: what was made in its last minute has ended by then (six hours in the queue and two to save). */
const settledMs = hours(9);
export const chartDays = 30;

async function countDay(fromMs: number): Promise<Record<Name, number>> {
  const toMs = fromMs + days(1);
  const sales = await salesBetween(fromMs, toMs);
  const tasks = await countTasksMade(fromMs, toMs);
  return {
    sales_fen: sales.salesFen,
    orders_paid: sales.orders,
    refunds_fen: sales.refundedFen,
    uses_spent: await usesSpent(fromMs, toMs),
    new_users: await countNewUsers(fromMs, toMs),
    clean_made: tasks.basic_clean.made,
    clean_failed: tasks.basic_clean.failed,
    poses_made: tasks.model_pose12.made,
    poses_failed: tasks.model_pose12.failed,
  };
}

type Row = { day: string; name: Name; figure: number };

function readKept(fromDay: string): Promise<Row[]> {
  return select<Row>('SELECT day, name, figure FROM daily_figures WHERE day >= :fromDay', { fromDay });
}

/** The starts of the last thirty days, today's last. */
function dayStarts(): number[] {
  const today = startOfShanghaiDay(clock.now());
  return Array.from({ length: chartDays }, (_, at) => today - days(chartDays - 1 - at));
}

/** Counts what finished since the last time; a day that is there already stays as it is. One process at a time. */
export async function countDays(): Promise<number> {
  const starts = dayStarts().filter((start) => start + days(1) + settledMs <= clock.now());
  const missing = await missingOf(starts);
  if (missing.length === 0 || !(await takeTurn('count-days', minutes(5)))) return 0;

  for (const start of missing) {
    const figures = await countDay(start);
    for (const name of names) await keep(shanghaiDay(start), name, figures[name]);
  }
  return missing.length;
}

async function missingOf(starts: readonly number[]): Promise<number[]> {
  const [first] = starts;
  if (first === undefined) return [];
  const kept = new Set((await readKept(shanghaiDay(first))).map(({ day, name }) => `${day} ${name}`));
  return starts.filter((start) => names.some((name) => !kept.has(`${shanghaiDay(start)} ${name}`)));
}

async function keep(day: string, name: Name, figure: number): Promise<void> {
  try {
    await insert('daily_figures', { id: newId('fig'), day, name, figure, counted_at: clock.now() });
  } catch (error) {
    if (!isDuplicate(error)) throw error; // Counted before, or by another process.
  }
}

/** At most so many days are counted for one look; older ones are the worker's, and show nothing until it has come to them. */
const liveMax = 3;

/** The last thirty days, today last. Finished ones as they were kept, the others as they stand now. */
export async function lastDays(): Promise<DayFigures[]> {
  const starts = dayStarts();
  const kept = new Map<string, number>();
  for (const { day, name, figure } of await readKept(shanghaiDay(starts[0] ?? 0)))
    kept.set(`${day} ${name}`, Number(figure));

  const figures: DayFigures[] = [];
  for (const [at, start] of starts.entries()) {
    const day = shanghaiDay(start);
    const isKept = kept.has(`${day} ${names[0]}`);
    const isLive = !isKept && at >= chartDays - liveMax;
    const counted = isLive ? await countDay(start) : null;
    const read = (name: Name): number => counted?.[name] ?? kept.get(`${day} ${name}`) ?? 0;
    figures.push({
      day,
      sales_fen: read('sales_fen'),
      orders_paid: read('orders_paid'),
      refunds_fen: read('refunds_fen'),
      uses_spent: read('uses_spent'),
      new_users: read('new_users'),
      clean_made: read('clean_made'),
      clean_failed: read('clean_failed'),
      poses_made: read('poses_made'),
      poses_failed: read('poses_failed'),
    });
  }
  return figures;
}
