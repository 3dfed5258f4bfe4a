import Router from '@koa/router';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { logger } from '../lib/logger';
import type { RequestState } from './context';
import type { Operation } from './operations';

/** One number, or one for each value of a label. Seconds, bytes and counts: Prometheus's own units. */
export type Measure = {
  name: `suyi_${string}`;
  help: string;
  label?: string;
  read: () => Promise<number | null | ReadonlyMap<string, number>>;
};

/** `/metrics` in Prometheus's words: the process itself, and what the modules measure, read when it is asked for. */
export function metricsRoutes(measures: readonly Measure[]): Router<RequestState> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const measure of measures) register(registry, measure);

  const router = new Router<RequestState>();
  router.get('/metrics', async (ctx) => {
    ctx.body = await registry.metrics();
    ctx.set('content-type', registry.contentType);
  });
  return router;
}

function register(registry: Registry, { name, help, label, read }: Measure): void {
  const gauge = new Gauge<string>({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    async collect() {
      this.reset();
      try {
        setAll(this, label, await read());
      } catch (error) {
        logger.warn({ metric: name, err: error }, 'a metric could not be read; it is left out this time');
      }
    },
  });
  gauge.reset();
}

function setAll(gauge: Gauge<string>, label: string | undefined, value: Awaited<ReturnType<Measure['read']>>): void {
  if (value === null) return;
  if (typeof value === 'number') gauge.set(value);
  else if (label !== undefined) for (const [name, each] of value) gauge.set({ [label]: name }, each);
}

export const metricsOperations: Operation[] = [
  { method: 'get', path: '/metrics', summary: 'Prometheus 指标', isPublic: true, answers: { 200: null }, errors: [] },
];
