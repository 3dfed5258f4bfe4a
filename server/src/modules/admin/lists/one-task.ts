import type { TaskStatus } from '@suyi/shared-types';
import { select } from '../../../db/sql';
import type { Task } from '../../tasks/service';

/* What a task's page shows beside the task. Times are epoch milliseconds. */

export type Relative = { id: string; status: TaskStatus; errorCode: string | null; createdAt: number };

/** The tasks that this one tries again, oldest first; a chain of more than ten is cut. */
export async function readEarlierTries(retryOf: string | null): Promise<Relative[]> {
  const earlier: Relative[] = [];
  for (let next = retryOf; next !== null && earlier.length < 10;) {
    const [row] = await select<Relative & { retryOf: string | null }>(
      `SELECT id, status, error_code AS errorCode, created_at AS createdAt, retry_of AS retryOf FROM tasks WHERE id = :next`,
      { next },
    );
    if (!row) break;
    earlier.unshift(row);
    next = row.retryOf;
  }
  return earlier;
}

/** The tasks that try this one again: its seller's, made after it, which is what an index can find. */
export function readLaterTries({ id, userId }: Pick<Task, 'id' | 'userId'>): Promise<Relative[]> {
  return select<Relative>(
    `SELECT id, status, error_code AS errorCode, created_at AS createdAt FROM tasks
     WHERE user_id = :userId AND id > :id AND retry_of = :id ORDER BY id LIMIT 10`,
    { id, userId },
  );
}
