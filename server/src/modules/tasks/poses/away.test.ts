import { ModelPoseParams } from '@suyi/shared-types';
import { drawGarmentPhoto } from '../../../../test/draw';
import { makeMedia, makeSeller, type Seller } from '../../../../test/make';
import { call } from '../../../../test/request';
import { useWorld } from '../../../../test/world';
import { database } from '../../../db/database';
import { change, select } from '../../../db/sql';
import { ImagingRefused, imaging } from '../../../imaging/port';
import { clock, hours, minutes, seconds } from '../../../lib/clock';
import { VendorUnavailable } from '../../../lib/errors';
import type { SandboxJob } from '../../../sandbox/runninghub/runninghub';
import { poses, type NoPicture, type PosePort } from '../../../vendors/runninghub/port';
import { wechat } from '../../../vendors/wechat/port';
import { fail } from '../finish';
import { storedResults, Task } from '../models';
import { createTask, getTask } from '../service';
import { sweepPoseDeadlines } from '../sweeps';
import { currentPause, noteSilence, pauseWork, probeVendor } from './breaker';
import { claimPoses } from './claim';
import { tellSellers } from './news';
import { endOverdue } from './overdue';
import { runPose } from './runner';
import { webhookUrlFor } from './webhook';

/*
 * Away at the wrong moment: the worker, the database's answer, the vendor, a picture. Each of these once lost a picture that was
 * paid for, kept a tool shut, or told a seller something untrue.
 */

const world = useWorld({ ROLES: 'web', RUNNINGHUB_CONCURRENCY: '3' });

let photo: Buffer;
let serial = 0;
const vendor = () => world.sandbox.runninghub;

beforeAll(async () => {
  photo = await drawGarmentPhoto({ width: 480, height: 640 });
});
beforeEach(() => vendor().setPaceMs(60_000));

let real: PosePort;
beforeEach(() => {
  real = poses.current;
});
afterEach(async () => {
  poses.fill(real);
  for (const task of await Task.findAll()) {
    if (task.status !== 'succeeded' && task.status !== 'failed' && task.status !== 'cancelled')
      await fail(task, { from: task.status, code: 'internal_failure' });
  }
  for (const { id } of vendor().jobs()) vendor().finish(id);
  await change('DELETE FROM vendor_breakers', {});
});

type Making = { seller: Seller; task: Task };

async function order(params: Partial<ModelPoseParams> = {}, seller?: Seller): Promise<Making> {
  const who = seller ?? (await makeSeller({ uses: 5 }));
  const input = {
    type: 'model_pose12' as const,
    mediaId: await makeMedia(who, photo),
    params: ModelPoseParams.parse(params),
  };
  const task = await createTask(who.id, input, { key: `away-${(serial += 1)}`, requestHash: 'same' });
  return { seller: who, task };
}

async function step(): Promise<void> {
  await Promise.all((await claimPoses(20)).map(runPose));
}

const now = ({ seller, task }: Making): Promise<Task> => getTask(seller.id, task.id);

function jobOf({ task }: Making): SandboxJob {
  const job = vendor()
    .jobs()
    .find(({ webhookUrl }) => webhookUrl?.includes(task.id));
  if (!job) throw new Error('no job was made');
  return job;
}

async function finish(making: Making): Promise<void> {
  vendor().finish(jobOf(making).id);
  await vendor().webhooks.idle();
}

async function toEnd(making: Making, stepMs = seconds(10)): Promise<Task> {
  for (let n = 0; n < 200; n += 1) {
    const task = await now(making);
    if (task.finishedAt !== null) return task;
    await step();
    clock.advance(stepMs);
  }
  throw new Error(`it did not end: ${(await now(making)).status}`);
}

/** The vendor's pictures, one of them answering `as` for a while. */
function spoilOne(as: NoPicture, untilMs = Infinity): void {
  const from = clock.now();
  let spoilt: string | null = null;
  poses.fill({
    ...real,
    download: (url) => {
      spoilt ??= url;
      return url === spoilt && clock.now() - from < untilMs ? Promise.resolve(as) : real.download(url);
    },
  });
}

describe('our worker was away', () => {
  it('for longer than the deadline, while the vendor finished: the pictures are fetched, not thrown away', async () => {
    const making = await order();
    await step();
    await finish(making);
    clock.advance(minutes(25));

    await sweepPoseDeadlines(50);

    expect(await now(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
    expect((await now(making)).costMillicoins).not.toBeNull();
  }, 30_000);

  it('while a lost job named itself: it is asked about before the use goes back', async () => {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'lost' }, times: 1 });
    const making = await order();
    await step();
    await finish(making);
    clock.advance(hours(1));

    await sweepPoseDeadlines(50);

    expect(await toEnd(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
  }, 30_000);

  it('while it was saving, for three hours: what is missing is fetched in a last look', async () => {
    const making = await order();
    await step();
    await finish(making);
    spoilOne({ refused: true, kind: 'gone', code: 'http_404' }, minutes(1));
    await step();
    expect((await now(making)).status).toBe('saving');
    clock.advance(hours(3));

    await sweepPoseDeadlines(50);

    expect(await now(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
  }, 30_000);

  it('and an old look at a task does not end it after it was put back and begun anew', async () => {
    const making = await order();
    await claimPoses(1);
    const before = await now(making);
    clock.advance(minutes(11));
    await change(
      `UPDATE tasks SET status = 'queued', vendor_slot = NULL, lease_token = NULL, wake_at = 0 WHERE id = :id`,
      { id: before.id },
    );
    await claimPoses(1);

    await endOverdue(before, 'submitting');

    expect(await now(making)).toMatchObject({ status: 'submitting', quotaEffect: 'held' });
  });
});

type Done = (error: Error | null, answer: unknown) => void;
type Driver = { query(...words: unknown[]): unknown };

/** The first statement that holds these words is done, and its answer lost: at the driver on MySQL, before it on SQLite. */
function breakAfterTheCommit(words: string): { cuts: () => number; mend: () => void } {
  let cuts = 0;
  const isCut = (sql: unknown): boolean => String(sql).includes(words) && (cuts += 1) === 1;
  const sequelize = database.current;
  if (sequelize.getDialect() !== 'mysql') {
    const query = sequelize.query.bind(sequelize);
    const spy = jest.spyOn(sequelize, 'query').mockImplementation((async (...asked: Parameters<typeof query>) => {
      const answer: unknown = await query(...asked);
      if (isCut(asked[0])) throw new Error('the line broke after the commit');
      return answer;
    }) as typeof query);
    return { cuts: () => cuts, mend: () => spy.mockRestore() };
  }

  const manager = sequelize.connectionManager as unknown as { getConnection(options: object): Promise<Driver> };
  const getConnection = manager.getConnection.bind(manager);
  const touched = new Map<Driver, Driver['query']>();
  const spy = jest.spyOn(manager, 'getConnection').mockImplementation(async (options) => {
    const connection = await getConnection(options);
    if (touched.has(connection)) return connection;
    const query = connection.query.bind(connection);
    touched.set(connection, connection.query);
    connection.query = (sql, values, done) => {
      if (typeof done !== 'function') return query(sql, values);
      const broken: Done = () => (done as Done)(new Error('the line broke after the commit'), undefined);
      return query(sql, values, isCut(sql) ? broken : done);
    };
    return connection;
  });
  return {
    cuts: () => cuts,
    mend: () => {
      spy.mockRestore();
      for (const [connection, query] of touched) connection.query = query;
    },
  };
}

describe('the answer of our own database was away', () => {
  it('after it had kept the job’s number: the job goes on', async () => {
    const making = await order();
    const line = breakAfterTheCommit('vendor_job_id = ');
    await step().finally(line.mend);

    expect(line.cuts()).toBeGreaterThan(0);
    expect(jobOf(making).state).not.toBe('CANCEL');
    expect(await now(making)).toMatchObject({ status: 'running', vendorJobId: jobOf(making).id });
  });
});

describe('the vendor was away', () => {
  const silent = () => Promise.reject(new VendorUnavailable('runninghub', 'answered with http_404'));

  it('with the question about our account alone: the tool opens again all the same', async () => {
    poses.fill({ ...real, account: silent });
    for (let n = 0; n < 5; n += 1) await noteSilence();
    expect(await currentPause()).not.toBeNull();

    for (let n = 0; n < 10; n += 1) {
      clock.advance(minutes(2));
      await probeVendor();
    }

    expect(await currentPause()).toBeNull();
  });

  it('and risks one order, not all slots, to find out whether it is back', async () => {
    for (let n = 0; n < 3; n += 1) await order();
    for (let n = 0; n < 5; n += 1) await noteSilence();
    clock.advance(minutes(1));
    await probeVendor();
    poses.fill({ ...real, create: silent });

    await step();
    await step();

    const rows = await select(`SELECT id FROM tasks WHERE status = 'uncertain'`, {});
    expect(rows).toHaveLength(1);
    expect(await currentPause()).toMatchObject({ reason: 'down' });
  });

  it('full for ten minutes: it is asked now and then, not once for each who waits', async () => {
    for (let n = 0; n < 12; n += 1) await order();
    let creates = 0;
    poses.fill({
      ...real,
      create: () => {
        creates += 1;
        return Promise.resolve({ refused: true, kind: 'busy', code: '1003' });
      },
    });

    for (let n = 0; n < 300; n += 1) {
      clock.advance(seconds(2));
      await step();
    }

    expect(creates).toBeGreaterThan(5);
    expect(creates).toBeLessThan(60);
  }, 60_000);

  it('with a job that had just named itself: its number is kept and asked about again', async () => {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'lost' }, times: 1 });
    const making = await order();
    await step();
    await finish(making);
    poses.fill({ ...real, query: () => Promise.resolve({ state: 'gone', code: '807' }) });
    await step();
    expect(await now(making)).toMatchObject({ status: 'uncertain', reportedJobId: jobOf(making).id });
    poses.fill(real);

    expect(await toEnd(making)).toMatchObject({ status: 'succeeded' });
  }, 30_000);

  it('with all its pictures: new orders stop, and these pictures come later', async () => {
    const making = await order();
    await step();
    await finish(making);
    poses.fill({ ...real, download: silent });
    for (let n = 0; n < 6; n += 1) {
      await step();
      clock.advance(minutes(2));
    }
    expect(await currentPause()).toMatchObject({ reason: 'down' });
    poses.fill(real);

    expect(await toEnd(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
  }, 30_000);
});

describe('a picture was away', () => {
  it('for ten seconds: it is asked for again, and the twelve are whole', async () => {
    const making = await order();
    await step();
    await finish(making);
    spoilOne({ refused: true, kind: 'gone', code: 'http_404' }, seconds(9));

    expect(await toEnd(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
  }, 30_000);

  it.each(['http_302', 'not_https', 'private_address', 'not_listed'])(
    'for good, behind %s: one odd link does not shut the tool',
    async (code) => {
      const making = await order();
      await step();
      await finish(making);
      spoilOne({ refused: true, kind: 'host', code });
      await step();
      clock.advance(minutes(2));
      await step();

      expect(await currentPause()).toBeNull();
      expect(storedResults(await now(making))).toHaveLength(11);
    },
    30_000,
  );

  it('with all the others, on a host that is not listed: new orders stop until the operator has looked', async () => {
    const making = await order();
    await step();
    await finish(making);
    poses.fill({ ...real, download: () => Promise.resolve({ refused: true, kind: 'host', code: 'not_listed' }) });
    await step();

    expect(await currentPause()).toMatchObject({ reason: 'configuration' });
    expect((await now(making)).status).toBe('saving');
  });
});

it('a photo over which the engine runs out of time three times gets no fourth try', async () => {
  const making = await order();
  const engine = imaging.current;
  let tries = 0;
  imaging.fill({
    ...engine,
    prepare: () => {
      tries += 1;
      return Promise.reject(new ImagingRefused('timed_out'));
    },
  });

  const ended = await toEnd(making, minutes(3)).finally(() => imaging.fill(engine));

  expect(ended).toMatchObject({ status: 'failed', errorCode: 'image_too_complex', quotaEffect: 'released' });
  expect(tries).toBe(3);
}, 30_000);

it('two workers tell a seller once', async () => {
  const seller = await makeSeller({ uses: 5, openid: world.sandbox.wechat.openidOf('carla.1') });
  const making = await order({ shouldNotify: true }, seller);
  await step();
  await finish(making);
  await toEnd(making);
  const port = wechat.current;
  let sent = 0;
  wechat.fill({
    ...port,
    sendSubscribed: async () => {
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { refused: false };
    },
  });

  await Promise.all([tellSellers(10), tellSellers(10)]).finally(() => wechat.fill(port));

  expect(sent).toBe(1);
}, 30_000);

describe('a report', () => {
  async function lost(): Promise<Making> {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'lost' }, times: 1 });
    const making = await order();
    await step();
    expect((await now(making)).status).toBe('uncertain');
    return making;
  }
  const send = async ({ task }: Making, body: string, type = 'application/json'): Promise<number> => {
    const url = new URL(new URL(webhookUrlFor(task.id, 1)).pathname, world.origin);
    return (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).status;
  };

  it.each<[string, (id: string) => [body: string, type?: string]]>([
    ['whose number has no quotes', (id) => [`{"event":"TASK_END","taskId":${id},"eventData":"{}"}`]],
    ['as text', (id) => [JSON.stringify({ event: 'TASK_END', taskId: id }), 'text/plain']],
    ['of a megabyte', (id) => [JSON.stringify({ event: 'TASK_END', taskId: id, eventData: 'x'.repeat(1_000_000) })]],
  ])('%s finds a lost job', async (_, write) => {
    const making = await lost();
    const { id } = jobOf(making);

    expect(await send(making, ...write(id))).toBe(200);

    expect((await now(making)).reportedJobId).toBe(id);
  });

  it('that comes before the number is written down brings the first look forward', async () => {
    poses.fill({
      ...real,
      create: async (wish) => {
        const made = await real.create(wish);
        if (!made.refused) vendor().finish(made.jobId);
        await vendor().webhooks.idle();
        return made;
      },
    });
    const making = await order();

    await step();

    const task = await now(making);
    expect(task.status).toBe('running');
    expect(task.wakeAt).toBeLessThanOrEqual(clock.now());
  });
});

describe('an estimate', () => {
  async function sample(): Promise<void> {
    await change('UPDATE tasks SET submitted_at = NULL', {});
    for (let n = 0; n < 6; n += 1) {
      const { task } = await order();
      await fail(task, { from: 'queued', code: 'internal_failure' });
      await change(`UPDATE tasks SET status = 'succeeded', submitted_at = :from, finished_at = :at WHERE id = :id`, {
        from: clock.now() - minutes(2),
        at: clock.now(),
        id: task.id,
      });
    }
  }
  const seen = async ({ seller, task }: Making) =>
    (await call(world, 'GET', `/api/tasks/${task.id}`, { token: seller.token })).body as {
      queuePosition: number;
      estimate: { lowSeconds: number; highSeconds: number } | null;
    };

  it('of a seller’s third set comes after those of the first two, however many wait', async () => {
    await sample();
    for (let n = 0; n < 9; n += 1) await order();
    const seller = await makeSeller({ uses: 5 });
    const sets = [await order({}, seller), await order({}, seller), await order({}, seller)];
    clock.advance(seconds(6));

    const [, second, third] = await Promise.all(sets.map(seen));

    expect(third?.queuePosition).toBeGreaterThan(second?.queuePosition ?? 0);
    expect(third?.estimate?.lowSeconds).toBeGreaterThanOrEqual(second?.estimate?.lowSeconds ?? 0);
  });

  it('is not given while nothing is sent to the vendor', async () => {
    await sample();
    const making = await order();
    await pauseWork('balance', '416');
    clock.advance(seconds(20));

    expect((await seen(making)).estimate).toBeNull();
    const tools = await call(world, 'GET', '/api/tools');
    expect((tools.body.items as { estimate: unknown }[])[1]?.estimate).toBeNull();
  });
});
