import type { Middleware } from 'koa';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../lib/errors';
import type { RequestState } from './context';

/**
 * At most `perMinute` of these a minute and seller (or address, before signing in), counted in this process: a brake on
 * floods. What must hold across processes (codes, uses) is counted in the database.
 */
export function rateLimit(name: string, limit: { perMinute: number }): Middleware<RequestState> {
  const limiter = new RateLimiterMemory({ keyPrefix: name, points: limit.perMinute, duration: 60 });

  return async (ctx, next) => {
    const userId: unknown = ctx.state.userId;
    try {
      await limiter.consume(typeof userId === 'string' ? userId : ctx.state.clientIp);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new AppError('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)) });
    }
    await next();
  };
}
