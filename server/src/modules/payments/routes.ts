import Router from '@koa/router';
import {
  ConfirmedOrderDto,
  CreateOrderBody,
  Id,
  OrderDto,
  OrderWithPaymentDto,
  pageOf,
  PageQuery,
} from '@suyi/shared-types';
import { jsonBody, rawBody } from '../../http/body';
import type { Context, RequestState, SignedInState } from '../../http/context';
import { idempotencyOf } from '../../http/idempotency';
import { signInErrors, type Operation } from '../../http/operations';
import { cutPage } from '../../http/paging';
import { parse } from '../../http/parse';
import { rateLimit } from '../../http/rate-limit';
import { signedIn } from '../../http/sign-in';
import { receiveNotification } from './notifications';
import { presentOrder } from './present';
import { confirmOrder, createOrder, getOrder, listOrders } from './service';

export const orderRoutes = new Router<SignedInState>({ prefix: '/api/membership/orders' });

orderRoutes.post('/', signedIn, rateLimit('orders.create', { perMinute: 30 }), jsonBody, async (ctx) => {
  const body = parse(CreateOrderBody, ctx.request.body);

  const { order, payment } = await createOrder(ctx.state, body, idempotencyOf(ctx));

  ctx.status = 201;
  ctx.body = { order: presentOrder(order), payment };
});

orderRoutes.get('/', signedIn, async (ctx) => {
  const query = parse(PageQuery, ctx.query);

  const page = cutPage(await listOrders(ctx.state.userId, query), query.limit, (order) => order.id);

  ctx.body = { items: page.items.map(presentOrder), nextCursor: page.nextCursor };
});

orderRoutes.get('/:id', signedIn, async (ctx) => {
  ctx.body = presentOrder(await getOrder(ctx.state.userId, parse(Id, ctx.params.id)));
});

orderRoutes.post('/:id/confirm', signedIn, rateLimit('orders.confirm', { perMinute: 60 }), async (ctx) => {
  const { order, isCertain } = await confirmOrder(ctx.state.userId, parse(Id, ctx.params.id));

  ctx.body = { ...presentOrder(order), isCertain };
});

export const notifyRoutes = new Router<RequestState>({ prefix: '/api/payments' });

notifyRoutes.post('/wechat/notify', async (ctx) => {
  await receiveNotification('wechat_jsapi', { headers: headersOf(ctx), rawBody: await rawBody(ctx) });

  ctx.status = 204;
});

notifyRoutes.post('/alipay/notify', async (ctx) => {
  await receiveNotification('alipay_wap', { headers: headersOf(ctx), rawBody: await rawBody(ctx) });

  ctx.type = 'text/plain';
  ctx.body = 'success'; // The one word that Alipay takes for an answer.
});

/** Alipay sends the browser here after paying. Nothing in the address is believed: the page behind it asks how the order stands. */
notifyRoutes.get('/alipay/return', (ctx) => {
  const orderId = Id.safeParse(ctx.query.out_trade_no);
  ctx.redirect(orderId.success ? `/#${resultPage}?order=${orderId.data}` : '/');
});

/** Where the mini program's browser build shows how an order stands. */
const resultPage = '/subpackages/membership/index/index';

const headersOf = (ctx: Context): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(ctx.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

export const paymentOperations: Operation[] = [
  {
    method: 'post',
    path: '/api/membership/orders',
    summary: '下单，返回调起支付所需的参数',
    takesIdempotencyKey: true,
    body: CreateOrderBody,
    answers: { 201: OrderWithPaymentDto },
    errors: [
      ...signInErrors,
      'plan_unknown',
      'channel_unavailable',
      'openid_required',
      'wechat_code_invalid',
      'wechat_user_blocked',
      'order_not_payable',
      'payment_refused',
      'idempotency_key_reused',
      'vendor_unavailable',
    ],
  },
  {
    method: 'get',
    path: '/api/membership/orders',
    summary: '订单列表，最新在前',
    query: PageQuery,
    answers: { 200: pageOf(OrderDto) },
    errors: signInErrors,
  },
  {
    method: 'get',
    path: '/api/membership/orders/:id',
    summary: '订单详情',
    answers: { 200: OrderDto },
    errors: [...signInErrors, 'not_found'],
  },
  {
    method: 'post',
    path: '/api/membership/orders/:id/confirm',
    summary: '支付后返回：立即向支付方查询，按真实结果回答',
    answers: { 200: ConfirmedOrderDto },
    errors: [...signInErrors, 'not_found', 'channel_unavailable'],
  },
  {
    method: 'post',
    path: '/api/payments/wechat/notify',
    summary: '微信支付通知（API v3）',
    isPublic: true,
    answers: { 204: null },
    errors: ['notification_rejected', 'not_found', 'body_too_large'],
  },
  {
    method: 'post',
    path: '/api/payments/alipay/notify',
    summary: '支付宝异步通知',
    isPublic: true,
    answers: { 200: null },
    errors: ['notification_rejected', 'not_found', 'body_too_large'],
  },
  {
    method: 'get',
    path: '/api/payments/alipay/return',
    summary: '支付宝付款后返回：转到订单结果页',
    isPublic: true,
    answers: { 302: null },
    errors: [],
  },
];
