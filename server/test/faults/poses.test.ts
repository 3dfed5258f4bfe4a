import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase, database } from '../../src/db/database';
import { select } from '../../src/db/sql';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import type { SandboxJob } from '../../src/sandbox/runninghub/runninghub';
import { makeTestDatabase, type TestDatabase } from '../database';
import { drawGarmentPhoto } from '../draw';
import { freePort } from '../free-port';
import { expectLedgerToBalance } from '../ledger';
import { member, postTask, uploadPhoto, type Phone } from '../phone';
import { startServer, startWorkerProcess, type ServerProcess } from '../server-process';
import { scale } from './scale';

/*
 * Many sellers order poses at once, over HTTP, from a web process; two worker processes share three slots at a vendor that
 * refuses, fails, breaks the line before and after it made a job, stays silent and loses webhooks, each at one in twenty. In
 * the end what the vendor made, what the sellers see and what the books say must be the same.
 */

const tasksCount = scale > 1 ? 1_000 : 50;
const sellersCount = tasksCount / 10;
const slots = 3;
const chance = 0.05;
const uncertainSeconds = 6;
const runningSeconds = 10;

let sandbox: Sandbox;
let files: TestDatabase;
let web: ServerProcess;
let environment: Record<string, string>;
let photo: Buffer;

beforeAll(async () => {
  photo = await drawGarmentPhoto({ width: 300, height: 400 });
  files = await makeTestDatabase();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  sandbox = await startSandbox({
    publicUrl: origin,
    keysDir: join(files.folder, 'keys'),
    runninghub: { paceMs: 150, frameWidth: 210 },
  });
  // More than we may use, so that it is we who keep to our number.
  sandbox.runninghub.setSlots(50);
  environment = {
    ...sandbox.environment,
    VENDORS: 'live',
    PORT: String(port),
    DATA_DIR: join(files.folder, 'data'),
    DATABASE_URL: files.url,
    SMS_PER_IP_HOUR: '100000',
    IMAGING_PROCESSES: '1',
    RUNNINGHUB_CONCURRENCY: String(slots),
    RUNNINGHUB_TIMEOUT_SECONDS: '2',
    RUNNINGHUB_UNCERTAIN_SECONDS: String(uncertainSeconds),
    RUNNINGHUB_RUNNING_SECONDS: String(runningSeconds),
  };
  web = await startServer({ ...environment, ROLES: 'web' });
}, 120_000);

afterAll(async () => {
  await web.stop();
  await sandbox.stop();
  await files.remove();
}, 120_000);

type Row = {
  id: string;
  userId: string;
  status: string;
  effect: string;
  error: string | null;
  results: string | null;
  finishedAt: number;
  jobId: string | null;
};

type Worker = ReturnType<typeof startWorkerProcess>;

/** `killing` ends one of two workers with -9 every few seconds and starts another in its place. */
async function run(name: string, isKilling: boolean): Promise<void> {
  const vendor = sandbox.runninghub;
  const countsBefore = vendor.counts();
  const jobsBefore = new Set(vendor.jobs().map(({ id }) => id));
  vendor.mishaps.misbehave({
    refuse: chance,
    fail: chance,
    resetBefore: chance,
    resetAfter: chance,
    silent: chance,
    dropWebhook: chance,
    seed: isKilling ? 2 : 1,
  });

  const reach = { origin: web.origin, sandbox };
  const phones: Phone[] = [];
  const start = isKilling ? 500 : 0;
  for (let n = 0; n < sellersCount; n += 1) phones.push(await signUp(reach, `137${String(10_000_000 + start + n)}`));
  const mediaIds: string[] = [];
  for (const phone of phones) mediaIds.push(await uploadPhoto(reach, phone, photo));

  const startedAt = performance.now();
  const workers: Worker[] = [startWorkerProcess(environment), startWorkerProcess(environment)];
  let isOver = false;
  let kills = 0;
  const killing = (async () => {
    while (isKilling && !isOver) {
      await sleep(2_000 + Math.random() * 3_000);
      const at = kills % workers.length;
      await workers[at]?.kill();
      workers[at] = startWorkerProcess(environment);
      kills += 1;
    }
  })();

  const taskIds = new Set<string>();
  await Promise.all(
    phones.map(async (phone, n) => {
      for (let k = 0; k < tasksCount / sellersCount; k += 1) {
        const body = { type: 'model_pose12', mediaId: mediaIds[n], params: { scene: 'street' } };
        const answer = await untilOpen(reach, phone, body, `${name}-${n}-${k}`);
        taskIds.add(String(answer));
      }
    }),
  );
  expect(taskIds.size).toBe(tasksCount);

  database.fill(connectDatabase(files.url));
  const giveUpAt = Date.now() + 60_000 + tasksCount * 4_000;
  while ((await openCount()) > 0) {
    // The vendor itself ends a job that nobody asks about any more, as the real one does after its own time.
    for (const job of vendor.jobs())
      if (job.endedAt === null && Date.now() - job.createdAt > (runningSeconds + uncertainSeconds) * 1_500)
        vendor.fail(job.id);
    if (Date.now() > giveUpAt) throw new Error(`${await openCount()} tasks are still open`);
    await sleep(250);
  }
  isOver = true;
  await killing;
  const tookMs = performance.now() - startedAt;
  await Promise.all(workers.map((worker) => worker.kill()));

  const rows = (await allTasks()).filter(({ id }) => taskIds.has(id));
  const jobs = vendor.jobs().filter(({ id }) => !jobsBefore.has(id));
  expectEachTaskRight(rows, jobs);
  expectSlotsKept(rows, jobs);
  await expectLedgerToBalance();
  await expectUsesRight(phones, rows);
  await database.current.close();

  const counts = vendor.counts();
  const finished = rows.filter(({ status }) => status === 'succeeded').length;
  const waits = seenAfterMs(rows, jobs);
  const at = (share: number): number => Math.round(waits[Math.floor((waits.length - 1) * share)] ?? 0);
  process.stdout.write(
    `  ${name}: ${rows.length} tasks of ${sellersCount} sellers in ${Math.round(tookMs / 1_000)} s, ${kills} kills; ` +
      `${finished} made, ${jobs.length} jobs; ` +
      `${((counts.queries - countsBefore.queries) / Math.max(1, finished)).toFixed(2)} queries a finished task; ` +
      `from done at the vendor to seen ${at(0.5)} ms in the middle, ${at(0.99)} ms at the 99th percentile\n`,
  );
}

/** A hundred phones behind one address wait their turn for a code. */
async function signUp(reach: { origin: string; sandbox: Sandbox }, number: string): Promise<Phone> {
  for (let n = 0; ; n += 1) {
    try {
      return await member(reach, number);
    } catch (refused) {
      if (n === 20 || !String(refused).includes('429')) throw refused;
      await sleep(5_000);
    }
  }
}

/** What a phone does while the vendor is away: nothing was held, so it asks again. */
async function untilOpen(
  reach: { origin: string; sandbox: Sandbox },
  phone: Phone,
  body: unknown,
  key: string,
): Promise<unknown> {
  for (let n = 0; n < 300; n += 1) {
    const answer = await postTask(reach, phone, body, key);
    if (answer.status === 202) return answer.body.id;
    if (answer.body.code !== 'rate_limited' && answer.body.code !== 'task_type_paused')
      throw new Error(JSON.stringify(answer.body));
    await sleep(1_000);
  }
  throw new Error('it never opened');
}

async function openCount(): Promise<number> {
  const [row] = await select<{ n: number }>(
    `SELECT COUNT(*) AS n FROM tasks WHERE status NOT IN ('succeeded', 'failed', 'cancelled')`,
    {},
  );
  return Number(row?.n);
}

const allTasks = (): Promise<Row[]> =>
  select<Row>(
    `SELECT id, user_id AS userId, status, quota_effect AS effect, error_code AS error, results, finished_at AS finishedAt,
       vendor_job_id AS jobId FROM tasks`,
    {},
  );

const taskOf = (job: SandboxJob): string => /runninghub\/([0-9a-z_]+)\./.exec(job.webhookUrl ?? '')?.[1] ?? '';

/** One order makes one job at most, and what became of it is what the seller paid for. */
function expectEachTaskRight(rows: Row[], jobs: SandboxJob[]): void {
  const made = new Map<string, SandboxJob[]>();
  for (const job of jobs) made.set(taskOf(job), [...(made.get(taskOf(job)) ?? []), job]);

  const twice = [...made.values()].filter((each) => each.length > 1);
  expect(twice).toEqual([]);
  for (const row of rows) {
    const [job] = made.get(row.id) ?? [];
    const frames = (JSON.parse(row.results ?? '[]') as unknown[]).length;
    if (row.effect === 'captured') expect([row.status, frames, job?.state]).toEqual(['succeeded', 12, 'SUCCESS']);
    else expect([row.effect, row.status, frames]).toEqual(['released', 'failed', 0]);
  }
}

/** At no moment more jobs open, of tasks that had not ended, than there are slots. */
function expectSlotsKept(rows: Row[], jobs: SandboxJob[]): void {
  const finishedAt = new Map(rows.map((row) => [row.id, Number(row.finishedAt)]));
  const edges = jobs.flatMap((job) => {
    const end = Math.min(job.endedAt ?? Infinity, finishedAt.get(taskOf(job)) ?? Infinity);
    return [
      { at: job.createdAt, step: 1 },
      { at: Math.max(end, job.createdAt), step: -1 },
    ];
  });
  edges.sort((a, b) => a.at - b.at || a.step - b.step);
  let open = 0;
  let most = 0;
  for (const { step } of edges) {
    open += step;
    most = Math.max(most, open);
  }
  expect(most).toBeLessThanOrEqual(slots);
  expect(most).toBeGreaterThan(1);
}

async function expectUsesRight(phones: Phone[], rows: Row[]): Promise<void> {
  for (const { userId } of phones) {
    const captured = rows.filter((row) => row.userId === userId && row.effect === 'captured').length;
    const [account] = await select<{ remaining: number; held: number }>(
      'SELECT remaining, held FROM quota_accounts WHERE user_id = :userId',
      { userId },
    );
    expect({ remaining: Number(account?.remaining), held: Number(account?.held) }).toEqual({
      remaining: 100 - captured,
      held: 0,
    });
  }
}

function seenAfterMs(rows: Row[], jobs: SandboxJob[]): number[] {
  const endedAt = new Map(jobs.map((job) => [job.id, job.endedAt]));
  return rows
    .filter(({ status }) => status === 'succeeded')
    .map(({ jobId, finishedAt }) => Number(finishedAt) - (endedAt.get(jobId ?? '') ?? 0))
    .sort((a, b) => a - b);
}

it(
  `ends each of ${tasksCount} tasks right at a vendor that misbehaves in six ways`,
  () => run('calm', false),
  7_200_000,
);

it('does so too while a worker is killed with -9 every few seconds', () => run('killed', true), 7_200_000);
