import Router from '@koa/router';
import { clock, seconds } from '../lib/clock';
import { logger } from '../lib/logger';
import type { RequestState } from './context';
import type { Operation } from './operations';

/** What a check found, where that is more than good or bad. */
export type Finding = { isGood: boolean } & Record<string, unknown>;

type Check = Finding & { ms: number };

/** Set while the process drains: from then on it is not ready, and answers close their connections. */
export const draining = { isOn: false };

/** Throws, or finds itself not good, when this part cannot do its work. */
export type ReadinessCheck = () => Promise<Finding | void>;

/** `/health`: the process lives. `/health/ready`: every part that a request needs works, and we are not draining. */
export function healthRoutes(checks: Record<string, ReadinessCheck>): Router<RequestState> {
  const router = new Router<RequestState>();

  router.get('/health', (ctx) => {
    ctx.body = { status: 'ok' };
  });

  const look = remembered(keepMs, async () => {
    const results: Record<string, Check> = {};
    for (const [name, work] of Object.entries(checks)) results[name] = await check(name, work);
    return results;
  });

  router.get('/health/ready', async (ctx) => {
    const results = await look();
    const isReady = !draining.isOn && Object.values(results).every((each) => each.isGood);

    ctx.status = isReady ? 200 : 503;
    ctx.body = { status: isReady ? 'ready' : draining.isOn ? 'draining' : 'not_ready', checks: results };
  });

  return router;
}

// Anybody may ask, so asking costs one look in so long, however often it is done.
const keepMs = seconds(3);

/** The last answer while it is fresh, the one under way while there is one, else a new one. */
function remembered<T>(freshMs: number, work: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null;
  return () => {
    if (!last || clock.now() - last.at > freshMs) last = { at: clock.now(), answer: work() };
    return last.answer;
  };
}

async function check(name: string, work: ReadinessCheck): Promise<Check> {
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  try {
    const finding = await work();
    return { isGood: true, ...finding, ms: ms() };
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
