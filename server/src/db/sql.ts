import { QueryTypes, UniqueConstraintError, type Transaction } from 'sequelize';
import { database, dialectOf } from './database';
import { runOnMysql } from './mysql-statement';
import type { SqlValue, SqlValues } from './sql-values';

export type { SqlValue, SqlValues };

/** The rows of a SELECT in the portable subset; columns carry the names that `T` gives them. */
export async function select<T extends object>(sql: string, values: SqlValues, tx?: Transaction): Promise<T[]> {
  if (isMysql()) return (await runOnMysql(database.current, { sql, values, isWrite: false }, tx)) as T[];
  return database.current.query<T>(sql, { type: QueryTypes.SELECT, replacements: values, transaction: tx });
}

/**
 * Runs an UPDATE or DELETE and tells how many rows it changed. MySQL counts rows that became different, SQLite rows that
 * matched: a guarded update must always change something.
 */
export async function change(sql: string, values: SqlValues, tx?: Transaction): Promise<number> {
  if (isMysql()) {
    const answer = await runOnMysql(database.current, { sql, values, isWrite: true }, tx);
    return (answer as { affectedRows: number }).affectedRows;
  }
  const [, changed] = await database.current.query(sql, {
    type: QueryTypes.UPDATE,
    replacements: values,
    transaction: tx,
  });
  return changed;
}

/** Inserts one row. Keys are our own column names, never input. */
export async function insert(table: string, row: Record<string, SqlValue>, tx?: Transaction): Promise<void> {
  const columns = Object.keys(row);
  const names = columns.map((column) => `:${column}`);
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${names.join(', ')})`;
  if (isMysql()) await runOnMysql(database.current, { sql, values: row, isWrite: true }, tx);
  else await database.current.query(sql, { type: QueryTypes.INSERT, replacements: row, transaction: tx });
}

const isMysql = (): boolean => dialectOf(database.current) === 'mysql';

/** Locks the rows of a SELECT until the transaction ends. SQLite's IMMEDIATE transactions have the whole file already. */
export function forUpdate(): '' | ' FOR UPDATE' {
  return isMysql() ? ' FOR UPDATE' : '';
}

/**
 * One text of these columns with a bar between them, NULL as `NULL`: for walks over a whole table, where the price is the
 * number of values that are handed over one by one (100,000 rows of 14 columns took 0.93 s to read on SQLite, as one text
 * 0.35 s). A number that is none reads as something that is none.
 */
export function inOneText(columns: { texts: readonly string[]; numbers: readonly string[] }): string {
  if (isMysql()) {
    return `CONCAT_WS('|', ${[...columns.texts, ...columns.numbers.map((name) => `COALESCE(${name}, 'NULL')`)].join(', ')})`;
  }
  return [...columns.texts, ...columns.numbers.map((name) => `quote(${name})`)].join(" || '|' || ");
}

/** True when a row with the same unique key was there already. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof UniqueConstraintError;
}

/** Throws when the database does not answer. */
export async function ping(): Promise<void> {
  await select('SELECT 1 AS one', {});
}
