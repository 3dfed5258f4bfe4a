import { assert } from '../lib/assert';
import type { Answer } from './messages';
import type { Cleaned, ImagingEngine, Inspection, LabelledImage, Prepared } from './port';
import { startWorker, type Job, type Worker } from './worker';

export type ImagingPoolOptions = {
  /** Children at most, one job each at a time. They start when first needed. */
  processes: number;
  /** A job that takes longer is refused with `timed_out`, and its child killed. */
  timeoutMs: number;
  /** After so many jobs a child is replaced: whatever a stranger's bytes leaked or bent ends with it. */
  jobsPerChild: number;
  /** Jobs that may wait; the next one is an outage, to be tried again later. */
  queueMax?: number;
};

/** A job that killed so many children is not tried again. */
const deathsMax = 2;

/** So often the order of `ranks` gives way to age. A label takes a tenth of a cleaning: those who wait lose little by it. */
const oldestEvery = 4;

/** The image engine in child processes: the caller's event loop only copies bytes. */
export function createImagingPool(options: ImagingPoolOptions): ImagingEngine {
  const { processes, timeoutMs, jobsPerChild, queueMax = 200 } = options;
  const workers = new Set<Worker>();
  const queue: Job[] = [];
  let jobsGiven = 0;
  let isStopped = false;

  function ask<A extends Answer>(request: Job['request'], isAnswer: (answer: unknown) => answer is A): Promise<A> {
    if (isStopped) return Promise.reject(new Error('the imaging pool was stopped'));
    if (queue.length >= queueMax) return Promise.reject(new Error('the imaging queue is full'));

    return new Promise((resolve, reject) => {
      const accept = (answer: unknown): void => {
        if (isAnswer(answer)) resolve(answer);
        else reject(new Error('the imaging child answered something else'));
      };
      queue.push({ request, resolve: accept, reject, deaths: 0 });
      assignJobs();
    });
  }

  function assignJobs(): void {
    while (queue.length > 0 && !isStopped) {
      const worker = [...workers].find((one) => one.isFree()) ?? (workers.size < processes ? hire() : null);
      if (!worker) return;
      jobsGiven += 1;
      worker.give(takeNext(queue, { isOldestDue: jobsGiven % oldestEvery === 0 }));
    }
  }

  function hire(): Worker {
    const worker = startWorker({
      timeoutMs,
      onAnswered() {
        if (worker.jobsDone() >= jobsPerChild) worker.retire();
        assignJobs();
      },
      onExit(job) {
        workers.delete(worker);
        if (job) mourn(job);
        assignJobs();
      },
    });
    workers.add(worker);
    return worker;
  }

  function mourn(job: Job): void {
    job.deaths += 1;
    if (isStopped) job.reject(new Error('the imaging pool was stopped'));
    else if (job.deaths >= deathsMax) job.reject(new Error('two imaging children died over one job'));
    else queue.unshift(job);
  }

  return {
    inspect: (bytes) => ask({ kind: 'inspect', bytes }, isInspection),
    clean: (bytes, clean) => ask({ kind: 'clean', bytes, options: clean }, isCleaned),
    prepare: (bytes) => ask({ kind: 'prepare', bytes }, isPrepared),
    label: (bytes, label) => ask({ kind: 'label', bytes, label }, areLabelled),

    async stop() {
      isStopped = true;
      for (const job of queue.splice(0)) job.reject(new Error('the imaging pool was stopped'));
      await Promise.all([...workers].map((worker) => worker.kill()));
    },
  };
}

/** Looking at a photo is short, and a phone waits for it; cleaning is waited for as well; the rest belongs to tasks of minutes. */
const ranks = { inspect: 0, clean: 1, prepare: 2, label: 2 } as const satisfies Record<Job['request']['kind'], number>;

/** The oldest of the first rank that waits; every so often simply the oldest, so that nothing waits for ever. */
function takeNext(queue: Job[], { isOldestDue }: { isOldestDue: boolean }): Job {
  const first = Math.min(...queue.map(({ request }) => ranks[request.kind]));
  const at = isOldestDue ? 0 : queue.findIndex(({ request }) => ranks[request.kind] === first);
  const [job] = queue.splice(at, 1);
  assert(job, 'a job waits');
  return job;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isInspection = (answer: unknown): answer is Inspection => isObject(answer) && 'contentType' in answer;
const isCleaned = (answer: unknown): answer is Cleaned => isObject(answer) && 'images' in answer;
const isPrepared = (answer: unknown): answer is Prepared => isObject(answer) && 'bytes' in answer;
const areLabelled = (answer: unknown): answer is LabelledImage[] => Array.isArray(answer);
