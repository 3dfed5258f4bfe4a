import { Router, type RouterContext } from '@koa/router';
import type { Context, Next } from 'koa';
import { renderSwitchboard } from './page';
import { renderCashier, renderMissing } from './page-cashier';
import { pageScript } from './page-script';
import { pageStyle } from './page-style';
import { returnAddress } from './return-address';
import { addAlipay } from './alipay';
import { bodyOf, single } from './deeds';
import { FaultRequest, applyFault, clearFaults } from './faults';
import { addRunningHub } from './runninghub';
import { stateOf, type Simulators } from './state';
import { addPeople, addRefunds, addVirtual } from './wechat';
import type { SandboxOrder } from '../wechat-pay/orders';

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/** The sandbox's own pages, under `/sandbox` of the main app: what the vendors "sent", and the switches that spoil it. */
export function switchboardRoutes(simulators: Simulators, options: { publicUrl: string }): Router {
  const router = new Router({ prefix: '/sandbox' });
  router.use(ownPagesOnly);
  addPages(router, simulators);
  addFaults(router, simulators);
  addOrders(router, simulators, options.publicUrl);
  addRefunds(router, simulators.pay);
  addVirtual(router, simulators.wechat);
  addPeople(router, simulators.wechat);
  addAlipay(router, simulators.alipay, options.publicUrl);
  addRunningHub(router, simulators.runninghub);
  return router;
}

function addPages(router: Router, simulators: Simulators): void {
  router.get('/', (ctx) => {
    ctx.type = 'html';
    ctx.body = renderSwitchboard(stateOf(simulators)).text;
  });
  router.get('/page.css', (ctx) => {
    ctx.type = 'css';
    ctx.body = pageStyle;
  });
  router.get('/page.js', (ctx) => {
    ctx.type = 'js';
    ctx.body = pageScript;
  });
  router.get('/state.json', (ctx) => {
    ctx.body = stateOf(simulators);
  });
  router.get('/sms/latest', (ctx) => {
    const code = simulators.sms.latestCode(single(ctx.query.phone) ?? '');
    ctx.status = code === null ? 404 : 200;
    ctx.body = { code };
  });
}

function addFaults(router: Router, simulators: Simulators): void {
  router.post('/faults', async (ctx) => {
    const request = FaultRequest.safeParse(await bodyOf(ctx));
    if (request.success) applyFault(simulators, request.data);

    ctx.status = request.success ? 200 : 400;
    ctx.body = request.success ? stateOf(simulators) : { error: '看不懂这个故障设置', issues: request.error.issues };
  });
  router.delete('/faults', (ctx) => {
    clearFaults(simulators);
    ctx.status = 204;
  });
}

function addOrders(router: Router, { pay }: Simulators, publicUrl: string): void {
  const find = (ctx: RouterContext): SandboxOrder | null => pay.find(ctx.params.outTradeNo ?? '');

  /** The order as it stands now: as JSON, or by sending the browser back to where it came from. */
  function answer(ctx: RouterContext, isAsWished: (order: SandboxOrder) => boolean): void {
    if (ctx.accepts('json', 'html') === 'html') {
      const wish = single(ctx.query.return);
      ctx.status = 303;
      ctx.redirect(wish === undefined ? '/sandbox' : returnAddress(wish, publicUrl));
      return;
    }
    const order = find(ctx);
    ctx.status = !order ? 404 : isAsWished(order) ? 200 : 409;
    ctx.body = { order };
  }

  router.get('/cashier', (ctx) => {
    const order = pay.findByPrepayId(single(ctx.query.prepay_id) ?? '');
    const back = returnAddress(single(ctx.query.return), publicUrl);
    ctx.type = 'html';
    ctx.status = order ? 200 : 404;
    ctx.body = (order ? renderCashier(order, back) : renderMissing(back)).text;
  });
  router.post('/orders/:outTradeNo/pay', async (ctx) => {
    const order = find(ctx);
    if (order?.tradeState === 'NOTPAY') await pay.pay(order.outTradeNo);
    answer(ctx, (now) => now.tradeState === 'SUCCESS');
  });
  router.post('/orders/:outTradeNo/abandon', (ctx) => {
    const order = find(ctx);
    if (order) pay.abandon(order.outTradeNo);
    answer(ctx, () => true);
  });
  router.post('/orders/:outTradeNo/notify', async (ctx) => {
    const order = find(ctx);
    if (order?.paidAt) await pay.notifications.resend(order.outTradeNo);
    answer(ctx, (now) => now.paidAt !== null);
  });
}

/** No other site may press our buttons from a page of its own, frame ours, or have the answers kept. */
async function ownPagesOnly(ctx: Context, next: Next): Promise<void> {
  const isChange = ctx.method !== 'GET' && ctx.method !== 'HEAD';
  if (isChange && ctx.get('sec-fetch-site') === 'cross-site') {
    ctx.status = 403;
    return;
  }
  ctx.set('content-security-policy', policy);
  ctx.set('cache-control', 'no-store');
  ctx.set('x-robots-tag', 'noindex');
  await next();
}
