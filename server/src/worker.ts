import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PaymentChannel } from '@suyi/shared-types';
import { config } from './config';
import { sweepIdempotencyKeys } from './db/idempotency';
import { jobBegan, jobEnded } from './job-measures';
import { hours, minutes, seconds } from './lib/clock';
import { logger } from './lib/logger';
import { inScope } from './lib/request-scope';
import { countDays, sweepAdminSessions } from './modules/admin/service';
import { sweepCodes, sweepRevokedTokens } from './modules/auth/service';
import { sweepEvents } from './modules/inbound/service';
import { sweepMedia } from './modules/media/service';
import {
  auditPayments,
  compareBills,
  driveRefunds,
  forgetPayers,
  recheckPaidOrders,
  reconcileOrders,
  tellDelivered,
} from './modules/payments/service';
import { keepVerdict, sweepExpired } from './modules/quota/service';
import { runBasicClean } from './modules/tasks/basic-clean';
import { claimTasks } from './modules/tasks/claim';
import type { Task } from './modules/tasks/models';
import { probeVendor } from './modules/tasks/poses/breaker';
import { claimPoses } from './modules/tasks/poses/claim';
import { tellSellers } from './modules/tasks/poses/news';
import { runPose } from './modules/tasks/poses/runner';
import { heard, queueGrew } from './modules/tasks/signals';
import { sweepDeadlines, sweepHidden, sweepPoseDeadlines, sweepUnusedMedia, wakeParked } from './modules/tasks/sweeps';
import { localStore } from './vendors/storage/port';

type Job = { name: string; everyMs: number; run: () => Promise<unknown>; batch?: number };

const reconcileBatch = 200;

/** What is done again and again. Each is safe to run in several processes at once and to be killed at any line. */
const jobs: readonly Job[] = [
  ...PaymentChannel.options.flatMap((channel): Job[] => [
    {
      name: `reconcile-orders ${channel}`,
      everyMs: seconds(1),
      run: () => reconcileOrders(channel, reconcileBatch),
      batch: reconcileBatch,
    },
    { name: `recheck-paid-orders ${channel}`, everyMs: minutes(1), run: () => recheckPaidOrders(channel, 50) },
  ]),
  { name: 'drive-refunds', everyMs: seconds(1), run: () => driveRefunds(50) },
  { name: 'tell-delivered', everyMs: seconds(5), run: () => tellDelivered(50) },
  { name: 'compare-bills', everyMs: minutes(1), run: compareBills },
  { name: 'verify-ledger', everyMs: seconds(20), run: () => keepVerdict(auditPayments) },
  { name: 'end-overdue-tasks', everyMs: seconds(5), run: () => sweepDeadlines(200) },
  { name: 'end-overdue-poses', everyMs: seconds(5), run: () => sweepPoseDeadlines(200) },
  { name: 'wake-parked-tasks', everyMs: minutes(1), run: () => wakeParked(500) },
  { name: 'probe-vendor', everyMs: seconds(2), run: probeVendor },
  { name: 'tell-sellers', everyMs: seconds(2), run: () => tellSellers(50) },
  { name: 'clear-expired-uses', everyMs: minutes(1), run: () => sweepExpired(500) },
  { name: 'remove-deleted-results', everyMs: minutes(1), run: () => sweepHidden(200) },
  { name: 'remove-erased-media', everyMs: minutes(1), run: () => sweepMedia(200) },
  { name: 'give-up-unused-media', everyMs: minutes(30), run: () => sweepUnusedMedia(200) },
  { name: 'remove-unfinished-files', everyMs: minutes(30), run: async () => localStore.current?.sweep() },
  { name: 'forget-codes', everyMs: minutes(30), run: sweepCodes },
  { name: 'forget-revoked-tokens', everyMs: minutes(30), run: sweepRevokedTokens },
  { name: 'forget-payers', everyMs: minutes(30), run: forgetPayers },
  { name: 'forget-inbound-events', everyMs: hours(6), run: sweepEvents },
  { name: 'forget-idempotency-keys', everyMs: minutes(30), run: sweepIdempotencyKeys },
  { name: 'forget-admin-sessions', everyMs: minutes(30), run: sweepAdminSessions },
  { name: 'count-days', everyMs: minutes(1), run: countDays },
];

const lookAgainMs = 400;
/** Steps of pose tasks in one process, mostly waiting for the vendor: enough for all that is open there and what is saved. */
const posesAtOnce = (): number => Math.min(64, 16 + config.current.poses.slots);

export type Worker = { stop(): Promise<void> };

/** Starts the jobs and the task runners, `slots` photos at a time. `stop` lets what is begun come to its end. */
export function startWorker(slots: number): Worker {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // Each job listens once.
  const loops = jobs.map((job) => repeat(job, stopping.signal));
  loops.push(runTasks({ atOnce: slots, claim: claimTasks, run: runBasicClean }, stopping.signal));
  loops.push(runTasks({ atOnce: posesAtOnce(), claim: claimPoses, run: runPose }, stopping.signal));

  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

/** One job, over and over, with its pause in between unless it left work behind. */
async function repeat(job: Job, signal: AbortSignal): Promise<void> {
  jobBegan(job);
  while (!signal.aborted) {
    let done: unknown;
    try {
      done = await job.run();
      jobEnded(job, true);
    } catch (error) {
      jobEnded(job, false);
      logger.error({ job: job.name, err: error }, 'a job failed; it runs again after its pause');
    }
    // A full batch says that more is waiting.
    await pause(job.batch !== undefined && done === job.batch ? 0 : job.everyMs, signal);
  }
}

type Runner = { atOnce: number; claim: (limit: number) => Promise<Task[]>; run: (task: Task) => Promise<void> };

/** Takes what is due and works on it, so many at a time; looks again when something is said to have come, or after a pause. */
async function runTasks({ atOnce, claim, run }: Runner, signal: AbortSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const grew = heard(queueGrew, lookAgainMs);
    const claimed = await claimQuietly(() => claim(atOnce - running.size));
    for (const task of claimed) {
      const work: Promise<void> = inScope({ taskId: task.id }, () => run(task))
        .catch((error: unknown) =>
          logger.error({ taskId: task.id, err: error }, 'a task could not be ended; its lease will run out'),
        )
        .finally(() => running.delete(work));
      running.add(work);
    }
    if (running.size >= atOnce) await Promise.race(running);
    else if (claimed.length === 0) await Promise.race([grew, ...running]);
  }
  await Promise.all(running);
}

async function claimQuietly(claim: () => Promise<Task[]>): Promise<Task[]> {
  try {
    return await claim();
  } catch (error) {
    logger.error({ err: error }, 'tasks could not be claimed; looking again');
    await sleep(1_000);
    return [];
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
