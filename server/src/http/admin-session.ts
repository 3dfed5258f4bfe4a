import { timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { config } from '../config';
import { AppError } from '../lib/errors';
import {
  may,
  openSession,
  type Actor,
  type AdminSession,
  type Right,
  type SignedInAdmin,
} from '../modules/admin/service';
import type { Context, RequestState } from './context';
import { formBody } from './form';

export type AdminState = RequestState & { admin: SignedInAdmin };

const cookieName = 'suyi_admin';

/**
 * Lets through an admin whose role has this right: by the cookie of a session, or by `Authorization: Bearer`, which is the
 * same session. What changes something by cookie must come from a page of ours and carry the session's `csrf`.
 */
export function adminOnly(right: Right): Middleware<AdminState> {
  return async (ctx, next) => {
    const { token, isCookie } = tokenOf(ctx);
    const admin = await openSession(token);
    ctx.state.admin = admin;

    const isReading = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (isCookie && !isReading) {
      refuseOtherSites(ctx);
      await formBody(ctx, async () => refuseForged(ctx, admin.csrfToken));
    }
    if (!may(admin.role, right)) throw new AppError('admin_forbidden');
    await next();
  };
}

/** Throws `admin_forged` when a browser says that the request was made by a page that is not ours. */
export function refuseOtherSites(ctx: Context): void {
  const site = ctx.get('sec-fetch-site');
  const origin = ctx.get('origin');
  const isOurs = origin === '' || origin === new URL(config.current.publicUrl).origin || hostOf(origin) === ctx.host;
  if (!isOurs || (site !== '' && site !== 'same-origin' && site !== 'none')) throw new AppError('admin_forged');
}

/** Who does it and from where, for the audit log. */
export function actorOf(ctx: { state: AdminState; get(name: string): string }): Actor {
  const { admin, clientIp, requestId } = ctx.state;
  return { id: admin.id, username: admin.username, ip: clientIp, userAgent: ctx.get('user-agent'), requestId };
}

export function setSessionCookie(ctx: Context, session: AdminSession): void {
  writeCookie(ctx, session.token);
}

export function clearSessionCookie(ctx: Context): void {
  writeCookie(ctx, '', '; Max-Age=0');
}

/** Gone with the browser; the server's own clock ends it earlier. Written by hand: TLS ends before us, at the proxy. */
function writeCookie(ctx: Context, value: string, more = ''): void {
  const secure = config.current.isProduction ? '; Secure' : '';
  ctx.append('Set-Cookie', `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}${more}`);
}

function tokenOf(ctx: Context): { token: string; isCookie: boolean } {
  const authorization = ctx.get('authorization');
  if (authorization !== '') {
    const [, token] = /^Bearer ([0-9a-f]{64})$/.exec(authorization) ?? [];
    if (!token) throw new AppError('token_invalid');
    return { token, isCookie: false };
  }
  const token = ctx.cookies.get(cookieName) ?? '';
  if (token === '') throw new AppError('unauthorized');
  if (!/^[0-9a-f]{64}$/.test(token)) throw new AppError('token_invalid');
  return { token, isCookie: true };
}

function refuseForged(ctx: Context, csrfToken: string): void {
  const body: unknown = ctx.request.body;
  const field: unknown = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : null;
  const given = Buffer.from(typeof field === 'string' ? field : ctx.get('x-csrf-token'));
  const wanted = Buffer.from(csrfToken);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new AppError('admin_forged');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
