import { assert } from '../../lib/assert';
import { clock, toMoment } from '../../lib/clock';
import { database } from '../database';
import { select } from '../sql';
import { inSnapshot, type Transaction } from '../transaction';
import { createBackupFile, type BackupTable, type Sum } from './file';
import { walkTable } from './walk';

export type Made = Sum & { tables: number };

/** Writes the whole database as it stands at this moment into a new file. The servers may go on working. */
export async function exportDatabase(path: string): Promise<Made> {
  const tables = await readTables();
  const file = createBackupFile(path);
  try {
    return await inSnapshot(async (tx) => {
      const migrations = await appliedMigrations(tx);
      await file.write({ suyi: 'backup', version: 1, madeAt: toMoment(clock.now()), migrations, tables });
      let rows = 0;
      for (const table of tables) {
        await file.write({ begin: table.name });
        const sum = await walkTable(table, file.write, tx);
        await file.write({ end: table.name, ...sum });
        rows += sum.rows;
      }
      return { rows, tables: tables.length, sha256: await file.complete(rows) };
    });
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

const notes = 'schema_migrations';

/** Which migrations this database has seen; its tables are made by the same ones when it is restored. */
async function appliedMigrations(tx: Transaction): Promise<string[]> {
  const rows = await select<{ name: string }>(`SELECT name FROM ${notes} ORDER BY name`, {}, tx);
  return rows.map(({ name }) => name);
}

/** All tables but that of the migrations, by name: what is in the database, not what this program thinks is in it. */
export async function readTables(): Promise<BackupTable[]> {
  const schema = database.current.getQueryInterface();
  const names = (await schema.showAllTables()).filter((name) => name !== notes).sort();
  const tables: BackupTable[] = [];
  for (const name of names) {
    const columns = Object.entries(await schema.describeTable(name));
    const keys = columns.filter(([, { primaryKey }]) => primaryKey).map(([column]) => column);
    const [key] = keys;
    assert(key !== undefined && keys.length === 1, 'every table has one column for its primary key');
    tables.push({ name, key, columns: columns.map(([column]) => column) });
  }
  return tables;
}
