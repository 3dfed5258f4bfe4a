import { createHmac } from 'node:crypto';
import type { VirtualPayment } from '@suyi/shared-types';
import { listenOnLoopback, type Listening } from '../listen';
import { createWechatSimulator, type WechatSimulator } from '../wechat/wechat';

const account = { appid: 'wx0123456789abcdef', secret: 'app-secret' };
const merchant = {
  offerId: '1450000001',
  appKey: 'app-key',
  env: 0 as const,
  products: { suyi_monthly: 9_900, cheap: 99 },
};

let vendor: WechatSimulator;
let server: Listening;
let logins = 0;

beforeEach(async () => {
  vendor = createWechatSimulator({ ...account, virtual: merchant });
  server = await listenOnLoopback(vendor.app.callback());
});
afterEach(() => server.stop());

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');

async function logIn(person = 'buyer'): Promise<{ openid: string; session_key: string }> {
  logins += 1;
  const query = new URLSearchParams({
    ...account,
    js_code: `${person}.${logins}x`,
    grant_type: 'authorization_code',
  });
  const reply = await fetch(`${server.origin}/sns/jscode2session?${query}`);
  return (await reply.json()) as { openid: string; session_key: string };
}

const words = {
  offerId: '1450000001',
  buyQuantity: 1,
  env: 0,
  currencyType: 'CNY',
  productId: 'suyi_monthly',
  goodsPrice: 9_900,
  outTradeNo: 'ord_00000001',
  attach: 'ord_00000001',
};

function sign(sessionKey: string, data: unknown = words, appKey = merchant.appKey): VirtualPayment {
  const signData = typeof data === 'string' ? data : JSON.stringify(data);
  return {
    mode: 'short_series_goods',
    signData,
    paySig: hmac(appKey, `requestVirtualPayment&${signData}`),
    signature: hmac(sessionKey, signData),
  };
}

async function token(): Promise<string> {
  const reply = await fetch(`${server.origin}/cgi-bin/stable_token`, {
    method: 'POST',
    body: JSON.stringify({ ...account, grant_type: 'client_credential' }),
  });
  return ((await reply.json()) as { access_token: string }).access_token;
}

async function call(path: string, body: unknown, change: { token?: string; paySig?: string } = {}): Promise<unknown> {
  const text = JSON.stringify(body);
  const query = new URLSearchParams({
    access_token: change.token ?? (await token()),
    pay_sig: change.paySig ?? hmac(merchant.appKey, `${path}&${text}`),
  });
  const reply = await fetch(`${server.origin}${path}?${query}`, { method: 'POST', body: text });
  return reply.json();
}

async function paid(platform: 'android' | 'ios' = 'android'): Promise<string> {
  const { openid, session_key: key } = await logIn();
  await vendor.virtual.pay(sign(key), openid, platform);
  return openid;
}

describe('the phone', () => {
  it.each<[string, Record<string, unknown> | string, number]>([
    ['text that is no JSON', '{"offerId"', -15016],
    ['a missing field', { ...words, attach: undefined }, -15001],
    ['an unknown field', { ...words, colour: 'red' }, -15001],
    ['a price that is text', { ...words, goodsPrice: '9900' }, -15001],
    ['a number that is too short', { ...words, outTradeNo: 'ord_1' }, -15001],
    ['a number that begins with a line', { ...words, outTradeNo: '_ord_00000001' }, -15001],
    ['another offer', { ...words, offerId: '1450000002' }, -15001],
    ['another currency', { ...words, currencyType: 'USD' }, -15004],
    ['an unpublished item', { ...words, productId: 'suyi_yearly' }, -15010],
    ['the sandbox on a live merchant', { ...words, env: 1 }, -15011],
    ['another price', { ...words, goodsPrice: 1 }, -15013],
  ])('is refused with %s', async (_, data, errCode) => {
    const { openid, session_key: key } = await logIn();

    await expect(vendor.virtual.pay(sign(key, data), openid)).rejects.toMatchObject({ errCode });
    expect(vendor.virtual.orders()).toEqual([]);
  });

  it('is refused with a signature that is not the merchant’s, not the buyer’s, or of an older login', async () => {
    const older = await logIn();
    const { openid, session_key: key } = await logIn();
    const stranger = await logIn('stranger');

    const refusals = [sign(key, words, 'other-key'), sign(stranger.session_key), sign(older.session_key)].map(
      (params) => vendor.virtual.pay(params, openid).catch((error: { errCode: number }) => error.errCode),
    );

    expect(await Promise.all(refusals)).toEqual([-15006, -15005, -15007]);
    await expect(vendor.virtual.pay(sign(key), 'oNobody')).rejects.toMatchObject({ errCode: -15007 });
    expect(await vendor.virtual.pay(sign(key), openid)).toMatchObject({ status: 2 });
  });

  it('uses a number up by opening the cashier, and pays at it once', async () => {
    const { openid, session_key: key } = await logIn();

    expect(await vendor.virtual.open(sign(key), openid)).toMatchObject({ status: 1, paidAt: null });
    await expect(vendor.virtual.pay(sign(key), openid)).rejects.toMatchObject({ errCode: -15002 });
    expect(vendor.virtual.payOpened(words.outTradeNo)).toMatchObject({ status: 2 });
    expect(() => vendor.virtual.payOpened(words.outTradeNo)).toThrow('换新单号');
  });

  it('cannot pay Apple less than one yuan', async () => {
    const { openid, session_key: key } = await logIn();
    const cheap = sign(key, { ...words, productId: 'cheap', goodsPrice: 99 });

    await expect(vendor.virtual.pay(cheap, openid, 'ios')).rejects.toMatchObject({ errCode: -15001 });
    expect(await vendor.virtual.pay(cheap, openid, 'android')).toMatchObject({ totalFen: 99 });
  });

  it('cannot pay a mini program that never signed up', async () => {
    const other = createWechatSimulator(account);

    await expect(other.virtual.pay(sign('key'), 'oBuyer')).rejects.toMatchObject({ errCode: -15008 });
  });
});

describe('the server', () => {
  const query = (openid: string) => ({ openid, env: 0, order_id: words.outTradeNo });

  it('is answered in WeChat’s words', async () => {
    const openid = await paid();

    expect(await call('/xpay/query_order', query(openid))).toMatchObject({
      errcode: 0,
      order: { order_id: words.outTradeNo, status: 2, order_type: 0, paid_fee: 9_900, left_fee: 9_900, env_type: 1 },
    });
    expect(await call('/xpay/notify_provide_goods', { order_id: words.outTradeNo, env: 0 })).toMatchObject({
      errcode: 0,
    });
    expect(await call('/xpay/query_order', query(openid))).toMatchObject({ order: { status: 4 } });
    expect(await call('/xpay/query_order', { ...query(openid), order_id: 'ord_never_seen' })).toEqual({
      errcode: 0,
      errmsg: 'ok',
    });
  });

  it('is refused without a token, a signature, the right environment or the right buyer', async () => {
    const openid = await paid();

    expect(await call('/xpay/query_order', query(openid), { token: 'made-up' })).toMatchObject({ errcode: 40001 });
    expect(await call('/xpay/query_order', query(openid), { paySig: 'made-up' })).toMatchObject({ errcode: 268490003 });
    expect(await call('/xpay/query_order', { ...query(openid), env: 1 })).toMatchObject({ errcode: 268490002 });
    expect(await call('/xpay/query_order', query('oSomebodyElse'))).toMatchObject({ errcode: 268490001 });
    expect(await call('/xpay/unheard_of', query(openid))).toMatchObject({ errcode: 40066 });
  });

  const refund = (openid: string) => ({
    openid,
    env: 0,
    order_id: words.outTradeNo,
    refund_order_id: 'rfd_00000001',
    left_fee: 9_900,
    refund_fee: 4_000,
    biz_meta: '',
    refund_reason: '5',
    req_from: '3',
  });

  it.each<[string, Record<string, unknown>, number]>([
    ['a number with other signs', { refund_order_id: 'rfd|00000001' }, 268490002],
    ['no reason of the list', { refund_reason: '6' }, 268490002],
    ['another sum left', { left_fee: 9_899 }, 268490016],
    ['more than is left', { refund_fee: 9_901 }, 268490002],
    ['an order that nobody made', { order_id: 'ord_never_seen' }, 268490002],
    ['another buyer', { openid: 'oSomebodyElse' }, 268490001],
  ])('gets no refund with %s', async (_, change, errcode) => {
    const openid = await paid();

    expect(await call('/xpay/refund_order', { ...refund(openid), ...change })).toMatchObject({ errcode });
    expect(vendor.virtual.refundsOf(words.outTradeNo)).toEqual([]);
  });

  it('gets one refund at a time, each number once, until nothing is left', async () => {
    const openid = await paid();
    vendor.virtual.setRefundMode('later');

    expect(await call('/xpay/refund_order', refund(openid))).toMatchObject({
      errcode: 0,
      pay_order_id: words.outTradeNo,
    });
    expect(await call('/xpay/refund_order', refund(openid))).toMatchObject({ errcode: 268490014 });
    vendor.virtual.finishRefund('rfd_00000001');
    expect(await call('/xpay/refund_order', refund(openid))).toMatchObject({ errcode: 268490004 });

    vendor.virtual.setRefundMode('at_once');
    const rest = { ...refund(openid), refund_order_id: 'rfd_00000002', left_fee: 5_900, refund_fee: 5_900 };
    expect(await call('/xpay/refund_order', rest)).toMatchObject({ errcode: 0 });
    expect(vendor.virtual.find(words.outTradeNo)).toMatchObject({ leftFen: 0, status: 5 });
    expect(await call('/xpay/query_order', { ...query(openid), order_id: 'rfd_00000002' })).toMatchObject({
      order: { order_type: 1, status: 8, refund_fee: 5_900 },
    });
  });

  it('leaves the money where it is when a refund fails', async () => {
    const openid = await paid();
    vendor.virtual.setRefundMode('fail');

    await call('/xpay/refund_order', refund(openid));

    expect(vendor.virtual.refundsOf(words.outTradeNo)).toMatchObject([{ state: 'failed' }]);
    expect(vendor.virtual.find(words.outTradeNo)).toMatchObject({ leftFen: 9_900 });
  });

  it('gets no refund of what Apple was paid; Apple gives it on its own', async () => {
    const openid = await paid('ios');
    expect(await call('/xpay/refund_order', refund(openid))).toMatchObject({ errcode: 268490002 });

    vendor.virtual.refundByApple(words.outTradeNo);

    expect(await call('/xpay/query_order', query(openid))).toMatchObject({
      order: { order_type: 7, status: 5, left_fee: 0, wxpay_order_id: '' },
    });
    expect(() => vendor.virtual.refundByApple(words.outTradeNo)).toThrow('not left');
  });
});
