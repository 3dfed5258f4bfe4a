import Router from '@koa/router';
import { logger } from '../lib/logger';
import type { RequestState } from './context';
import type { Operation } from './operations';

type Check = { isGood: boolean; ms: number };

/** Set while the process drains: from then on it is not ready, and answers close their connections. */
export const draining = { isOn: false };

/** Throws when this part cannot do its work. */
export type ReadinessCheck = () => Promise<void>;

/** `/health`: the process lives. `/health/ready`: every part that a request needs works, and we are not draining. */
export function healthRoutes(checks: Record<string, ReadinessCheck>): Router<RequestState> {
  const router = new Router<RequestState>();

  router.get('/health', (ctx) => {
    ctx.body = { status: 'ok' };
  });

  router.get('/health/ready', async (ctx) => {
    const results: Record<string, Check> = {};
    for (const [name, work] of Object.entries(checks)) results[name] = await check(name, work);
    const isReady = !draining.isOn && Object.values(results).every((each) => each.isGood);

    ctx.status = isReady ? 200 : 503;
    ctx.body = { status: isReady ? 'ready' : draining.isOn ? 'draining' : 'not_ready', checks: results };
  });

  return router;
}

async function check(name: string, work: ReadinessCheck): Promise<Check> {
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  try {
    await work();
    return { isGood: true, ms: ms() };
  } catch (error) {
    logger.error({ check: name, err: error }, 'a readiness check failed');
    return { isGood: false, ms: ms() };
  }
}

export const healthOperations: Operation[] = [
  { method: 'get', path: '/health', summary: '进程是否存活', isPublic: true, answers: { 200: null }, errors: [] },
  {
    method: 'get',
    path: '/health/ready',
    summary: '能否接待请求',
    isPublic: true,
    answers: { 200: null, 503: null },
    errors: [],
  },
];
