import Router from '@koa/router';
import { errorCatalogue, Moment } from '@suyi/shared-types';
import { z } from 'zod';
import {
  actorOf,
  adminOnly,
  clearSessionCookie,
  refuseOtherSites,
  setSessionCookie,
  type AdminState,
} from '../../../http/admin-session';
import { jsonBody } from '../../../http/body';
import type { Context, RequestState } from '../../../http/context';
import { formBody } from '../../../http/form';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { rateLimit } from '../../../http/rate-limit';
import { toMoment } from '../../../lib/clock';
import { AppError } from '../../../lib/errors';
import { AccountPage } from '../pages/account';
import { LoginPage } from '../pages/login';
import {
  changePassword,
  endSession,
  giveUpTotp,
  hasTotp,
  newTotpSecret,
  passwordMax,
  passwordMin,
  setUpTotp,
  signIn,
  totpUri,
  type From,
} from '../service';
import { adminErrors, answerPage, pageOperation } from './frame';

/** Beside the lock of each account: against who tries one password on many names. */
const loginBrake = rateLimit('admin.login', { perMinute: 20 });

const username = z.string().min(1).max(64);
const password = z.string().min(1).max(passwordMax);
const code = z.string().trim().max(6);
const csrf = z.string();

/** Only back into the admin site: an address of another site, or `//other`, is none. */
const Next = z
  .string()
  .max(500)
  .regex(/^\/admin(?:\/(?!\/)[\w./-]*)?(?:\?[\w.~%&=+:,/-]*)?$/)
  .catch('/admin');

const LoginForm = z.strictObject({ username, password, code: code.optional(), next: Next.default('/admin') });
const PasswordForm = z.strictObject({
  csrf: csrf.optional(),
  current: password,
  next: z.string().min(passwordMin).max(passwordMax),
});
const secret = z.string().regex(/^[A-Z2-7]{32}$/);
const TotpForm = z.strictObject({ csrf: csrf.optional(), current: password, code, secret });
const RemoveTotpForm = z.strictObject({ csrf: csrf.optional(), current: password, code });

const notes: Record<string, string> = {
  password: '密码已修改，请用新密码登录。',
  out: '已退出登录。',
  on: '两步验证已开启，下次登录要填动态码。',
  off: '两步验证已关闭。',
};
function noteOf(ctx: Context): string | null {
  const done = String(ctx.query.done);
  return Object.hasOwn(notes, done) ? (notes[done] ?? null) : null;
}

const loginRoutes = new Router<RequestState>();

loginRoutes.get('/admin/login', (ctx) => {
  const next = Next.parse(ctx.query.next ?? '/admin');
  answerPage(ctx, <LoginPage username="" next={next} fault={null} note={noteOf(ctx)} />);
});

loginRoutes.post('/admin/login', loginBrake, formBody, async (ctx) => {
  refuseOtherSites(ctx);
  const form = parse(LoginForm, ctx.request.body);
  try {
    setSessionCookie(ctx, await signIn(form, fromOf(ctx)));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'admin_login_wrong') throw error;
    ctx.state.errorCode = error.code;
    const [status, fault] = errorCatalogue.admin_login_wrong;
    answerPage(ctx, <LoginPage username={form.username} next={form.next} fault={fault} note={null} />, status);
    return;
  }
  ctx.redirect(form.next);
  ctx.status = 303;
});

const LoginBody = z.strictObject({ username, password, code: code.optional() });
const TokenDto = z.object({ token: z.string(), expiresAt: Moment });

loginRoutes.post('/api/admin/login', loginBrake, jsonBody, async (ctx) => {
  const { token, expiresAt } = await signIn(parse(LoginBody, ctx.request.body), fromOf(ctx));

  ctx.body = { token, expiresAt: toMoment(expiresAt) };
});

function fromOf(ctx: { state: RequestState; get(name: string): string }): From {
  const { clientIp, requestId } = ctx.state;
  return { ip: clientIp, requestId, userAgent: ctx.get('user-agent') };
}

const accountRoutes = new Router<AdminState>();

accountRoutes.post('/admin/logout', adminOnly('view'), async (ctx) => {
  await endSession(ctx.state.admin.sessionId);

  clearSessionCookie(ctx);
  ctx.redirect('/admin/login?done=out');
  ctx.status = 303;
});

accountRoutes.post('/api/admin/logout', adminOnly('view'), async (ctx) => {
  await endSession(ctx.state.admin.sessionId);

  ctx.status = 204;
});

accountRoutes.get('/admin/account', adminOnly('view'), async (ctx) => {
  const { admin } = ctx.state;
  const fresh = newTotpSecret();
  const offered = (await hasTotp(admin.id)) ? null : { secret: fresh, uri: totpUri(fresh, admin.username) };

  answerPage(ctx, <AccountPage admin={admin} offered={offered} note={noteOf(ctx)} />);
});

const accountBrake = rateLimit('admin.account', { perMinute: 10 });

accountRoutes.post('/admin/account/password', adminOnly('view'), accountBrake, formBody, async (ctx) => {
  const { current, next } = parse(PasswordForm, ctx.request.body);

  await changePassword(actorOf(ctx), { current, next });

  clearSessionCookie(ctx);
  ctx.redirect('/admin/login?done=password');
  ctx.status = 303;
});

accountRoutes.post('/admin/account/totp', adminOnly('view'), accountBrake, formBody, async (ctx) => {
  const form = parse(TotpForm, ctx.request.body);

  await setUpTotp(actorOf(ctx), { password: form.current, secret: form.secret, code: form.code });

  ctx.redirect('/admin/account?done=on');
  ctx.status = 303;
});

accountRoutes.post('/admin/account/totp/remove', adminOnly('view'), accountBrake, formBody, async (ctx) => {
  const form = parse(RemoveTotpForm, ctx.request.body);

  await giveUpTotp(actorOf(ctx), { password: form.current, code: form.code });

  ctx.redirect('/admin/account?done=off');
  ctx.status = 303;
});

export const sessionRouters = [loginRoutes, accountRoutes] as const;

export const sessionOperations: Operation[] = [
  pageOperation('get', '/admin/login', '管理后台的登录页', true),
  {
    ...pageOperation('post', '/admin/login', '登录管理后台', true),
    body: LoginForm,
    errors: ['admin_login_wrong', 'admin_forged'],
  },
  {
    method: 'post',
    path: '/api/admin/login',
    summary: '管理员登录，得到令牌',
    isPublic: true,
    body: LoginBody,
    answers: { 200: TokenDto },
    errors: ['admin_login_wrong'],
  },
  pageOperation('post', '/admin/logout', '退出管理后台'),
  {
    method: 'post',
    path: '/api/admin/logout',
    summary: '管理员令牌失效',
    answers: { 204: null },
    errors: adminErrors,
  },
  pageOperation('get', '/admin/account', '管理员自己的账号'),
  withBody('/admin/account/password', '修改自己的密码', PasswordForm),
  withBody('/admin/account/totp', '开启两步验证', TotpForm),
  withBody('/admin/account/totp/remove', '关闭两步验证', RemoveTotpForm),
];

function withBody(path: string, summary: string, body: z.ZodType): Operation {
  const page = pageOperation('post', path, summary);
  return { ...page, body, errors: [...adminErrors, 'admin_password_wrong', 'admin_not_needed'] };
}
