import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionError, Sequelize } from 'sequelize';
import { logger } from '../lib/logger';
import { slot } from '../lib/slot';
import { sqliteDriver } from './sqlite-driver';

/** The one database that this process works with. */
export const database = slot<Sequelize>('database');

export type Dialect = 'sqlite' | 'mysql';

export const dialectOf = (sequelize: Sequelize): Dialect => (sequelize.getDialect() === 'sqlite' ? 'sqlite' : 'mysql');

const slowQueryMs = 500;

/** The statement without what was filled in: phones and openids stand in there. */
const withoutValues = (sql: string): string => sql.replace(/'(?:[^'\\]|\\.|'')*'/g, "'?'");

type Scope = Record<string, unknown>;
const scopes = new AsyncLocalStorage<Scope>();

/*
 * Inside `inTransaction` every query joins the open transaction, even one that forgot to name it. Without this a forgotten
 * one takes a second connection: 20 transactions at a pool of 5 ended in 19 time-outs, and on SQLite it waits for itself.
 */
Sequelize.useCLS({
  bind: (fn: unknown) => fn,
  run: (fn: (scope: Scope) => unknown) => {
    const scope: Scope = Object.create(scopes.getStore() ?? null) as Scope;
    scopes.run(scope, () => fn(scope));
    return scope;
  },
  get: (key: string) => scopes.getStore()?.[key],
  set: (key: string, value: unknown) => {
    const scope = scopes.getStore();
    if (scope) scope[key] = value;
  },
});

/** True when the caller already stands inside a transaction. */
export function isInTransaction(): boolean {
  return Boolean(scopes.getStore()?.transaction);
}

/** True when the database did not let us in, or is not there. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  const { original } = error as { original?: { code?: unknown } };
  return ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_NOTADB', 'SQLITE_FULL'].includes(String(original?.code));
}

/** A Sequelize instance for `mysql://…` or `sqlite:path`; nothing is asked of the server yet. */
export function connectDatabase(url: string): Sequelize {
  const logging = (sql: string, ms?: number): void => {
    // A BEGIN that takes long waits for its turn; the statements after it tell whether the database is slow.
    if (ms !== undefined && ms > slowQueryMs && !sql.includes(': BEGIN'))
      logger.warn({ ms, sql: withoutValues(sql).slice(0, 300) }, 'slow query');
  };
  const shared = { logging, benchmark: true, define: { timestamps: false, underscored: true } };

  if (url.startsWith('sqlite:')) {
    return new Sequelize({
      ...shared,
      dialect: 'sqlite',
      storage: url.slice('sqlite:'.length),
      dialectModule: sqliteDriver,
      transactionType: 'IMMEDIATE' as never,
    });
  }

  return new Sequelize(url, {
    ...shared,
    dialect: 'mysql',
    timezone: '+00:00',
    dialectOptions: { charset: 'utf8mb4', connectTimeout: 5_000 },
    pool: { max: 10, min: 1, acquire: 15_000, idle: 30_000 },
    hooks: {
      // Once per connection: said in each transaction it would cost a round trip every time (+44 µs of CPU).
      afterConnect: async (connection) => {
        const raw = connection as { promise(): { query(sql: string): Promise<unknown> } };
        await raw.promise().query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
      },
    },
  });
}
