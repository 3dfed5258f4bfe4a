import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase, database } from '../../src/db/database';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import { makeTestDatabase, type TestDatabase } from '../database';
import { drawGarmentPhoto } from '../draw';
import { expectLedgerToBalance } from '../ledger';
import { member, postTask, uploadPhoto, waitForAll } from '../phone';
import { call } from '../request';
import { startServer, type ServerProcess } from '../server-process';
import { freePort } from '../free-port';
import type { World } from '../world';

/*
 * The real server as a process, `VENDORS=live`, every vendor's address pointing at simulators that live elsewhere, and so
 * outlive it. It is killed with -9 in the middle of the work and started again.
 */

let files: TestDatabase;
let sandbox: Sandbox;
let server: ServerProcess;
let environment: Record<string, string>;

beforeAll(async () => {
  files = await makeTestDatabase();
  const port = await freePort();
  sandbox = await startSandbox({ publicUrl: `http://127.0.0.1:${port}`, keysDir: join(files.folder, 'keys') });
  environment = {
    ...sandbox.environment,
    VENDORS: 'live',
    PORT: String(port),
    DATA_DIR: join(files.folder, 'data'),
    DATABASE_URL: files.url,
    IMAGING_PROCESSES: '2',
  };
  server = await startServer(environment);
}, 60_000);

afterAll(async () => {
  await server.stop();
  await sandbox.stop();
  await files.remove();
}, 60_000);

it('accepts exactly 100 of 300 tasks posted at once, and ends every one of them through a kill -9', async () => {
  const reach = { origin: server.origin, sandbox };
  const phone = await member(reach, '13700000001');
  const photo = await drawGarmentPhoto({ width: 480, height: 640 });
  const body = {
    type: 'basic_clean',
    mediaId: await uploadPhoto(reach, phone, photo),
    params: { preset: 'taobao_white' },
  };

  const answers = Promise.all(Array.from({ length: 300 }, (_, n) => postTask(reach, phone, body, `flood-task-${n}`)));
  await sleep(700);
  await server.kill();
  server = await startServer(environment);
  const statuses = (await answers).map((answer) =>
    answer.status === 402 ? 'quota_insufficient' : answer.status < 300 ? 'accepted' : String(answer.status),
  );

  expect(statuses.filter((status) => status === 'accepted')).toHaveLength(100);
  expect(statuses.filter((status) => status === 'quota_insufficient')).toHaveLength(200);

  await sleep(2_000);
  await server.kill();
  server = await startServer(environment);
  const counts = await waitForAll(reach, phone, 240_000);

  expect(Object.fromEntries(counts)).toEqual({ succeeded: 100 });
  const membership = await call(reach as unknown as World, 'GET', '/api/membership', { token: phone.token });
  expect(membership.body).toMatchObject({ quotaRemaining: 0, quotaHeld: 0, isMember: true });

  database.fill(connectDatabase(files.url));
  await expectLedgerToBalance();
  await database.current.close();
}, 400_000);

it('stops in order when asked to, with nothing cut off', async () => {
  expect(await server.stop()).toBe(0);
  server = await startServer(environment);
});
