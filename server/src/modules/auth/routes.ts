import Router from '@koa/router';
import { LoginBody, SendCodeAnswer, SendCodeBody, SessionDto, UserDto, WechatLoginBody } from '@suyi/shared-types';
import { jsonBody } from '../../http/body';
import type { Context, RequestState, SignedInState } from '../../http/context';
import { signInErrors, type Operation } from '../../http/operations';
import { parse } from '../../http/parse';
import { rateLimit } from '../../http/rate-limit';
import { signedIn } from '../../http/sign-in';
import { presentSession, presentUser } from './present';
import {
  codeValidMs,
  deleteAccount,
  getUser,
  loginByPhone,
  loginByWechat,
  resendAfterMs,
  revokeToken,
  sendCode,
} from './service';

const codes = { phone: 'phone_invalid' } as const;

export const authRoutes = new Router<RequestState>({ prefix: '/api/auth' });

authRoutes.post('/send-code', rateLimit('auth.send', { perMinute: 60 }), jsonBody, async (ctx) => {
  const { phone } = parse(SendCodeBody, ctx.request.body, codes);

  await sendCode({ phone, ip: ctx.state.clientIp, deviceId: deviceIdOf(ctx) });

  ctx.body = { resendAfterSeconds: resendAfterMs / 1_000, expiresInSeconds: codeValidMs / 1_000 };
});

/** What the phone calls itself, in a modest form; any other is as good as none. */
function deviceIdOf(ctx: Context): string | undefined {
  const given = ctx.get('x-device-id');
  return /^[\w-]{8,64}$/.test(given) ? given : undefined;
}

authRoutes.post('/login', rateLimit('auth.login', { perMinute: 60 }), jsonBody, async (ctx) => {
  const body = parse(LoginBody, ctx.request.body, { ...codes, code: 'code_wrong' });

  ctx.body = presentSession(await loginByPhone(body));
});

authRoutes.post('/wechat', rateLimit('auth.wechat', { perMinute: 60 }), jsonBody, async (ctx) => {
  const body = parse(WechatLoginBody, ctx.request.body);

  ctx.body = presentSession(await loginByWechat(body));
});

const meRoutes = new Router<SignedInState>({ prefix: '/api/auth' });

meRoutes.get('/me', signedIn, async (ctx) => {
  ctx.body = presentUser(await getUser(ctx.state.userId));
});

meRoutes.post('/logout', signedIn, async (ctx) => {
  await revokeToken(ctx.state.tokenId, ctx.state.tokenExpiresAt);

  ctx.status = 204;
});

meRoutes.delete('/me', signedIn, async (ctx) => {
  await deleteAccount(ctx.state.userId);

  ctx.status = 204;
});

export { meRoutes };

export const authOperations: Operation[] = [
  {
    method: 'post',
    path: '/api/auth/send-code',
    summary: '发送手机验证码；可带 X-Device-Id（8 到 64 个字母、数字或 _-），同一设备每天最多 20 条',
    isPublic: true,
    body: SendCodeBody,
    answers: { 200: SendCodeAnswer },
    errors: ['phone_invalid', 'code_too_often', 'code_daily_limit', 'sms_refused', 'vendor_unavailable'],
  },
  {
    method: 'post',
    path: '/api/auth/login',
    summary: '手机验证码登录，新号码自动注册',
    isPublic: true,
    body: LoginBody,
    answers: { 200: SessionDto },
    errors: [
      'phone_invalid',
      'code_wrong',
      'code_expired',
      'code_used',
      'code_burned',
      'wechat_code_invalid',
      'wechat_user_blocked',
      'user_blocked',
    ],
  },
  {
    method: 'post',
    path: '/api/auth/wechat',
    summary: '微信登录，手机号可选',
    isPublic: true,
    body: WechatLoginBody,
    answers: { 200: SessionDto },
    errors: [
      'wechat_code_invalid',
      'wechat_phone_code_invalid',
      'wechat_user_blocked',
      'phone_invalid',
      'user_blocked',
      'vendor_unavailable',
    ],
  },
  { method: 'get', path: '/api/auth/me', summary: '当前用户', answers: { 200: UserDto }, errors: signInErrors },
  {
    method: 'post',
    path: '/api/auth/logout',
    summary: '退出登录，本令牌立即失效',
    answers: { 204: null },
    errors: signInErrors,
  },
  {
    method: 'delete',
    path: '/api/auth/me',
    summary: '注销账号，删除个人信息与图片',
    answers: { 204: null },
    errors: signInErrors,
  },
];
