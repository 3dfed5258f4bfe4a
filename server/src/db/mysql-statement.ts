import type { BaseError, Sequelize, Transaction } from 'sequelize';
import { assert } from '../lib/assert';
import { currentTransaction } from './database';
import type { SqlValues } from './sql-values';

/*
 * Hand-written statements on MySQL go to the driver on the connection that Sequelize's transaction or pool holds: the same
 * connection, errors and slow-query log as through `sequelize.query`, without its merging of options, its search for
 * replacements in every text and its copy of every row. decisions/0008-speed.md has what that gave.
 */

type Driver = {
  query(sql: string, values: unknown[], done: (error: Error | null, answer: unknown) => void): void;
};
type Manager = {
  getConnection(options: { type: 'READ' | 'WRITE' }): Promise<Driver>;
  releaseConnection(connection: Driver): void;
};
type ErrorFormatter = { formatError(error: Error, stack?: string): BaseError };
type Inside = {
  connectionManager: Manager;
  dialect: { Query: new (connection: Driver, sequelize: Sequelize, options: object) => ErrorFormatter };
  options: { logging: (sql: string, ms: number) => void };
};

/** What the server answered: the rows of a SELECT, or how many rows a write changed. */
export async function runOnMysql(
  sequelize: Sequelize,
  { sql, values, isWrite }: { sql: string; values: SqlValues; isWrite: boolean },
  tx: Transaction | undefined,
): Promise<unknown> {
  const inside = sequelize as unknown as Inside;
  const { text, names } = compiled(sql);
  const list = names.map((name) => {
    const value = values[name];
    assert(value !== undefined, `a value is given for every name of a statement, and for ${name} none is`);
    return Array.isArray(value) && value.length === 0 ? null : value;
  });

  const transaction = (tx ?? currentTransaction()) as
    (Transaction & { connection: Driver; finished?: string }) | undefined;
  assert(!transaction?.finished, 'a transaction that has ended takes no statement');
  const connection =
    transaction?.connection ?? (await inside.connectionManager.getConnection({ type: isWrite ? 'WRITE' : 'READ' }));
  const startedAt = performance.now();
  try {
    return await answerOf(connection, text, list);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The driver writes the statement with its values into its errors; ours names them only.
    Object.assign(error, { sql });
    throw new inside.dialect.Query(connection, sequelize, {}).formatError(error, error.stack);
  } finally {
    inside.options.logging(sql, performance.now() - startedAt);
    if (!transaction) inside.connectionManager.releaseConnection(connection);
  }
}

function answerOf(connection: Driver, sql: string, values: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, values, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

type Compiled = { text: string; names: readonly string[] };

const kept = new Map<string, Compiled>();
/** More texts than our own code has: then some are made up as it goes, and keeping them would never end. */
const keptMax = 1_000;

/** `:name` becomes `?`, except inside quotes; each text is read once. */
function compiled(sql: string): Compiled {
  const known = kept.get(sql);
  if (known) return known;

  const names: string[] = [];
  const text = sql.replace(/'(?:[^'\\]|\\[^]|'')*'|:([A-Za-z_]\w*)/g, (found: string, name: string | undefined) => {
    if (name === undefined) return found;
    names.push(name);
    return '?';
  });
  assert(!/\?/.test(text.replace(/'(?:[^'\\]|\\[^]|'')*'/g, '')) || names.length > 0, 'values are named, not counted');
  if (kept.size >= keptMax) kept.clear();
  const made = { text, names };
  kept.set(sql, made);
  return made;
}
