import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';

export type TestDatabase = { url: string; folder: string; remove(): Promise<void> };

/** The half that runs: `SUYI_TEST_DB=mysql` uses the private server at `SUYI_TEST_MYSQL`, anything else a temporary SQLite file. */
export const isMysqlHalf = process.env.SUYI_TEST_DB === 'mysql';

/** A new, empty database of this test file's own, and a folder beside it. */
export async function makeTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'suyi-test-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (!isMysqlHalf) {
    return { url: `sqlite:${join(folder, 'test.sqlite')}`, folder, remove: async () => removeFolder() };
  }

  const server = process.env.SUYI_TEST_MYSQL;
  if (!server)
    throw new Error('SUYI_TEST_DB=mysql needs SUYI_TEST_MYSQL=mysql://…; `npm test` starts a server and sets it');
  const name = `suyi_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  return {
    url: `${server.replace(/\/+$/, '')}/${name}`,
    folder,
    remove: async () => {
      await onServer(server, `DROP DATABASE ${name}`);
      removeFolder();
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
