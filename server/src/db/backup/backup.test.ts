import { dirname, join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { isMysqlHalf, makeTestDatabase, type TestDatabase } from '../../../test/database';
import { connectDatabase, database } from '../database';
import { migrate } from '../migrate';
import { select } from '../sql';
import { inSnapshot, type Transaction } from '../transaction';
import { exportDatabase } from './export';
import { checkBackup, readBackup } from './file';

let test: TestDatabase;

beforeAll(async () => {
  test = await makeTestDatabase();
  database.fill(connectDatabase(test.url));
  await migrate(database.current);
});

afterAll(async () => {
  await database.current.close();
  await test.remove();
});

type Native = {
  Database: new (file: string, mode: number) => { exec(sql: string, done: (error: unknown) => void): void };
};

/** A write by somebody else: not through this process's Sequelize, which would take it into the open transaction. */
async function writeFromOutside(sql: string): Promise<void> {
  if (isMysqlHalf) {
    const connection = await createConnection(test.url);
    await connection.query(sql);
    return connection.end();
  }
  const native = (require('node-gyp-build') as (folder: string) => Native)(
    dirname(require.resolve('@appthreat/sqlite3/package.json')),
  );
  const file = new native.Database(test.url.slice('sqlite:'.length), 2);
  await new Promise<void>((resolve, reject) => file.exec(sql, (error) => (error ? reject(error) : resolve())));
}

const turns = async (tx?: Transaction): Promise<number> =>
  (await select<{ name: string }>('SELECT name FROM job_turns', {}, tx)).length;

it('reads the database as it stood, whatever others write meanwhile, and keeps nobody from writing', async () => {
  const seen = await inSnapshot(async (tx) => {
    const first = await turns(tx);
    await writeFromOutside(`INSERT INTO job_turns (name, next_at) VALUES ('meanwhile', 1)`);
    return [first, await turns(tx)];
  });

  expect(seen).toEqual([0, 0]);
  expect(await turns()).toBe(1);
});

it('writes a file that names every table, with the sum of its rows, and nothing of one that failed', async () => {
  const path = join(test.folder, 'backup.gz');
  const made = await exportDatabase(path);

  const checked = await checkBackup(path);
  const ends: string[] = [];
  for await (const line of readBackup(path)) if ('end' in line) ends.push(line.end);

  expect(checked).toMatchObject({ rows: made.rows, sha256: made.sha256 });
  expect(ends).toEqual(checked.tables.map(({ name }) => name));
  expect(ends).toContain('quota_entries');
  await expect(exportDatabase(join(test.folder, 'not-there', 'backup.gz'))).rejects.toThrow('not-there');
});
