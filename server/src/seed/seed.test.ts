import { makeTestDatabase, type TestDatabase } from '../../test/database';
import { expectLedgerToBalance } from '../../test/ledger';
import { connectDatabase, database } from '../db/database';
import { migrate } from '../db/migrate';
import { select } from '../db/sql';
import { seedDatabase } from './seed';

const scale = { users: 60, orders: 180, tasks: 900 };
const untilMs = Date.parse('2026-11-23T04:00:00Z');

let files: TestDatabase;

beforeEach(async () => {
  files = await makeTestDatabase();
  database.fill(connectDatabase(files.url));
  await migrate(database.current);
});

afterEach(async () => {
  await database.current.close();
  await files.remove();
});

it('makes as many as were asked for, with a ledger in which every sum holds', async () => {
  const written = await seedDatabase({ scale, seed: 1, untilMs });

  expect(written).toMatchObject({ users: 60, orders: 180, tasks: 900 });
  expect(written.quota_entries).toBeGreaterThan(1_800);
  await expectLedgerToBalance();
});

it('makes the same rows again of the same seed, and others of another', async () => {
  const first = await marksOf(1);
  const again = await marksOf(1);
  const other = await marksOf(2);

  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

/** What a fresh database holds after seeding: the end of every account's chain of hashes, which is over all before it. */
async function marksOf(seed: number): Promise<unknown> {
  for (const table of ['users', 'quota_accounts', 'quota_entries', 'orders', 'refunds', 'tasks']) {
    await database.current.query(`DELETE FROM ${table}`);
  }
  await seedDatabase({ scale, seed, untilMs });
  return {
    accounts: await select('SELECT user_id AS id, head_hash AS hash FROM quota_accounts ORDER BY user_id', {}),
    tasks: await select('SELECT id, status, results FROM tasks ORDER BY id', {}),
    users: await select('SELECT id, phone, openid FROM users ORDER BY id', {}),
  };
}
