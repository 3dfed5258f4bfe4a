import Koa, { type Context } from 'koa';
import { createFaults, type Faults } from '../faults';
import { createDesk, type CallCounts, type NodePlace } from './desk';
import { wordsFor } from './fault';
import { createFrames } from './frames';
import type { SandboxJob } from './jobs';
import type { Mishaps, Outage } from './mishaps';
import { v1Reply } from './replies';
import { createResults } from './results';
import { v1Routes } from './v1';
import { v2Routes } from './v2';
import type { Webhooks } from './webhooks';

export type RunningHubSimulatorOptions = {
  apiKey: string;
  webappId: string;
  nodes: { image: NodePlace; prompt: NodePlace; result: { nodeId: string } };
  /** How many jobs of ours may be open at once, queued ones included. */
  slots: number;
  /** From create to end, in milliseconds; a quarter of it is spent waiting. */
  paceMs?: number;
  /** How its result links begin; without it, as the caller of the create addressed it. */
  resultOrigin?: string;
  /** The width of its pictures, whose height is a third more. */
  frameWidth?: number;
  /** Speeds up the retries of webhooks: 1 is the vendor's own pace. */
  ladderScale?: number;
};

export type RunningHubSimulator = {
  app: Koa;
  /** The path of a create contains `ai-app` in both versions: `reset` there is before the job was made, `lost` after. */
  faults: Faults;
  /** Newest first; the last 10,000. */
  jobs(): SandboxJob[];
  find(jobId: string): SandboxJob | null;
  /** Every job that was made with this address: two are a double creation. */
  jobsByWebhook(webhookUrl: string): SandboxJob[];
  openJobs(): number;
  /** The most that were open at once since the start. */
  openJobsMax(): number;
  counts(): CallCounts;
  /** Ends a job now, with this many pictures, or as many as it was to give; false when it has ended before. */
  finish(jobId: string, pictures?: number): boolean;
  fail(jobId: string, code?: number): boolean;
  /** Leaves a job open until somebody ends it. */
  silence(jobId: string): boolean;
  setPaceMs(ms: number): void;
  paceMs(): number;
  setSlots(slots: number): void;
  slots(): number;
  /** How many slots there are, and how long a job takes, until somebody turns that. */
  usual: { slots: number; paceMs: number };
  /** Every result link of a job that has ended by now is dead. */
  expireLinks(): void;
  /** Every upload is forgotten. */
  expireUploads(): void;
  mishaps: Mishaps;
  webhooks: Webhooks;
  /** Every switch back to where it stood at the start; jobs stay. */
  reset(): void;
  stop(): void;
};

export type { SandboxJob } from './jobs';
export type { MishapState } from './mishaps';
export type { WebhookAttempt, WebhookMode } from './webhooks';

const defaultPaceMs = 12_000;
const defaultFrameWidth = 960;

/** RunningHub as the holder of one key meets it: both versions of its API, one AI app, and the hosts of its pictures. */
export function createRunningHubSimulator(options: RunningHubSimulatorOptions): RunningHubSimulator {
  const faults = createFaults();
  const paceMs = options.paceMs ?? defaultPaceMs;
  const desk = createDesk({
    ...options,
    paceMs,
    ladderScale: options.ladderScale ?? 1,
    resultOrigin: options.resultOrigin?.replace(/\/+$/, '') ?? null,
  });
  const results = createResults(desk, createFrames({ width: options.frameWidth ?? defaultFrameWidth }));
  const { jobs, mishaps, webhooks } = desk;

  const app = new Koa();
  app.use(faults.middleware);
  app.use(async (ctx, next) => {
    // The pictures lie with another company, which an outage of the API does not touch.
    if (ctx.path.startsWith('/results/') || ctx.path.startsWith('/input/')) await results.answer(ctx);
    else if (!isOut(ctx, mishaps.state().outage)) await next();
  });
  app.use(v1Routes(desk).routes());
  app.use(v2Routes(desk).routes());
  app.use((ctx) => {
    // A path that does not exist is a wrong token to them, under HTTP 200.
    ctx.body = v1Reply(412, null, wordsFor(412));
  });

  return {
    app,
    faults,
    jobs: () => jobs.list(),
    find: (jobId) => jobs.find(jobId),
    jobsByWebhook: (webhookUrl) => jobs.list().filter((job) => job.webhookUrl === webhookUrl),
    openJobs: () => jobs.open(),
    openJobsMax: () => jobs.openMax(),
    counts: () => ({ ...desk.counts }),
    finish: (jobId, pictures) => jobs.end(jobId, { state: 'SUCCESS', pictures }),
    fail: (jobId, code = 805) => jobs.end(jobId, { state: 'FAILED', code }),
    silence: (jobId) => jobs.silence(jobId),
    setPaceMs: (ms) => jobs.setPaceMs(ms),
    paceMs: () => jobs.paceMs(),
    setSlots: (slots) => desk.setSlots(slots),
    slots: () => desk.slots(),
    usual: { slots: options.slots, paceMs },
    expireLinks: () => results.expire(),
    expireUploads: () => desk.uploads.expire(),
    mishaps,
    webhooks,
    reset() {
      faults.clear();
      mishaps.clear();
      webhooks.setMode({ kind: 'deliver' });
      jobs.setPaceMs(paceMs);
      desk.setSlots(options.slots);
    },
    stop() {
      jobs.stop();
      webhooks.stop();
    },
  };
}

/** True when the vendor is down, which the caller has been told, or has felt. */
function isOut(ctx: Context, outage: Outage): boolean {
  if (outage === 'status') {
    ctx.status = 503;
    ctx.body = '<html><body>503 Service Temporarily Unavailable</body></html>';
  }
  if (outage === 'reset') {
    ctx.respond = false;
    ctx.req.socket.destroy();
  }
  return outage !== 'none';
}
