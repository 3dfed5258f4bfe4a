import { imaging, ImagingRefused } from '../../imaging/port';
import sharp from 'sharp';
import { drawGarmentPhoto, drawNoGarment } from '../../../test/draw';
import { makeMedia, makeSeller, quotaOf, refusalCodes, type Seller } from '../../../test/make';
import { call, type Answer } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { mergeWishes } from '../../db/idempotency';
import { select } from '../../db/sql';
import { inTransaction } from '../../db/transaction';
import { clock, days, hours, minutes, seconds } from '../../lib/clock';
import { storage } from '../../vendors/storage/port';
import { mergeMedia } from '../media/service';
import { mergeQuota } from '../quota/service';
import { runBasicClean } from './basic-clean';
import { attemptsMax, claimTasks, engineDeathCosts, leaseMs, putBack } from './claim';
import { fail, succeed } from './finish';
import { storedResults, Task } from './models';
import { createTask, getTask, mergeTasks, retryTask } from './service';
import { sweepDeadlines, sweepHidden } from './sweeps';

// No worker: each test works on the tasks itself, so that it can stop between any two steps.
const world = useWorld({ ROLES: 'web' });

const params = { preset: 'taobao_white', hasShadow: false } as const;
let photo: Buffer;
let serial = 0;

beforeAll(async () => {
  photo = await drawGarmentPhoto();
});

afterEach(async () => {
  // What a test left in the queue would be claimed by the next one.
  for (const task of await Task.findAll({ where: { status: ['queued', 'submitting', 'running', 'saving'] } })) {
    if (task.status !== 'succeeded' && task.status !== 'failed' && task.status !== 'cancelled') {
      await fail(task, { from: task.status, code: 'internal_failure' });
    }
  }
});

const wish = (key = `key-${(serial += 1)}`) => ({ key, requestHash: 'same' });

const create = async (seller: Seller, mediaId: string, key?: string): Promise<Task> =>
  createTask(seller.id, { type: 'basic_clean', mediaId, params }, wish(key));

async function oneTask(uses = 3): Promise<{ seller: Seller; task: Task; mediaId: string }> {
  const seller = await makeSeller({ uses });
  const mediaId = await makeMedia(seller, photo);
  return { seller, mediaId, task: await create(seller, mediaId) };
}

async function claimOne(): Promise<Task> {
  const [task] = await claimTasks(1);
  if (!task) throw new Error('nothing was due');
  return task;
}

const post = (seller: Seller, body: unknown, key?: string): Promise<Answer> =>
  call(world, 'POST', '/api/tasks', { token: seller.token, body, key });

describe('creating', () => {
  it('never overspends: of three tasks at once, two fit into two uses', async () => {
    const seller = await makeSeller({ uses: 2 });
    const mediaId = await makeMedia(seller, photo);

    const results = await Promise.allSettled([1, 2, 3].map(() => create(seller, mediaId)));

    expect(refusalCodes(results)).toEqual(['quota_insufficient']);
    expect(await quotaOf(seller)).toEqual({ remaining: 0, held: 2 });
  });

  it('holds one use when the phone sends the request ten times at once', async () => {
    const seller = await makeSeller({ uses: 5 });
    const mediaId = await makeMedia(seller, photo);

    const tasks = await Promise.all(Array.from({ length: 10 }, () => create(seller, mediaId, 'one-and-the-same')));

    expect(new Set(tasks.map((task) => task.id)).size).toBe(1);
    expect(await quotaOf(seller)).toEqual({ remaining: 4, held: 1 });
  });

  it('answers the first task to the same key, and 409 to the same key with another body', async () => {
    const seller = await makeSeller({ uses: 5 });
    const body = { type: 'basic_clean', mediaId: await makeMedia(seller, photo), params: {} };

    const first = await post(seller, body, 'http-key-1');
    const again = await post(seller, { params: {}, mediaId: body.mediaId, type: body.type }, 'http-key-1');
    const other = await post(seller, { ...body, params: { hasShadow: true } }, 'http-key-1');

    expect(first).toMatchObject({ status: 202, body: { status: 'queued', quotaEffect: 'held', results: [] } });
    expect(again.body.id).toBe(first.body.id);
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
  });

  it.each([
    [
      'another seller’s picture',
      async (_: Seller) => ({ type: 'basic_clean', mediaId: await makeMedia(await makeSeller(), photo) }),
      404,
      'media_not_found',
    ],
    [
      'a type that is not known',
      async (s: Seller) => ({ type: 'paint_it_blue', mediaId: await makeMedia(s, photo) }),
      400,
      'task_type_unknown',
    ],
    [
      'parameters that are not known',
      async (s: Seller) => ({ type: 'basic_clean', mediaId: await makeMedia(s, photo), params: { glow: 1 } }),
      400,
      'invalid_request',
    ],
    ['no picture', async (_: Seller) => ({ type: 'basic_clean' }), 400, 'invalid_request'],
  ] as const)('refuses %s and holds nothing', async (_, bodyFor, status, code) => {
    const seller = await makeSeller({ uses: 3 });

    const answer = await post(seller, await bodyFor(seller));

    expect(answer).toMatchObject({ status, body: { code } });
    expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
  });

  it('refuses who is no member, and whose membership has ended', async () => {
    const [stranger, former] = [await makeSeller(), await makeSeller({ uses: 3, days: 1 })];
    const bodyFor = async (s: Seller) => ({ type: 'basic_clean', mediaId: await makeMedia(s, photo) });

    expect((await post(stranger, await bodyFor(stranger))).body.code).toBe('membership_required');
    const body = await bodyFor(former);
    clock.advance(days(2));
    expect((await post(former, body)).body.code).toBe('membership_expired');
  });
});

describe('working', () => {
  it('makes a white-background picture, stores it, and spends the use', async () => {
    const { seller, task } = await oneTask();

    await runBasicClean(await claimOne());

    const answer = await call(world, 'GET', `/api/tasks/${task.id}`, { token: seller.token });
    expect(answer.body).toMatchObject({ status: 'succeeded', progress: 100, quotaEffect: 'captured', errorCode: null });
    const [main] = (answer.body.results as { role: string; url: string }[]).filter((result) => result.role === 'main');
    const image = sharp(Buffer.from(await (await fetch(new URL(main?.url ?? '', world.origin))).arrayBuffer()));
    expect(await image.metadata()).toMatchObject({ format: 'jpeg', width: 800, height: 800 });
    const { data } = await image.raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
  });

  it.each(['plain', 'noise'] as const)(
    'fails with a reason and returns the use when the photo shows no garment (%s)',
    async (kind) => {
      const seller = await makeSeller({ uses: 3 });
      const task = await create(seller, await makeMedia(seller, await drawNoGarment(kind)));

      await runBasicClean(await claimOne());

      const answer = await call(world, 'GET', `/api/tasks/${task.id}`, { token: seller.token });
      expect(answer.body).toMatchObject({ status: 'failed', errorCode: 'garment_not_found', quotaEffect: 'released' });
      expect(answer.body.errorReason).toMatch(/衣服/);
      expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
    },
  );

  it.each(['submitting', 'running', 'saving'] as const)(
    'is taken up again when the worker died while %s',
    async (status) => {
      const { seller, task } = await oneTask();
      await claimOne();
      await Task.update({ status }, { where: { id: task.id } });
      expect(await claimTasks(5)).toEqual([]);

      clock.advance(leaseMs + 1);
      await runBasicClean(await claimOne());

      expect((await getTask(seller.id, task.id)).status).toBe('succeeded');
      expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
    },
  );

  it('lets a worker that lost its lease change nothing', async () => {
    const { seller, task } = await oneTask();
    const slow = await claimOne();
    clock.advance(leaseMs + 1);
    const quick = await claimOne();

    await Promise.all([runBasicClean(slow), runBasicClean(quick)]);

    expect((await getTask(seller.id, task.id)).status).toBe('succeeded');
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
  });

  it('gives up on a photo over which the engine died three times, or twenty workers, and returns the use', async () => {
    const { seller, task } = await oneTask();
    for (let n = 0; n < 2; n += 1) {
      await putBack(await claimOne(), { isPhotosFault: true });
      clock.advance(leaseMs + 1);
    }
    for (let n = 0; n < attemptsMax - 2 * engineDeathCosts; n += 1) {
      expect(await claimOne()).toMatchObject({ id: task.id });
      clock.advance(leaseMs + 1);
    }

    await runBasicClean(await claimOne());

    expect(await getTask(seller.id, task.id)).toMatchObject({ status: 'failed', errorCode: 'internal_failure' });
    expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
  });

  it('calls a photo too complex when the engine ran out of time over it three times, and not before', async () => {
    const { seller, task } = await oneTask();
    const engine = imaging.current;
    imaging.fill({ ...engine, clean: () => Promise.reject(new ImagingRefused('timed_out')) });
    for (const status of ['running', 'running', 'failed']) {
      await runBasicClean(await claimOne());
      expect((await getTask(seller.id, task.id)).status).toBe(status);
      clock.advance(leaseMs + 1);
    }
    imaging.fill(engine);

    expect(await getTask(seller.id, task.id)).toMatchObject({ errorCode: 'image_too_complex' });
    expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
  });

  it('fails when the picture is gone', async () => {
    const { seller, task, mediaId } = await oneTask();
    await storage.current.remove(`input/${seller.id}/${mediaId}`);

    await runBasicClean(await claimOne());

    expect(await getTask(seller.id, task.id)).toMatchObject({ status: 'failed', errorCode: 'input_missing' });
  });

  it('claims each of 60 tasks once with four workers at the same time', async () => {
    const sellers = await Promise.all(Array.from({ length: 30 }, () => makeSeller({ uses: 2 })));
    for (const seller of sellers) {
      const mediaId = await makeMedia(seller, Buffer.from('x'));
      await create(seller, mediaId);
      await create(seller, mediaId);
    }

    const claimed: string[] = [];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 40; n += 1) claimed.push(...(await claimTasks(3)).map((task) => task.id));
      }),
    );

    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed).toHaveLength(60);
  });

  it('keeps two tasks of one seller in the queue, and brings the next in when one ends', async () => {
    const seller = await makeSeller({ uses: 10 });
    const mediaId = await makeMedia(seller, photo);
    for (let n = 0; n < 5; n += 1) await create(seller, mediaId);
    const { seller: other, task: others } = await oneTask();

    const claimed = await claimTasks(10);

    expect(claimed.filter((task) => task.userId === seller.id)).toHaveLength(2);
    expect(claimed.filter((task) => task.userId === other.id).map((task) => task.id)).toEqual([others.id]);
    const [first] = claimed.filter((task) => task.userId === seller.id);
    if (first) await fail(first, { from: 'submitting', code: 'internal_failure' });
    expect((await claimTasks(10)).map((task) => task.userId)).toEqual([seller.id]);
  });
});

describe('two accounts that become one in the middle of the work', () => {
  it('leave no task behind: what was parked wakes up when an earlier one ends', async () => {
    const [old, left] = [await makeSeller({ uses: 5 }), await makeSeller({ uses: 1 })];
    const mediaId = await makeMedia(old, photo);
    for (let n = 0; n < 5; n += 1) await create(old, mediaId);
    const claimed = await claimTasks(10);
    await inTransaction(async (tx) => {
      await mergeQuota(old.id, left.id, tx);
      await mergeTasks(old.id, left.id, tx);
    });

    for (const task of claimed) await fail(task, { from: 'submitting', code: 'internal_failure' });

    const woken = await claimTasks(10);
    expect(woken.map((task) => task.userId)).toEqual([left.id, left.id]);
    expect((await quotaOf(left)).remaining).toBe(3);
  });
});

describe('a wish repeated after two accounts became one', () => {
  it('is the same task, and the same hold', async () => {
    const [old, left] = [await makeSeller({ uses: 5 }), await makeSeller({ uses: 1 })];
    const mediaId = await makeMedia(old, photo);
    const first = await create(old, mediaId, 'sent-before-the-merge');
    await inTransaction(async (tx) => {
      await mergeQuota(old.id, left.id, tx);
      for (const merge of [mergeTasks, mergeMedia, mergeWishes]) await merge(old.id, left.id, tx);
    });

    const again = await create(left, mediaId, 'sent-before-the-merge');

    expect(again.id).toBe(first.id);
    expect((await quotaOf(left)).remaining).toBe(5);
  });

  it('is made for the account that is left, when the merge comes between the token and the task', async () => {
    const [old, left] = [await makeSeller({ uses: 5 }), await makeSeller({ uses: 1 })];
    const mediaId = await makeMedia(old, photo);
    await inTransaction((tx) => mergeQuota(old.id, left.id, tx));

    const task = await create(old, mediaId, 'in-the-middle-of-it');

    expect(task.userId).toBe(left.id);
    expect((await quotaOf(left)).remaining).toBe(5);
  });
});

describe('an outage that is not the photo’s fault', () => {
  it('spends no attempt: the task waits, and ends well when the store is back', async () => {
    const { seller, task } = await oneTask();
    const { current } = storage;
    storage.fill({ ...current, write: () => Promise.reject(new Error('the disk is full')) });
    for (let n = 0; n < 5; n += 1) {
      await runBasicClean(await claimOne());
      clock.advance(seconds(6));
    }
    storage.fill(current);

    await runBasicClean(await claimOne());

    expect((await getTask(seller.id, task.id)).status).toBe('succeeded');
  });
});

describe('ending', () => {
  it('settles once when success, failure, cancelling and the deadline come at the same moment', async () => {
    const { seller, task } = await oneTask();
    const claimed = await claimOne();
    await Task.update({ status: 'saving' }, { where: { id: task.id } });

    const won = await Promise.all([
      succeed(claimed, { results: [], measures: null, isWhole: true }),
      succeed(claimed, { results: [], measures: null, isWhole: true }),
      fail(task, { from: 'saving', code: 'internal_failure' }),
      fail(task, { from: 'saving', code: 'deadline_exceeded' }),
    ]);

    expect(won.filter(Boolean)).toHaveLength(1);
    const entries = await select<{ kind: string }>(`SELECT kind FROM quota_entries WHERE cause_id = :id`, {
      id: task.id,
    });
    expect(entries).toHaveLength(2);
    expect((await quotaOf(seller)).held).toBe(0);
  });

  it('comes by itself at the deadline, with the use returned', async () => {
    const { seller, task } = await oneTask();
    clock.advance(hours(7));

    await Promise.all([sweepDeadlines(50), sweepDeadlines(50)]);

    expect(await getTask(seller.id, task.id)).toMatchObject({
      status: 'failed',
      errorCode: 'deadline_exceeded',
      quotaEffect: 'released',
    });
    expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });
  });

  it('returns the use of a cancelled task, and does not cancel one that has begun', async () => {
    const { seller, task, mediaId } = await oneTask();
    const cancel = (id: string) => call(world, 'POST', `/api/tasks/${id}/cancel`, { token: seller.token });

    const answers = await Promise.all([cancel(task.id), cancel(task.id)]);
    expect(answers.map((answer) => answer.body.status)).toEqual(['cancelled', 'cancelled']);
    expect(await quotaOf(seller)).toEqual({ remaining: 3, held: 0 });

    const begun = await create(seller, mediaId);
    await claimOne();
    expect((await cancel(begun.id)).body.code).toBe('task_not_cancellable');
  });

  it('may be tried again, as a task with a hold of its own', async () => {
    const { seller, task } = await oneTask();
    expect((await call(world, 'POST', `/api/tasks/${task.id}/retry`, { token: seller.token })).body.code).toBe(
      'task_not_retryable',
    );
    await fail(task, { from: 'queued', code: 'internal_failure' });

    const [once, twice] = await Promise.all([
      retryTask(seller.id, task.id, wish('retry-key')),
      retryTask(seller.id, task.id, wish('retry-key')),
    ]);

    expect(once.id).toBe(twice.id);
    expect(once.retryOf).toBe(task.id);
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 1 });
  });
});

describe('the history', () => {
  it('is paged without gaps or repeats, and tells the states apart', async () => {
    const seller = await makeSeller({ uses: 30 });
    const mediaId = await makeMedia(seller, photo);
    const made: string[] = [];
    for (let n = 0; n < 23; n += 1) made.unshift((await create(seller, mediaId)).id);

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/api/tasks?limit=10${cursor ? `&cursor=${cursor}` : ''}`;
      const { body } = await call(world, 'GET', path, { token: seller.token });
      seen.push(...(body.items as { id: string }[]).map((item) => item.id));
      cursor = body.nextCursor as string | null;
    } while (cursor);

    expect(seen).toEqual(made);
    const failed = await call(world, 'GET', '/api/tasks?status=failed', { token: seller.token });
    expect(failed.body.items).toEqual([]);
    expect((await call(world, 'GET', '/api/tasks?limit=51', { token: seller.token })).status).toBe(400);
  });

  it('shows a task to its own seller alone', async () => {
    const { task } = await oneTask();
    const other = await makeSeller({ uses: 1 });
    const paths = [
      `/api/tasks/${task.id}`,
      `/api/tasks/${task.id}/cancel`,
      `/api/tasks/${task.id}/retry`,
      `/api/tasks/${task.id}`,
    ];

    const statuses = await Promise.all(
      ['GET', 'POST', 'POST', 'DELETE'].map(
        async (method, n) => (await call(world, method, paths[n] ?? '', { token: other.token })).status,
      ),
    );

    expect(statuses).toEqual([404, 404, 404, 404]);
  });

  it('loses a deleted task, and the store its pictures', async () => {
    const { seller, task } = await oneTask();
    const remove = () => call(world, 'DELETE', `/api/tasks/${task.id}`, { token: seller.token });
    expect((await remove()).body.code).toBe('task_not_final');
    await runBasicClean(await claimOne());
    const keys = storedResults(await getTask(seller.id, task.id)).map((result) => result.key);

    expect((await remove()).status).toBe(204);
    clock.advance(minutes(1));
    await sweepHidden(50);

    expect((await remove()).status).toBe(404);
    expect(await Promise.all(keys.map((key) => storage.current.sizeOf(key)))).toEqual(keys.map(() => null));
    expect((await quotaOf(seller)).remaining).toBe(2);
  });
});
