import { existsSync } from 'node:fs';
import type { Middleware } from 'koa';
import send from 'koa-send';
import { AppError } from '../lib/errors';

/**
 * The mini program's H5 build at `/`. It routes by hash, so every page is index.html; files named by their content may be
 * kept for a year, index.html never.
 */
export function h5Pages(root: string): Middleware {
  return async (ctx, next) => {
    const isPage = (ctx.method === 'GET' || ctx.method === 'HEAD') && !ctx.path.startsWith('/api/');
    if (!isPage || !existsSync(root)) {
      await next();
      return;
    }

    const path = ctx.path === '/' ? '/index.html' : ctx.path;
    try {
      await send(ctx, path, { root, hidden: false, maxage: 0 });
    } catch {
      throw new AppError('not_found');
    }
    const isNamedByContent = /\.[0-9a-f]{8}\.(js|css)$/.test(path);
    ctx.set('Cache-Control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
  };
}

/** Behind the routers: the path is one of ours, and none of them took this method. */
export const refuseOtherMethods: Middleware = async (ctx, next) => {
  const matched: unknown = ctx.matched;
  if (Array.isArray(matched) && matched.length > 0) throw new AppError('method_not_allowed');
  await next();
};
