import type { Middleware } from 'koa';

/** What goes wrong with one exchange. `lost` does the work and then cuts the line, so that the caller never hears of it. */
export type Fault =
  | { kind: 'delay'; ms: number }
  | { kind: 'status'; status: number; body?: unknown }
  | { kind: 'reset' }
  | { kind: 'lost' }
  | { kind: 'cut'; afterBytes: number };

export type FaultPlan = { path: string; fault: Fault; times: number };

export type Faults = {
  /** The next `times` requests whose path contains `path` suffer this. */
  plan(plan: FaultPlan): void;
  planned(): readonly FaultPlan[];
  clear(): void;
  middleware: Middleware;
};

/** The part of the switchboard that spoils exchanges: one per simulator. */
export function createFaults(): Faults {
  let plans: FaultPlan[] = [];

  function take(path: string): Fault | null {
    const found = plans.find((plan) => path.includes(plan.path));
    if (!found) return null;
    found.times -= 1;
    plans = plans.filter((plan) => plan.times > 0);
    return found.fault;
  }

  const middleware: Middleware = async (ctx, next) => {
    const fault = take(ctx.path);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === 'reset') {
      ctx.respond = false;
      ctx.req.socket.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      ctx.status = fault.status;
      ctx.body = fault.body ?? '';
      return;
    }

    await next();

    if (fault?.kind === 'lost') {
      ctx.respond = false;
      ctx.req.socket.destroy();
    }
    if (fault?.kind === 'cut') cutAfter(ctx, fault.afterBytes);
  };

  return {
    plan: (plan) => {
      plans.push({ ...plan });
    },
    planned: () => plans,
    clear: () => {
      plans = [];
    },
    middleware,
  };
}

function cutAfter(ctx: Parameters<Middleware>[0], afterBytes: number): void {
  const whole = Buffer.isBuffer(ctx.body)
    ? ctx.body
    : Buffer.from(typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body ?? ''));
  ctx.respond = false;
  ctx.res.writeHead(ctx.status, { 'content-length': String(whole.length) });
  ctx.res.write(whole.subarray(0, afterBytes), () => ctx.req.socket.destroy());
}
