import { randomInt } from 'node:crypto';
import { clock } from '../../lib/clock';

export type JobState = 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCEL';

export type SandboxJob = {
  /** 19 digits: more than a number of JavaScript's holds. */
  id: string;
  /** The name under which its photo was uploaded. */
  photo: string;
  prompt: string;
  webhookUrl: string | null;
  /** Its pictures carry the prompt, because nobody said that they should not. */
  hasMetadata: boolean;
  state: JobState;
  /** The vendor's number for why it failed. */
  errorCode: number | null;
  /** It never ends by itself. */
  isSilent: boolean;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** How many the result node gives. */
  pictures: number;
  /** What it cost so far: RH coins and seconds of machine time. */
  coins: number;
  costSeconds: number;
};

/** How a job will end, settled when it is made. */
export type JobFate = { kind: 'succeed'; pictures: number } | { kind: 'fail'; code: number } | { kind: 'silent' };

export type NewJob = Pick<SandboxJob, 'photo' | 'prompt' | 'webhookUrl' | 'hasMetadata'>;

export type JobBook = {
  add(job: NewJob, fate: JobFate): SandboxJob;
  find(id: string): SandboxJob | null;
  /** Newest first. */
  list(): SandboxJob[];
  open(): number;
  /** The most that were open at once, ever. */
  openMax(): number;
  /** Ends one that is open; false when it has ended already. */
  end(id: string, as: JobEnd): boolean;
  /** It stays open until somebody ends it. */
  silence(id: string): boolean;
  setPaceMs(ms: number): void;
  paceMs(): number;
  stop(): void;
};

export type JobEnd = { state: 'SUCCESS'; pictures?: number } | { state: 'FAILED'; code: number } | { state: 'CANCEL' };

const jobsMax = 10_000;
const queuedShare = 0.25;
const coinsPerSecond = 0.2;

export const isOpen = ({ state }: Pick<SandboxJob, 'state'>): boolean => state === 'QUEUED' || state === 'RUNNING';

/** The vendor's jobs. Each waits for a quarter of its time and runs for the rest; `onEnded` hears of it unless it was cancelled. */
export function createJobBook(options: { paceMs: number; onEnded: (job: SandboxJob) => void }): JobBook {
  const jobs = new Map<string, SandboxJob>();
  const timers = new Map<string, NodeJS.Timeout>();
  let paceMs = options.paceMs;
  let open = 0;
  let openMax = 0;

  function later(id: string, ms: number, act: () => void): void {
    const timer = setTimeout(act, ms);
    timer.unref();
    timers.set(id, timer);
  }

  function halt(id: string): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
  }

  function start(job: SandboxJob, fate: JobFate, runMs: number): void {
    job.state = 'RUNNING';
    job.startedAt = clock.now();
    if (job.isSilent) return halt(job.id);
    later(job.id, runMs, () => {
      if (fate.kind === 'fail') end(job.id, { state: 'FAILED', code: fate.code });
      else end(job.id, { state: 'SUCCESS' });
    });
  }

  function end(id: string, as: JobEnd): boolean {
    const job = jobs.get(id);
    if (!job || !isOpen(job)) return false;

    halt(id);
    open -= 1;
    job.state = as.state;
    job.endedAt = clock.now();
    job.startedAt ??= as.state === 'CANCEL' ? null : job.endedAt;
    if (as.state === 'FAILED') job.errorCode = as.code;
    if (as.state === 'SUCCESS') job.pictures = as.pictures ?? job.pictures;
    else job.pictures = 0;
    charge(job);
    if (as.state !== 'CANCEL') options.onEnded(job);
    return true;
  }

  function trim(): void {
    for (const job of jobs.values()) {
      if (jobs.size <= jobsMax) return;
      if (!isOpen(job)) jobs.delete(job.id);
    }
  }

  return {
    add(input, fate) {
      const job: SandboxJob = {
        ...input,
        id: vendorId(),
        state: 'QUEUED',
        errorCode: null,
        isSilent: fate.kind === 'silent',
        createdAt: clock.now(),
        startedAt: null,
        endedAt: null,
        pictures: fate.kind === 'succeed' ? fate.pictures : 12,
        coins: 0,
        costSeconds: 0,
      };
      jobs.set(job.id, job);
      open += 1;
      openMax = Math.max(openMax, open);
      const runMs = paceMs * (1 - queuedShare);
      later(job.id, paceMs * queuedShare, () => start(job, fate, runMs));
      trim();
      return job;
    },
    find: (id) => jobs.get(id) ?? null,
    list: () => [...jobs.values()].reverse(),
    open: () => open,
    openMax: () => openMax,
    end,
    silence(id) {
      const job = jobs.get(id);
      if (!job || !isOpen(job)) return false;
      job.isSilent = true;
      if (job.state === 'RUNNING') halt(id);
      return true;
    },
    setPaceMs: (ms) => {
      paceMs = ms;
    },
    paceMs: () => paceMs,
    stop() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** Time that ran is billed, however it ended. */
function charge(job: SandboxJob): void {
  if (job.startedAt === null || job.endedAt === null) return;
  job.costSeconds = Math.max(1, Math.ceil((job.endedAt - job.startedAt) / 1_000));
  job.coins = Math.ceil(job.costSeconds * coinsPerSecond);
}

let lastId = 0n;

/** 19 digits that rise, as the vendor's do. */
export function vendorId(): string {
  const id = BigInt(clock.real()) * 1_000_000n + BigInt(randomInt(1_000_000));
  lastId = id > lastId ? id : lastId + 1n;
  return String(lastId);
}
