import { z } from 'zod';
import { refusal, type Refusal } from '../../lib/errors';
import type { RefundInput, RefundView } from '../payment/port';
import { unusable, type Ask, type Merchant } from './calls';
import {
  findOrder,
  getPayment,
  hasFailed,
  isApples,
  isDone,
  isRefund,
  isUnpaid,
  momentOrNull,
  payerOf,
  sentBackFen,
  wasEverPaid,
  type VirtualOrder,
} from './orders';

const Accepted = z.object({ refund_wx_order_id: z.string().nullish() });

const repeated = 268490004; // The earlier call had done it.
const underWay = 268490014;
const verified = 268490013;

/**
 * Asks for money to be sent back; WeChat only begins to, and says later how it went. It does not promise that the same
 * number is refunded once, so we look before we ask: at the refund of this number, and at what is left of the payment.
 */
export async function requestRefund(ask: Ask, merchant: Merchant, input: RefundInput): Promise<RefundView | Refusal> {
  const payment = await paymentOf(ask, merchant, input);
  if (isApples(payment)) return refusal('ios_order', 'only Apple refunds what was paid to Apple');
  if (isUnpaid(payment)) return refusal('not_paid', `the order stands at ${payment.status}`);
  if (!wasEverPaid(payment)) throw unusable(`has an order at ${payment.status}, which we do not know`);

  const known = (await findKnown(ask, merchant, input)).view ?? viewOfPayment(payment, input);
  if (known) return known;

  const leftFen = payment.left_fee;
  if (typeof leftFen !== 'number') throw unusable('does not say what is left of an order');
  if (leftFen < input.refundFen) return refusal('less_left', `${leftFen} fen are left of the order`);

  const reply = await ask(Accepted, '/xpay/refund_order', {
    openid: payerOf(input.order),
    order_id: input.order.outTradeNo,
    refund_order_id: input.refundNo,
    left_fee: leftFen,
    refund_fee: input.refundFen,
    biz_meta: input.reason.slice(0, 300), // They take 1024, and do not say of what.
    refund_reason: '5', // Another reason: which it is stands in the words above.
    req_from: '3',
    env: merchant.env,
  });
  if (reply.errcode === null) return viewOf(input, 'processing', { wxId: reply.said.refund_wx_order_id });
  if (reply.errcode === repeated || reply.errcode === underWay) return viewOf(input, 'processing');
  if (reply.errcode === verified) return refusal('verified', 'WeChat does not refund an order that was verified');
  // Among these 268490016: what is left has changed since we looked.
  throw unusable(`did not begin a refund: ${reply.errcode}`);
}

/** How a refund stands; null when WeChat says that it has none of this number and none is missing from the payment. */
export async function findRefund(ask: Ask, merchant: Merchant, input: RefundInput): Promise<RefundView | null> {
  const { view, isUnknown } = await findKnown(ask, merchant, input);
  if (view) return view;

  // The pages promise the question after a payment's number, and only mention the one after a refund's.
  const payment = await paymentOf(ask, merchant, input);
  const seen = viewOfPayment(payment, input);
  if (seen || !isUnknown) return seen;
  if (hasFailed(payment)) return viewOf(input, 'abnormal');
  throw unusable('does not say how a refund stands');
}

/** The refund under its own number. `isUnknown`: WeChat gave no answer that could be read as none. */
async function findKnown(
  ask: Ask,
  merchant: Merchant,
  input: RefundInput,
): Promise<{ view: RefundView | null; isUnknown: boolean }> {
  const reply = await findOrder(ask, merchant, payerOf(input.order), input.refundNo);
  if (reply.errcode !== null) return { view: null, isUnknown: true };
  if (reply.said === null) return { view: null, isUnknown: false };
  if (!isRefund(reply.said)) throw unusable('has something else under the number of a refund');
  return { view: viewOfRefund(reply.said, input), isUnknown: false };
}

function viewOfRefund(refund: VirtualOrder, input: RefundInput): RefundView {
  const told = { wxId: refund.wx_order_id, fen: refund.refund_fee };
  if (isDone(refund)) return viewOf(input, 'succeeded', { ...told, at: refund.paid_time });
  return viewOf(input, hasFailed(refund) ? 'abnormal' : 'processing', told);
}

/** What the payment shows of this refund: once so much is missing from it, this refund was sent too. */
function viewOfPayment(payment: VirtualOrder, input: RefundInput): RefundView | null {
  const isMissing = (sentBackFen(payment) ?? 0) >= input.refundedBeforeFen + input.refundFen;
  return isMissing ? viewOf(input, 'succeeded') : null;
}

async function paymentOf(ask: Ask, merchant: Merchant, { order }: RefundInput): Promise<VirtualOrder> {
  const payment = await getPayment(ask, merchant, order);
  if (!payment) throw unusable('knows no payment to refund');
  return payment;
}

type Told = { wxId?: string | null; fen?: number | null; at?: number | null };

function viewOf(input: RefundInput, state: RefundView['state'], told: Told = {}): RefundView {
  return {
    channel: 'wechat_virtual',
    refundNo: input.refundNo,
    providerRefundId: told.wxId || null,
    outTradeNo: input.order.outTradeNo,
    state,
    refundFen: told.fen ?? null,
    succeededAt: momentOrNull(told.at),
  };
}
