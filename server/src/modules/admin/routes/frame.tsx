import Router from '@koa/router';
import { Problem } from '@suyi/shared-types';
import type { Context, Middleware } from 'koa';
import type { ReactElement } from 'react';
import { clearSessionCookie, type AdminState } from '../../../http/admin-session';
import type { RequestState } from '../../../http/context';
import type { Operation } from '../../../http/operations';
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

  await next();
  const body: unknown = ctx.body;
  const isProblem = ctx.type === 'application/problem+json' && ctx.accepts(['json', 'html']) === 'html';
  if (isProblem && typeof body === 'string') answerProblem(ctx, Problem.parse(JSON.parse(body)));
};

const loginCodes = ['unauthorized', 'token_invalid', 'token_expired'];

function answerProblem(ctx: Context, { code, status, detail, fields = [], requestId }: Problem): void {
  if (loginCodes.includes(code)) {
    const isBack = ctx.method === 'GET' && ctx.path !== '/admin';
    if (code !== 'unauthorized') clearSessionCookie(ctx);
    ctx.remove('WWW-Authenticate');
    ctx.redirect(isBack ? `/admin/login?next=${encodeURIComponent(ctx.url.slice(0, 500))}` : '/admin/login');
    ctx.status = 303;
    return;
  }
  const { admin = null } = ctx.state as Partial<AdminState>;
  const told = { admin, sentence: detail, fields, requestId };
  answerPage(ctx, <ErrorPage {...told} />, status);
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
