import type { TaskType } from '@suyi/shared-types';
import { change, insert, isDuplicate, select } from '../../db/sql';
import type { Transaction } from '../../db/transaction';
import { clock, seconds } from '../../lib/clock';
import { AppError } from '../../lib/errors';

/** A kind of task that a person stopped taking, and what sellers read meanwhile. */
export type TypePause = { type: TaskType; banner: string; pausedBy: string; pausedAt: number };

/** Every creation asks, so it costs one look a second and process; that long a pause may take to reach the others. */
const keepMs = seconds(1);
let kept: { at: number; pauses: Promise<TypePause[]> } | null = null;

/** Those that hold now. Not inside a transaction: what it reads is shared with others. */
export function typePauses(): Promise<TypePause[]> {
  const now = clock.now();
  if (!kept || Math.abs(now - kept.at) > keepMs) {
    const pauses = readPauses();
    kept = { at: now, pauses };
    pauses.catch(() => {
      kept = null;
    });
  }
  return kept.pauses;
}

async function readPauses(): Promise<TypePause[]> {
  const rows = await select<TypePause>(
    'SELECT type, banner, paused_by AS pausedBy, paused_at AS pausedAt FROM task_pauses ORDER BY type',
    {},
  );
  return rows.map((row) => ({ ...row, pausedAt: Number(row.pausedAt) }));
}

export async function findTypePause(type: TaskType): Promise<TypePause | null> {
  return (await typePauses()).find((pause) => pause.type === type) ?? null;
}

const retryAfterSeconds = 60;

/** Throws `task_type_paused`: before anything is held. */
export function refuseStopped(pause: TypePause | null): void {
  if (pause) throw new AppError('task_type_paused', { quotaEffect: 'none', retryAfterSeconds });
}

/** No new task of this kind is taken; what waits goes on. False: it is paused already. */
export async function pauseType(
  { type, banner, by }: { type: TaskType; banner: string; by: string },
  tx: Transaction,
): Promise<boolean> {
  try {
    await insert('task_pauses', { type, banner, paused_by: by, paused_at: clock.now() }, tx);
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

/** False: it was not paused. */
export async function resumeType(type: TaskType, tx: Transaction): Promise<boolean> {
  return (await change('DELETE FROM task_pauses WHERE type = :type', { type }, tx)) === 1;
}

/** After the transaction that paused or resumed: this process looks again at once. */
export function forgetPauses(): void {
  kept = null;
}
