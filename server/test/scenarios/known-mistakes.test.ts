import { setTimeout as sleep } from 'node:timers/promises';
import { ModelPoseParams } from '@suyi/shared-types';
import sharp from 'sharp';
import { database } from '../../src/db/database';
import { change, select } from '../../src/db/sql';
import { clock, days, hours, minutes, seconds } from '../../src/lib/clock';
import { runBasicClean } from '../../src/modules/tasks/basic-clean';
import { claimTasks } from '../../src/modules/tasks/claim';
import { fail } from '../../src/modules/tasks/finish';
import { storedResults, Task } from '../../src/modules/tasks/models';
import { currentPause, pauseWork, probeVendor } from '../../src/modules/tasks/poses/breaker';
import { claimPoses } from '../../src/modules/tasks/poses/claim';
import { runPose } from '../../src/modules/tasks/poses/runner';
import { createTask, getTask } from '../../src/modules/tasks/service';
import type { OpenStatus } from '../../src/modules/tasks/states';
import { sweepDeadlines, sweepPoseDeadlines } from '../../src/modules/tasks/sweeps';
import { listenOnLoopback } from '../../src/sandbox/listen';
import type { SandboxJob } from '../../src/sandbox/runninghub/runninghub';
import { readVendorConfig } from '../../src/vendor-config';
import { poses, type PosePort } from '../../src/vendors/runninghub/port';
import { runningHub } from '../../src/vendors/runninghub/runninghub';
import { storage } from '../../src/vendors/storage/port';
import { drawGarmentPhoto } from '../draw';
import { freePort } from '../free-port';
import { useLiveServer } from '../live-server';
import { makeMedia, makeSeller, quotaOf, type Seller } from '../make';
import { member, postTask, uploadPhoto } from '../phone';
import { call, type Answer } from '../request';
import { useWorld, type World } from '../world';

/*
 * Mistakes seen in code for the same job, each with a test that would find it here. Numbers 1 to 8 are about tasks and the
 * vendors that work on them; 9 to 12, about money and trust, stand in known-mistakes-trust.test.ts. The modules' own tests
 * go deeper: this is the list.
 */

// No worker: each test takes the steps itself, so that it can stop between any two.
const world = useWorld({ ROLES: 'web', RUNNINGHUB_CONCURRENCY: '3' });

let photo: Buffer;
let serial = 0;

beforeAll(async () => {
  photo = await drawGarmentPhoto({ width: 480, height: 640 });
});

beforeEach(() => vendor().setPaceMs(3_600_000)); // A job ends when its test says so.

afterEach(async () => {
  // What a test left open would be claimed by the next one.
  for (const task of await Task.findAll()) {
    if (task.status !== 'succeeded' && task.status !== 'failed' && task.status !== 'cancelled')
      await fail(task, { from: task.status, code: 'internal_failure' });
  }
  for (const { id } of vendor().jobs()) vendor().finish(id);
  await change('DELETE FROM vendor_breakers', {});
});

const vendor = () => world.sandbox.runninghub;

type Making = { seller: Seller; task: Task };

/** A pose task of a seller with five uses, one of which it holds. */
async function order(): Promise<Making> {
  const seller = await makeSeller({ uses: 5 });
  const wish = {
    type: 'model_pose12' as const,
    mediaId: await makeMedia(seller, photo),
    params: ModelPoseParams.parse({}),
  };
  const task = await createTask(seller.id, wish, { key: `mistake-${(serial += 1)}`, requestHash: 'same' });
  return { seller, task };
}

/** One look of a worker: claims what is due, and takes one step of each. */
async function step(): Promise<void> {
  await Promise.all((await claimPoses(20)).map(runPose));
}

const now = ({ seller, task }: Making): Promise<Task> => getTask(seller.id, task.id);
const seen = ({ seller, task }: Making): Promise<Answer> =>
  call(world, 'GET', `/api/tasks/${task.id}`, { token: seller.token });

/** What the ledger says of one task, oldest first. */
async function movesOf({ task }: Making): Promise<string[]> {
  const rows = await select<{ kind: string }>(
    `SELECT kind FROM quota_entries WHERE cause_type = 'task' AND cause_id = :id ORDER BY position`,
    { id: task.id },
  );
  return rows.map(({ kind }) => kind);
}

function jobsOf({ task }: Making): SandboxJob[] {
  return vendor()
    .jobs()
    .filter(({ webhookUrl }) => webhookUrl?.includes(task.id));
}

function jobOf(making: Making): SandboxJob {
  const [job] = jobsOf(making);
  if (!job) throw new Error('no job was made');
  return job;
}

/** What the worker does about tasks whose time is over. */
async function sweep(): Promise<void> {
  await sweepDeadlines(50);
  await sweepPoseDeadlines(50);
}

/** Its time passes, and what more time it is given for a last look. */
async function runOut(making: Making): Promise<void> {
  for (let n = 0; n < 5 && (await now(making)).finishedAt === null; n += 1) {
    clock.freeze(Math.max(clock.now(), (await now(making)).deadlineAt));
    await sweep();
    clock.advance(minutes(16));
    await sweep();
  }
}

/** The vendor finishes, and our next look at it is due: one `step` from its end. */
async function finishAtVendor(making: Making): Promise<void> {
  vendor().finish(jobOf(making).id);
  await vendor().webhooks.idle();
  clock.advance(minutes(2));
}

async function finishedAtVendor(): Promise<Making> {
  const making = await order();
  await step();
  await finishAtVendor(making);
  return making;
}

/** While `act` runs, what `part` names of the vendor's adapter is something else. */
async function withPoses(part: Partial<PosePort>, act: () => Promise<void>): Promise<void> {
  const { current } = poses;
  poses.fill({ ...current, ...part });
  await act().finally(() => poses.fill(current));
}

type Heard = { method: string; path: string; status: number; code: unknown; body: unknown };

/** What the vendor is asked and answers while `act` runs: it is met through a second door, at which somebody listens. */
async function heardAtVendor(act: () => Promise<void>): Promise<Heard[]> {
  const heard: Heard[] = [];
  const { app } = vendor();
  app.middleware.unshift(async (ctx, next) => {
    await next();
    const body = Buffer.isBuffer(ctx.body) ? null : (ctx.body as { code?: unknown } | null | undefined);
    heard.push({ method: ctx.method, path: ctx.path, status: ctx.status, code: body?.code ?? null, body });
  });
  const door = await listenOnLoopback(app.callback());
  app.middleware.shift(); // The first door, which was made before, never heard of it.
  await withPoses(vendorAt(door.origin), act).finally(() => door.stop());
  return heard;
}

/** The real adapter, with the vendor at another address. */
const vendorAt = (apiBase: string): PosePort =>
  runningHub({ ...readVendorConfig(world.sandbox.environment).runningHub, apiBase });

describe('mistake 1: addresses at the vendor that its documents do not know', () => {
  it('a whole life of tasks, its stops and its probes ask documented addresses only, and none is answered as unknown', async () => {
    const documented = [
      'POST /openapi/v2/media/upload/binary',
      `POST /openapi/v2/run/ai-app/${world.sandbox.environment.RUNNINGHUB_POSE12_WEBAPP_ID}`,
      'POST /openapi/v2/query',
      'POST /task/openapi/cancel',
      'POST /uc/openapi/accountStatus',
    ];
    let links: string[] = [];

    const heard = await heardAtVendor(async () => {
      const [making, overdue] = [await order(), await order()];
      await step();
      await finishAtVendor(making);
      await step();
      expect((await now(making)).status).toBe('succeeded');
      links = (JSON.parse((await now(making)).vendorPictures ?? '[]') as { url: string }[]).map(({ url }) => url);

      await runOut(overdue);
      expect(jobOf(overdue).state).toBe('CANCEL');
      await pauseWork('down', 'test');
      clock.advance(minutes(10));
      await probeVendor();
      expect(await currentPause()).toBeNull();
    });

    const pictures = links.map((url) => `GET ${new URL(url).pathname}`);
    expect(pictures).toHaveLength(12);
    expect(new Set(heard.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set([...documented, ...pictures]),
    );
    expect(heard.filter(({ status, code }) => status !== 200 || (code !== null && code !== 0))).toEqual([]);
  }, 30_000);
});

describe('mistake 2: an image node that is filled with a name of ours', () => {
  const uploadedIn = (heard: Heard[]): string[] =>
    heard
      .filter(({ path }) => path.includes('/upload/'))
      .map(({ body }) => (body as { data: { fileName: string } }).data.fileName);

  it('it gets the very name that the vendor gave when the photo was left there', async () => {
    const making = await order();

    const uploaded = uploadedIn(await heardAtVendor(step));

    expect(uploaded).toHaveLength(1);
    expect(jobsOf(making).map((job) => job.photo)).toEqual(uploaded);
    expect(uploaded[0]).not.toContain(making.task.mediaId);
  });

  it('and a new one for a later order, because names die there after a day', async () => {
    const making = await order();
    vendor().mishaps.refuse(421);
    const first = uploadedIn(await heardAtVendor(step));
    expect(await now(making)).toMatchObject({ status: 'queued' });
    vendor().expireUploads();
    clock.advance(minutes(3));

    const second = uploadedIn(await heardAtVendor(step));

    expect(jobsOf(making).map((job) => job.photo)).toEqual(second);
    expect(second).not.toEqual(first);
  });
});

describe('mistake 3: a vendor that cannot be reached, answered by a made-up job that “succeeds”', () => {
  it.each([
    ['refuses the connection', async () => `http://127.0.0.1:${await freePort()}`],
    ['has no such name', async () => 'http://runninghub.invalid'],
  ])(
    'a vendor that %s makes no job, no picture and no cost: the task waits, then new ones are refused',
    async (_, base) => {
      const making = await order();

      await withPoses(vendorAt(await base()), async () => {
        for (let n = 0; n < 6; n += 1) {
          await step();
          expect(await now(making)).toMatchObject({ status: 'queued', vendorJobId: null, results: null });
          clock.advance(minutes(3));
        }
        await probeVendor();
      });

      expect((await seen(making)).body).toMatchObject({ status: 'queued', quotaEffect: 'held', results: [] });
      expect(
        vendor()
          .jobs()
          .filter(({ state }) => state === 'RUNNING' || state === 'QUEUED'),
      ).toEqual([]);
      expect(await currentPause()).toMatchObject({ reason: 'down' });
      const late = await makeSeller({ uses: 3 });
      const body = { type: 'model_pose12', mediaId: await makeMedia(late, photo) };
      expect(await call(world, 'POST', '/api/tasks', { token: late.token, body })).toMatchObject({
        status: 503,
        body: { code: 'task_type_paused', quotaEffect: 'none' },
      });
      expect(await quotaOf(late)).toEqual({ remaining: 3, held: 0 });

      clock.advance(minutes(10));
      await probeVendor();
      await step();
      expect(await now(making)).toMatchObject({ status: 'running', vendorJobId: jobOf(making).id });
    },
    30_000,
  );
});

describe('mistake 4: a poller in timers, lost at restart, whose last failing look ends nothing', () => {
  describe('killed and started again', () => {
    const live = useLiveServer({ IMAGING_PROCESSES: '1', LOG_LEVEL: 'fatal' });

    it('while the vendor works, a server asks on after its restart, and hands over all twelve', async () => {
      live.sandbox.runninghub.setPaceMs(3_600_000);
      live.sandbox.runninghub.webhooks.setMode({ kind: 'drop' });
      const phone = await member(live, '13700000004');
      const mediaId = await uploadPhoto(live, phone, photo);
      const posted = await postTask(live, phone, { type: 'model_pose12', mediaId }, 'mistake-4-key');
      const look = (): Promise<Answer> =>
        call(live as unknown as World, 'GET', `/api/tasks/${String(posted.body.id)}`, { token: phone.token });
      await until(async () => (await look()).body.status === 'running');

      live.sandbox.runninghub.finish(live.sandbox.runninghub.jobs()[0]?.id ?? '');
      await live.killAndRestart();
      expect((await look()).body).toMatchObject({ status: 'running', quotaEffect: 'held' });
      await until(async () => (await look()).body.status === 'succeeded');

      expect((await look()).body).toMatchObject({ quotaEffect: 'captured' });
      expect((await look()).body.results).toHaveLength(12);
      expect(live.sandbox.runninghub.counts()).toMatchObject({ creates: 1, createsMade: 1 });
      const statement = await call(live as unknown as World, 'GET', '/api/quota/entries', { token: phone.token });
      expect((statement.body.items as { kind: string }[]).map(({ kind }) => kind)).toEqual([
        'capture',
        'hold',
        'grant',
      ]);
    }, 60_000);
  });

  it.each([
    ['is silent', () => vendor().mishaps.setOutage('reset'), {}],
    [
      'meets a bug of ours',
      () => undefined,
      { query: () => Promise.reject(new TypeError('a bug')), cancel: () => Promise.reject(new TypeError('a bug')) },
    ],
  ] as [string, () => void, Partial<PosePort>][])(
    'when every look %s, the last one too, the deadline ends the task and returns the use',
    async (_, begin, broken) => {
      const making = await order();
      await step();
      begin();
      await withPoses(broken, async () => {
        for (let n = 0; n < 21; n += 1) {
          expect(await now(making)).toMatchObject({ status: 'running', quotaEffect: 'held' });
          clock.advance(seconds(58));
          await step();
        }
        await runOut(making);
      });

      expect((await seen(making)).body).toMatchObject({
        status: 'failed',
        errorCode: 'deadline_exceeded',
        quotaEffect: 'released',
      });
      expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
      expect(await now(making)).toMatchObject({ vendorSlot: null });
    },
    30_000,
  );
});

describe('mistake 5: a clean-up that looks at one state and forgets the others', () => {
  /** How a task comes to stand there, by the road that leads there, and is left. */
  const roads: Record<OpenStatus, () => Promise<Making>> = {
    queued: order,
    async submitting() {
      const making = await order();
      await claimPoses(1);
      return making;
    },
    async uncertain() {
      const making = await order();
      vendor().faults.plan({ path: 'ai-app', fault: { kind: 'reset' }, times: 1 });
      await step();
      return making;
    },
    async running() {
      const making = await order();
      await step();
      return making;
    },
    async saving() {
      const making = await finishedAtVendor();
      await withStoreAway(step);
      return making;
    },
  };

  it.each(Object.entries(roads))(
    'a task that nobody works on any more ends from %s too, with its use returned',
    async (status, comeThere) => {
      const making = await comeThere();
      const { deadlineAt } = await now(making);
      expect(await now(making)).toMatchObject({ status, quotaEffect: 'held' });
      vendor().mishaps.setOutage('reset'); // Or a last look would find what there is.
      clock.freeze(deadlineAt - 1);
      await sweep();
      expect(await now(making)).toMatchObject({ status, quotaEffect: 'held' });

      await withStoreAway(() => runOut(making));

      expect((await seen(making)).body).toMatchObject({ status: 'failed', quotaEffect: 'released', results: [] });
      expect(await movesOf(making)).toEqual(['hold', 'release']);
      expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
    },
  );
});

describe('mistake 6: a state that anybody may overwrite, and a use that is settled beside it', () => {
  it('success after failure changes nothing: the use came back, and stays back', async () => {
    const making = await order();
    await step();
    clock.advance(minutes(2));
    const [slow] = await claimPoses(1);
    vendor().mishaps.setOutage('reset'); // So that the job goes on there.
    await runOut(making);
    vendor().mishaps.setOutage('none');
    const ended = await now(making);
    expect(ended).toMatchObject({ status: 'failed', quotaEffect: 'released' });

    vendor().finish(jobOf(making).id);
    await vendor().webhooks.idle();
    if (slow) await runPose(slow);
    clock.advance(minutes(2));
    await step();

    expect(slow?.id).toBe(making.task.id);
    expect(jobOf(making).state).toBe('SUCCESS');
    expect((await now(making)).get()).toEqual(ended.get());
    expect(await movesOf(making)).toEqual(['hold', 'release']);
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  });

  it('failure after success returns nothing: the use was captured when the twelve were there', async () => {
    const making = await finishedAtVendor();
    const [slow] = await claimPoses(1);
    const before = await now(making);
    clock.advance(minutes(1));
    await step();
    const ended = await now(making);
    expect(ended).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });

    await withPoses(
      {
        query: async () => ({
          state: 'failed',
          kind: 'vendor',
          code: '805',
          cost: { millicoins: 1, milliyuan: 1, seconds: 1 },
        }),
      },
      async () => {
        if (slow) await runPose(slow);
      },
    );
    expect(await fail(before, { from: 'running', code: 'vendor_failed' })).toBe(false);
    clock.advance(days(2));
    await sweep();

    expect(slow?.id).toBe(making.task.id);
    expect((await now(making)).get()).toEqual(ended.get());
    expect(await movesOf(making)).toEqual(['hold', 'capture']);
    expect(await quotaOf(making.seller)).toEqual({ remaining: 4, held: 0 });
  }, 30_000);

  it('state and use move in one transaction: while the ledger cannot be written, no task ends, well or badly', async () => {
    const [done, overdue] = [await finishedAtVendor(), await order()];
    await change('UPDATE tasks SET deadline_at = :now WHERE id = :id', { now: clock.now(), id: overdue.task.id });

    await withLedgerAway(async () => {
      await step();
      await sweep();
    });

    expect(await now(done)).toMatchObject({ status: 'saving', quotaEffect: 'held' });
    expect(await now(overdue)).toMatchObject({ status: 'running', quotaEffect: 'held' });
    expect(await movesOf(done)).toEqual(['hold']);

    clock.advance(minutes(1));
    await step();
    clock.advance(hours(1));
    await sweep();
    expect(await now(done)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
    expect(await now(overdue)).toMatchObject({ status: 'failed', quotaEffect: 'released' });
  }, 30_000);
});

describe('mistake 7: results that stay with the vendor, whose links die', () => {
  it('every frame lies in our own store before the task says that it is done, and loads when the vendor’s links are dead', async () => {
    const making = await finishedAtVendor();
    await step();
    const task = await now(making);
    const links = (JSON.parse(task.vendorPictures ?? '[]') as { url: string }[]).map(({ url }) => url);
    expect(await statusesOf(links)).toEqual(links.map(() => 200));
    vendor().expireLinks();
    clock.advance(days(3));
    expect(await statusesOf(links)).toEqual(links.map(() => 404));

    const { status, results } = (await seen(making)).body as { status: string; results: Frame[] };

    expect(status).toBe('succeeded');
    expect(storedResults(task)).toHaveLength(12);
    expect(results).toHaveLength(12);
    for (const { url, thumbnailUrl, width, height } of results) {
      expect(await sizeAt(url)).toEqual({ width, height });
      expect((await sizeAt(thumbnailUrl)).width).toBeGreaterThan(0);
    }
  }, 30_000);

  type Frame = { url: string; thumbnailUrl: string; width: number; height: number };

  async function sizeAt(url: string): Promise<{ width: number; height: number }> {
    const answer = await fetch(new URL(url, world.origin));
    const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    return { width, height };
  }

  const statusesOf = (urls: string[]): Promise<number[]> =>
    Promise.all(
      urls.map(async (url) => {
        const answer = await fetch(url);
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
});

describe('mistake 8: a white background asked of a vendor that cannot make one', () => {
  it('is made with every vendor gone, and asks none of them', async () => {
    const seller = await makeSeller({ uses: 3 });
    const body = { type: 'basic_clean', mediaId: await makeMedia(seller, photo), params: {} };
    const { sms, wechat, pay, alipay, cos, runninghub, environment } = world.sandbox;
    const vendors = [sms, wechat, pay, alipay, cos, runninghub];
    for (const { faults } of vendors) faults.plan({ path: '/', fault: { kind: 'reset' }, times: 100 });
    for (const name of addresses) await expect(fetch(environment[name] ?? '')).rejects.toThrow();

    const posted = await call(world, 'POST', '/api/tasks', { token: seller.token, body });
    for (const task of await claimTasks(1)) await runBasicClean(task);

    const made = await call(world, 'GET', `/api/tasks/${String(posted.body.id)}`, { token: seller.token });
    expect(made).toMatchObject({ body: { status: 'succeeded', quotaEffect: 'captured' } });
    expect(vendors.map(({ faults }) => faults.planned()[0]?.times)).toEqual(vendors.map(() => 99)); // Our own knock each.
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
    for (const { faults } of vendors) faults.clear();
  });

  const addresses = [
    'SMS_ENDPOINT',
    'WECHAT_API_BASE',
    'WECHATPAY_API_BASE',
    'ALIPAY_GATEWAY',
    'COS_ENDPOINT',
    'RUNNINGHUB_API_BASE',
  ];
});

/** Our own store takes nothing while `act` runs. */
async function withStoreAway(act: () => Promise<void>): Promise<void> {
  const { current } = storage;
  storage.fill({ ...current, write: () => Promise.reject(new Error('the store is away')) });
  await act().finally(() => storage.fill(current));
}

/** No entry can be written while `act` runs. */
async function withLedgerAway(act: () => Promise<void>): Promise<void> {
  await database.current.query('ALTER TABLE quota_entries RENAME TO quota_entries_away');
  await act().finally(() => database.current.query('ALTER TABLE quota_entries_away RENAME TO quota_entries'));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 400; n += 1) {
    if (await isSo()) return;
    await sleep(100);
  }
  throw new Error('it did not come true in forty seconds');
}
