import Router from '@koa/router';
import { rawBody } from '../../http/body';
import type { Context, RequestState } from '../../http/context';
import type { Operation } from '../../http/operations';
import { answerPushCheck, receivePush } from './service';

export const pushRoutes = new Router<RequestState>({ prefix: '/api/wechat/push' });

pushRoutes.get('/', (ctx) => {
  ctx.type = 'text/plain';
  ctx.body = answerPushCheck(queryOf(ctx));
});

pushRoutes.post('/', async (ctx) => {
  const answer = await receivePush(queryOf(ctx), await rawBody(ctx));

  ctx.type = answer.startsWith('{') ? 'application/json' : 'text/plain';
  ctx.body = answer;
});

/** The first value of each: what is given twice is not WeChat's. */
function queryOf(ctx: Context): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(ctx.query).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

export const inboundOperations: Operation[] = [
  {
    method: 'get',
    path: '/api/wechat/push',
    summary: '微信消息推送：验证接收地址',
    isPublic: true,
    answers: { 200: null },
    errors: ['notification_rejected', 'not_found'],
  },
  {
    method: 'post',
    path: '/api/wechat/push',
    summary: '微信消息推送（安全模式）：支付、退款、授权撤回',
    isPublic: true,
    answers: { 200: null },
    errors: ['notification_rejected', 'not_found', 'service_unavailable', 'body_too_large'],
  },
];
