import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { QueryTypes, type Sequelize } from 'sequelize';
import { ConfigFaulty } from '../environment';
import { clock } from '../lib/clock';
import { logger } from '../lib/logger';
import { dialectOf } from './database';
import { migrations } from './migrations';
import type { Column, Index, Migration, Schema } from './schema';
import { holdLockFile } from './sqlite-driver';

/** Stands among the applied migrations while a backup is being restored: nobody works on half of a database. */
export const restoreMark = 'restore-unfinished';
const restoreCutOff =
  'DATABASE_URL: a restore into this database is under way, or was cut off; if it was, drop it and restore into a new one';

/**
 * Applies what is missing, in order, once, however many servers start at the same time. Each step looks before it acts, so
 * that a process killed between a statement and its note (MySQL commits every DDL by itself) can be started again.
 */
export async function migrate(sequelize: Sequelize, known: readonly Migration[] = migrations): Promise<string[]> {
  return withMigrationLock(sequelize, async () => {
    await createTableIfMissing(sequelize, {
      table: 'schema_migrations',
      columns: { name: { type: 'id', primary: true }, applied_at: { type: 'time' } },
    });
    const rows = await sequelize.query<{ name: string }>('SELECT name FROM schema_migrations', {
      type: QueryTypes.SELECT,
    });
    const applied = new Set(rows.map((row) => row.name));
    if (applied.has(restoreMark)) throw new ConfigFaulty([restoreCutOff]);

    const news: string[] = [];
    for (const migration of known) {
      if (applied.has(migration.name)) continue;
      await migration.up(schemaOf(sequelize));
      await sequelize.query('INSERT INTO schema_migrations (name, applied_at) VALUES (:name, :at)', {
        replacements: { name: migration.name, at: clock.now() },
      });
      news.push(migration.name);
      logger.info({ migration: migration.name }, 'migration applied');
    }
    return news;
  });
}

function schemaOf(sequelize: Sequelize): Schema {
  return {
    createTable: async (definition) => {
      await createTableIfMissing(sequelize, definition);
      for (const index of definition.indexes ?? []) await createIndexIfMissing(sequelize, definition.table, index);
    },
    createIndex: (table, index) => createIndexIfMissing(sequelize, table, index),
    addColumn: (table, name, column) => addColumnIfMissing(sequelize, table, name, column),
  };
}

async function createTableIfMissing(
  sequelize: Sequelize,
  definition: { table: string; columns: Record<string, Column>; checks?: string[] },
): Promise<void> {
  const isMysql = dialectOf(sequelize) === 'mysql';
  const lines = Object.entries(definition.columns).map(([name, column]) => columnSql(name, column, isMysql));
  for (const check of definition.checks ?? []) lines.push(`CHECK (${check})`);
  const tail = isMysql ? ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci' : '';

  await sequelize.query(`CREATE TABLE IF NOT EXISTS ${definition.table} (${lines.join(', ')})${tail}`);
}

async function createIndexIfMissing(sequelize: Sequelize, table: string, index: Index): Promise<void> {
  const name = `${table}_${index.columns.join('_')}`.slice(0, 60);
  const present = (await sequelize.getQueryInterface().showIndex(table)) as { name: string }[];
  if (present.some((each) => each.name === name)) return;

  await sequelize.query(
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${table} (${index.columns.join(', ')})`,
  );
}

async function addColumnIfMissing(sequelize: Sequelize, table: string, name: string, column: Column): Promise<void> {
  const present = await sequelize.getQueryInterface().describeTable(table);
  if (name in present) return;

  await sequelize.query(`ALTER TABLE ${table} ADD COLUMN ${columnSql(name, column, dialectOf(sequelize) === 'mysql')}`);
}

const mysqlTypes = {
  id: 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin',
  token: 'VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  word: 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin',
  text: 'VARCHAR(500)',
  json: 'MEDIUMTEXT',
  int: 'INT',
  time: 'BIGINT',
} as const;

const sqliteTypes = {
  id: 'TEXT',
  token: 'TEXT',
  word: 'TEXT',
  text: 'TEXT',
  json: 'TEXT',
  int: 'INTEGER',
  time: 'INTEGER',
} as const;

function columnSql(name: string, column: Column, isMysql: boolean): string {
  const type = isMysql ? mysqlTypes[column.type] : sqliteTypes[column.type];
  const nullness = column.nullable ? 'NULL' : 'NOT NULL';
  const otherwise =
    column.default === undefined
      ? ''
      : ` DEFAULT ${typeof column.default === 'string' ? `'${column.default}'` : column.default}`;
  return `${name} ${type} ${nullness}${otherwise}${column.primary ? ' PRIMARY KEY' : ''}`;
}

async function withMigrationLock<T>(sequelize: Sequelize, work: () => Promise<T>): Promise<T> {
  return dialectOf(sequelize) === 'mysql' ? withNamedLock(sequelize, work) : withLockFile(sequelize, work);
}

/** GET_LOCK belongs to a connection, so one is taken out of the pool for as long as the work lasts. */
async function withNamedLock<T>(sequelize: Sequelize, work: () => Promise<T>): Promise<T> {
  type Connection = { promise(): { query(sql: string, values: unknown[]): Promise<[{ got: number }[], unknown]> } };
  const manager = sequelize.connectionManager as unknown as {
    getConnection(options: { type: 'WRITE' }): Promise<Connection>;
    releaseConnection(connection: Connection): void;
  };
  const connection = await manager.getConnection({ type: 'WRITE' });
  const name = `migrate:${sequelize.getDatabaseName()}`.slice(0, 64);
  try {
    const [rows] = await connection.promise().query('SELECT GET_LOCK(?, 60) AS got', [name]);
    if (rows[0]?.got !== 1) throw new Error('another server has been migrating this database for a minute');
    try {
      return await work();
    } finally {
      await connection.promise().query('SELECT RELEASE_LOCK(?) AS got', [name]);
    }
  } finally {
    manager.releaseConnection(connection);
  }
}

/** A second file beside the database, locked exclusively: the lock goes away with the process that held it. */
async function withLockFile<T>(sequelize: Sequelize, work: () => Promise<T>): Promise<T> {
  const { storage } = (sequelize as unknown as { options: { storage: string } }).options;
  mkdirSync(dirname(storage), { recursive: true });
  const lock = await holdLockFile(`${storage}.lock`);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
