import { assert } from '../lib/assert';
import type { Cleaned, ImagingEngine, Inspection } from './port';
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

/** The image engine in child processes: the caller's event loop only copies bytes. */
export function createImagingPool(options: ImagingPoolOptions): ImagingEngine {
  const { processes, timeoutMs, jobsPerChild, queueMax = 200 } = options;
  const workers = new Set<Worker>();
  const queue: Job[] = [];
  let isStopped = false;

  function ask<A extends Inspection | Cleaned>(
    request: Job['request'],
    isAnswer: (answer: unknown) => answer is A,
  ): Promise<A> {
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
      worker.give(takeNext(queue));
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

    async stop() {
      isStopped = true;
      for (const job of queue.splice(0)) job.reject(new Error('the imaging pool was stopped'));
      await Promise.all([...workers].map((worker) => worker.kill()));
    },
  };
}

/** Looking at a photo is short, and a phone waits for it: it goes before cleaning. */
function takeNext(queue: Job[]): Job {
  const at = Math.max(
    0,
    queue.findIndex(({ request }) => request.kind === 'inspect'),
  );
  const [job] = queue.splice(at, 1);
  assert(job, 'a job waits');
  return job;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isInspection = (answer: unknown): answer is Inspection => isObject(answer) && 'contentType' in answer;
const isCleaned = (answer: unknown): answer is Cleaned => isObject(answer) && 'images' in answer;
