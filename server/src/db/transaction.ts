import { setTimeout as sleep } from 'node:timers/promises';
import { BaseError, Transaction as SequelizeTransaction, type Transaction } from 'sequelize';
import { assert } from '../lib/assert';
import { database, dialectOf, isInTransaction } from './database';

export type { Transaction };

const attemptsMax = 4; // The first and three more.
const retryable = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD', 'SQLITE_BUSY']);

/**
 * Runs `work` in one transaction: all of it holds, or none. A deadlock, a lock time-out or a busy file runs the whole of it
 * again, at most three times. No await on a stranger inside. A function that takes `tx` never calls this.
 */
export async function inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  assert(!isInTransaction(), 'a transaction is not opened inside another');

  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.current.transaction(work);
    } catch (error) {
      if (attempt === attemptsMax || !isRetryable(error)) throw error;
      await sleep(attempt * 10 + Math.random() * 40);
    }
  }
}

/**
 * Runs `read`, which only reads, on the database as it stands at this moment, however long it takes and whatever is written
 * meanwhile; nobody waits for it. MySQL by REPEATABLE READ, SQLite by a reader's view of the write-ahead log.
 */
export async function inSnapshot<T>(read: (tx: Transaction) => Promise<T>): Promise<T> {
  assert(!isInTransaction(), 'a transaction is not opened inside another');
  const { ISOLATION_LEVELS, TYPES } = SequelizeTransaction;
  const options =
    dialectOf(database.current) === 'mysql'
      ? { isolationLevel: ISOLATION_LEVELS.REPEATABLE_READ }
      : { type: TYPES.DEFERRED };
  return database.current.transaction(options, read);
}

/** True when the database gave this transaction up for another's sake, and doing it again may well succeed. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const cause: unknown = 'original' in error ? error.original : 'parent' in error ? error.parent : null;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && retryable.has(cause.code);
}
