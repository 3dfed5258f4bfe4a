import { randomInt } from 'node:crypto';
import { clock } from '../../lib/clock';
import type { SignData, VirtualPlatform } from './rules';

/** WeChat's numbers for how an order stands. */
export const status = {
  created: 1,
  paid: 2,
  delivered: 4,
  refunded: 5,
  closed: 6,
  refundFailed: 7,
  refundDone: 8,
} as const;

export type VirtualOrder = {
  outTradeNo: string;
  wxOrderId: string;
  /** WeChat Pay's number; null while unpaid, and for what Apple was paid. */
  transactionId: string | null;
  openid: string;
  platform: VirtualPlatform;
  productId: string;
  quantity: number;
  priceFen: number;
  totalFen: number;
  leftFen: number;
  attach: string;
  env: 0 | 1;
  /** As a query shows it: see `status`. */
  status: number;
  /** Epoch milliseconds, as all times here. */
  createdAt: number;
  paidAt: number | null;
  deliveredAt: number | null;
};

export type VirtualRefund = {
  /** The merchant's number, or one that WeChat or Apple made up. */
  refundNo: string;
  wxRefundId: string;
  outTradeNo: string;
  refundFen: number;
  meta: string;
  state: 'running' | 'done' | 'failed';
  createdAt: number;
  endedAt: number | null;
};

export type VirtualBook = {
  place(data: SignData, openid: string, platform: VirtualPlatform): VirtualOrder;
  find(outTradeNo: string): VirtualOrder | null;
  /** By the merchant's number or by WeChat's. */
  findByNumber(number: { order_id?: string; wx_order_id?: string }): VirtualOrder | null;
  /** Newest first. */
  list(): VirtualOrder[];
  change(outTradeNo: string, fields: Partial<VirtualOrder>): VirtualOrder;
  pay(outTradeNo: string): VirtualOrder;
  addRefund(refund: { refundNo: string; outTradeNo: string; refundFen: number; meta: string }): VirtualRefund;
  findRefund(number: { order_id?: string; wx_order_id?: string }): VirtualRefund | null;
  refundsOf(outTradeNo: string): VirtualRefund[];
  /** What went back is missing from the order from now on; of a failed one nothing is. */
  endRefund(refundNo: string, state: 'done' | 'failed'): VirtualRefund;
};

const ordersMax = 10_000;

/** The orders and refunds of one mini program, as virtual payment keeps them. The oldest are forgotten past ten thousand. */
export function createVirtualBook(): VirtualBook {
  const orders = new Map<string, VirtualOrder>();
  const refunds = new Map<string, VirtualRefund>();

  const find = (outTradeNo: string): VirtualOrder | null => orders.get(outTradeNo) ?? null;

  function change(outTradeNo: string, fields: Partial<VirtualOrder>): VirtualOrder {
    const changed = { ...getOrder({ find }, outTradeNo), ...fields };
    orders.set(outTradeNo, changed);
    return changed;
  }

  return {
    place(data, openid, platform) {
      const totalFen = (data.activitySellingPrice ?? data.goodsPrice) * data.buyQuantity;
      const order: VirtualOrder = {
        outTradeNo: data.outTradeNo,
        wxOrderId: `XP${digits(24)}`,
        transactionId: null,
        openid,
        platform,
        productId: data.productId,
        quantity: data.buyQuantity,
        priceFen: data.goodsPrice,
        totalFen,
        leftFen: totalFen,
        attach: data.attach,
        env: data.env,
        status: status.created,
        createdAt: clock.now(),
        paidAt: null,
        deliveredAt: null,
      };
      orders.set(order.outTradeNo, order);
      const [oldest] = orders.keys();
      if (orders.size > ordersMax && oldest !== undefined) orders.delete(oldest);
      return order;
    },
    find,
    findByNumber: ({ order_id: ours, wx_order_id: theirs }) =>
      [...orders.values()].find((order) => order.outTradeNo === ours || order.wxOrderId === theirs) ?? null,
    list: () => [...orders.values()].reverse(),
    change,
    pay(outTradeNo) {
      const isApples = orders.get(outTradeNo)?.platform === 'ios';
      const transactionId = isApples ? null : wxpayNumber();
      return change(outTradeNo, { status: status.paid, paidAt: clock.now(), transactionId });
    },
    addRefund(refund) {
      const made: VirtualRefund = {
        ...refund,
        wxRefundId: `XR${digits(24)}`,
        state: 'running',
        createdAt: clock.now(),
        endedAt: null,
      };
      refunds.set(made.refundNo, made);
      return made;
    },
    findRefund: ({ order_id: ours, wx_order_id: theirs }) =>
      [...refunds.values()].find((refund) => refund.refundNo === ours || refund.wxRefundId === theirs) ?? null,
    refundsOf: (outTradeNo) => [...refunds.values()].filter((refund) => refund.outTradeNo === outTradeNo),
    endRefund(refundNo, state) {
      const refund = refunds.get(refundNo);
      if (refund?.state !== 'running') throw new Error('the sandbox has no refund of this number under way');
      const ended = { ...refund, state, endedAt: clock.now() };
      refunds.set(refundNo, ended);

      const order = orders.get(refund.outTradeNo);
      if (order && state === 'done') {
        const leftFen = order.leftFen - refund.refundFen;
        change(order.outTradeNo, { leftFen, ...(leftFen === 0 ? { status: status.refunded } : {}) });
      }
      return ended;
    },
  };
}

/** Throws where there is none. */
export function getOrder(book: Pick<VirtualBook, 'find'>, outTradeNo: string): VirtualOrder {
  const order = book.find(outTradeNo);
  if (!order) throw new Error('the sandbox knows no such order');
  return order;
}

export const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

export const wxpayNumber = (): string => `4200${digits(24)}`;
