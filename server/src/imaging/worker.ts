import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assert } from '../lib/assert';
import type { Answer, Reply, Request } from './messages';
import { ImagingRefused } from './port';

export type Job = {
  request: Request;
  resolve(answer: Answer): void;
  reject(reason: Error): void;
  /** Children that died over it. */
  deaths: number;
};

/** One child process and the job that it has. */
export type Worker = {
  isFree(): boolean;
  /** Only to a free worker. The job is answered, or handed to `onExit` when the child dies over it. */
  give(job: Job): void;
  jobsDone(): number;
  /** Lets the child end by itself; no job may be given any more. */
  retire(): void;
  /** Ends the child at once; resolves when it is gone. */
  kill(): Promise<void>;
};

export type WorkerOptions = {
  timeoutMs: number;
  /** A job was answered. The worker is free again, unless the job timed out and the child is being killed. */
  onAnswered(): void;
  /** The child is gone, and `job` with it when it had one. */
  onExit(job: Job | null): void;
};

const startTimeoutMs = 30_000;
const heapMegabytesMax = 512;

export function startWorker({ timeoutMs, onAnswered, onExit }: WorkerOptions): Worker {
  const child = forkChild();
  let job: Job | null = null;
  let isReady = false;
  let isLeaving = false;
  let jobsDone = 0;
  let timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);

  function send({ request }: Job): void {
    timer = setTimeout(() => {
      isLeaving = true;
      child.kill('SIGKILL');
      take().reject(new ImagingRefused('timed_out'));
      onAnswered();
    }, timeoutMs);
    // A channel that is already gone shows as the child's exit, which deals with the job.
    child.send(request, () => undefined);
  }

  function take(): Job {
    assert(job, 'a child answers only when it was asked');
    const taken = job;
    job = null;
    return taken;
  }

  child.on('message', (reply: Reply) => {
    clearTimeout(timer);
    if (isLeaving) return; // It was told its time is over, and answered on the way out.
    if (reply.state === 'ready') {
      isReady = true;
      if (job) send(job);
      return;
    }
    jobsDone += 1;
    settle(take(), reply);
    onAnswered();
  });
  child.on('error', () => child.kill('SIGKILL'));
  child.on('exit', () => {
    clearTimeout(timer);
    isLeaving = true;
    onExit(job);
  });

  return {
    isFree: () => job === null && !isLeaving,
    jobsDone: () => jobsDone,
    give(given) {
      job = given;
      if (isReady) send(given);
    },
    retire() {
      isLeaving = true;
      if (child.connected) child.disconnect();
    },
    kill: () => end(child),
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

  const child = fork(file, {
    execArgv: [`--max-old-space-size=${heapMegabytesMax}`, ...loader],
    serialization: 'advanced',
    // Nothing of ours is inherited: no key is in reach of a decoder. Two arenas keep glibc from hoarding freed pixels.
    env: { MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  stepBack(child.pid);
  return child;
}

/**
 * Cleaning gives way to answering. Ten 12-megapixel photos on two cores that others used too: the API's loop was held up for
 * 27 ms in the 99th percentile and 90 ms at most, with this for 9 to 14 ms and 16 to 69 ms.
 */
function stepBack(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // A system that does not let us, or a child that is gone: it runs as it is.
  }
}
