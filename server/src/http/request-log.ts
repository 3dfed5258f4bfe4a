import type { Middleware } from 'koa';
import { config } from '../config';
import { randomHex } from '../lib/ids';
import { logger } from '../lib/logger';
import { inScope } from '../lib/request-scope';
import { measureRequest, routeOf } from './request-measures';

/**
 * Gives every request its id (the caller's `X-Request-Id` when it is a modest one), which every log line and every call to a
 * vendor then carries, and the address that counts.
 */
export const identify: Middleware = async (ctx, next) => {
  const given = ctx.get('x-request-id');
  const requestId = /^[\w-]{8,64}$/.test(given) ? given : randomHex(12);
  ctx.state.clientIp = clientIp(
    ctx.get('x-forwarded-for'),
    ctx.req.socket.remoteAddress ?? '',
    config.current.trustProxy,
  );
  ctx.state.requestId = requestId;
  ctx.set('X-Request-Id', requestId);
  await inScope({ requestId }, next);
};

/** One line a request, and its measure: method, the route's pattern instead of its ids, status, milliseconds. No bodies, no query. */
export const requestLog: Middleware = async (ctx, next) => {
  const startedAt = performance.now();
  await next();

  const ms = performance.now() - startedAt;
  measureRequest(ctx, ms / 1_000);
  const route = routeOf(ctx);
  const isQuiet = route === '(static)' || route.startsWith('/health') || route === '/metrics';
  logger[isQuiet ? 'debug' : 'info'](
    {
      method: ctx.method,
      route,
      status: ctx.status,
      ms: Math.round(ms),
      userId: ctx.state.userId,
      errorCode: ctx.state.errorCode,
    },
    'request',
  );
};

/**
 * Whose address counts. With 0 hops no header is believed. With N hops the N-th from the right was written by the outermost
 * proxy of ours; what stands left of it anybody could have sent.
 */
export function clientIp(forwardedFor: string, socketAddress: string, hops: number): string {
  if (hops === 0) return countedAs(socketAddress);

  const chain = forwardedFor
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return countedAs(chain.at(-hops) ?? chain[0] ?? socketAddress);
}

/** An IPv4 address as it is; of an IPv6 address the first half, which is what one household or one server is given. */
function countedAs(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain.slice(0, 40);

  const [left = '', right] = plain.toLowerCase().split('::');
  const groups = left === '' ? [] : left.split(':');
  const missing = right === undefined ? 0 : 8 - groups.length - right.split(':').filter(Boolean).length;
  const whole = [
    ...groups,
    ...Array<string>(Math.max(0, missing)).fill('0'),
    ...(right ?? '').split(':').filter(Boolean),
  ];
  return `${whole.slice(0, 4).join(':')}::/64`.slice(0, 40);
}
