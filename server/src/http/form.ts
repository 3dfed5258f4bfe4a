import type { Middleware } from 'koa';
import { koaBody } from 'koa-body';
import { AppError } from '../lib/errors';
import { refuseCompressed } from './body';

const readForm = koaBody({ json: false, urlencoded: true, text: false, multipart: false, formLimit: '16kb' });

/** A page's form, of at most 16 KB. Read once, however many ask for it. */
export const formBody: Middleware = async (ctx, next) => {
  if (ctx.request.body !== undefined) {
    await next();
    return;
  }
  if (ctx.request.length && !ctx.request.is('urlencoded')) throw new AppError('unsupported_content_type');
  refuseCompressed(ctx);
  await readForm(ctx, next);
};
