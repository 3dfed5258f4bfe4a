import { Router, type RouterContext } from '@koa/router';
import type { Desk } from './desk';
import { RunningHubFault } from './fault';
import { orderJob } from './order-job';
import { v2Refusal, v2TaskReply, type Reply } from './replies';
import { TaskRequest, V2Order, originOf, parseRequest, readJson, readUpload } from './requests';

/** The second version: the key in the header alone, and no `code` on what it says of a task. */
export function v2Routes(desk: Desk): Router {
  const router = new Router();

  router.post('/openapi/v2/media/upload/binary', async (ctx) => {
    desk.counts.uploads += 1;
    await answered(ctx, uploadRefusal, async () => {
      desk.checkBearer(ctx.get('authorization'), 401);
      const { file } = await readUpload(ctx);
      const { name, bytes } = desk.uploads.add(file, 'openapi');
      const link = `${originOf(ctx)}/input/${name}`;
      return {
        code: 0,
        message: 'success',
        data: { type: 'image', download_url: link, fileName: name, size: String(bytes.length) },
      };
    });
  });

  router.post('/openapi/v2/run/ai-app/:webappId', (ctx) =>
    answered(ctx, v2Refusal, async () => {
      desk.checkBearer(ctx.get('authorization'), 1002);
      const order = parseRequest(V2Order, await readJson(ctx), 1007);
      return orderJob(ctx, desk, { ...order, webappId: ctx.params.webappId ?? '' }, (job) =>
        v2TaskReply(job, desk.wire),
      );
    }),
  );

  router.post('/openapi/v2/query', (ctx) =>
    answered(ctx, v2Refusal, async () => {
      desk.checkBearer(ctx.get('authorization'), 1002);
      desk.counts.queries += 1;
      const { taskId } = parseRequest(TaskRequest, await readJson(ctx), 1007);
      return v2TaskReply(desk.get(taskId, 1004), desk.wire);
    }),
  );
  return router;
}

const uploadRefusal = ({ code, message }: RunningHubFault): Reply => ({ code, message, data: null });

async function answered(
  ctx: RouterContext,
  refusal: (fault: RunningHubFault) => Reply,
  act: () => Promise<Reply> | Reply,
): Promise<void> {
  try {
    ctx.body = await act();
  } catch (error) {
    if (!(error instanceof RunningHubFault)) throw error;
    ctx.status = error.status;
    ctx.body = refusal(error);
  }
}
