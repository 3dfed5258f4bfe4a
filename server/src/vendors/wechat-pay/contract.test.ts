import { appid, makeOrder, mchid, useMerchant } from '../../../test/merchant';
import { createPublicKey, verify } from 'node:crypto';
import { JsapiPayment } from '@suyi/shared-types';
import { clock, days, hours } from '../../lib/clock';
import { isRefusal, VendorUnavailable } from '../../lib/errors';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import type { OrderRef, StartInput } from '../payment/port';
import type { WechatPaySettings } from './wechat-pay';

const shop = useMerchant();
const { placed, paid, adapter } = shop;

const refOf = (outTradeNo: string): OrderRef => ({ outTradeNo, payer: null, totalFen: 9_900 });
const nobodys = refOf('ord_of_nobody');

async function paramsOf(order: StartInput): Promise<JsapiPayment> {
  const answer = await shop.pay.start(order);
  if (answer.refused) throw new Error(`refused: ${answer.code}`);
  return JsapiPayment.parse(answer.payment);
}

const handleOf = (answer: Awaited<ReturnType<typeof shop.pay.start>>) => (answer.refused ? 'refused' : answer.handle);

it('names its channel, and whom the money goes to', () => {
  expect(shop.pay).toMatchObject({ channel: 'wechat_jsapi', payee: `${appid}/${mchid}`, tellDelivered: null });
  expect(shop.pay.goodsOf('monthly')).toBeNull();
});

describe('start', () => {
  it('makes an order that the phone can pay with the parameters we sign', async () => {
    const order = await placed();

    const params = await paramsOf(order);

    expect(shop.simulator.checkPaymentParams(params)).toMatchObject({ ok: true, order: { totalFen: 9_900 } });
    expect(shop.simulator.find(order.outTradeNo)).toMatchObject({
      description: order.description,
      openid: order.payer,
      notifyUrl: 'http://127.0.0.1:9/api/payments/wechat/notify',
      timeExpire: Math.floor(order.expiresAt / 1_000) * 1_000,
    });
  });

  it('signs four lines: appid, time, nonce, package, each ended by a line feed', async () => {
    const order = await placed();

    const params = await paramsOf(order);

    const lines = `${appid}\n${params.timeStamp}\n${params.nonceStr}\nprepay_id=${order.handle}\n`;
    const key = createPublicKey(shop.keys.merchantPrivateKeyPem);
    expect(verify('RSA-SHA256', Buffer.from(lines), key, Buffer.from(params.paySign, 'base64'))).toBe(true);
    expect(params).toMatchObject({ signType: 'RSA', timeStamp: expect.stringMatching(/^\d{10}$/) });
    expect((await paramsOf(order)).nonceStr).not.toBe(params.nonceStr);
  });

  it('asks nobody once the order has its prepay id', async () => {
    const order = await placed();
    await shop.server.stop();

    expect(handleOf(await shop.pay.start(order))).toBe(order.handle);
    await expect(shop.pay.start({ ...order, handle: null })).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('gives the phone nothing that holds for another prepay id', async () => {
    const [first, second] = [await placed(), await placed()];

    const params = { ...(await paramsOf(first)), package: `prepay_id=${second.handle}` };

    expect(shop.simulator.checkPaymentParams(params)).toMatchObject({ ok: false });
  });

  it('is the same order when asked again with the same words, twice in a row and at once', async () => {
    const order = makeOrder();

    const answers = [
      await shop.pay.start(order),
      ...(await Promise.all([shop.pay.start(order), shop.pay.start(order)])),
    ];

    expect(new Set(answers.map(handleOf)).size).toBe(1);
    expect(shop.simulator.orders()).toHaveLength(1);
  });

  it('gets a fresh prepay id once the first is older than two hours', async () => {
    const order = await placed({ expiresAt: clock.now() + days(1) });
    clock.advance(hours(2));

    const second = await shop.pay.start({ ...order, handle: null });

    expect(second).toMatchObject({ refused: false });
    expect(handleOf(second)).not.toBe(order.handle);
  });

  it.each<[string, Partial<StartInput>]>([
    ['another price', { totalFen: 100 }],
    ['another payer', { payer: 'somebody-else' }],
  ])('is refused for the same number with %s', async (_, change) => {
    const order = await placed();

    const answer = await shop.pay.start({ ...order, handle: null, ...change });

    expect(answer).toMatchObject({ refused: true, code: 'INVALID_REQUEST' });
  });

  it('is refused for a paid order and for a closed one', async () => {
    const [done, closed] = [await paid(), await placed()];
    await shop.pay.close(closed);

    const again = (order: StartInput) => shop.pay.start({ ...order, handle: null });

    expect(await again(done)).toMatchObject({ refused: true, code: 'OUT_TRADE_NO_USED' });
    expect(await again(closed)).toMatchObject({ refused: true, code: 'ORDER_CLOSED' });
  });

  it.each<[string, Partial<StartInput>, Partial<WechatPaySettings>?]>([
    ['nothing to pay', { totalFen: 0 }],
    ['half a fen', { totalFen: 0.5 }],
    ['an emoji', { description: '会员 👗' }],
    ['128 characters', { description: 'x'.repeat(128) }],
    ['a number that is too short', { outTradeNo: 'ord_1' }],
    ['a time that has passed', { expiresAt: 0 }],
    ['a query in the notify address', {}, { notifyUrl: 'https://suyi.example/notify?a=1' }],
    ['plain http to the world', {}, { notifyUrl: 'http://suyi.example/notify' }],
  ])('is refused for %s', async (_, change, settings = {}) => {
    const answer = await adapter(settings).start(makeOrder(change));

    expect(answer).toMatchObject({ refused: true, code: 'PARAM_ERROR' });
    expect(shop.simulator.orders()).toHaveLength(0);
  });
});

describe('query', () => {
  it('reads an unpaid, a paid and a closed order, in fen and milliseconds', async () => {
    clock.freeze(Math.floor(clock.now() / 1_000) * 1_000);
    const [waiting, done, closed] = [await placed(), await paid(), await placed()];
    await shop.pay.close(closed);

    expect(await shop.pay.query(waiting)).toEqual({
      channel: 'wechat_jsapi',
      outTradeNo: waiting.outTradeNo,
      state: 'unpaid',
      transactionId: null,
      payee: `${appid}/${mchid}`,
      payer: null,
      goods: null,
      totalFen: 9_900,
      currency: 'CNY',
      paidAt: null,
      refundedFen: null,
    });
    expect(await shop.pay.query(done)).toEqual({
      channel: 'wechat_jsapi',
      outTradeNo: done.outTradeNo,
      state: 'paid',
      transactionId: shop.simulator.find(done.outTradeNo)?.transactionId,
      payee: `${appid}/${mchid}`,
      payer: done.payer,
      goods: null,
      totalFen: 9_900,
      currency: 'CNY',
      paidAt: clock.now(),
      refundedFen: null,
    });
    expect(await shop.pay.query(closed)).toMatchObject({ state: 'closed' });
  });

  it('finds a number whose characters mean something in an address', async () => {
    const order = await placed({ outTradeNo: 'a|b*c-d_e' });

    expect(await shop.pay.query(order)).toMatchObject({ outTradeNo: 'a|b*c-d_e' });
    expect(await shop.pay.query(refOf(`${order.outTradeNo}?mchid=1#`))).toBeNull();
  });

  it('is null for an order that WeChat Pay does not have', async () => {
    expect(await shop.pay.query(nobodys)).toBeNull();
  });

  it('sees an order closed when its time is up', async () => {
    const order = await placed();
    clock.advance(hours(1));

    expect(await shop.pay.query(order)).toMatchObject({ state: 'closed' });
  });
});

describe('close', () => {
  it('closes an unpaid order, and again', async () => {
    const order = await placed();

    expect(await shop.pay.close(order)).toBe('closed');
    expect(await shop.pay.close(order)).toBe('closed');
    await expect(shop.simulator.pay(order.outTradeNo)).rejects.toMatchObject({ code: 'ORDER_CLOSED' });
  });

  it('says that the order was paid meanwhile', async () => {
    expect(await shop.pay.close(await paid())).toBe('paid');
  });

  it('does not know, while the user is paying', async () => {
    const order = await placed();
    shop.simulator.startPaying(order.outTradeNo);

    await expect(shop.pay.close(order)).rejects.toBeInstanceOf(VendorUnavailable);

    shop.simulator.abandon(order.outTradeNo);
    expect(await shop.pay.close(order)).toBe('closed');
  });

  it('takes an order that never was for closed', async () => {
    expect(await shop.pay.close(nobodys)).toBe('closed');
  });
});

describe('an answer that is not WeChat Pay’s own', () => {
  it.each(['tampered', 'unsigned', 'stale', 'forged', 'foreign'] as const)(
    'counts as none when it is %s: a success, a refusal and a missing order alike',
    async (spoiling) => {
      const order = await placed();
      shop.simulator.spoilAnswers({ spoiling, times: 4 });

      await expect(shop.pay.start(makeOrder())).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(shop.pay.start({ ...order, handle: null, totalFen: 1 })).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(shop.pay.query(order)).rejects.toBeInstanceOf(VendorUnavailable);
      await expect(shop.pay.query(nobodys)).rejects.toBeInstanceOf(VendorUnavailable);

      expect(await shop.pay.query(order)).toMatchObject({ state: 'unpaid' });
    },
  );

  it('counts as none when it is a genuine answer about another order', async () => {
    const [asked, other] = [await placed(), await paid()];
    const relay = await replayFirstAnswer(shop.server.origin);
    const misled = adapter({ apiBase: relay.origin });

    expect(await misled.query(other)).toMatchObject({ state: 'paid' });
    await expect(misled.query(asked)).rejects.toBeInstanceOf(VendorUnavailable);

    await relay.stop();
  });

  it('does not carry a secret or an openid in its error', async () => {
    const order = makeOrder();
    shop.simulator.faults.plan({ path: '/jsapi', fault: { kind: 'reset' }, times: 1 });

    const error = await shop.pay.start(order).catch((thrown: unknown) => thrown);

    const said =
      JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error instanceof Error && error.cause);
    expect(said).toContain('wechat-pay');
    expect(said).not.toContain(order.payer);
    expect(said).not.toContain('WECHATPAY2');
  });
});

describe('an answer that does not come', () => {
  it.each([
    ['429', { kind: 'status', status: 429, body: { code: 'FREQUENCY_LIMITED', message: '频率限制' } }],
    ['500', { kind: 'status', status: 500, body: { code: 'SYSTEM_ERROR', message: '系统错误' } }],
    ['502 from a gateway', { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' }],
    ['202', { kind: 'status', status: 202, body: {} }],
    ['reset', { kind: 'reset' }],
    ['half of it', { kind: 'cut', afterBytes: 12 }],
  ] as const)('is unknown, never unpaid: %s', async (_, fault) => {
    const order = await placed();
    shop.simulator.faults.plan({ path: order.outTradeNo, fault, times: 2 });
    shop.simulator.faults.plan({ path: '/jsapi', fault, times: 1 });

    await expect(shop.pay.query(order)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(shop.pay.close(order)).rejects.toBeInstanceOf(VendorUnavailable);
    await expect(shop.pay.start(makeOrder())).rejects.toBeInstanceOf(VendorUnavailable);
  });

  it('leaves an order that the same words find again, when the reply to a prepay is lost', async () => {
    const order = makeOrder();
    shop.simulator.faults.plan({ path: '/jsapi', fault: { kind: 'lost' }, times: 1 });

    await expect(shop.pay.start(order)).rejects.toBeInstanceOf(VendorUnavailable);

    const made = shop.simulator.find(order.outTradeNo);
    expect(handleOf(await shop.pay.start(order))).toBe(made?.prepayId);
  });

  it('is a refusal that made no order when it is a 401 for our own signature', async () => {
    const stranger = adapter({ privateKeyPem: shop.keys.platformPrivateKeyPem });

    const answer = await stranger.start(makeOrder());

    expect(isRefusal(answer) && answer.code).toBe('SIGN_ERROR');
    expect(shop.simulator.orders()).toHaveLength(0);
  });
});

/** A line in the middle that passes the first question on, and its answer to every question. */
async function replayFirstAnswer(origin: string): Promise<Listening> {
  let first: Promise<{ head: Record<string, string>; body: Buffer }> | null = null;
  return listenOnLoopback((request, response) => {
    first ??= fetch(origin + (request.url ?? '/'), {
      headers: {
        authorization: String(request.headers.authorization),
        accept: 'application/json',
        'user-agent': 'relay',
      },
    }).then(async (answer) => ({
      head: Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('wechatpay-'))),
      body: Buffer.from(await answer.arrayBuffer()),
    }));
    void first.then(({ head, body }) => response.writeHead(200, head).end(body));
  });
}
