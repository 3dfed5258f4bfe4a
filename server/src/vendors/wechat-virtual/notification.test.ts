import { openVirtualShop, type VirtualShop } from '../../../test/virtual-shop';
import type { Notification, PaymentProvider } from '../payment/port';
import { NotificationRejected } from '../payment/port';
import { appleRefundInquiries } from './apple-refunds';

let shop: VirtualShop;
let pay: PaymentProvider;

beforeEach(async () => {
  shop = await openVirtualShop();
  pay = shop.provider();
});
afterEach(() => shop.stop());

const read = (body: unknown): Promise<Notification> =>
  pay.readNotification({ headers: {}, rawBody: Buffer.from(JSON.stringify(body)) });

async function lastPushed(): Promise<Notification> {
  await shop.vendor.push.idle();
  return read(shop.pushed.at(-1)?.body);
}

describe('a delivery', () => {
  it('tells of the payment what a query tells, and what was bought', async () => {
    const order = await shop.paidOrder();

    const { payment, ...rest } = await lastPushed();

    const queried = await pay.query(order);
    expect(payment).toEqual({ ...queried, goods: pay.goodsOf('monthly'), refundedFen: null });
    expect(rest).toEqual({
      eventId: `xpay_goods_deliver_notify:${order.outTradeNo}`,
      eventType: 'xpay_goods_deliver_notify',
      refund: null,
    });
  });

  it('of what Apple was paid comes without a number of WeChat Pay', async () => {
    await shop.paidOrder('ios');

    expect(await lastPushed()).toMatchObject({
      payment: { state: 'paid', transactionId: null, paidAt: null, totalFen: 9_900, goods: 'suyi_monthly×1' },
    });
  });

  it.each([
    ['payee', { Env: 1 }, { payee: 'wx0123456789abcdef/1450000001/1' }],
    [
      'goods',
      { GoodsInfo: { ProductId: 'suyi_monthly', Quantity: 2, ActualPrice: 9_900 } },
      { goods: 'suyi_monthly×2' },
    ],
    ['payer', { OpenId: 'oSomebodyElse' }, { payer: 'oSomebodyElse' }],
    ['amount', { GoodsInfo: { ProductId: 'suyi_monthly', Quantity: 1, ActualPrice: 1 } }, { totalFen: 1 }],
  ])('says in its own words when the %s is another', async (_, change, expected) => {
    await shop.paidOrder();
    await shop.vendor.push.idle();

    const { payment } = await read({ ...shop.pushed.at(-1)?.body, ...change });

    expect(payment).toMatchObject(expected);
  });
});

describe('a refund', () => {
  it('tells which refund ended, under our number', async () => {
    const order = await shop.paidOrder();
    const input = {
      refundNo: 'rfd_000000000000000000000001',
      order,
      refundFen: 3_000,
      refundedBeforeFen: 0,
      reason: '',
    };
    await pay.refund(input);

    const notification = await lastPushed();

    expect(notification).toMatchObject({ eventType: 'xpay_refund_notify', payment: null });
    expect(notification.refund).toEqual(await pay.queryRefund(input));
  });

  it('that failed is a case for a person, and another event than one that succeeds later', async () => {
    const order = await shop.paidOrder();
    shop.vendor.virtual.setRefundMode('fail');
    await pay.refund({ refundNo: 'rfd_1_failed', order, refundFen: 100, refundedBeforeFen: 0, reason: '' });

    const failed = await lastPushed();
    const succeeded = await read({ ...shop.pushed.at(-1)?.body, RetCode: 0 });

    expect(failed.refund).toMatchObject({ state: 'abnormal', refundNo: 'rfd_1_failed', succeededAt: null });
    expect(succeeded.eventId).not.toBe(failed.eventId);
  });

  it('by Apple has no number of ours', async () => {
    const order = await shop.paidOrder('ios');
    shop.vendor.virtual.refundByApple(order.outTradeNo);

    expect(await lastPushed()).toMatchObject({
      refund: { refundNo: null, outTradeNo: order.outTradeNo, state: 'succeeded', refundFen: 9_900 },
    });
    expect(await pay.query(order)).toMatchObject({ state: 'refunded', refundedFen: 9_900 });
  });
});

describe('anything else', () => {
  it('is neither payment nor refund, and the same on every repeat', async () => {
    const complaint = { Event: 'xpay_complaint_notify', ComplaintId: '1' };

    const notification = await read(complaint);

    expect(notification).toMatchObject({ eventType: 'xpay_complaint_notify', payment: null, refund: null });
    expect(await read(complaint)).toEqual(notification);
    expect((await read({ ...complaint, ComplaintId: '2' })).eventId).not.toBe(notification.eventId);
  });

  it.each([
    ['no event', { OutTradeNo: 'ord_1' }],
    ['no object', 7],
    ['a delivery without goods', { Event: 'xpay_goods_deliver_notify', OpenId: 'o', OutTradeNo: 'ord_1', Env: 0 }],
    ['a refund without a result', { Event: 'xpay_refund_notify', MchOrderId: 'ord_1' }],
  ])('is rejected when it is broken: %s', async (_, body) => {
    await expect(read(body)).rejects.toMatchObject({ name: 'NotificationRejected', reason: 'body' });
    await expect(read(body)).rejects.toBeInstanceOf(NotificationRejected);
  });
});

describe('Apple’s inquiry', () => {
  it('is read, and answered in the words that Apple takes', async () => {
    const order = await shop.paidOrder('ios');
    await shop.vendor.push.idle();
    const { paidAt } = shop.vendor.virtual.find(order.outTradeNo) ?? {};
    const decision = { isAgreed: false, reason: '已使用', evidence: '已使用 30 次，最近一次在今天' };
    shop.answerPushes(200, () => shop.push.seal(appleRefundInquiries.answer(decision)));

    const answer = await shop.vendor.virtual.askAppleRefund(order.outTradeNo);

    const message = shop.pushed.at(-1);
    expect(message && appleRefundInquiries.read(message)).toEqual({
      outTradeNo: order.outTradeNo,
      productId: 'suyi_monthly',
      quantity: 1,
      buyersReason: 'UNINTENDED_PURCHASE',
      delivery: 'done',
      orderedAt: Math.floor((paidAt ?? 0) / 1_000) * 1_000,
      askedAt: expect.any(Number),
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { result_code: 1, result_info: '已使用', evidence: '已使用 30 次，最近一次在今天' },
    });
  });

  it('is agreed to with a zero', () => {
    expect(appleRefundInquiries.answer({ isAgreed: true, reason: '', evidence: '未使用' })).toEqual({
      result_code: 0,
      result_info: '',
      evidence: '未使用',
    });
    expect(() => appleRefundInquiries.answer({ isAgreed: true, reason: '', evidence: '' })).toThrow('evidence');
  });

  it('is read whatever else is missing or odd, and nothing else is taken for one', () => {
    const message = { key: '1', event: 'xpay_subscribe_ios_refund_query_notify', openid: null };
    const body = { pay_order_id: 'ord_1', p_count: '-1', provide_status: 2, order_time: 1714112445, refund_time: null };

    expect(appleRefundInquiries.read({ ...message, body })).toEqual({
      outTradeNo: 'ord_1',
      productId: null,
      quantity: null,
      buyersReason: null,
      delivery: 'under_way',
      orderedAt: 1714112445_000,
      askedAt: null,
    });
    expect(appleRefundInquiries.read({ ...message, body: {} })).toMatchObject({ outTradeNo: '', delivery: null });
    expect(appleRefundInquiries.read({ ...message, event: 'xpay_refund_notify', body })).toBeNull();
  });
});
