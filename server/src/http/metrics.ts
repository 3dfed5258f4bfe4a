import { createHash, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import type { Middleware } from 'koa';
import { collectDefaultMetrics } from 'prom-client';
import { config } from '../config';
import { AppError } from '../lib/errors';
import { logger } from '../lib/logger';
import { gauge, registry } from '../lib/meters';
import type { RequestState } from './context';
import type { Operation } from './operations';

/** One number, or one for each value of a label, read when /metrics is asked for. Seconds, bytes and counts: Prometheus's own units. */
export type Measure = {
  name: `suyi_${string}`;
  help: string;
  label?: string;
  read: () => Promise<number | null | ReadonlyMap<string, number>>;
};

/** `/metrics` in Prometheus's words: the process itself, what it counted, and what the modules measure. */
export function metricsRoutes(measures: readonly Measure[]): Router<RequestState> {
  collectDefaultMetrics({ register: registry });
  for (const measure of measures) register(measure);

  const router = new Router<RequestState>();
  router.get('/metrics', scraperOnly, async (ctx) => {
    ctx.body = await registry.metrics();
    ctx.set('content-type', registry.contentType);
  });
  return router;
}

/** With `METRICS_TOKEN` its bearer alone. Without it anybody, but nobody in production, where it would tell strangers what is sold. */
const scraperOnly: Middleware<RequestState> = async (ctx, next) => {
  const { metricsToken, isProduction } = config.current;
  if (metricsToken === null && isProduction) throw new AppError('not_found');
  if (metricsToken !== null && !isSame(ctx.get('authorization'), `Bearer ${metricsToken}`))
    throw new AppError('unauthorized');
  await next();
};

/** Compared as hashes, so that the time it takes tells neither the length nor where they differ. */
function isSame(given: string, wanted: string): boolean {
  const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hashOf(given), hashOf(wanted));
}

function register({ name, help, label, read }: Measure): void {
  gauge<string>({
    name,
    help,
    labels: label === undefined ? [] : [label],
    collect: async (meter) => {
      meter.reset();
      if (label === undefined) meter.remove(); // It would stand at 0 now, and 0 is an answer.
      try {
        const value = await read();
        if (typeof value === 'number') meter.set(value);
        else if (label !== undefined) for (const [each, figure] of value ?? []) meter.set({ [label]: each }, figure);
      } catch (error) {
        logger.warn({ metric: name, err: error }, 'a metric could not be read; it is left out this time');
      }
    },
  });
}

export const metricsOperations: Operation[] = [
  {
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus 指标',
    isPublic: true,
    answers: { 200: null },
    errors: ['unauthorized', 'not_found'],
  },
];
