import Router from '@koa/router';
import { errorCatalogue, type ErrorCode } from '@suyi/shared-types';
import type { Context, Middleware } from 'koa';
import type { ReactElement } from 'react';
import { clearSessionCookie, type AdminState } from '../../../http/admin-session';
import type { RequestState } from '../../../http/context';
import type { Operation } from '../../../http/operations';
import { AppError } from '../../../lib/errors';
import { ErrorPage } from '../pages/error';
import { renderPage } from '../pages/layout';
import { script, style } from '../pages/style';

/** Pages of ours and pictures from the store; nothing inline, nothing of others, in nobody's frame. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data: https:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const isAdminPath = (path: string): boolean => /^\/(?:api\/)?admin(?:\/|$)/.test(path);

/**
 * Around everything under /admin and /api/admin: nothing is kept or indexed, and what a browser is refused is a page: the
 * log-in for who is not logged in, else a sentence. Who does not ask for a page gets problem+json as everywhere.
 */
export const adminFrame: Middleware<RequestState> = async (ctx, next) => {
  if (!isAdminPath(ctx.path)) {
    await next();
    return;
  }

  ctx.set('Content-Security-Policy', contentSecurityPolicy);
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Robots-Tag', 'noindex, nofollow');
  // Not `no-referrer`: with that a browser sends `Origin: null` with our own forms.
  ctx.set('Referrer-Policy', 'same-origin');
  try {
    await next();
    if (ctx.status === 404 && ctx.body === undefined) throw new AppError('not_found');
  } catch (error) {
    if (!(error instanceof AppError) || ctx.accepts(['json', 'html']) !== 'html') throw error;
    answerError(ctx, error);
  }
};

const loginCodes: readonly ErrorCode[] = ['unauthorized', 'token_invalid', 'token_expired'];

function answerError(ctx: Context, error: AppError): void {
  ctx.state.errorCode = error.code;
  if (loginCodes.includes(error.code)) {
    const isBack = ctx.method === 'GET' && ctx.path !== '/admin';
    if (error.code !== 'unauthorized') clearSessionCookie(ctx);
    ctx.redirect(isBack ? `/admin/login?next=${encodeURIComponent(ctx.url.slice(0, 500))}` : '/admin/login');
    ctx.status = 303;
    return;
  }
  const [status, sentence] = errorCatalogue[error.code];
  const { admin } = ctx.state as Partial<AdminState>;
  if (error.details.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(error.details.retryAfterSeconds));
  const fields = error.details.fields ?? [];
  const requestId = String(ctx.state.requestId);
  answerPage(
    ctx,
    <ErrorPage admin={admin ?? null} sentence={sentence} fields={fields} requestId={requestId} />,
    status,
  );
}

export function answerPage(ctx: Context, page: ReactElement, status = 200): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = renderPage(page);
}

export const assetRoutes = new Router<RequestState>();

assetRoutes.get('/admin/style.css', (ctx) => answerAsset(ctx, 'text/css', style));
assetRoutes.get('/admin/site.js', (ctx) => answerAsset(ctx, 'text/javascript', script));

function answerAsset(ctx: Context, type: string, text: string): void {
  ctx.type = type;
  ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
  ctx.body = text;
}

/** A page of the admin site, as the API's description lists it. */
export function pageOperation(method: 'get' | 'post', path: string, summary: string, isPublic = false): Operation {
  return {
    method,
    path,
    summary,
    isPublic,
    ...(method === 'post' && { bodyType: 'application/x-www-form-urlencoded' as const }),
    answers: method === 'get' ? { 200: null } : { 303: null },
    errors: isPublic ? [] : adminErrors,
  };
}

/** What any route behind `adminOnly` may answer. */
export const adminErrors = [
  'unauthorized',
  'token_invalid',
  'token_expired',
  'admin_forbidden',
  'admin_forged',
] as const;

export const assetOperations: Operation[] = [
  pageOperation('get', '/admin/style.css', '管理后台的样式', true),
  pageOperation('get', '/admin/site.js', '管理后台的脚本', true),
];
