import { errorCatalogue, type ErrorCode, type Problem } from '@suyi/shared-types';
import type { Context, Middleware } from 'koa';
import { AppError, VendorUnavailable, type ErrorDetails } from '../lib/errors';
import { logger } from '../lib/logger';

/** The border: whatever is thrown behind it leaves as problem+json, and only an AppError's words leave with it. */
export const errorBoundary: Middleware = async (ctx, next) => {
  try {
    await next();
    if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw new AppError('not_found');
  } catch (error) {
    answerProblem(ctx, error);
  }
};

function answerProblem(ctx: Context, error: unknown): void {
  const { code, details } = known(error) ?? unknown(ctx, error);
  const [status, detail] = errorCatalogue[code];
  const problem: Problem = {
    type: `urn:suyi:error:${code}`,
    title: code,
    status,
    detail,
    code,
    requestId: String(ctx.state.requestId),
    ...details,
  };
  if (details.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(details.retryAfterSeconds));
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer');
  ctx.status = status;
  ctx.body = JSON.stringify(problem);
  ctx.type = 'application/problem+json';
  ctx.state.errorCode = code;
}

type Known = { code: ErrorCode; details: ErrorDetails };

function known(error: unknown): Known | null {
  if (error instanceof AppError) return { code: error.code, details: error.details };
  if (error instanceof VendorUnavailable) return { code: 'vendor_unavailable', details: { retryAfterSeconds: 5 } };
  return fromHttpLibrary(error);
}

/** Koa, koa-body and their parsers say by `status` or `httpCode` that the request, not the server, is at fault. */
function fromHttpLibrary(error: unknown): Known | null {
  if (typeof error !== 'object' || error === null) return null;
  const status = 'status' in error ? error.status : 'httpCode' in error ? error.httpCode : null;
  if (status === 413) return { code: 'body_too_large', details: {} };
  if (status === 415) return { code: 'unsupported_content_type', details: {} };
  if (status === 404) return { code: 'not_found', details: {} };
  if (status === 405) return { code: 'method_not_allowed', details: {} };
  if (typeof status === 'number' && status >= 400 && status < 500) return { code: 'invalid_json', details: {} };
  return null;
}

function unknown(ctx: Context, error: unknown): Known {
  logger.error({ requestId: ctx.state.requestId, err: error }, 'a request ended as a bug or an outage');
  return { code: 'internal_error', details: {} };
}
