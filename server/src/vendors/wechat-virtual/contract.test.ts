import { openVirtualShop, type VirtualShop } from '../../../test/virtual-shop';
import { inspect } from 'node:util';
import { clock } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import type { Fault } from '../../sandbox/faults';
import type { OrderRef, PaymentProvider } from '../payment/port';

const secrets = /contract-app|access_token|oABCDEFG/;

let shop: VirtualShop;
let pay: PaymentProvider;

beforeEach(async () => {
  shop = await openVirtualShop();
  pay = shop.provider();
});
afterEach(async () => {
  clock.reset();
  await shop.stop();
});

const spoil = (path: string, fault: Fault, times = 1): void => shop.vendor.faults.plan({ path, times, fault });
const answerWith = (body: unknown): Fault => ({ kind: 'status', status: 200, body });
const told = (path: string): unknown[] =>
  shop.asked.filter((call) => call.path === path).map((call) => JSON.parse(call.body) as unknown);

const failureOf = (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => Promise.reject(new Error('it was answered')),
    (error: unknown) => error,
  );

const nobody: OrderRef = { outTradeNo: 'ord_never_seen', payer: 'oABCDEFGHIJKLMNOPQRSTUVWXYZ0', totalFen: 9_900 };

describe('start', () => {
  it('signs what a phone can pay with, and asks nobody', async () => {
    const buyer = await shop.logIn();
    const input = shop.inputOf(buyer);
    const before = shop.asked.length;

    const payment = await shop.started(input);

    expect(shop.asked).toHaveLength(before);
    expect(JSON.parse(payment.signData)).toEqual({
      offerId: '1450000001',
      buyQuantity: 1,
      env: 0,
      currencyType: 'CNY',
      productId: 'suyi_monthly',
      goodsPrice: 9_900,
      outTradeNo: input.outTradeNo,
      attach: input.outTradeNo,
    });
    expect(await shop.vendor.virtual.pay(payment, buyer.openid)).toMatchObject({ totalFen: 9_900, status: 2 });
  });

  it('says again the same words for the same order and login, and WeChat takes its number once', async () => {
    const buyer = await shop.logIn();
    const input = shop.inputOf(buyer);

    const payment = await shop.started(input);

    expect(await shop.started(input)).toEqual(payment);
    await shop.vendor.virtual.open(payment, buyer.openid);
    await expect(shop.vendor.virtual.open(payment, buyer.openid)).rejects.toMatchObject({ errCode: -15002 });
  });

  it('signs with the login of this moment: with an older one WeChat takes nothing', async () => {
    const older = await shop.logIn();
    await shop.logIn();

    const payment = await shop.started(shop.inputOf(older));

    await expect(shop.vendor.virtual.pay(payment, older.openid)).rejects.toMatchObject({ errCode: -15007 });
  });

  it.each(['yearly', '__proto__'])('refuses the plan %s, for which no item stands', async (planId) => {
    const buyer = await shop.logIn();

    expect(await pay.start(shop.inputOf(buyer, { planId }))).toMatchObject({ refused: true, code: 'no_product' });
    expect([pay.goodsOf('monthly'), pay.goodsOf(planId)]).toEqual(['suyi_monthly×1', null]);
  });

  it.each([
    ['no login', { sessionKey: null }],
    ['no buyer', { payer: null }],
    ['a number that WeChat does not take', { outTradeNo: '_begins_with_it' }],
  ])('is our own mistake with %s', async (_, change) => {
    const buyer = await shop.logIn();

    expect(String(await failureOf(pay.start(shop.inputOf(buyer, change))))).toContain('virtual payment');
  });
});

describe('query', () => {
  it('knows nothing of an order that no phone asked to pay', async () => {
    expect(await pay.query(nobody)).toBeNull();
  });

  it('tells how an order stands, from the open cashier to the payment', async () => {
    const buyer = await shop.logIn();
    const input = shop.inputOf(buyer);
    await shop.vendor.virtual.open(await shop.started(input), buyer.openid);

    expect(await pay.query(input)).toMatchObject({ state: 'unpaid', totalFen: 9_900, paidAt: null, refundedFen: null });

    const { transactionId, paidAt } = shop.vendor.virtual.payOpened(input.outTradeNo);
    expect(await pay.query(input)).toEqual({
      channel: 'wechat_virtual',
      outTradeNo: input.outTradeNo,
      state: 'paid',
      transactionId,
      payee: pay.payee,
      payer: buyer.openid,
      goods: null,
      totalFen: 9_900,
      currency: 'CNY',
      paidAt: Math.floor((paidAt ?? 0) / 1_000) * 1_000,
      refundedFen: 0,
    });
    expect(pay.payee).toBe('wx0123456789abcdef/1450000001/0');
  });

  it('tells that WeChat gave an order up', async () => {
    const buyer = await shop.logIn();
    const input = shop.inputOf(buyer);
    await shop.vendor.virtual.open(await shop.started(input), buyer.openid);
    shop.vendor.virtual.close(input.outTradeNo);

    expect(await pay.query(input)).toMatchObject({ state: 'closed' });
  });

  it.each([
    [0, 'unpaid'],
    [1, 'unpaid'],
    [2, 'paid'],
    [3, 'paid'],
    [4, 'paid'],
    [5, 'refunded'],
    [6, 'closed'],
    [7, 'paid'],
    [8, 'refunded'],
    [9, 'refunded'],
    [10, 'refunded'],
    [42, 'unpaid'],
  ])('takes status %d for %s', async (status, state) => {
    const order = await shop.paidOrder();
    shop.vendor.virtual.showStatus(order.outTradeNo, status);

    expect(await pay.query(order)).toMatchObject({ state });
  });

  it('sees by what is left that money went back, when the status says delivered again', async () => {
    const order = await shop.paidOrder();
    shop.vendor.virtual.refundAtConsole(order.outTradeNo, 9_900);
    expect(await pay.query(order)).toMatchObject({ state: 'refunded', refundedFen: 9_900 });

    shop.vendor.virtual.showStatus(order.outTradeNo, 4);

    expect(await pay.query(order)).toMatchObject({ state: 'refunded', refundedFen: 9_900 });
  });

  it('tells how much of an order was sent back', async () => {
    const order = await shop.paidOrder();
    shop.vendor.virtual.refundAtConsole(order.outTradeNo, 2_500);

    expect(await pay.query(order)).toMatchObject({ state: 'refunded', refundedFen: 2_500, totalFen: 9_900 });
  });

  const answer = (order: OrderRef, change: Record<string, unknown>): Fault =>
    answerWith({
      errcode: 0,
      order: { order_id: order.outTradeNo, status: 4, order_type: 0, order_fee: 9_900, paid_fee: 9_900, ...change },
    });

  it('does not take what we may refund of Apple’s payment for what is left of it', async () => {
    spoil('query_order', answer(nobody, { order_type: 7, left_fee: 0, wx_order_id: 'XP1' }));
    expect(await pay.query(nobody)).toMatchObject({ state: 'paid', refundedFen: null, transactionId: 'XP1' });

    spoil('query_order', answer(nobody, { order_type: 7, left_fee: 0, status: 5 }));
    expect(await pay.query(nobody)).toMatchObject({ state: 'refunded', refundedFen: 9_900 });
  });

  it('names the environment that WeChat names, so that sandbox money is not ours', async () => {
    spoil('query_order', answer(nobody, { env_type: 2 }));
    expect(await pay.query(nobody)).toMatchObject({ payee: 'wx0123456789abcdef/1450000001/1' });

    spoil('query_order', answer(nobody, { env_type: 1 }));
    expect(await pay.query(nobody)).toMatchObject({ payee: pay.payee });
  });

  it.each<[string, Fault]>([
    ['a busy WeChat', answerWith({ errcode: -1, errmsg: 'system error' })],
    ['a throttle', answerWith({ errcode: 268490015, errmsg: 'too often' })],
    ['any other no, of which none means "no such order"', answerWith({ errcode: 268490002, errmsg: 'order_id' })],
    ['another order', answer({ ...nobody, outTradeNo: 'ord_of_another' }, {})],
    ['an order of another shape', answerWith({ errcode: 0, order: { order_id: nobody.outTradeNo } })],
    ['an amount with decimals', answer(nobody, { paid_fee: 99.5 })],
    ['an empty object', answerWith({})],
    ['nothing at all', answerWith('')],
    ['text that is no JSON', answerWith('<html>')],
    ['a 502, whatever it says', { kind: 'status', status: 502, body: { errcode: 0 } }],
    ['silence', { kind: 'delay', ms: 1_000 }],
    ['a connection that is reset', { kind: 'reset' }],
    ['an answer that is cut', { kind: 'cut', afterBytes: 9 }],
  ])('takes %s for no answer, and says no secret', async (_, fault) => {
    spoil('query_order', fault);

    const error = await failureOf(shop.provider({ timeoutMs: 300 }).query(nobody));

    expect(error).toBeInstanceOf(VendorUnavailable);
    expect(inspect(error, { depth: 10 })).not.toMatch(secrets);
  });

  it.each([
    ['a wrong app key', { appKey: 'contract-app-key-of-the-sandbox' }],
    ['the other environment', { env: 1 as const }],
  ])('takes what WeChat says to %s for no answer', async (_, change) => {
    const order = await shop.paidOrder();

    expect(await failureOf(shop.provider(change).query(order))).toBeInstanceOf(VendorUnavailable);
  });

  it('gives no word about the order of another buyer', async () => {
    const order = await shop.paidOrder();
    const { openid } = await shop.logIn('browser9c11');

    expect(await failureOf(pay.query({ ...order, payer: openid }))).toBeInstanceOf(VendorUnavailable);
  });

  it('goes on with another token when WeChat dropped the one it held, and asks no third time', async () => {
    const order = await shop.paidOrder();
    await pay.query(order);
    shop.vendor.dropTokens();

    expect(await pay.query(order)).toMatchObject({ state: 'paid' });

    spoil('query_order', answerWith({ errcode: 42001, errmsg: 'access_token expired' }), 2);
    const before = told('/xpay/query_order').length;
    expect(await failureOf(pay.query(order))).toBeInstanceOf(VendorUnavailable);
    expect(told('/xpay/query_order')).toHaveLength(before + 2);
  });
});

describe('close', () => {
  it('says closed of what nobody paid, since nothing can be closed at WeChat', async () => {
    const buyer = await shop.logIn();
    const input = shop.inputOf(buyer);
    await shop.vendor.virtual.open(await shop.started(input), buyer.openid);

    expect([await pay.close(nobody), await pay.close(input)]).toEqual(['closed', 'closed']);
  });

  it('says paid of what was paid, sent back or not', async () => {
    const order = await shop.paidOrder();
    expect(await pay.close(order)).toBe('paid');

    shop.vendor.virtual.refundAtConsole(order.outTradeNo, 9_900);
    expect(await pay.close(order)).toBe('paid');
  });

  it('closes nothing while WeChat does not answer', async () => {
    spoil('query_order', answerWith({ errcode: 268490015 }));

    expect(await failureOf(pay.close(nobody))).toBeInstanceOf(VendorUnavailable);
  });
});

describe('tellDelivered', () => {
  it('moves the order to delivered, and is harmless again', async () => {
    const order = await shop.paidOrder();

    await pay.tellDelivered?.(order);
    await pay.tellDelivered?.(order);

    expect(shop.vendor.virtual.find(order.outTradeNo)).toMatchObject({ status: 4, deliveredAt: expect.any(Number) });
    expect(told('/xpay/notify_provide_goods')).toHaveLength(2);
  });

  it('takes an empty answer for a yes, and any no but the repeat for none', async () => {
    const order = await shop.paidOrder();
    spoil('notify_provide_goods', answerWith(''));
    await pay.tellDelivered?.(order);

    expect(await failureOf(Promise.resolve(pay.tellDelivered?.(nobody)))).toBeInstanceOf(VendorUnavailable);
  });
});
