import type { VirtualPayment } from '@suyi/shared-types';
import { seconds } from '../../lib/clock';
import type { Push, PushAnswer, WechatPushes } from '../wechat/push';
import { createVirtualApi, deliver, type VirtualApi } from './api';
import { createVirtualBook, getOrder, status, type VirtualOrder } from './orders';
import { deliveryPush } from './pushes';
import { createRefundDesk, type VirtualRefundDesk } from './refunds';
import { readPayment, VirtualPayFault, type SessionKeysOf, type VirtualMerchant, type VirtualPlatform } from './rules';

export type { VirtualOrder, VirtualRefund } from './orders';
export type { VirtualRefundMode } from './refunds';
export { VirtualPayFault, type VirtualMerchant, type VirtualPlatform } from './rules';

export type VirtualPaySimulator = VirtualRefundDesk & {
  /**
   * The phone calls `wx.requestVirtualPayment` and its cashier opens: from now on the number is used up. Rejects with
   * `VirtualPayFault` where WeChat would call `fail`. A buyer who goes away needs nothing more.
   */
  open(params: VirtualPayment, openid: string, platform?: VirtualPlatform): Promise<VirtualOrder>;
  /** The same, and the buyer pays. The order is paid when this resolves; the push is on its way. */
  pay(params: VirtualPayment, openid: string, platform?: VirtualPlatform): Promise<VirtualOrder>;
  /** The buyer pays at a cashier that stands open. */
  payOpened(outTradeNo: string): VirtualOrder;
  /** WeChat gives an unpaid order up. */
  close(outTradeNo: string): VirtualOrder;
  /** Newest first. */
  orders(): VirtualOrder[];
  find(outTradeNo: string): VirtualOrder | null;
  /** Tells of this payment once more; answers what the server said. */
  resend(outTradeNo: string): Promise<PushAnswer>;
  /** A stranger claims that this order is paid. */
  forge(outTradeNo: string): Promise<PushAnswer>;
  /** A query shows this status from now on: WeChat has been seen to go back from 5 to 4. */
  showStatus(outTradeNo: string, status: number): VirtualOrder;
};

/** WeChat's virtual payment: the phone's side, the server's calls, and what WeChat tells on its own. */
export function createVirtualPay(input: {
  /** Null: this mini program never signed up. */
  merchant: VirtualMerchant | null;
  pushes: WechatPushes;
  sessionKeysOf: SessionKeysOf;
}): { simulator: VirtualPaySimulator; api: VirtualApi } {
  const { merchant, pushes } = input;
  const book = createVirtualBook();
  const { take, ...refundDesk } = createRefundDesk(book, pushes);

  function open(params: VirtualPayment, openid: string, platform: VirtualPlatform): VirtualOrder {
    const data = readPayment(params, { openid, platform, sessionKeysOf: input.sessionKeysOf }, merchant);
    if (book.find(data.outTradeNo)) throw new VirtualPayFault(-15002, 'outTradeNo重复使用,请换新单号重试');
    return book.place(data, openid, platform);
  }

  const deliveryOf = (order: VirtualOrder): Push => ({
    ...deliveryPush(order),
    onAccepted: () => deliver(book, order.outTradeNo),
  });

  function payOpened(outTradeNo: string): VirtualOrder {
    const isOpen = getOrder(book, outTradeNo).status === status.created;
    if (!isOpen) throw new VirtualPayFault(-15012, '调用米大师失败导致关单,请换新单号重试');
    const order = book.pay(outTradeNo);
    void pushes.send(deliveryOf(order));
    return order;
  }

  const simulator: VirtualPaySimulator = {
    ...refundDesk,
    open: async (params, openid, platform = 'android') => open(params, openid, platform),
    pay: async (params, openid, platform = 'android') => payOpened(open(params, openid, platform).outTradeNo),
    payOpened,
    close(outTradeNo) {
      const isOpen = getOrder(book, outTradeNo).status === status.created;
      if (!isOpen) throw new Error('only an unpaid order is given up');
      return book.change(outTradeNo, { status: status.closed });
    },
    orders: () => book.list(),
    find: (outTradeNo) => book.find(outTradeNo),
    resend: (outTradeNo) => pushes.send(deliveryOf(getOrder(book, outTradeNo))),
    forge: (outTradeNo) => pushes.attempt(deliveryPush(getOrder(book, outTradeNo)), { kind: 'forge' }, seconds(5)),
    showStatus: (outTradeNo, shown) => book.change(outTradeNo, { status: shown }),
  };
  return { simulator, api: createVirtualApi({ merchant, book, onRefund: take }) };
}
