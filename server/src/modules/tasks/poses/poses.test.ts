import sharp from 'sharp';
import { ModelPoseParams } from '@suyi/shared-types';
import { drawGarmentPhoto } from '../../../../test/draw';
import { makeMedia, makeSeller, quotaOf, type Seller } from '../../../../test/make';
import { call, type Answer } from '../../../../test/request';
import { useWorld } from '../../../../test/world';
import { change, select } from '../../../db/sql';
import { clock, hours, minutes, seconds } from '../../../lib/clock';
import type { SandboxJob } from '../../../sandbox/runninghub/runninghub';
import { poses } from '../../../vendors/runninghub/port';
import { storage } from '../../../vendors/storage/port';
import { leaseMs } from '../claim';
import { fail } from '../finish';
import { storedResults, Task } from '../models';
import { createTask, getTask, retryTask } from '../service';
import { sweepHidden, sweepPoseDeadlines } from '../sweeps';
import { currentPause, probeVendor } from './breaker';
import { claimPoses } from './claim';
import { tellSellers } from './news';
import { runPose } from './runner';
import { webhookUrlFor } from './webhook';

// No worker: each test takes the steps itself, so that it can stop between any two.
const world = useWorld({ ROLES: 'web', RUNNINGHUB_CONCURRENCY: '3' });

let photo: Buffer;
let serial = 0;

beforeAll(async () => {
  photo = await drawGarmentPhoto({ width: 480, height: 640 });
});

beforeEach(() => vendor().setPaceMs(40));

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
const wish = () => ({ key: `pose-${(serial += 1)}`, requestHash: 'same' });

type Making = { seller: Seller; task: Task };

async function order(params: Partial<ModelPoseParams> = {}, seller?: Seller, vendorPhoto = photo): Promise<Making> {
  const who = seller ?? (await makeSeller({ uses: 5 }));
  const mediaId = await makeMedia(who, vendorPhoto);
  const wanted = ModelPoseParams.parse(params);
  return { seller: who, task: await createTask(who.id, { type: 'model_pose12', mediaId, params: wanted }, wish()) };
}

/** One look of a worker: claims what is due, and takes one step of each. */
async function step(): Promise<Task[]> {
  const claimed = await claimPoses(20);
  await Promise.all(claimed.map(runPose));
  return claimed;
}

const now = ({ seller, task }: Making): Promise<Task> => getTask(seller.id, task.id);
const seen = ({ seller, task }: Making): Promise<Answer> =>
  call(world, 'GET', `/api/tasks/${task.id}`, { token: seller.token });

function jobOf({ task }: Making): SandboxJob {
  const [job] = vendor()
    .jobs()
    .filter(({ webhookUrl }) => webhookUrl?.includes(task.id));
  if (!job) throw new Error('no job was made');
  return job;
}

/** The vendor finishes, and our next look at it is due. */
async function finishAtVendor(making: Making, pictures?: number): Promise<void> {
  vendor().finish(jobOf(making).id, pictures);
  await vendor().webhooks.idle();
  clock.advance(minutes(2));
}

async function runToEnd(making: Making): Promise<Task> {
  for (let n = 0; n < 300; n += 1) {
    await step();
    const task = await now(making);
    if (task.finishedAt !== null) return task;
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(seconds(5));
  }
  throw new Error(`it did not end: ${(await now(making)).status}`);
}

const report = (url: string, body: unknown): Promise<Answer> => call(world, 'POST', new URL(url).pathname, { body });

describe('ordering', () => {
  it('holds one use, waits in the queue, and tells the phone what it knows', async () => {
    const seller = await makeSeller({ uses: 3 });
    const body = { type: 'model_pose12', mediaId: await makeMedia(seller, photo), params: { scene: 'street' } };

    const answer = await call(world, 'POST', '/api/tasks', { token: seller.token, body, key: 'pose-http-1' });

    expect(answer).toMatchObject({
      status: 202,
      body: {
        type: 'model_pose12',
        status: 'queued',
        quotaEffect: 'held',
        queuePosition: 0,
        estimate: null,
        retryOf: null,
        results: [],
        params: { scene: 'street', category: 'top', model: 'woman', body: 'average', shouldNotify: false },
      },
    });
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 1 });
  });

  it('refuses a scene that no table knows, and holds nothing', async () => {
    const seller = await makeSeller({ uses: 3 });
    const body = { type: 'model_pose12', mediaId: await makeMedia(seller, photo), params: { scene: 'moon' } };

    const answer = await call(world, 'POST', '/api/tasks', { token: seller.token, body });

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
  });

  it('offers the phone exactly the choices that it takes', async () => {
    const { body } = await call(world, 'GET', '/api/tools');
    const [, tool] = body.items as { type: string; choices: { name: string; options: { value: string }[] }[] }[];

    expect(tool?.type).toBe('model_pose12');
    for (const { name, options } of tool?.choices ?? []) {
      for (const { value } of options) expect(ModelPoseParams.safeParse({ [name]: value }).success).toBe(true);
    }
    expect(tool?.choices.map(({ name }) => name)).toEqual(['scene', 'category', 'model', 'body']);
  });

  it('sends the vendor a copy of the photo without the phone’s words, and the words that the choices make', async () => {
    const making = await order({ scene: 'beach', category: 'dress', model: 'woman', body: 'plus' });

    await step();

    const job = jobOf(making);
    expect(job.prompt).toMatch(/海边.*沙滩|沙滩/);
    expect(job.prompt).toMatch(/连衣裙/);
    expect(job.prompt).toMatch(/大码/);
    expect(job.webhookUrl).toBe(webhookUrlFor(making.task.id, 1));
    expect(await now(making)).toMatchObject({ status: 'running', vendorJobId: job.id, vendorAttempt: 1, attempts: 1 });
  });
});

describe('twelve frames', () => {
  it('are copied into our store in the vendor’s order, labelled, with small copies, and spend the use', async () => {
    const making = await order();
    await step();
    await finishAtVendor(making);

    await step();

    const { body } = await seen(making);
    expect(body).toMatchObject({
      status: 'succeeded',
      progress: 100,
      quotaEffect: 'captured',
      errorCode: null,
      measures: { framesWanted: 12, framesSaved: 12 },
    });
    const results = body.results as { role: string; url: string; thumbnailUrl: string; width: number }[];
    expect(results.map(({ role }) => role)).toEqual(Array.from({ length: 12 }, () => 'frame'));
    const [first] = results;
    for (const url of [first?.url, first?.thumbnailUrl]) {
      const bytes = Buffer.from(await (await fetch(new URL(url ?? '', world.origin))).arrayBuffer());
      expect((await sharp(bytes).metadata()).xmp?.toString()).toContain(`${making.task.id}-1`);
    }
    expect(await quotaOf(making.seller)).toEqual({ remaining: 4, held: 0 });
    expect(await now(making)).toMatchObject({ vendorSlot: null, costSeconds: expect.any(Number) as number });
  }, 30_000);

  it('never show an address of the vendor’s', async () => {
    const making = await order();
    await step();
    await finishAtVendor(making);
    await step();

    expect(JSON.stringify((await seen(making)).body)).not.toContain('/results/');
  }, 30_000);

  it('come by polling alone when no webhook arrives', async () => {
    vendor().webhooks.setMode({ kind: 'drop' });
    const making = await order();

    expect(await runToEnd(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
  }, 30_000);

  it('are looked for at once when the webhook says so', async () => {
    vendor().setPaceMs(60_000);
    const making = await order();
    await step();
    expect(await step()).toEqual([]);

    vendor().finish(jobOf(making).id);
    await vendor().webhooks.idle();

    expect(await step()).toHaveLength(1);
    expect((await now(making)).status).toBe('succeeded');
  }, 30_000);

  it('are seen one by one while they are saved', async () => {
    const making = await order();
    await step();
    await finishAtVendor(making);
    const write = storage.current.write.bind(storage.current);
    const counts: number[] = [];
    storage.fill({
      ...storage.current,
      write: async (key, bytes, type) => {
        await write(key, bytes, type);
        counts.push(((await seen(making)).body.results as unknown[]).length);
      },
    });
    await step().finally(() => storage.fill({ ...storage.current, write }));

    expect(counts.some((count) => count > 0 && count < 12)).toBe(true);
  }, 60_000);
});

describe('fewer than twelve', () => {
  it('stay with the seller, and the use goes back', async () => {
    vendor().setPaceMs(60_000); // It ends when we say so.
    const making = await order();
    await step();
    await finishAtVendor(making, 7);
    await step();

    const { body } = await seen(making);
    expect(body).toMatchObject({
      status: 'succeeded',
      quotaEffect: 'released',
      errorCode: 'frames_missing',
      measures: { framesWanted: 12, framesSaved: 7 },
    });
    expect(body.results).toHaveLength(7);
    expect(body.errorReason).toMatch(/次数已退回/);
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  }, 30_000);

  it('none is a failure, and the use goes back', async () => {
    vendor().setPaceMs(60_000); // It ends when we say so.
    const making = await order();
    await step();
    await finishAtVendor(making, 0);
    await step();

    expect((await seen(making)).body).toMatchObject({ status: 'failed', errorCode: 'vendor_failed', results: [] });
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  });

  it.each(['broken', 'text'] as const)(
    'a picture that is none (%s) is not handed out',
    async (mode) => {
      vendor().mishaps.setPictures(mode);
      const making = await order();

      expect(await runToEnd(making)).toMatchObject({ status: 'failed', errorCode: 'results_lost' });
      expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
    },
    30_000,
  );

  it('links that died before we came are missing frames, not a hanging task', async () => {
    const making = await order();
    await step();
    await finishAtVendor(making);
    vendor().expireLinks();

    expect(await runToEnd(making)).toMatchObject({ status: 'failed', quotaEffect: 'released' });
  }, 30_000);
});

describe('an order whose answer is lost', () => {
  it('is never sent again, and its job is found when it reports itself', async () => {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'lost' }, times: 1 });
    vendor().setPaceMs(60_000);
    const making = await order();
    await step();
    expect((await now(making)).status).toBe('uncertain');
    expect((await now(making)).vendorSlot).not.toBeNull();
    clock.advance(minutes(3));
    await step();

    vendor().finish(jobOf(making).id);
    await vendor().webhooks.idle();

    expect(await runToEnd(making)).toMatchObject({ status: 'succeeded', vendorAttempt: 1 });
    expect(vendor().jobsByWebhook(webhookUrlFor(making.task.id, 1))).toHaveLength(1);
  }, 30_000);

  it('returns the use at the deadline when no job was made, frees the slot, and a retry keeps the lineage', async () => {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'reset' }, times: 1 });
    const making = await order();
    await step();
    expect((await seen(making)).body).toMatchObject({ status: 'uncertain', quotaEffect: 'held' });

    clock.advance(minutes(21));
    await sweepPoseDeadlines(50);

    expect((await seen(making)).body).toMatchObject({ status: 'failed', errorCode: 'vendor_uncertain' });
    expect(await now(making)).toMatchObject({ vendorSlot: null, vendorAttempt: 1 });
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
    const again = await retryTask(making.seller.id, making.task.id, wish());
    expect(again).toMatchObject({ retryOf: making.task.id, status: 'queued', mediaId: making.task.mediaId });
  });

  it('stays lost to a report that comes after the use went back', async () => {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'lost' }, times: 1 });
    vendor().setPaceMs(3_600_000);
    const making = await order();
    await step();
    clock.advance(minutes(21));
    await sweepPoseDeadlines(50);

    const { id, webhookUrl } = jobOf(making);
    expect((await report(webhookUrl ?? '', { event: 'TASK_END', taskId: id })).status).toBe(200);
    clock.advance(minutes(1));
    await step();

    expect((await seen(making)).body).toMatchObject({ status: 'failed', quotaEffect: 'released' });
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  });

  it('is uncertain too when the worker died after writing down that it asks', async () => {
    vendor().setPaceMs(60_000);
    const making = await order();
    const [claimed] = await claimPoses(1);
    await change('UPDATE tasks SET vendor_asked_at = :now, vendor_attempt = 1 WHERE id = :id', {
      now: clock.now(),
      id: making.task.id,
    });
    expect(claimed?.status).toBe('submitting');

    clock.advance(leaseMs + 1);
    await step();

    expect((await now(making)).status).toBe('uncertain');
    expect(
      vendor()
        .jobs()
        .some(({ webhookUrl }) => webhookUrl?.includes(making.task.id)),
    ).toBe(false);
  });

  it('is sent by the next worker when the first died before it asked', async () => {
    const making = await order();
    await claimPoses(1);

    clock.advance(leaseMs + 1);
    await step();

    expect(await now(making)).toMatchObject({ status: 'running', vendorAttempt: 1 });
  });

  it('stops the job of a slow worker whose task somebody else has ended', async () => {
    vendor().setPaceMs(60_000);
    const making = await order();
    const [slow] = await claimPoses(1);
    const create = poses.current.create.bind(poses.current);
    poses.fill({
      ...poses.current,
      create: async (input) => {
        const made = await create(input);
        await fail(await now(making), { from: 'submitting', code: 'vendor_uncertain' });
        return made;
      },
    });
    if (slow) await runPose(slow).finally(() => poses.fill({ ...poses.current, create }));

    expect(jobOf(making).state).toBe('CANCEL');
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  });
});

describe('the vendor’s no', () => {
  it.each([421, 415, 1003, 1520])(
    '%s made no job: back into the queue, no attempt spent, and then it is made',
    async (code) => {
      vendor().mishaps.refuse(code);
      const making = await order();
      await step();
      expect(await now(making)).toMatchObject({
        status: 'queued',
        attempts: 0,
        refusals: 1,
        vendorSlot: null,
        quotaEffect: 'held',
        deadlineAt: making.task.deadlineAt,
      });
      expect(await step()).toEqual([]);

      expect(await runToEnd(making)).toMatchObject({ status: 'succeeded' });
    },
    30_000,
  );

  it.each([
    ['1501', 'vendor_moderated'],
    ['1505', 'vendor_moderated'],
    ['805', 'vendor_failed'],
    ['1015', 'vendor_failed'],
  ])('a job that fails with %s is %s, with the use returned and the reason told', async (code, failure) => {
    vendor().mishaps.fail(Number(code));
    const making = await order();

    expect(await runToEnd(making)).toMatchObject({ status: 'failed', errorCode: failure, quotaEffect: 'released' });
    expect(String((await seen(making)).body.errorReason).length).toBeGreaterThan(10);
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  });

  it.each([
    [416, 'balance'],
    [412, 'configuration'],
    [433, 'configuration'],
  ] as const)(
    '%s stops new tasks before anything is held, says so, and opens again by itself',
    async (code, reason) => {
      vendor().mishaps.refuse(code);
      const waiting = await order();
      await step();
      expect(await currentPause()).toMatchObject({ reason });
      expect(await now(waiting)).toMatchObject({ status: 'queued', quotaEffect: 'held' });

      const seller = await makeSeller({ uses: 3 });
      const body = { type: 'model_pose12', mediaId: await makeMedia(seller, photo) };
      const refused = await call(world, 'POST', '/api/tasks', { token: seller.token, body, key: `paused-${code}` });
      expect(refused).toMatchObject({ status: 503, body: { code: 'task_type_paused', quotaEffect: 'none' } });
      expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
      clock.advance(seconds(3));
      const tools = await call(world, 'GET', '/api/tools');
      expect((tools.body.items as { isOpen: boolean; pausedReason: string }[])[1]).toMatchObject({
        isOpen: false,
        pausedReason: expect.stringContaining('不会扣除') as string,
      });

      clock.advance(seconds(31));
      await probeVendor();

      expect(await currentPause()).toBeNull();
      const taken = await call(world, 'POST', '/api/tasks', { token: seller.token, body, key: `paused-${code}` });
      expect(taken.status).toBe(202);
      expect(await runToEnd(waiting)).toMatchObject({ status: 'succeeded' });
    },
    60_000,
  );

  it('stays closed while the account there is empty', async () => {
    vendor().mishaps.setBalanceEmpty(true);
    await order();
    await step();

    clock.advance(minutes(1));
    await probeVendor();

    expect(await currentPause()).toMatchObject({ reason: 'balance' });
    vendor().mishaps.setBalanceEmpty(false);
    clock.advance(minutes(3));
    await probeVendor();
    expect(await currentPause()).toBeNull();
  });

  it('the same key answers the task that it made, paused or not', async () => {
    const seller = await makeSeller({ uses: 3 });
    const body = { type: 'model_pose12', mediaId: await makeMedia(seller, photo), params: {} };
    const first = await call(world, 'POST', '/api/tasks', { token: seller.token, body, key: 'before-the-pause' });
    vendor().mishaps.refuse(416);
    await step();

    const again = await call(world, 'POST', '/api/tasks', { token: seller.token, body, key: 'before-the-pause' });

    expect(again.body.id).toBe(first.body.id);
  });
});

describe('silence', () => {
  it('of the vendor while a job runs ends nothing; enough of it stops new tasks, and the job is found done later', async () => {
    const making = await order();
    await step();
    vendor().mishaps.setOutage('status');
    for (let n = 0; n < 6; n += 1) {
      clock.advance(seconds(20));
      await step();
    }
    expect((await now(making)).status).toBe('running');
    expect(await currentPause()).toMatchObject({ reason: 'down' });

    vendor().mishaps.setOutage('none');
    clock.advance(minutes(1));
    await probeVendor();

    expect(await currentPause()).toBeNull();
    expect(await runToEnd(making)).toMatchObject({ status: 'succeeded' });
  }, 30_000);

  it('before the order makes nobody uncertain: the photo is sent again later', async () => {
    vendor().mishaps.setOutage('reset');
    const making = await order();
    await step();

    expect(await now(making)).toMatchObject({ status: 'queued', vendorAttempt: 0, attempts: 0 });
  });

  it('of a job until its deadline stops it there, and returns the use', async () => {
    vendor().mishaps.silence();
    const making = await order();
    await step();
    clock.advance(minutes(21));

    await sweepPoseDeadlines(50);

    expect((await seen(making)).body).toMatchObject({ status: 'failed', errorCode: 'deadline_exceeded' });
    expect(jobOf(making).state).toBe('CANCEL');
    expect(await now(making)).toMatchObject({ vendorSlot: null });
  });

  it('of our own store while saving loses no frame: what is saved stays, the rest follows', async () => {
    const making = await order();
    await step();
    await finishAtVendor(making);
    const { write } = storage.current;
    let written = 0;
    storage.fill({
      ...storage.current,
      write: (key, bytes, type) => {
        written += 1;
        return written > 10 ? Promise.reject(new Error('the store is away')) : write(key, bytes, type);
      },
    });
    await step().finally(() => storage.fill({ ...storage.current, write }));
    const half = await now(making);
    expect(half.status).toBe('saving');
    const saved = storedResults(half).length;
    expect(saved).toBeGreaterThan(2);
    expect(saved).toBeLessThan(12);

    clock.advance(minutes(2));
    expect(await runToEnd(making)).toMatchObject({ status: 'succeeded', quotaEffect: 'captured' });
  }, 30_000);

  it('of everything after half the frames gives the seller that half, with the use', async () => {
    const making = await order();
    await step();
    await finishAtVendor(making);
    const { write } = storage.current;
    storage.fill({
      ...storage.current,
      write: (key, bytes, type) =>
        /frame-(0[7-9]|1)/.test(key) ? Promise.reject(new Error('the store is away')) : write(key, bytes, type),
    });
    await step();

    clock.advance(hours(3));
    await sweepPoseDeadlines(50).finally(() => storage.fill({ ...storage.current, write }));

    expect((await seen(making)).body).toMatchObject({ status: 'succeeded', quotaEffect: 'released' });
    expect(storedResults(await now(making))).toHaveLength(6);
    expect(await quotaOf(making.seller)).toEqual({ remaining: 5, held: 0 });
  }, 30_000);
});

describe('slots and fairness', () => {
  it('gives out no more slots than there are, to however many workers ask at once', async () => {
    vendor().setPaceMs(60_000);
    const makings: Making[] = [];
    for (let n = 0; n < 8; n += 1) makings.push(await order());

    const claims = await Promise.all([claimPoses(8), claimPoses(8), claimPoses(8), claimPoses(8)]);
    const again = await claimPoses(8);

    expect(claims.flat().length).toBeLessThanOrEqual(3);
    const slots = await select<{ slot: string }>(
      'SELECT vendor_slot AS slot FROM tasks WHERE vendor_slot IS NOT NULL ORDER BY vendor_slot',
      {},
    );
    expect(slots.length).toBe(claims.flat().length + again.length);
    expect(slots.length).toBeLessThanOrEqual(3);
    expect(new Set(slots.map(({ slot }) => slot)).size).toBe(slots.length);
  });

  it('lets one seller have two tasks in flight, and the next seller’s task pass the third', async () => {
    vendor().setPaceMs(60_000);
    const busy = await makeSeller({ uses: 5 });
    const theirs = [await order({}, busy), await order({}, busy), await order({}, busy)];
    clock.advance(5);
    const other = await order();

    await step();

    expect((await now(other)).status).toBe('running');
    expect(await Promise.all(theirs.map(async (each) => (await now(each)).status))).toEqual([
      'running',
      'running',
      'queued',
    ]);
  });

  it('does not let two poses keep a white background waiting', async () => {
    vendor().setPaceMs(60_000);
    const seller = await makeSeller({ uses: 5 });
    await order({}, seller);
    await order({}, seller);
    const mediaId = await makeMedia(seller, photo);

    const clean = await createTask(
      seller.id,
      { type: 'basic_clean', mediaId, params: { preset: 'main', hasShadow: false } },
      wish(),
    );

    expect(clean.wakeAt).toBeLessThanOrEqual(clock.now());
  });

  it('tells who waits how many go before', async () => {
    vendor().setPaceMs(60_000);
    const makings: Making[] = [];
    for (let n = 0; n < 6; n += 1) {
      makings.push(await order());
      clock.advance(2);
    }
    await step();

    const positions = await Promise.all(makings.map(async (making) => (await seen(making)).body.queuePosition));
    expect(positions).toEqual([null, null, null, 0, 1, 2]);
  });
});

describe('an estimate', () => {
  it('is a range of what tasks took lately, times the rounds before it', async () => {
    await change('UPDATE tasks SET submitted_at = NULL', {});
    const done: Making[] = [];
    for (let n = 0; n < 6; n += 1) done.push(await order());
    for (const [n, { task }] of done.entries()) {
      const at = clock.now();
      await fail(task, { from: 'queued', code: 'internal_failure' });
      await change(`UPDATE tasks SET status = 'succeeded', submitted_at = :from, finished_at = :at WHERE id = :id`, {
        from: at - minutes(3) - seconds(10 * n),
        at,
        id: task.id,
      });
    }
    clock.advance(seconds(6));
    const making = await order();

    const { estimate } = (await seen(making)).body as { estimate: { lowSeconds: number; highSeconds: number } };

    expect(estimate.lowSeconds).toBeGreaterThanOrEqual(180);
    expect(estimate.highSeconds).toBeLessThanOrEqual(240);
    expect(estimate.lowSeconds).toBeLessThan(estimate.highSeconds);
    for (const { task } of done)
      await change(`UPDATE tasks SET submitted_at = NULL, status = 'failed' WHERE id = :id`, { id: task.id });
    clock.advance(seconds(6));
  });
});

describe('the webhook', () => {
  it.each([
    ['another seal', (id: string) => `${id}.1.AAAA`],
    ['another attempt', (id: string) => `${id}.2.${webhookUrlFor(id, 1).split('.').at(-1)}`],
    ['another task', (id: string) => `tsk_000.1.${webhookUrlFor(id, 1).split('.').at(-1)}`],
    ['nothing of ours', () => 'hello'],
  ])('refuses %s', async (_, tokenFor) => {
    const making = await order();
    await step();

    const answer = await report(`http://x/api/webhooks/runninghub/${tokenFor(making.task.id)}`, {
      event: 'TASK_END',
      taskId: jobOf(making).id,
    });

    expect(answer).toMatchObject({ status: 401, body: { code: 'notification_rejected' } });
  });

  it('is a hint and never data: a report of success does not end a task whose job still runs', async () => {
    vendor().setPaceMs(60_000);
    const making = await order();
    await step();
    const { id, webhookUrl } = jobOf(making);
    const eventData = JSON.stringify({ code: 0, msg: 'success', data: [{ fileUrl: 'https://evil.example/1.png' }] });

    for (let n = 0; n < 5; n += 1) await report(webhookUrl ?? '', { event: 'TASK_END', taskId: id, eventData });
    await step();

    expect(await now(making)).toMatchObject({ status: 'running', results: null });
  });

  it('does not believe a job number that the vendor does not know', async () => {
    vendor().faults.plan({ path: 'ai-app', fault: { kind: 'reset' }, times: 1 });
    const making = await order();
    await step();

    await report(webhookUrlFor(making.task.id, 1), { event: 'TASK_END', taskId: '1234567890123456789' });
    clock.advance(minutes(1));
    await step();

    expect(await now(making)).toMatchObject({ status: 'uncertain', vendorJobId: null, reportedJobId: null });
  });

  it('answers a thousand repeats of one report, and the task ends once', async () => {
    vendor().webhooks.setMode({ kind: 'repeat', times: 20 });
    const making = await order();

    expect(await runToEnd(making)).toMatchObject({ status: 'succeeded' });
    const captures = await select(`SELECT id FROM quota_entries WHERE cause_id = :id AND kind = 'capture'`, {
      id: making.task.id,
    });
    expect(captures).toHaveLength(1);
  }, 30_000);
});

describe('changing one’s mind', () => {
  it('cancels while it waits, with the use returned; later it cannot be cancelled', async () => {
    const making = await order();
    const cancel = () => call(world, 'POST', `/api/tasks/${making.task.id}/cancel`, { token: making.seller.token });
    expect((await cancel()).body).toMatchObject({ status: 'cancelled', quotaEffect: 'released' });

    const second = await order();
    await step();
    const late = await call(world, 'POST', `/api/tasks/${second.task.id}/cancel`, { token: second.seller.token });
    expect(late.body.code).toBe('task_not_cancellable');
  });

  it('removes all frames of a deleted task from the store', async () => {
    const making = await order();
    const task = await runToEnd(making);
    const keys = storedResults(task).flatMap(({ key, thumbnailKey }) => [key, thumbnailKey ?? '']);
    expect(keys).toHaveLength(24);

    await call(world, 'DELETE', `/api/tasks/${task.id}`, { token: making.seller.token });
    clock.advance(minutes(1));
    await sweepHidden(50);

    expect(await Promise.all(keys.map((key) => storage.current.sizeOf(key)))).toEqual(keys.map(() => null));
  }, 30_000);
});

describe('telling the seller', () => {
  const messages = () => world.sandbox.wechat.messages();

  it('sends one message when it is done, to who asked for it', async () => {
    const seller = await makeSeller({ uses: 5, openid: world.sandbox.wechat.openidOf('anne.1') });
    const before = messages().length;
    const making = await order({ shouldNotify: true }, seller);
    await runToEnd(making);

    await tellSellers(10);
    await tellSellers(10);

    expect(messages().length).toBe(before + 1);
    expect(JSON.stringify(messages()[0])).toContain('已完成');
    expect(JSON.stringify(messages()[0])).toContain(making.task.id);
  }, 30_000);

  it('says that the use came back when it failed, and nothing to who did not ask or cancelled', async () => {
    const seller = await makeSeller({ uses: 5, openid: world.sandbox.wechat.openidOf('berta.1') });
    const before = messages().length;
    vendor().mishaps.fail(805);
    await runToEnd(await order({ shouldNotify: true }, seller));
    vendor().mishaps.fail(805);
    await runToEnd(await order({}, seller));
    const cancelled = await order({ shouldNotify: true }, seller);
    await call(world, 'POST', `/api/tasks/${cancelled.task.id}/cancel`, { token: seller.token });

    await tellSellers(10);

    expect(messages().length).toBe(before + 1);
    expect(JSON.stringify(messages()[0])).toContain('退回');
  }, 30_000);
});

it('tells /metrics what the vendor charged, what is open, and why nothing is sent', async () => {
  const making = await order();
  await runToEnd(making);
  vendor().mishaps.refuse(416);
  await order();
  await step();

  const text = await (await fetch(`${world.origin}/metrics`)).text();

  const coins = Number(/suyi_pose_cost_24h\{unit="coins"\} (\S+)/.exec(text)?.[1]);
  const { costMillicoins } = await now(making);
  expect(costMillicoins).not.toBeNull();
  expect(coins * 1_000).toBeGreaterThanOrEqual(costMillicoins ?? 0);
  expect(text).toContain('suyi_pose_paused{reason="balance"} 1');
  expect(text).toContain('suyi_pose_tasks_open{status="queued"} 1');
}, 30_000);
