import { clock } from '../src/lib/clock';
import { start, type Running } from '../src/main';
import type { Sandbox } from '../src/sandbox';
import { makeTestDatabase, type TestDatabase } from './database';
import { freePort } from './free-port';
import { expectLedgerToBalance } from './ledger';

export type World = { origin: string; sandbox: Sandbox; running: Running; database: TestDatabase };

/**
 * The whole product for one test file: the real server on a free port, on a database of its own, with the vendors' simulators
 * behind the real adapters. After every test every account must equal the sum of its entries.
 */
export function useWorld(environment: Record<string, string> = {}): World {
  const world = {} as World;

  beforeAll(async () => {
    world.database = await makeTestDatabase();
    const port = await freePort();
    world.origin = `http://127.0.0.1:${port}`;
    world.running = await start({
      PORT: String(port),
      DATA_DIR: world.database.folder,
      DATABASE_URL: world.database.url,
      LOG_LEVEL: 'silent',
      IMAGING_PROCESSES: '1',
      SMS_PER_IP_HOUR: '100000',
      ...environment,
    });
    if (!world.running.sandbox) throw new Error('the test world runs on the sandbox');
    world.sandbox = world.running.sandbox;
  }, 60_000);

  afterEach(async () => {
    clock.reset();
    world.sandbox.sms.faults.clear();
    world.sandbox.wechat.faults.clear();
    world.sandbox.pay.faults.clear();
    world.sandbox.runninghub.reset();
    await expectLedgerToBalance();
  });

  afterAll(async () => {
    await world.running.stop();
    await world.database.remove();
  }, 60_000);

  return world;
}
