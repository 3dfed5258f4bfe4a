import type { Context, Middleware } from 'koa';
import { koaBody } from 'koa-body';
import { seconds } from '../lib/clock';
import { AppError } from '../lib/errors';

const bodyWithinMs = seconds(20);

/**
 * Cuts the line of a body that takes longer than a phone in a lift needs for a few kilobytes, whether or not the route reads
 * it: many such lines at once cost nothing to keep open, and would be all that we have. Photos are excepted; they have a
 * ticket, and the server's own limit.
 */
export function cutSlowBodies({ exceptTo }: { exceptTo: string }): Middleware {
  return async (ctx, next) => {
    const { req } = ctx;
    const hasBody = ctx.get('content-length') !== '' || ctx.get('transfer-encoding') !== '';
    if (hasBody && ctx.path !== exceptTo) {
      const timer = setTimeout(() => void (req.complete || req.destroy()), bodyWithinMs);
      timer.unref();
      req.once('close', () => clearTimeout(timer));
    }
    await next();
    // What nobody read, or read to its end, would stand in the line before the next request for ever.
    if (hasBody && !req.complete) req.resume();
  };
}

/** JSON bodies of at most 64 KB, for every route that takes one. Anything but JSON is refused. */
export const jsonBody: Middleware = async (ctx, next) => {
  if (ctx.request.length && !ctx.request.is('json')) throw new AppError('unsupported_content_type');
  refuseCompressed(ctx);
  await parseJson(ctx, next);
};

const parseJson = koaBody({ json: true, urlencoded: false, text: false, multipart: false, jsonLimit: '64kb' });

/** No phone packs its few kilobytes; unpacking is work that a stranger could order, and broken packing is their fault. */
export function refuseCompressed(ctx: Context): void {
  if (!['', 'identity'].includes(ctx.get('content-encoding'))) throw new AppError('unsupported_content_type');
}

/**
 * One form with one file of at most `bytesMax` bytes, written into `uploadDir` as it comes in, never held in memory. A longer
 * one ends as `media_too_large` and leaves nothing behind.
 */
export function uploadBody(options: () => { uploadDir: string; bytesMax: number }): Middleware {
  return async (ctx, next) => {
    if (!ctx.request.is('multipart')) throw new AppError('unsupported_content_type');
    const { uploadDir, bytesMax } = options();
    const read = koaBody({
      multipart: true,
      json: false,
      urlencoded: false,
      text: false,
      formidable: {
        uploadDir,
        maxFiles: 1,
        maxFileSize: bytesMax,
        maxTotalFileSize: bytesMax,
        maxFields: 20,
        maxFieldsSize: 20 * 1024,
        allowEmptyFiles: true,
        minFileSize: 0,
        keepExtensions: false,
      },
      onError: (error) => {
        throw new AppError(isTooLarge(error) ? 'media_too_large' : 'invalid_request');
      },
    });
    await read(ctx, next);
  };
}

function isTooLarge(error: Error): boolean {
  return 'httpCode' in error && error.httpCode === 413;
}

/** The bytes exactly as received, at most `bytesMax`: a signature is over these, not over what a parser makes of them. */
export async function rawBody(ctx: Context, bytesMax = 256 * 1024): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    // Not destroyed when it is too long: the answer goes out first, and `cutSlowBodies` lets the rest run through.
    for await (const part of ctx.req.iterator({ destroyOnReturn: false })) {
      const bytes = part as Buffer;
      length += bytes.length;
      if (length > bytesMax) throw new AppError('body_too_large');
      parts.push(bytes);
    }
  } catch (error) {
    // Whoever hangs up in the middle is no fault of ours.
    throw ctx.req.complete || error instanceof AppError ? error : new AppError('invalid_request');
  }
  return Buffer.concat(parts);
}
