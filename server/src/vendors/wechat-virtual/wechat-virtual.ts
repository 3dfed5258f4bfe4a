import type { VirtualPayment } from '@suyi/shared-types';
import { z } from 'zod';
import { assert } from '../../lib/assert';
import { refusal } from '../../lib/errors';
import type { OrderRef, PaymentProvider, StartInput } from '../payment/port';
import { unusable, virtualCalls, type Merchant } from './calls';
import { readPush } from './notification';
import { getPayment, goodsOf, payeeOf, payerOf, paymentView } from './orders';
import { findRefund, requestRefund } from './refunds';
import { paySignature, userSignature } from './signing';

export type WechatVirtualSettings = Merchant & {
  /** The published item that stands for each plan, at the plan's price. */
  products: Readonly<Record<string, string>>;
};

const repeated = 268490004;

/**
 * WeChat's virtual payment, for items bought directly. WeChat makes the order when the phone calls, and takes each number
 * once: another try of a buyer who went away needs another number. There is no closing, and no bill.
 */
export function wechatVirtual(settings: WechatVirtualSettings): PaymentProvider {
  const ask = virtualCalls(settings);
  const products = new Map(Object.entries(settings.products));

  async function query(order: OrderRef) {
    const found = await getPayment(ask, settings, order);
    return found && paymentView(found, order, settings);
  }

  return {
    channel: 'wechat_virtual',
    payee: payeeOf(settings, settings.env),
    goodsOf(planId) {
      const productId = products.get(planId);
      return productId === undefined ? null : goodsOf(productId, 1);
    },

    // Nobody is asked: signing is all there is to it.
    async start(input) {
      const productId = products.get(input.planId);
      if (productId === undefined) return refusal('no_product', `no item stands for the plan ${input.planId}`);
      return { refused: false, handle: null, payment: signPayment(input, productId, settings) };
    },

    query,

    async close(order) {
      const view = await query(order);
      return view?.state === 'paid' || view?.state === 'refunded' ? 'paid' : 'closed';
    },

    refund: (input) => requestRefund(ask, settings, input),
    queryRefund: (input) => findRefund(ask, settings, input),
    readNotification: async ({ rawBody }) => readPush(rawBody, settings),
    bill: null,

    async tellDelivered(order) {
      const body = { order_id: order.outTradeNo, env: settings.env };
      const reply = await ask(z.object({}), '/xpay/notify_provide_goods', body);
      if (reply.errcode === null || reply.errcode === repeated) return;
      throw unusable(`did not take note of a delivery: ${reply.errcode}`);
    },
  };
}

/** The data is written once and signed twice as it stands: by us, and by the buyer's login of this moment. */
function signPayment(input: StartInput, productId: string, { offerId, appKey, env }: Merchant): VirtualPayment {
  assert(input.sessionKey !== null, 'virtual payment is signed with a login of this moment');
  payerOf(input);
  assert(
    /^[0-9A-Za-z|*@-][0-9A-Za-z_|*@-]{7,31}$/.test(input.outTradeNo),
    'the number is one that virtual payment takes',
  );

  const signData = JSON.stringify({
    offerId,
    buyQuantity: 1,
    env,
    currencyType: 'CNY',
    productId,
    goodsPrice: input.totalFen,
    outTradeNo: input.outTradeNo,
    attach: input.outTradeNo,
  });
  return {
    mode: 'short_series_goods',
    signData,
    paySig: paySignature(appKey, 'requestVirtualPayment', signData),
    signature: userSignature(input.sessionKey, signData),
  };
}
