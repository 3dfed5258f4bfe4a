import { createHmac } from 'node:crypto';
import type { VirtualPayment } from '@suyi/shared-types';
import { listenOnLoopback, type Listening } from '../listen';
import { createWechatSimulator, type WechatSimulator } from './wechat';

const account = { appid: 'wx0123456789abcdef', secret: 'app-secret' };
const merchant = { offerId: '1450000001', appKey: 'app-key', env: 0 as const, products: { suyi_monthly: 9_900 } };
const outTradeNo = 'ord_00000001';

let vendor: WechatSimulator;
let server: Listening;
let shop: Listening;
/** What our server heard, and what it answers. */
let heard: { count: number; status: number; text: string };

beforeEach(async () => {
  heard = { count: 0, status: 200, text: '{"ErrCode":0,"ErrMsg":"success"}' };
  shop = await listenOnLoopback((request, response) => {
    heard.count += 1;
    request.resume();
    response.writeHead(heard.status).end(heard.text);
  });
  const push = { url: shop.origin, token: 'token', aesKey: 'A'.repeat(43) };
  vendor = createWechatSimulator({ ...account, virtual: merchant, push });
  server = await listenOnLoopback(vendor.app.callback());
});
afterEach(async () => {
  vendor.push.stop();
  await vendor.push.idle();
  await Promise.all([server.stop(), shop.stop()]);
});

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');

async function logInAndSign(): Promise<{ openid: string; params: VirtualPayment }> {
  const query = new URLSearchParams({ ...account, js_code: 'buyer.1', grant_type: 'authorization_code' });
  const reply = await fetch(`${server.origin}/sns/jscode2session?${query}`);
  const { openid, session_key: key } = (await reply.json()) as { openid: string; session_key: string };

  const { offerId, env } = merchant;
  const goods = { buyQuantity: 1, currencyType: 'CNY', productId: 'suyi_monthly', goodsPrice: 9_900 };
  const signData = JSON.stringify({ offerId, env, ...goods, outTradeNo, attach: outTradeNo });
  const paySig = hmac(merchant.appKey, `requestVirtualPayment&${signData}`);
  return { openid, params: { mode: 'short_series_goods', signData, paySig, signature: hmac(key, signData) } };
}

async function pay(platform: 'android' | 'ios' = 'android'): Promise<void> {
  const { openid, params } = await logInAndSign();
  await vendor.virtual.pay(params, openid, platform);
  await vendor.push.idle();
}

it('marks an order delivered when the push is taken, and only then', async () => {
  heard.status = 500;
  await pay();
  expect(vendor.virtual.find(outTradeNo)).toMatchObject({ status: 2 });

  heard.status = 200;
  expect(await vendor.virtual.resend(outTradeNo)).toMatchObject({ isAccepted: true });
  expect(vendor.virtual.find(outTradeNo)).toMatchObject({ status: 4 });
  expect(vendor.push.attempts()).toMatchObject([
    { event: 'xpay_goods_deliver_notify', subject: outTradeNo, isAccepted: true },
    { event: 'xpay_goods_deliver_notify', subject: outTradeNo, isAccepted: false },
  ]);
});

it('marks nothing when a stranger’s push is taken', async () => {
  const { openid, params } = await logInAndSign();
  await vendor.virtual.open(params, openid);

  expect(await vendor.virtual.forge(outTradeNo)).toMatchObject({ isAccepted: true });
  expect(vendor.virtual.find(outTradeNo)).toMatchObject({ status: 1 });

  vendor.push.setMode({ kind: 'forge' });
  vendor.virtual.payOpened(outTradeNo);
  await vendor.push.idle();
  expect(vendor.virtual.find(outTradeNo)).toMatchObject({ status: 2 });
});

it('tells of money that was sent back, by whomever', async () => {
  await pay();

  vendor.virtual.refundAtConsole(outTradeNo, 900);
  await vendor.push.idle();

  expect(vendor.virtual.find(outTradeNo)).toMatchObject({ leftFen: 9_000, status: 4 });
  expect(vendor.push.attempts()[0]).toMatchObject({ event: 'xpay_refund_notify', isAccepted: true });
  expect(() => vendor.virtual.refundAtConsole(outTradeNo, 9_001)).toThrow('not left');
});

it('asks three times for Apple, until it has an answer', async () => {
  await pay('ios');

  heard.count = 0;
  expect(await vendor.virtual.askAppleRefund(outTradeNo)).toMatchObject({ status: 200 });
  expect(heard.count).toBe(3);

  heard = { count: 0, status: 200, text: '{"result_code":1,"result_info":"","evidence":"used"}' };
  expect(await vendor.virtual.askAppleRefund(outTradeNo)).toMatchObject({ body: { result_code: 1 } });
  expect(heard.count).toBe(1);
});

it('asks nothing about an order that Apple was not paid for', async () => {
  await pay();

  await expect(vendor.virtual.askAppleRefund(outTradeNo)).rejects.toThrow('Apple');
});

it('tells of a withdrawn consent', async () => {
  const body = { OpenID: 'oBuyer', RevokeInfo: '8' };

  expect(await vendor.sendEvent('user_authorization_revoke', body)).toMatchObject({ isAccepted: true });
  expect(vendor.push.attempts()).toMatchObject([{ event: 'user_authorization_revoke', subject: 'oBuyer' }]);
});
