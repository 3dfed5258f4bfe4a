import { setTimeout as sleep } from 'node:timers/promises';
import { finalTaskStatuses, TaskDto } from '@suyi/shared-types';
import sharp from 'sharp';
import { z } from 'zod';
import { select } from '../../src/db/sql';
import { drawGarmentPhoto } from '../draw';
import { useLiveServer, type LiveServer } from '../live-server';
import { member, postTask, uploadPhoto, type Phone } from '../phone';
import { call } from '../request';
import type { World } from '../world';
import { colourOf, startOtherRunningHub, type OtherJob, type OtherRunningHub } from './other-runninghub';

/*
 * The real server against a RunningHub that was not written beside its adapter: what the vendor made, what the sellers see and
 * what the books say must be the same, by either version of its interface.
 */

const slots = 3;
let v2: OtherRunningHub;
let v1: OtherRunningHub;

beforeAll(async () => {
  v2 = await startOtherRunningHub({
    slots,
    seed: 2,
    chance: 0.05,
    // Each at least once; then as chance will have it. What lasts longest comes first.
    script: [
      ['silent', 'never'],
      'whole',
      ['whole', 'early'],
      'busy',
      ['reset_after', 'bare'],
      'whole',
      'failed',
      'reset_before',
      ['late', 'twice'],
      'short',
      'moderated',
      ['whole', 'never'],
      ['reset_after', 'once'],
      'empty',
      'stopped',
      'busy',
      ['reset_after', 'never'],
    ],
  });
  v1 = await startOtherRunningHub({
    slots,
    seed: 5,
    chance: 0,
    script: ['whole', ['reset_after', 'bare'], 'unpaid', 'whole', 'busy', 'failed', 'short', ['whole', 'early']],
  });
});

const settings = {
  RUNNINGHUB_CONCURRENCY: String(slots),
  RUNNINGHUB_TIMEOUT_SECONDS: '2',
  RUNNINGHUB_UNCERTAIN_SECONDS: '5',
  RUNNINGHUB_RUNNING_SECONDS: '20',
};
const liveV2 = useLiveServer(() => ({ ...v2.environment, ...settings }));
const liveV1 = useLiveServer(() => ({ ...v1.environment, ...settings, RUNNINGHUB_API_VERSION: 'v1' }));

afterAll(() => Promise.all([v2.stop(), v1.stop()]));

type Pass = { tasks: TaskDto[]; sellers: { phone: Phone; tasks: TaskDto[]; quota: unknown }[] };

/** Orders so many tasks for each of so many sellers, and waits until each has ended. */
async function order(live: LiveServer, sellersCount: number, tasksEach: number): Promise<Pass> {
  const drawn = await drawGarmentPhoto({ width: 300, height: 400 });
  // As a phone's camera writes it: with the place where it was taken.
  const photo = await sharp(drawn)
    .withExif({ IFD0: { Make: 'Phone' }, IFD3: { GPSLatitude: '39/1' } })
    .toBuffer();
  const phones: Phone[] = [];
  for (let n = 0; n < sellersCount; n += 1) phones.push(await member(live, `1370000010${n}`));

  const sellers = await Promise.all(
    phones.map(async (phone) => {
      const mediaId = await uploadPhoto(live, phone, photo);
      for (let n = 0; n < tasksEach; n += 1) {
        const body = { type: 'model_pose12', mediaId, params: { scene: 'cafe', category: 'dress' } };
        const posted = await postTask(live, phone, body, `poses-${phone.userId}-${n}`);
        expect(posted.status).toBe(202);
      }
      const tasks = await tasksWhenEnded(live, phone);
      const quota = (await call(world(live), 'GET', '/api/membership', { token: phone.token })).body;
      return { phone, tasks, quota };
    }),
  );
  return { sellers, tasks: sellers.flatMap(({ tasks }) => tasks) };
}

const world = (live: LiveServer): World => ({ origin: live.origin }) as World;
const TaskPage = z.object({ items: z.array(TaskDto) });

async function tasksWhenEnded(live: LiveServer, phone: Phone): Promise<TaskDto[]> {
  const until = Date.now() + 90_000;
  for (;;) {
    const { body } = await call(world(live), 'GET', '/api/tasks?limit=50', { token: phone.token });
    const { items } = TaskPage.parse(body);
    const open = items.filter(({ status }) => !(finalTaskStatuses as readonly string[]).includes(status));
    if (open.length === 0 || Date.now() > until) return items; // What is open still is no outcome of any job.
    await sleep(1_000);
  }
}

const jobsOf = (hub: OtherRunningHub, taskId: string): OtherJob[] =>
  hub.jobs.filter(({ webhookUrl }) => webhookUrl.includes(`/${taskId}.`));

const fatesOf = (hub: OtherRunningHub): string[] => [...new Set(hub.jobs.map(({ fate }) => fate))].sort();

type Outcome = Pick<TaskDto, 'status' | 'quotaEffect' | 'errorCode'> & { frames: number };

const failed = (errorCode: string): Outcome => ({ status: 'failed', quotaEffect: 'released', errorCode, frames: 0 });

/** What the seller must be told of it. No job: its making got no answer, and nobody knows that there is none. */
function outcomeOf(job: OtherJob | undefined): Outcome {
  if (!job || (!job.isAnswered && !job.told.includes(200))) return failed('vendor_uncertain');
  switch (job.fate) {
    case 'short':
      return { status: 'succeeded', quotaEffect: 'released', errorCode: 'frames_missing', frames: 9 };
    case 'failed':
    case 'stopped':
    case 'empty':
      return failed('vendor_failed');
    case 'moderated':
      return failed('vendor_moderated');
    case 'silent':
      return failed('deadline_exceeded');
    default:
      return { status: 'succeeded', quotaEffect: 'captured', errorCode: null, frames: 12 };
  }
}

/** Everything that must hold of one pass, whatever chance brought. */
async function expectAllRight(live: LiveServer, hub: OtherRunningHub, { sellers, tasks }: Pass): Promise<void> {
  expect(hub.faults).toEqual([]);
  expect(hub.beyond.filter(({ isOwed }) => !isOwed)).toEqual([]);
  expect(new Set(hub.jobs.map(({ webhookUrl }) => webhookUrl)).size).toBe(hub.jobs.length);
  expect(tasks.filter(({ id }) => jobsOf(hub, id).length > 1)).toEqual([]);
  expect(hub.jobs.flatMap(({ told }) => told).filter((status) => status !== 200)).toEqual([]);

  const seen = tasks.map((task) => {
    const [job] = jobsOf(hub, task.id);
    const { status, quotaEffect, errorCode, results } = task;
    return {
      job: job && `${job.fate}, told ${job.telling}`,
      is: { status, quotaEffect, errorCode, frames: results.length },
    };
  });
  const wanted = tasks.map((task) => {
    const [job] = jobsOf(hub, task.id);
    return { job: job && `${job.fate}, told ${job.telling}`, is: outcomeOf(job) };
  });
  expect(seen).toEqual(wanted);

  for (const { tasks: own, quota } of sellers) {
    const captured = own.filter(({ quotaEffect }) => quotaEffect === 'captured').length;
    expect(quota).toMatchObject({ quotaRemaining: 100 - captured, quotaHeld: 0 });
  }
  for (const task of tasks) await expectFramesShown(live, jobsOf(hub, task.id)[0], task);
}

/** The result node's pictures and no other's, in the vendor's order, from our own host. */
async function expectFramesShown(live: LiveServer, job: OtherJob | undefined, { results }: TaskDto): Promise<void> {
  for (const [at, { url, role, width, height, contentType }] of results.entries()) {
    const address = new URL(url, live.origin);
    expect([address.origin, role]).toEqual([live.origin, 'frame']);
    const response = await fetch(address);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);

    const frame = sharp(Buffer.from(await response.arrayBuffer()));
    expect(await frame.metadata()).toMatchObject({ width, height });
    const { data } = await frame
      .extract({ left: 8, top: 8, width: 1, height: 1 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const distance = colourOf(job?.pictures[at] ?? -1).map((value, n) => Math.abs(value - (data[n] ?? 0)));
    expect(Math.max(...distance)).toBeLessThan(20);
  }
}

/** The vendor's price of what it made, as it told it. */
async function expectCostsKept(live: LiveServer, { tasks }: Pass): Promise<void> {
  const captured = tasks.filter(({ quotaEffect }) => quotaEffect === 'captured').map(({ id }) => id);
  await live.audit(async () => {
    const rows = await select<{ cost: number | null }>(
      'SELECT cost_millicoins AS cost FROM tasks WHERE id IN (:captured)',
      { captured },
    );
    expect(rows.map(({ cost }) => Number(cost))).toEqual(captured.map(() => 23_000));
  });
}

let passes: { v2: Pass; v1: Pass };

beforeAll(async () => {
  const startedAt = performance.now();
  const [two, one] = await Promise.all([order(liveV2, 6, 5), order(liveV1, 2, 3)]);
  passes = { v2: two, v1: one };
  const { creates, queries, cancels } = v2.count;
  process.stdout.write(
    `  ${two.tasks.length} tasks by v2 and ${one.tasks.length} by v1 in ${Math.round((performance.now() - startedAt) / 1_000)} s; ` +
      `v2: ${creates} orders, ${v2.jobs.length} jobs, ${queries} queries, ${cancels} cancelled, ` +
      `${v2.beyond.length} beyond the slots while a lost job had one\n`,
  );
}, 115_000);

it('ends 30 tasks of 6 sellers right at a RunningHub of another make, by v2', async () => {
  await expectAllRight(liveV2, v2, passes.v2);
  await expectCostsKept(liveV2, passes.v2);
  expect(fatesOf(v2)).toEqual([
    'empty',
    'failed',
    'late',
    'moderated',
    'reset_after',
    'short',
    'silent',
    'stopped',
    'whole',
  ]);
  expect(passes.v2.tasks.length).toBeGreaterThan(v2.jobs.length); // Lines that broke before a job was made.
}, 30_000);

it('does so by v1, which runs out of money on the way and is asked for its account until it has some', async () => {
  await expectAllRight(liveV1, v1, passes.v1);
  await expectCostsKept(liveV1, passes.v1);
  expect(fatesOf(v1)).toEqual(['failed', 'reset_after', 'short', 'whole']);
  expect(v1.count.accounts).toBeGreaterThan(0);
}, 30_000);

it('stops the job that never ends, before it gives its slot on', () => {
  const silent = v2.jobs.filter(({ fate }) => fate === 'silent');

  expect(silent.map(({ state }) => state)).toEqual(silent.map(() => 'CANCEL'));
  expect(silent.length).toBeGreaterThan(0);
});

it('sends the vendor a copy of the photo that does not tell where it was taken', async () => {
  const uploads = [...v2.uploads, ...v1.uploads];

  for (const file of uploads) expect((await sharp(file).metadata()).exif).toBeUndefined();
  expect(uploads.length).toBeGreaterThan(30);
});
