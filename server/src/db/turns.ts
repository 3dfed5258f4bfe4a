import { clock } from '../lib/clock';
import { change, insert, isDuplicate } from './sql';

/**
 * True for one process among all that ask, once per `everyMs`: what need not be done by each of them is done by whoever
 * takes the turn. A process that dies over it costs one turn.
 */
export async function takeTurn(name: string, everyMs: number): Promise<boolean> {
  const now = clock.now();
  const next = now + everyMs;
  const taken = await change('UPDATE job_turns SET next_at = :next WHERE name = :name AND next_at <= :now', {
    name,
    next,
    now,
  });
  if (taken === 1) return true;

  try {
    await insert('job_turns', { name, next_at: next });
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false; // Somebody has it, or had it a moment ago.
    throw error;
  }
}
