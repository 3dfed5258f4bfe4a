import type { Context } from 'koa';
import type { Desk } from './desk';
import type { SandboxJob } from './jobs';
import type { Reply } from './replies';
import { originOf, type CreateRequest } from './requests';

/** One create of either version, with what luck has in store for it: the line may break before the job is made, or after. */
export function orderJob(ctx: Context, desk: Desk, request: CreateRequest, answer: (job: SandboxJob) => Reply): Reply {
  desk.counts.creates += 1;
  const luck = desk.mishaps.drawCreate();
  if (luck.isResetBefore) return cut(ctx);

  const job = desk.create(request, luck, originOf(ctx));
  return luck.isResetAfter ? cut(ctx) : answer(job);
}

function cut(ctx: Context): Reply {
  ctx.respond = false;
  ctx.req.socket.destroy();
  return {};
}
