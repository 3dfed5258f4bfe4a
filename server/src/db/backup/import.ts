import { assert } from '../../lib/assert';
import { clock } from '../../lib/clock';
import { database } from '../database';
import { migrate, restoreMark } from '../migrate';
import { migrations } from '../migrations';
import { change, insert, isDuplicate } from '../sql';
import { inTransaction } from '../transaction';
import { BackupFaulty, checkBackup, readBackup, type BackupHeader, type BackupTable, type Row, type Sum } from './file';
import { walkTable } from './walk';

/**
 * Brings a backup into an empty database and reads every row back: what stands there at the end is what stood in the file, or
 * it throws. Until then a mark keeps servers from starting on it. Newer migrations than the backup's are applied last.
 */
export async function importDatabase(path: string): Promise<BackupHeader & Sum> {
  const backup = await checkBackup(path);
  await refuseUnlessEmpty();

  await makeTables(backup.migrations);
  const sums = await load(path, new Map(backup.tables.map((table) => [table.name, table])));
  for (const table of backup.tables) {
    const written = sums.get(table.name);
    const found = await walkTable(table, () => undefined);
    if (written?.sha256 !== found.sha256 || written.rows !== found.rows)
      throw new BackupFaulty(
        `${table.name} did not arrive as it stands in the backup: drop this database and try again`,
      );
  }

  await change('DELETE FROM schema_migrations WHERE name = :name', { name: restoreMark });
  await migrate(database.current);
  return backup;
}

async function refuseUnlessEmpty(): Promise<void> {
  const present = await database.current.getQueryInterface().showAllTables();
  if (present.length > 0)
    throw new BackupFaulty(
      `this database is not empty (${present.slice(0, 3).join(', ')} …): nothing was written; restore into a new one`,
    );
}

async function makeTables(applied: string[]): Promise<void> {
  const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length > 0)
    throw new BackupFaulty(`a newer version made this backup (${unknown.join(', ')}): restore it with that one`);

  await migrate(
    database.current,
    migrations.filter(({ name }) => applied.includes(name)),
  );
  try {
    await insert('schema_migrations', { name: restoreMark, applied_at: clock.now() });
  } catch (error) {
    if (isDuplicate(error)) throw new BackupFaulty('another restore into this database is under way');
    throw error;
  }
}

const batchRows = 500;
const batchCharacters = 256 * 1024;

/** Writes all rows, some hundred a statement. Returns what the file says of each table. */
async function load(path: string, tables: ReadonlyMap<string, BackupTable>): Promise<Map<string, Sum>> {
  const sums = new Map<string, Sum>();
  let table: BackupTable | undefined;
  let batch: Row[] = [];
  let characters = 0;

  const flush = async (): Promise<void> => {
    if (table && batch.length > 0) await insertRows(table, batch);
    batch = [];
    characters = 0;
  };

  for await (const line of readBackup(path)) {
    if (Array.isArray(line)) {
      batch.push(line);
      characters += line.reduce<number>((sum, value) => sum + String(value).length, 0);
      if (batch.length >= batchRows || characters >= batchCharacters) await flush();
      continue;
    }
    await flush();
    if ('begin' in line) table = tables.get(line.begin);
    else if ('end' in line) sums.set(line.end, { rows: line.rows, sha256: line.sha256 });
  }
  return sums;
}

async function insertRows({ name, columns }: BackupTable, rows: Row[]): Promise<void> {
  const values: Row = rows.flat();
  assert(values.length === rows.length * columns.length, 'each row has a value for each column');
  const places = `(${columns.map(() => '?').join(', ')})`;
  const list = columns.map((column) => `\`${column}\``).join(', ');
  await inTransaction(async (tx) => {
    await database.current.query(`INSERT INTO \`${name}\` (${list}) VALUES ${rows.map(() => places).join(', ')}`, {
      replacements: values,
      transaction: tx,
    });
  });
}
