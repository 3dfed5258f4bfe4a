import { openVirtualShop, type PaidOrder, type VirtualShop } from '../../../test/virtual-shop';
import { VendorUnavailable } from '../../lib/errors';
import type { Fault } from '../../sandbox/faults';
import type { PaymentProvider, RefundInput } from '../payment/port';

let shop: VirtualShop;
let pay: PaymentProvider;
let order: PaidOrder;

beforeEach(async () => {
  shop = await openVirtualShop();
  pay = shop.provider();
  order = await shop.paidOrder();
});
afterEach(() => shop.stop());

const refundOf = (change: Partial<RefundInput> = {}): RefundInput => ({
  refundNo: 'rfd_000000000000000000000001',
  order,
  refundFen: 9_900,
  refundedBeforeFen: 0,
  reason: '素衣：用户申请退款',
  ...change,
});

const spoil = (path: string, fault: Fault, times = 1): void => shop.vendor.faults.plan({ path, times, fault });
const answerWith = (body: unknown): Fault => ({ kind: 'status', status: 200, body });
const lost: Fault = { kind: 'lost' };
const sent = (): unknown[] =>
  shop.asked.filter((call) => call.path === '/xpay/refund_order').map((call) => JSON.parse(call.body) as unknown);

const failureOf = (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => Promise.reject(new Error('it was answered')),
    (error: unknown) => error,
  );

describe('refund', () => {
  it('asks WeChat to begin one, in its words, and says that it is under way', async () => {
    shop.vendor.virtual.setRefundMode('later');

    const view = await pay.refund(refundOf());

    expect(sent()).toEqual([
      {
        openid: order.payer,
        order_id: order.outTradeNo,
        refund_order_id: 'rfd_000000000000000000000001',
        left_fee: 9_900,
        refund_fee: 9_900,
        biz_meta: '素衣：用户申请退款',
        refund_reason: '5',
        req_from: '3',
        env: 0,
      },
    ]);
    const [refund] = shop.vendor.virtual.refundsOf(order.outTradeNo);
    expect(view).toEqual({
      channel: 'wechat_virtual',
      refundNo: 'rfd_000000000000000000000001',
      providerRefundId: refund?.wxRefundId,
      outTradeNo: order.outTradeNo,
      state: 'processing',
      refundFen: null,
      succeededAt: null,
    });
  });

  it('is one refund however often it is asked for, and whatever was heard of it', async () => {
    spoil('refund_order', lost);
    expect(await failureOf(pay.refund(refundOf({ refundFen: 3_000 })))).toBeInstanceOf(VendorUnavailable);

    const again = await pay.refund(refundOf({ refundFen: 3_000 }));

    expect(again).toMatchObject({ state: 'succeeded', refundFen: 3_000 });
    expect(sent()).toHaveLength(1);
    expect(shop.vendor.virtual.find(order.outTradeNo)).toMatchObject({ leftFen: 6_900 });
  });

  it('is one refund too where WeChat does not tell refunds by their number', async () => {
    await pay.refund(refundOf({ refundFen: 3_000 }));
    const payment = { order_id: order.outTradeNo, status: 4, order_type: 0, paid_fee: 9_900, left_fee: 6_900 };
    spoil('query_order', answerWith({ errcode: 0, order: payment }));
    spoil('query_order', answerWith({ errcode: 268490002, errmsg: 'order_id' }));

    expect(await pay.refund(refundOf({ refundFen: 3_000 }))).toMatchObject({ state: 'succeeded' });
    expect(sent()).toHaveLength(1);
  });

  it('sends one part back after the other', async () => {
    await pay.refund(refundOf({ refundFen: 3_000 }));

    const second = refundOf({ refundNo: 'rfd_000000000000000000000002', refundFen: 6_900, refundedBeforeFen: 3_000 });
    expect(await pay.refund(second)).toMatchObject({ state: 'processing' });

    expect(await pay.query(order)).toMatchObject({ state: 'refunded', refundedFen: 9_900 });
  });

  it.each([268490004, 268490014])('takes %d for a refund that is under way', async (errcode) => {
    spoil('refund_order', answerWith({ errcode, errmsg: '' }));

    expect(await pay.refund(refundOf())).toMatchObject({ state: 'processing', providerRefundId: null });
  });

  it.each([-1, 268490001, 268490002, 268490003, 268490015, 268490016, 268490999])(
    'takes %d for no answer, so that the same is asked again',
    async (errcode) => {
      spoil('refund_order', answerWith({ errcode, errmsg: '' }));
      expect(await failureOf(pay.refund(refundOf()))).toBeInstanceOf(VendorUnavailable);

      expect(await pay.refund(refundOf())).toMatchObject({ state: 'processing' });
    },
  );

  it('takes a verified order for a final no', async () => {
    spoil('refund_order', answerWith({ errcode: 268490013, errmsg: '' }));

    expect(await pay.refund(refundOf())).toMatchObject({ refused: true, code: 'verified' });
  });

  it('refuses what only Apple can refund, without asking WeChat to', async () => {
    order = await shop.paidOrder('ios');

    expect(await pay.refund(refundOf())).toMatchObject({ refused: true, code: 'ios_order' });
    expect(sent()).toHaveLength(0);
  });

  it('refuses what nobody paid', async () => {
    const buyer = await shop.logIn();
    const input = shop.inputOf(buyer);
    await shop.vendor.virtual.open(await shop.started(input), buyer.openid);

    expect(await pay.refund(refundOf({ order: input }))).toMatchObject({ refused: true, code: 'not_paid' });
  });

  it('refuses more than is left after an operator sent some back', async () => {
    shop.vendor.virtual.refundAtConsole(order.outTradeNo, 100);

    expect(await pay.refund(refundOf())).toMatchObject({ refused: true, code: 'less_left' });
    expect(sent()).toHaveLength(0);
  });

  it('asks nothing of WeChat while it does not say what is left, nor of an order that one of us does not know', async () => {
    shop.vendor.virtual.showStatus(order.outTradeNo, 42);
    expect(await failureOf(pay.refund(refundOf()))).toBeInstanceOf(VendorUnavailable);

    spoil('query_order', answerWith({ errcode: 0, order: { order_id: order.outTradeNo, status: 4 } }));
    expect(await failureOf(pay.refund(refundOf()))).toBeInstanceOf(VendorUnavailable);

    const unknown = refundOf({ order: { ...order, outTradeNo: 'ord_never_seen' } });
    expect(await failureOf(pay.refund(unknown))).toBeInstanceOf(VendorUnavailable);
    expect(sent()).toHaveLength(0);
  });
});

describe('queryRefund', () => {
  it('tells how a refund goes, until the money is back', async () => {
    shop.vendor.virtual.setRefundMode('later');
    await pay.refund(refundOf());
    expect(await pay.queryRefund(refundOf())).toMatchObject({
      state: 'processing',
      refundFen: 9_900,
      succeededAt: null,
    });

    const { wxRefundId, endedAt } = shop.vendor.virtual.finishRefund('rfd_000000000000000000000001');

    expect(await pay.queryRefund(refundOf())).toEqual({
      channel: 'wechat_virtual',
      refundNo: 'rfd_000000000000000000000001',
      providerRefundId: wxRefundId,
      outTradeNo: order.outTradeNo,
      state: 'succeeded',
      refundFen: 9_900,
      succeededAt: Math.floor((endedAt ?? 0) / 1_000) * 1_000,
    });
  });

  it('tells that a refund failed, and that it has not heard of one', async () => {
    expect(await pay.queryRefund(refundOf())).toBeNull();

    shop.vendor.virtual.setRefundMode('fail');
    await pay.refund(refundOf());

    expect(await pay.queryRefund(refundOf())).toMatchObject({ state: 'abnormal', succeededAt: null });
  });

  describe('where WeChat does not tell refunds by their number', () => {
    const notByNumber = (): void => spoil('query_order', answerWith({ errcode: 268490002, errmsg: 'order_id' }));

    it('sees by what is left that the money went back', async () => {
      await pay.refund(refundOf({ refundFen: 3_000 }));
      notByNumber();

      expect(await pay.queryRefund(refundOf({ refundFen: 3_000 }))).toMatchObject({ state: 'succeeded' });
    });

    it('does not take an earlier refund for this one', async () => {
      await pay.refund(refundOf({ refundFen: 3_000 }));
      notByNumber();
      const next = refundOf({ refundNo: 'rfd_000000000000000000000002', refundFen: 3_000, refundedBeforeFen: 3_000 });

      expect(await failureOf(pay.queryRefund(next))).toBeInstanceOf(VendorUnavailable);
    });

    it('takes a payment of which a refund failed for a case for a person', async () => {
      shop.vendor.virtual.showStatus(order.outTradeNo, 7);
      notByNumber();

      expect(await pay.queryRefund(refundOf())).toMatchObject({ state: 'abnormal' });
    });
  });

  it.each([
    [1, 'processing'],
    [5, 'succeeded'],
    [7, 'abnormal'],
    [8, 'succeeded'],
    [10, 'succeeded'],
    [42, 'processing'],
  ])('takes status %d of a refund for %s', async (status, state) => {
    const refund = { order_id: refundOf().refundNo, order_type: 1, status, refund_fee: 9_900 };
    spoil('query_order', answerWith({ errcode: 0, order: refund }));

    expect(await pay.queryRefund(refundOf())).toMatchObject({ state });
  });

  it('takes something else under its number, and silence, for no answer', async () => {
    const payment = { order_id: refundOf().refundNo, order_type: 0, status: 4 };
    spoil('query_order', answerWith({ errcode: 0, order: payment }));
    expect(await failureOf(pay.queryRefund(refundOf()))).toBeInstanceOf(VendorUnavailable);

    spoil('query_order', { kind: 'reset' });
    expect(await failureOf(pay.queryRefund(refundOf()))).toBeInstanceOf(VendorUnavailable);
  });
});
