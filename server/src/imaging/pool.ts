import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assert } from '../lib/assert';
import type { Answer, Reply, Request } from './messages';
import { ImagingRefused, type Cleaned, type ImagingEngine, type Inspection } from './port';

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

type Job = {
  request: Request;
  resolve(answer: Answer): void;
  reject(reason: Error): void;
  /** Children that died over it. */
  deaths: number;
};

type Worker = {
  child: ChildProcess;
  isReady: boolean;
  job: Job | null;
  jobsDone: number;
  timer: NodeJS.Timeout | null;
};

const startTimeoutMs = 30_000;
const deathsMax = 2;
const heapMegabytesMax = 512;

/** The image engine in child processes: the caller's event loop only copies bytes. */
export function createImagingPool({
  processes,
  timeoutMs,
  jobsPerChild,
  queueMax = 200,
}: ImagingPoolOptions): ImagingEngine {
  const workers = new Set<Worker>();
  const queue: Job[] = [];
  let isStopped = false;

  function ask(request: Request): Promise<Answer> {
    if (isStopped) return Promise.reject(new Error('the imaging pool was stopped'));
    if (queue.length >= queueMax) return Promise.reject(new Error('the imaging queue is full'));

    return new Promise((resolve, reject) => {
      queue.push({ request, resolve, reject, deaths: 0 });
      assignJobs();
    });
  }

  function assignJobs(): void {
    while (queue.length > 0 && !isStopped) {
      const worker = [...workers].find(({ job }) => job === null) ?? (workers.size < processes ? start() : null);
      if (!worker) return;
      worker.job = takeNext();
      if (worker.isReady) send(worker);
    }
  }

  /** Looking at a photo is short, and a phone waits for it: it goes before cleaning. */
  function takeNext(): Job {
    const at = Math.max(
      0,
      queue.findIndex(({ request }) => request.kind === 'inspect'),
    );
    const [job] = queue.splice(at, 1);
    assert(job, 'a job waits');
    return job;
  }

  function start(): Worker {
    const child = forkChild();
    const worker: Worker = { child, isReady: false, job: null, jobsDone: 0, timer: null };
    workers.add(worker);
    worker.timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
    child.on('message', (reply: Reply) => hear(worker, reply));
    child.on('error', () => child.kill('SIGKILL'));
    child.on('exit', () => bury(worker));
    return worker;
  }

  function send(worker: Worker): void {
    const { job, child } = worker;
    assert(job, 'only a worker with a job sends it');
    worker.timer = setTimeout(() => {
      worker.job = null;
      job.reject(new ImagingRefused('timed_out'));
      retire(worker);
      child.kill('SIGKILL');
      assignJobs();
    }, timeoutMs);
    // A channel that is already gone shows as the child's exit, which deals with the job.
    child.send(job.request, () => undefined);
  }

  function hear(worker: Worker, reply: Reply): void {
    if (worker.timer) clearTimeout(worker.timer);
    if (reply.state === 'ready') {
      worker.isReady = true;
      if (worker.job) send(worker);
      return;
    }

    const { job } = worker;
    worker.job = null;
    worker.jobsDone += 1;
    if (worker.jobsDone >= jobsPerChild) {
      retire(worker);
      worker.child.disconnect();
    }
    if (job) settle(job, reply);
    assignJobs();
  }

  /** No more jobs for it; it is on its way out. */
  function retire(worker: Worker): void {
    workers.delete(worker);
    leaving.add(worker);
  }

  const leaving = new Set<Worker>();

  function bury(worker: Worker): void {
    if (worker.timer) clearTimeout(worker.timer);
    workers.delete(worker);
    leaving.delete(worker);

    const { job } = worker;
    if (!job) return;
    job.deaths += 1;
    if (isStopped) job.reject(new Error('the imaging pool was stopped'));
    else if (job.deaths >= deathsMax) job.reject(new Error('two imaging children died over one job'));
    else queue.unshift(job);
    assignJobs();
  }

  async function stop(): Promise<void> {
    isStopped = true;
    for (const job of queue.splice(0)) job.reject(new Error('the imaging pool was stopped'));
    await Promise.all([...workers, ...leaving].map(({ child }) => end(child)));
  }

  return {
    inspect: async (bytes) => (await ask({ kind: 'inspect', bytes })) as Inspection,
    clean: async (bytes, options) => (await ask({ kind: 'clean', bytes, options })) as Cleaned,
    stop,
  };
}

function settle(job: Job, reply: Exclude<Reply, { state: 'ready' }>): void {
  if (reply.state === 'done') job.resolve(reply.answer);
  else if (reply.state === 'refused') job.reject(new ImagingRefused(reply.code));
  else job.reject(new Error(`the imaging child failed: ${reply.reason}`));
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

/** From source the child runs through tsx, from dist as plain Node. */
function forkChild(): ChildProcess {
  const file = join(__dirname, `child${extname(__filename)}`);
  const loader = file.endsWith('.ts') ? ['--import', pathToFileURL(require.resolve('tsx')).href] : [];

  return fork(file, {
    execArgv: [`--max-old-space-size=${heapMegabytesMax}`, ...loader],
    serialization: 'advanced',
    // Nothing of ours is inherited: no key is in reach of a decoder. Two arenas keep glibc from hoarding freed pixels.
    env: { MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
