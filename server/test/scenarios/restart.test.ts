import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase, database } from '../../src/db/database';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import { makeTestDatabase, type TestDatabase } from '../database';
import { drawGarmentPhoto } from '../draw';
import { freePort } from '../free-port';
import { expectLedgerToBalance } from '../ledger';
import { member, uploadPhoto, waitForAll, type Phone } from '../phone';
import { call } from '../request';
import { startRoundRobin, type RoundRobin } from '../round-robin';
import { startServer, startWorkerProcess, type ServerProcess } from '../server-process';
import type { World } from '../world';

type Web = { environment: Record<string, string>; process: ServerProcess };

let files: TestDatabase;
let sandbox: Sandbox;
let webs: Web[];
let worker: Omit<ServerProcess, 'origin'>;
let balancer: RoundRobin;
let workerOrigin: string;

beforeAll(async () => {
  files = await makeTestDatabase();
  sandbox = await startSandbox({ publicUrl: 'http://127.0.0.1:9', keysDir: join(files.folder, 'keys') });
  const common = {
    ...sandbox.environment,
    VENDORS: 'live',
    DATA_DIR: join(files.folder, 'data'),
    DATABASE_URL: files.url,
    DRAIN_SECONDS: '1',
    IMAGING_PROCESSES: '1',
  };
  webs = [];
  for (let n = 0; n < 2; n += 1) {
    const environment = { ...common, ROLES: 'web', PORT: String(await freePort()) };
    webs.push({ environment, process: await startServer(environment) });
  }
  const workerPort = String(await freePort());
  workerOrigin = `http://127.0.0.1:${workerPort}`;
  worker = startWorkerProcess({ ...common, WORKER_PORT: workerPort });
  balancer = await startRoundRobin(webs.map(({ process }) => process.origin));
}, 90_000);

afterAll(async () => {
  await balancer.stop();
  await Promise.all([worker.stop(), ...webs.map(({ process }) => process.stop())]);
  await sandbox.stop();
  await files.remove();
}, 60_000);

/** Asks without a pause until told to end: a read, an order of work, a read. Counts what was answered, and keeps what was not as it should be. */
async function use(reach: World, phone: Phone, mediaId: string, name: string, isOver: () => boolean) {
  const answered = { good: 0, bad: [] as string[] };
  for (let n = 0; !isOver(); n += 1) {
    const body = { type: 'basic_clean', mediaId, params: { preset: 'taobao_white' } };
    const asked =
      n % 20 === 10 && n < 100 // Five each: there are 100 uses, and the worker has to come to its end.
        ? call(reach, 'POST', '/api/tasks', { token: phone.token, body, key: `${name}-task-${n}` })
        : call(reach, 'GET', n % 2 ? '/api/membership' : '/api/tasks?limit=5', { token: phone.token });
    const answer = await asked.catch((error: unknown) => ({ status: 0, body: { code: String(error) } }));
    if (answer.status === 200 || answer.status === 202) answered.good += 1;
    else answered.bad.push(`${n}: ${answer.status} ${String(answer.body.code)}`);
    await sleep(5);
  }
  return answered;
}

it('restarts both web processes, one after the other, and nobody’s request fails', async () => {
  const reach = { origin: balancer.origin, sandbox } as unknown as World;
  const phone = await member(reach, '13500000001');
  const mediaId = await uploadPhoto(reach, phone, await drawGarmentPhoto({ width: 480, height: 640 }));
  let isOver = false;
  const load = Array.from({ length: 6 }, (_, n) => use(reach, phone, mediaId, `client-${n}`, () => isOver));

  const codes: (number | null)[] = [];
  for (const web of webs) {
    await sleep(500);
    codes.push(await web.process.stop());
    web.process = await startServer(web.environment);
    for (let n = 0; balancer.healthy().length < 2 && n < 100; n += 1) await sleep(50);
  }
  await sleep(500);
  isOver = true;
  const answered = await Promise.all(load);

  expect(codes).toEqual([0, 0]);
  expect(answered.flatMap(({ bad }) => bad)).toEqual([]);
  expect(answered.reduce((sum, { good }) => sum + good, 0)).toBeGreaterThan(200);

  await waitForAll(reach, phone, 120_000);
  database.fill(connectDatabase(files.url));
  await expectLedgerToBalance();
  await database.current.close();
}, 240_000);

it('says at /health/ready that it is going before it closes its door, and answers meanwhile', async () => {
  const [web] = webs;
  if (!web) throw new Error('there are two');
  const { origin } = web.process;
  const stopped = web.process.stop();
  await sleep(300);

  const ready = await fetch(`${origin}/health/ready`);
  const alive = await fetch(`${origin}/health`);

  expect({ ready: ready.status, words: await ready.json() }).toMatchObject({
    ready: 503,
    words: { status: 'draining' },
  });
  expect(alive.status).toBe(200);
  expect(alive.headers.get('connection')).toBe('close');
  expect(await stopped).toBe(0);
  await expect(fetch(`${origin}/health`)).rejects.toThrow();
  web.process = await startServer(web.environment);
}, 60_000);

it('lets an operator see a worker that serves no phones', async () => {
  const ready = await fetch(`${workerOrigin}/health/ready`);
  const metrics = await (await fetch(`${workerOrigin}/metrics`)).text();
  const page = await fetch(`${workerOrigin}/api/tools`);

  expect(ready.status).toBe(200);
  expect(metrics).toMatch(/^suyi_tasks_ended_total\{type="basic_clean",outcome="succeeded",reason="none"\} [1-9]/m);
  expect(metrics).toMatch(
    /^suyi_vendor_call_seconds_count\{vendor="cos",outcome="answered"\} |^suyi_job_interval_seconds/m,
  );
  expect(page.status).toBe(404);
});
