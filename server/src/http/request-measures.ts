import type { Context } from 'koa';
import { durations } from '../lib/meters';

const requests = durations({
  name: 'suyi_http_request_seconds',
  help: 'How long requests took, by route pattern, method and class of status',
  labels: ['route', 'method', 'status'],
  steps: [0.01, 0.05, 0.2, 1, 5, 20],
});

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** The route's pattern, whose ids are names; what matched none (pages, scanners) counts as one. */
export function routeOf(ctx: Context): string {
  const route: unknown = ctx._matchedRoute;
  return typeof route === 'string' ? route : '(static)';
}

/** Counts one answered request. Whatever a stranger sends, the labels' values stay few. */
export function measureRequest(ctx: Context, seconds: number): void {
  const labels = {
    route: routeOf(ctx),
    method: methods.has(ctx.method) ? ctx.method : 'other',
    status: `${Math.floor(ctx.status / 100)}xx`,
  };
  requests.observe(labels, seconds);
}
