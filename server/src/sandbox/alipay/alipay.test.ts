import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { request } from 'undici';
import { clock, days, hours, minutes } from '../../lib/clock';
import { createAlipaySimulator, type AlipaySimulator } from './alipay';
import type { AlipayNotificationMode } from './notifications';
import { listenOnLoopback, type Listening } from '../listen';

const appId = '2021000117600001';
const sellerId = '2088000117600001';
const app = generateKeyPairSync('rsa', { modulusLength: 2048 });
const alipay = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = (key: typeof app.publicKey): string => key.export({ type: 'spki', format: 'pem' }).toString();

let simulator: AlipaySimulator;
let gateway: Listening;
let shop: Listening;
let posted: URLSearchParams[];
let shopSays: string;

beforeEach(async () => {
  posted = [];
  shopSays = 'success';
  shop = await listenOnLoopback((incoming, response) => {
    let body = '';
    incoming.on('data', (part: Buffer) => (body += part.toString()));
    incoming.on('end', () => {
      posted.push(new URLSearchParams(body));
      response.end(shopSays);
    });
  });
  simulator = createAlipaySimulator({
    appId,
    sellerId,
    appPublicKeyPem: publicPem(app.publicKey),
    alipayPrivateKeyPem: alipay.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicUrl: 'https://suyi.example/',
    ladderScale: 0.000_000_1,
  });
  gateway = await listenOnLoopback(simulator.app.callback());
});
afterEach(async () => {
  clock.reset();
  simulator.notifications.stop();
  await Promise.all([gateway.stop(), shop.stop()]);
});

type Wish = { method: string; content?: object; change?: Record<string, string>; key?: typeof app.privateKey };

/** Signed by hand, as the documents say: all parameters that say something by name, joined as they are. */
function signedParams({ method, content = {}, change = {}, key = app.privateKey }: Wish): URLSearchParams {
  const params: Record<string, string> = {
    app_id: appId,
    method,
    charset: 'utf-8',
    sign_type: 'RSA2',
    timestamp: new Date(clock.now() + hours(8)).toISOString().slice(0, 19).replace('T', ' '),
    version: '1.0',
    biz_content: JSON.stringify(content),
    ...change,
  };
  const text = Object.keys(params)
    .filter((name) => params[name] !== '')
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&');
  return new URLSearchParams({ ...params, sign: sign('RSA-SHA256', Buffer.from(text), key).toString('base64') });
}

async function call(wish: Wish): Promise<Record<string, string>> {
  const body = signedParams(wish).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await request(`${gateway.origin}/gateway.do`, { method: 'POST', headers, body });
  const parsed = (await answer.body.json()) as Record<string, Record<string, string>>;
  return Object.values(parsed)[0] ?? {};
}

const payWords = { out_trade_no: 'ord_1', total_amount: '99.00', subject: '素衣会员', product_code: 'QUICK_WAP_WAY' };

async function openPage(content: object = payWords, change: Record<string, string> = {}) {
  const all = { notify_url: `${shop.origin}/notify`, return_url: 'https://suyi.example/?from=shop#/orders', ...change };
  const params = signedParams({ method: 'alipay.trade.wap.pay', content, change: all });
  return request(`${gateway.origin}/gateway.do?${params.toString()}`);
}

const refundWords = { out_trade_no: 'ord_1', out_request_no: 'rfd_1', refund_amount: '30.00' };
const query = (content: object = { out_trade_no: 'ord_1' }) => call({ method: 'alipay.trade.query', content });

describe('requests', () => {
  it.each<[string, Partial<Wish>, string]>([
    ['another key', { key: alipay.privateKey }, 'isv.invalid-signature'],
    ['another app', { change: { app_id: '1' } }, 'isv.invalid-app-id'],
    ['an older signature', { change: { sign_type: 'RSA' } }, 'isv.invalid-signature-type'],
    ['another charset', { change: { charset: 'gbk' } }, 'isv.invalid-charset'],
    ['another version', { change: { version: '2.0' } }, 'isv.invalid-version'],
    ['no time', { change: { timestamp: '' } }, 'isv.invalid-timestamp'],
    ['a time that is none', { change: { timestamp: '2026-11-22T08:00:00Z' } }, 'isv.invalid-timestamp'],
    ['a method that is none', { method: 'alipay.trade.gift' }, 'isv.invalid-method'],
    ['a method of every object', { method: 'toString' }, 'isv.invalid-method'],
  ])('refuses %s', async (_, change, subCode) => {
    await openPage();

    expect(await call({ method: 'alipay.trade.query', content: { out_trade_no: 'ord_1' }, ...change })).toMatchObject({
      code: '40002',
      sub_code: subCode,
    });
  });

  it('takes the time of Shanghai, give or take ten minutes', async () => {
    await openPage();
    const at = (ms: number) => new Date(clock.now() + hours(8) + ms).toISOString().slice(0, 19).replace('T', ' ');
    const asked = (ms: number) =>
      call({ method: 'alipay.trade.query', content: { out_trade_no: 'ord_1' }, change: { timestamp: at(ms) } });

    expect(await asked(minutes(9))).toMatchObject({ code: '10000' });
    expect(await asked(-minutes(9))).toMatchObject({ code: '10000' });
    for (const ms of [minutes(11), -minutes(11), -hours(8), -hours(13)]) {
      expect(await asked(ms)).toMatchObject({ sub_code: 'isv.invalid-timestamp' });
    }
  });

  it('signs the exact characters of each answer, refusals too', async () => {
    for (const outTradeNo of ['ord_1', 'ord_2']) {
      await openPage();
      const body = signedParams({ method: 'alipay.trade.query', content: { out_trade_no: outTradeNo } }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await request(`${gateway.origin}/gateway.do`, { method: 'POST', headers, body });

      const text = await answer.body.text();
      const [, node = '', signature = ''] =
        /^\{"alipay_trade_query_response":(\{.*\}),"sign":"([^"]+)"\}$/.exec(text) ?? [];
      const key = createPublicKey(publicPem(alipay.publicKey));
      expect(verify('RSA-SHA256', Buffer.from(node), key, Buffer.from(signature, 'base64'))).toBe(true);
    }
  });
});

describe('the payment page', () => {
  it.each<[string, object]>([
    ['a number with a sign in it', { out_trade_no: 'ord-1' }],
    ['a number that is too long', { out_trade_no: 'o'.repeat(65) }],
    ['nothing to pay', { total_amount: '0.00' }],
    ['a part of a fen', { total_amount: '0.001' }],
    ['an amount that is no text', { total_amount: 99 }],
    ['a sign that titles may not have', { subject: 'a&b' }],
    ['no title', { subject: '' }],
    ['another product', { product_code: 'FAST_INSTANT_TRADE_PAY' }],
    ['an end that has come', { time_expire: '2020-01-01 00:00:00' }],
    ['an end too far away', { time_expire: '2099-01-01 00:00:00' }],
    ['a field that is none', { colour: 'red' }],
  ])('shows why it does not open: %s', async (_, change) => {
    const { statusCode, body } = await openPage({ ...payWords, ...change });

    expect(statusCode).toBe(400);
    expect(await body.text()).toContain('ACQ.INVALID_PARAMETER');
    expect(simulator.trades()).toEqual([]);
  });

  it('opens again for the same words, not for another amount', async () => {
    await openPage();

    expect((await openPage()).statusCode).toBe(302);
    expect(await (await openPage({ ...payWords, total_amount: '0.01' })).body.text()).toContain('CONTEXT_INCONSISTENT');
    expect(simulator.trades()).toMatchObject([{ totalFen: 9_900 }]);
  });

  it('opens once more after the closing of what never began, as in life', async () => {
    expect(await call({ method: 'alipay.trade.close', content: { out_trade_no: 'ord_1' } })).toMatchObject({
      sub_code: 'ACQ.TRADE_NOT_EXIST',
    });

    await openPage();

    await expect(simulator.pay('ord_1')).resolves.toMatchObject({ tradeStatus: 'TRADE_SUCCESS' });
    await expect(simulator.pay('ord_1')).rejects.toThrow('交易状态不合法');
  });

  it('closes by itself after fifteen days', async () => {
    await openPage();

    clock.advance(days(15));

    expect(await query()).toMatchObject({ trade_status: 'TRADE_CLOSED' });
    expect(await query()).not.toHaveProperty('send_pay_date');
  });

  it('leads back with Alipay’s word once paid, keeping what the address had', async () => {
    await openPage();
    const bare = simulator.wayBack('ord_1');
    await simulator.pay('ord_1');

    const back = new URL(simulator.wayBack('ord_1') ?? '');
    expect(bare).toBe('https://suyi.example/?from=shop#/orders');
    expect(back.hash).toBe('#/orders');
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      from: 'shop',
      method: 'alipay.trade.wap.pay.return',
      out_trade_no: 'ord_1',
      seller_id: sellerId,
    });
  });
});

describe('refunds', () => {
  const refund = (change: object = {}) =>
    call({ method: 'alipay.trade.refund', content: { ...refundWords, ...change } });
  const asked = (no: string) =>
    call({
      method: 'alipay.trade.fastpay.refund.query',
      content: { out_trade_no: 'ord_1', out_request_no: no, query_options: ['gmt_refund_pay'] },
    });

  it('says the sum of all refunds, and that a repeat moved nothing', async () => {
    await openPage();
    await simulator.pay('ord_1');

    expect(await refund()).toMatchObject({ fund_change: 'Y', refund_fee: '30.00' });
    expect(await refund()).toMatchObject({ fund_change: 'N', refund_fee: '30.00' });
    expect(await refund({ out_request_no: 'rfd_2' })).toMatchObject({ fund_change: 'Y', refund_fee: '60.00' });
    expect(await asked('rfd_2')).toMatchObject({ refund_amount: '30.00', refund_status: 'REFUND_SUCCESS' });
    expect(await asked('rfd_3')).toEqual({ code: '10000', msg: 'Success' });
    expect(await query()).toMatchObject({ trade_status: 'TRADE_SUCCESS', total_amount: '99.00' });

    await refund({ out_request_no: 'rfd_3', refund_amount: '39' });
    expect(await query()).toMatchObject({ trade_status: 'TRADE_CLOSED', send_pay_date: expect.any(String) });
  });

  it.each<[string, () => unknown, object, string]>([
    ['an unpaid trade', () => undefined, {}, 'TRADE_STATUS_ERROR'],
    ['more than is left', () => simulator.pay('ord_1'), { refund_amount: '99.01' }, 'REFUND_AMT_NOT_EQUAL_TOTAL'],
    ['no amount', () => simulator.pay('ord_1'), { refund_amount: '0' }, 'INVALID_PARAMETER'],
    [
      'a trade that is over',
      async () => {
        await simulator.pay('ord_1');
        simulator.finish('ord_1');
      },
      {},
      'TRADE_HAS_FINISHED',
    ],
  ])('refuses %s', async (_, prepare, change, subCode) => {
    await openPage();
    await prepare();

    expect(await refund(change)).toMatchObject({ code: '40004', sub_code: `ACQ.${subCode}` });
  });

  it('keeps one number to one amount', async () => {
    await openPage();
    await simulator.pay('ord_1');
    await refund();

    expect(await refund({ refund_amount: '31.00' })).toMatchObject({ sub_code: 'ACQ.DISCORDANT_REPEAT_REQUEST' });
  });

  it('shows nothing of a refund that waits, until it is asked for again or let through', async () => {
    await openPage();
    await simulator.pay('ord_1');
    simulator.setRefundMode('later');

    expect(await refund()).toMatchObject({ fund_change: 'N' });
    expect(await refund()).toMatchObject({ fund_change: 'N' });
    expect(await asked('rfd_1')).toEqual({ code: '10000', msg: 'Success' });
    simulator.setRefundMode('now');
    expect(await refund()).toMatchObject({ fund_change: 'Y' });
    expect(simulator.makeWaitingRefund('ord_1')).toBeNull();
  });
});

describe('notifications', () => {
  async function paid(mode?: AlipayNotificationMode): Promise<void> {
    if (mode) simulator.notifications.setMode(mode);
    await openPage();
    await simulator.pay('ord_1');
    await simulator.notifications.idle();
  }
  const allClimbed = () => new Promise((resolve) => setTimeout(resolve, 400));

  it('end at the word success', async () => {
    await paid();
    await allClimbed();

    expect(posted).toHaveLength(1);
    expect(simulator.notifications.attempts()).toMatchObject([{ outTradeNo: 'ord_1', status: 200, isTaken: true }]);
  });

  it('climb Alipay’s ladder until then: eight tries in all, under one id', async () => {
    shopSays = '{"code":"success"}';

    await paid();
    await allClimbed();

    expect(posted).toHaveLength(8);
    expect(new Set(posted.map((form) => form.get('notify_id'))).size).toBe(1);
  });

  it.each<[AlipayNotificationMode, number]>([
    [{ kind: 'repeat', times: 3 }, 3],
    [{ kind: 'delay', ms: 20 }, 1],
    [{ kind: 'corrupt' }, 1],
    [{ kind: 'forge' }, 1],
  ])('travel as they are told: %j', async (mode, count) => {
    await paid(mode);

    expect(posted).toHaveLength(count);
    expect(simulator.notifications.attempts()).toHaveLength(count);
  });

  it('are lost when they are told to be, again and again, and can be sent by hand', async () => {
    await paid({ kind: 'drop' });
    await allClimbed();
    const lost = posted.length;
    simulator.notifications.setMode({ kind: 'deliver' });

    expect(lost).toBe(0);
    expect(simulator.notifications.attempts()).toHaveLength(8);
    expect(await simulator.notifications.resend('ord_1')).toMatchObject({ isTaken: true });
  });

  it('go nowhere without an address', async () => {
    await openPage(payWords, { notify_url: '' });
    await simulator.pay('ord_1');
    await simulator.notifications.idle();

    expect(posted).toEqual([]);
  });
});
