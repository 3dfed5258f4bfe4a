import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionError, Sequelize, type Transaction } from 'sequelize';
import { logger } from '../lib/logger';
import { counter } from '../lib/meters';
import { slot } from '../lib/slot';
import { sqliteDriver } from './sqlite-driver';

/** The one database that this process works with. */
export const database = slot<Sequelize>('database');

export type Dialect = 'sqlite' | 'mysql';

export const dialectOf = (sequelize: Sequelize): Dialect => (sequelize.getDialect() === 'sqlite' ? 'sqlite' : 'mysql');

const slowQueryMs = 200;

const slowQueries = counter({
  name: 'suyi_slow_queries_total',
  help: `Statements that took longer than ${slowQueryMs} ms; the log has each`,
});

/**
 * The statement without what was filled in: phones, openids and prompts stand in there. SQLite knows no backslash inside quotes:
 * read as one, a value that ends with it would let the next value out.
 */
export function withoutValues(sql: string, dialect: Dialect): string {
  const quoted = dialect === 'mysql' ? /'(?:[^'\\]|\\[^]|'')*'/g : /'(?:[^']|'')*'/g;
  return sql
    .replace(/^Executed? \([^)]*\): /, '')
    .replace(quoted, '?')
    .replace(/(?<![\w`])-?\d+(?:\.\d+)?\b/g, '?')
    .replace(/\?(?:, \?)+/g, '?…')
    .replace(/\s+/g, ' ');
}

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

/** The transaction in which the caller stands. */
export function currentTransaction(): Transaction | undefined {
  return scopes.getStore()?.transaction as Transaction | undefined;
}

export const isInTransaction = (): boolean => currentTransaction() !== undefined;

/** True when the database did not let us in, or is not there. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  const { original } = error as { original?: { code?: unknown } };
  return ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_NOTADB', 'SQLITE_FULL'].includes(String(original?.code));
}

/** A Sequelize instance for `mysql://…` or `sqlite:path`; nothing is asked of the server yet. */
export function connectDatabase(url: string): Sequelize {
  const dialect: Dialect = url.startsWith('sqlite:') ? 'sqlite' : 'mysql';
  const logging = (sql: string, ms?: number): void => {
    // A BEGIN that takes long waits for its turn; the statements after it tell whether the database is slow.
    if (ms === undefined || ms <= slowQueryMs || /: (?:BEGIN|START TRANSACTION)/.test(sql)) return;
    slowQueries.inc();
    logger.warn({ ms: Math.round(ms), sql: withoutValues(sql, dialect).slice(0, 500) }, 'slow query');
  };
  const shared = { logging, benchmark: true, define: { timestamps: false, underscored: true } };

  if (dialect === 'sqlite') {
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
    // The driver's own reading of values: Sequelize's looks each one up in a table, for the sake of dates that we do not have.
    dialectOptions: { charset: 'utf8mb4', connectTimeout: 5_000, typeCast: true },
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

/** The pool's connections: in use, and how many callers wait for one. SQLite opens its own and has none. */
export function poolFigures(sequelize: Sequelize): ReadonlyMap<'in_use' | 'waiting' | 'idle', number> {
  const { pool } = sequelize.connectionManager as unknown as {
    pool?: { using: number; waiting: number; available: number };
  };
  if (!pool || dialectOf(sequelize) === 'sqlite') return new Map();
  return new Map([
    ['in_use', pool.using],
    ['waiting', pool.waiting],
    ['idle', pool.available],
  ]);
}
