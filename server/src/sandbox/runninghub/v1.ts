import { Router, type RouterContext } from '@koa/router';
import { z } from 'zod';
import { toMoment } from '../../lib/clock';
import type { Desk } from './desk';
import { RunningHubFault } from './fault';
import type { SandboxJob } from './jobs';
import { RetryRequest, TaskRequest, V1Order, parseRequest, readJson, readUpload } from './requests';
import { orderJob } from './order-job';
import { v1OutputsReply, v1Reply, type Reply } from './replies';

const Keyed = z.object({ apiKey: z.string() });
const LowerKeyed = z.object({ apikey: z.string() });

/** The first version: the key in the header and in the body, `code` in every answer. */
export function v1Routes(desk: Desk): Router {
  const router = new Router();

  /** The answer to a JSON body, or the vendor's no. */
  function answer(path: string, act: (body: unknown, ctx: RouterContext) => Promise<Reply> | Reply): void {
    router.post(path, async (ctx) => {
      await answered(ctx, async () => {
        desk.checkBearer(ctx.get('authorization'), 412);
        const body = await readJson(ctx);
        checkKey(desk, path, body);
        return act(body, ctx);
      });
    });
  }

  router.post('/task/openapi/upload', async (ctx) => {
    desk.counts.uploads += 1;
    await answered(ctx, async () => {
      desk.checkBearer(ctx.get('authorization'), 412);
      const { fields, file } = await readUpload(ctx);
      if (!desk.isKey(fields.get('apiKey'))) throw new RunningHubFault(412);
      const photo = desk.uploads.add(file, 'api');
      return v1Reply(0, { fileName: photo.name, fileType: fields.get('fileType') ?? 'input' });
    });
  });

  answer('/task/openapi/ai-app/run', (body, ctx) =>
    orderJob(ctx, desk, parseRequest(V1Order, body, 301), (job) =>
      v1Reply(0, {
        netWssUrl: null,
        taskId: job.id,
        clientId: job.id.slice(-8),
        taskStatus: job.state,
        promptTips: JSON.stringify({
          result: true,
          error: null,
          outputs_to_execute: [desk.wire.resultNode],
          node_errors: {},
        }),
      }),
    ),
  );
  answer('/task/openapi/status', (body) => {
    const { state } = ask(desk, body);
    return v1Reply(0, state === 'CANCEL' ? 'FAILED' : state);
  });
  answer('/task/openapi/outputs', (body) => v1OutputsReply(ask(desk, body), desk.wire));
  answer('/task/openapi/cancel', (body) => {
    desk.cancel(parseRequest(TaskRequest, body, 301).taskId);
    return v1Reply(0, null);
  });
  answer('/uc/openapi/accountStatus', () =>
    v1Reply(0, {
      remainCoins: String(desk.coinsLeft()),
      currentTaskCounts: String(desk.jobs.open()),
      remainMoney: null,
      currency: null,
      apiType: 'NORMAL',
    }),
  );
  answer('/task/openapi/getWebhookDetail', (body) => {
    const record = desk.webhooks.findByTask(parseRequest(TaskRequest, body, 301).taskId);
    if (!record) throw new RunningHubFault(807);
    const { createdAt, updatedAt, ...told } = record;
    const moments = { createTime: toMoment(createdAt).slice(0, 19), updateTime: toMoment(updatedAt).slice(0, 19) };
    return v1Reply(0, { ...told, userApiKey: '******************', ...moments });
  });
  answer('/task/openapi/retryWebhook', (body) => {
    const { webhookId, webhookUrl } = parseRequest(RetryRequest, body, 301);
    if (!desk.webhooks.find(webhookId)) throw new RunningHubFault(807);
    desk.webhooks.retry(webhookId, webhookUrl);
    return v1Reply(0, null);
  });
  return router;
}

/** The account's status alone writes the key in small letters. */
function checkKey(desk: Desk, path: string, body: unknown): void {
  const isLower = path === '/uc/openapi/accountStatus';
  const key = isLower ? LowerKeyed.safeParse(body).data?.apikey : Keyed.safeParse(body).data?.apiKey;
  if (key === undefined) throw new RunningHubFault(301);
  if (!desk.isKey(key)) throw new RunningHubFault(412);
}

function ask(desk: Desk, body: unknown): SandboxJob {
  desk.counts.queries += 1;
  return desk.get(parseRequest(TaskRequest, body, 301).taskId, 807);
}

async function answered(ctx: RouterContext, act: () => Promise<Reply> | Reply): Promise<void> {
  try {
    ctx.body = await act();
  } catch (error) {
    if (!(error instanceof RunningHubFault)) throw error;
    ctx.status = error.status;
    ctx.body = v1Reply(error.code, null, error.message);
  }
}
