import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { QueryTypes } from 'sequelize';
import { connectDatabase } from '../../src/db/database';
import { insert } from '../../src/db/sql';
import { clock } from '../../src/lib/clock';
import { driveRefunds, requestRefund } from '../../src/modules/payments/service';
import { runBasicClean } from '../../src/modules/tasks/basic-clean';
import { claimTasks } from '../../src/modules/tasks/claim';
import { isMysqlHalf, makeTestDatabase, type TestDatabase } from '../database';
import { drawGarmentPhoto } from '../draw';
import { freePort } from '../free-port';
import { member, postTask, uploadPhoto, type Phone } from '../phone';
import { call } from '../request';
import { runCommand, startServer } from '../server-process';
import { useWorld, type World } from '../world';

// No worker: what it would do is done by hand, so that the database stands still where the test wants it to.
const world = useWorld({ ROLES: 'web' });

let seller: Phone;
let file: string;
const fresh: TestDatabase[] = [];

type Sums = Record<string, { rows: number; sha256: string }>;

/** Every table's rows, read in the test's own way. */
async function sumsOf(url: string): Promise<Sums> {
  const sequelize = connectDatabase(url);
  const sums: Sums = {};
  for (const table of (await sequelize.getQueryInterface().showAllTables()).sort()) {
    const rows = await sequelize.query<Record<string, unknown>>(`SELECT * FROM ${table}`, { type: QueryTypes.SELECT });
    const texts = rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
    const isKept = table !== 'schema_migrations'; // When each was applied is each database's own.
    sums[table] = {
      rows: rows.length,
      sha256: isKept ? createHash('sha256').update(texts.join('\n')).digest('hex') : 'its own',
    };
  }
  await sequelize.close();
  return sums;
}

async function freshDatabase(): Promise<TestDatabase> {
  const made = await makeTestDatabase();
  fresh.push(made);
  return made;
}

const at = (url: string): Record<string, string> => ({ DATABASE_URL: url, DATA_DIR: world.database.folder });
const backup = (to: string) => runCommand('backup', ['--to', to], at(world.database.url));
const restore = (from: string, url: string) => runCommand('restore', ['--from', from], at(url));

async function orderTasks(count: number, mediaId: string): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const body = { type: 'basic_clean', mediaId, params: { preset: 'taobao_white' } };
    expect((await postTask(world, seller, body, `task-${mediaId}-${n}`)).status).toBe(202);
  }
}

beforeAll(async () => {
  seller = await member(world, '13600000001');
  const other = await member(world, '13600000002');
  const good = await uploadPhoto(world, seller, await drawGarmentPhoto({ width: 480, height: 640 }));
  await orderTasks(5, good);
  for (const task of await claimTasks(2)) await runBasicClean(task);

  const orders = await call(world, 'GET', '/api/membership/orders', { token: other.token });
  const [order] = orders.body.items as { id: string }[];
  await requestRefund({ orderId: String(order?.id), refundFen: 990, reason: '误购', requestedBy: 'test' });
  await driveRefunds(50);

  // What is hard to carry: quotes, backslashes at the end, line ends of other worlds, emoji, the last moment of a Date.
  await insert('inbound_events', {
    id: 'evt_odd',
    source: 'test',
    event_key: "it's 键🙂\\",
    event_type: 'odd',
    body: JSON.stringify({ text: "'; DROP TABLE users; -- \u2028\u2029\r\n\t\\' :id ? $1 👗" }),
    received_at: 8_640_000_000_000_000,
  });
  file = join(world.database.folder, 'first.ndjson.gz');
}, 120_000);

afterAll(async () => {
  for (const each of fresh) await each.remove();
});

it('brings back every row of a history, and a ledger whose every sum holds', async () => {
  const before = await sumsOf(world.database.url);
  const made = await backup(file);
  expect(made).toMatchObject({ code: 0, output: expect.stringMatching(/backup: \d+ rows of \d+ tables/) as string });
  const { url } = await freshDatabase();

  const restored = await restore(file, url);

  expect(restored).toMatchObject({
    code: 0,
    output: expect.stringContaining('ledger: every sum holds: 2 accounts') as string,
  });
  expect(await sumsOf(url)).toEqual(before);
  for (const table of ['users', 'orders', 'refunds', 'tasks', 'media', 'quota_entries', 'inbound_events'])
    expect(before[table]?.rows).toBeGreaterThan(0);
  expect(await runCommand('verify-ledger', [], at(url))).toMatchObject({ code: 0 });
}, 120_000);

it('gives a server what the sellers had: they are still logged in, and their uses are there', async () => {
  const { url } = await freshDatabase();
  await restore(file, url);
  const server = await startServer({ ...at(url), PORT: String(await freePort()), ROLES: 'web' });

  const there = { origin: server.origin } as World;
  const asBefore = await call(world, 'GET', '/api/membership', { token: seller.token });
  const now = await call(there, 'GET', '/api/membership', { token: seller.token });
  const tasks = await call(there, 'GET', '/api/tasks', { token: seller.token });
  await server.stop();

  expect(now.body).toEqual(asBefore.body);
  expect(tasks.body.items).toHaveLength(5);
}, 120_000);

it('is of one moment, however much is written meanwhile', async () => {
  const again = join(world.database.folder, 'busy.ndjson.gz');
  let isDone = false;
  const photo = await drawGarmentPhoto({ width: 480, height: 640 });
  const busy = (async () => {
    const mediaId = await uploadPhoto(world, seller, photo);
    for (let n = 0; !isDone && n < 60; n += 1) {
      const body = { type: 'basic_clean', mediaId, params: { preset: 'taobao_white' } };
      const posted = await postTask(world, seller, body, `busy-${n}`);
      if (n % 2) await call(world, 'POST', `/api/tasks/${String(posted.body.id)}/cancel`, { token: seller.token });
    }
  })();

  expect(await backup(again)).toMatchObject({ code: 0 });
  isDone = true;
  await busy;

  const { url } = await freshDatabase();
  expect(await restore(again, url)).toMatchObject({
    code: 0,
    output: expect.stringContaining('every sum holds') as string,
  });
}, 120_000);

it('goes from one kind of database to the other', async () => {
  if (!isMysqlHalf) return; // The other half of the tests is already at the one kind that every machine has.
  const { folder } = await freshDatabase();
  const url = `sqlite:${join(folder, 'other.sqlite')}`;

  expect(await restore(file, url)).toMatchObject({ code: 0 });

  const { url: mysql } = await freshDatabase();
  await restore(file, mysql);
  expect(await sumsOf(url)).toEqual(await sumsOf(mysql));
}, 120_000);

describe('npm run restore writes nothing', () => {
  it('into a database that is not empty', async () => {
    const before = await sumsOf(world.database.url);

    const refused = await restore(file, world.database.url);

    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('is not empty') as string });
    expect(await sumsOf(world.database.url)).toEqual(before);
  }, 60_000);

  const bytes = (): Buffer => readFileSync(file);
  it.each<[string, () => Buffer, string]>([
    ['was cut off', () => bytes().subarray(0, bytes().length - 40), 'was cut off'],
    ['is damaged', () => Buffer.concat([bytes().subarray(0, 200), Buffer.from('x'), bytes().subarray(201)]), 'damaged'],
    [
      'lost its last line',
      () => gzipSync(gunzipSync(bytes()).toString().trimEnd().split('\n').slice(0, -1).join('\n') + '\n'),
      'was cut off',
    ],
    [
      'had one figure changed',
      () => gzipSync(gunzipSync(bytes()).toString().replace(',9900,', ',9901,')),
      'was changed after it was written',
    ],
    ['is another file', () => gzipSync('{"hello": 1}\n'), 'is no backup of this product'],
    ['has nothing in it', () => gzipSync(''), 'is empty'],
    ['is empty', () => Buffer.alloc(0), 'was cut off'],
  ])('from a file that %s', async (name, content, sentence) => {
    const bad = join(world.database.folder, `${name.replaceAll(' ', '-')}.gz`);
    writeFileSync(bad, content());
    const { url } = await freshDatabase();

    const refused = await restore(bad, url);

    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining(sentence) as string });
    expect(await sumsOf(url)).toEqual({});
  });
});

it('npm run backup writes over nothing, keeps the file to its owner, and is noted for the alarm', async () => {
  const again = await backup(file);

  expect(again).toMatchObject({ code: 2, output: expect.stringContaining('is there already') as string });
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(existsSync(`${file}.part`)).toBe(false);
  const metrics = await (await fetch(`${world.origin}/metrics`)).text();
  const [, noted] = /^suyi_backup_last_success_timestamp_seconds (\S+)$/m.exec(metrics) ?? [];
  expect(Number(noted) * 1_000).toBeGreaterThan(clock.real() - 120_000);
});

it('keeps every server off a database whose restore was cut off', async () => {
  const { url } = await freshDatabase();
  await restore(file, url);
  const sequelize = connectDatabase(url);
  await sequelize.query(`INSERT INTO schema_migrations (name, applied_at) VALUES ('restore-unfinished', 1)`);
  await sequelize.close();

  const started = startServer({ ...at(url), PORT: String(await freePort()) });

  await expect(started).rejects.toThrow('was cut off; if it was, drop it and restore into a new one');
}, 60_000);
