import type { Router, RouterContext } from '@koa/router';
import { z } from 'zod';
import { answerDeed, bodyOf } from './deeds';
import type { RunningHubSimulator } from '../runninghub/runninghub';

const vendor = z.literal('runninghub');
const times = z.number().int().min(1).max(1_000).default(1);
const code = z.number().int().min(1).max(99_999);
const pictures = z.number().int().min(0).max(12);
const chance = z.number().min(0).max(1).optional();

const Webhooks = z.union([
  z.strictObject({ kind: z.enum(['deliver', 'drop']) }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal('repeat'), times: z.number().int().min(1).max(100) }),
]);

/** The switches of RunningHub's that `POST /sandbox/faults` takes. */
export const RunningHubRequest = z.union([
  z.strictObject({ vendor, refuse: code, times, status: z.number().int().min(200).max(599).default(200) }),
  z.strictObject({ vendor, fail: code, times }),
  z.strictObject({ vendor, silent: z.literal(true), times }),
  z.strictObject({ vendor, shortOf: pictures, times }),
  z.strictObject({ vendor, pictures: z.enum(['fine', 'broken', 'text']) }),
  z.strictObject({ vendor, expireLinks: z.literal(true) }),
  z.strictObject({ vendor, paceMs: z.number().int().min(0).max(3_600_000) }),
  z.strictObject({ vendor, slots: z.number().int().min(0).max(1_000) }),
  z.strictObject({ vendor, outage: z.enum(['none', 'status', 'reset']) }),
  z.strictObject({ vendor, balance: z.enum(['enough', 'empty']) }),
  z.strictObject({ vendor, webhooks: Webhooks }),
  z.strictObject({
    vendor,
    misbehave: z.strictObject({
      refuse: chance,
      fail: chance,
      resetBefore: chance,
      resetAfter: chance,
      silent: chance,
      dropWebhook: chance,
      seed: z.number().int().min(0).optional(),
    }),
  }),
]);
export type RunningHubRequest = z.infer<typeof RunningHubRequest>;

export function turnRunningHub(runninghub: RunningHubSimulator, request: RunningHubRequest): void {
  const { mishaps } = runninghub;
  if ('refuse' in request) mishaps.refuse(request.refuse, request.times, request.status);
  if ('fail' in request) mishaps.fail(request.fail, request.times);
  if ('silent' in request) mishaps.silence(request.times);
  if ('shortOf' in request) mishaps.shortOf(request.shortOf, request.times);
  if ('pictures' in request) mishaps.setPictures(request.pictures);
  if ('expireLinks' in request) runninghub.expireLinks();
  if ('paceMs' in request) runninghub.setPaceMs(request.paceMs);
  if ('slots' in request) runninghub.setSlots(request.slots);
  if ('outage' in request) mishaps.setOutage(request.outage);
  if ('balance' in request) mishaps.setBalanceEmpty(request.balance === 'empty');
  if ('webhooks' in request) runninghub.webhooks.setMode(request.webhooks);
  if ('misbehave' in request) mishaps.misbehave(request.misbehave);
}

const Finish = z.strictObject({ pictures: pictures.optional() });
const Failing = z.strictObject({ code: code.optional() });

/** What can be done with one job: end it now, well or badly, let it hang, tell of its end again. */
export function addRunningHub(router: Router, runninghub: RunningHubSimulator): void {
  function answer(ctx: RouterContext, act: (jobId: string) => Promise<boolean>): Promise<void> {
    const jobId = ctx.params.id ?? '';
    return answerDeed(ctx, {
      async act() {
        if (!(await act(jobId))) throw new Error('这个任务已经结束');
      },
      show() {
        const job = runninghub.find(jobId);
        return job && { job };
      },
    });
  }

  router.post('/runninghub/jobs/:id/finish', (ctx) =>
    answer(ctx, async (id) => {
      const asked = Finish.safeParse((await bodyOf(ctx)) ?? {});
      if (!asked.success) throw new Error('张数要写成 {"pictures": 7} 这样，0 到 12');
      return runninghub.finish(id, asked.data.pictures);
    }),
  );
  router.post('/runninghub/jobs/:id/fail', (ctx) =>
    answer(ctx, async (id) => {
      const asked = Failing.safeParse((await bodyOf(ctx)) ?? {});
      if (!asked.success) throw new Error('编号要写成 {"code": 805} 这样的整数');
      return runninghub.fail(id, asked.data.code);
    }),
  );
  router.post('/runninghub/jobs/:id/silence', (ctx) => answer(ctx, async (id) => runninghub.silence(id)));
  router.post('/runninghub/jobs/:id/notify', (ctx) =>
    answerDeed(ctx, {
      act: () => runninghub.webhooks.resend(ctx.params.id ?? ''),
      show() {
        const job = runninghub.find(ctx.params.id ?? '');
        return job && { job };
      },
    }),
  );
}
