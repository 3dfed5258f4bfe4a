import { z } from 'zod';
import { assert } from '../../lib/assert';
import { seconds } from '../../lib/clock';
import type { OrderRef, PaymentView } from '../payment/port';
import { unusable, type Ask, type Merchant, type Reply } from './calls';

const fen = z.number().int().nonnegative().nullish();

/** A payment or a refund: WeChat keeps both as orders, each under the number that it was asked for by. */
const VirtualOrder = z.object({
  order_id: z.string(),
  status: z.number().int(),
  order_type: z.number().int().nullish(),
  /** 1 is live, 2 their sandbox: not the numbers of `env`. */
  env_type: z.number().int().nullish(),
  order_fee: fen,
  paid_fee: fen,
  left_fee: fen,
  refund_fee: fen,
  /** In seconds; of a refund, when it was done. */
  paid_time: z.number().int().nullish(),
  wx_order_id: z.string().nullish(),
  wxpay_order_id: z.string().nullish(),
});
export type VirtualOrder = z.infer<typeof VirtualOrder>;

/** No order at all counts only with an explicit yes beside it: an empty answer must not pass for "nobody ever paid". */
const Queried = z.union([
  z.object({ order: VirtualOrder }),
  z.object({ errcode: z.literal(0), order: z.null().optional() }),
]);

const applePayment = 7;
const appleRefund = 8;
const refundTypes = new Set<unknown>([1, appleRefund]);

const paidStatuses = new Set([2, 3, 4, 7]); // To be delivered, under way, delivered; 7: a refund of it failed.
const refundedStatuses = new Set([5, 8, 9, 10]); // 9 and 10: WeChat has taken its share back from us as well.
const closedStatus = 6;
const unpaidStatuses = new Set([0, 1, closedStatus]);
const refundFailedStatus = 7;

/** The order under this number, be it a payment's or a refund's; null when WeChat says that it has none. */
export async function findOrder(
  ask: Ask,
  { env }: Merchant,
  openid: string,
  number: string,
): Promise<Reply<VirtualOrder | null>> {
  const reply = await ask(Queried, '/xpay/query_order', { openid, env, order_id: number });
  if (reply.errcode !== null) return reply;

  const order = reply.said.order ?? null;
  // Nothing ties the answer to the question but this number.
  if (order && order.order_id !== number) throw unusable('answered a query with another order');
  return { errcode: null, said: order };
}

/** The payment as it stands. WeChat lists no errcode for an order that it has never seen, so any of them means unknown. */
export async function getPayment(ask: Ask, merchant: Merchant, order: OrderRef): Promise<VirtualOrder | null> {
  const reply = await findOrder(ask, merchant, payerOf(order), order.outTradeNo);
  if (reply.errcode !== null) throw unusable(`refused a query: ${reply.errcode}`);
  return reply.said;
}

export function payerOf(order: OrderRef): string {
  assert(order.payer !== null, 'an order of virtual payment knows who pays it');
  return order.payer;
}

export function paymentView(order: VirtualOrder, asked: OrderRef, merchant: Merchant): PaymentView {
  const wasPaid = wasEverPaid(order);
  const env = order.env_type ? order.env_type - 1 : merchant.env;
  return {
    channel: 'wechat_virtual',
    outTradeNo: order.order_id,
    state: stateOf(order),
    // Apple's payments have no number at WeChat Pay.
    transactionId: wasPaid ? order.wxpay_order_id || order.wx_order_id || null : null,
    payee: payeeOf(merchant, env),
    // WeChat looks for the order among this buyer's alone.
    payer: asked.payer,
    goods: null,
    totalFen: (wasPaid ? order.paid_fee : null) ?? order.order_fee ?? null,
    currency: 'CNY', // It takes no other.
    paidAt: wasPaid ? momentOrNull(order.paid_time) : null,
    refundedFen: wasPaid ? sentBackFen(order) : null,
  };
}

function stateOf(order: VirtualOrder): PaymentView['state'] {
  if (refundedStatuses.has(order.status) || order.order_type === appleRefund) return 'refunded';
  // A refunded order has been seen to stand at "delivered" again later: what is left of it tells the truth.
  if (paidStatuses.has(order.status)) return (sentBackFen(order) ?? 0) > 0 ? 'refunded' : 'paid';
  return order.status === closedStatus ? 'closed' : 'unpaid';
}

/** All that went back to the buyer; null where the answer does not say. */
export function sentBackFen({ status, order_type: type, paid_fee: paid, left_fee: left }: VirtualOrder): number | null {
  if (typeof paid !== 'number' || typeof left !== 'number' || left > paid) return null;
  // `left_fee` is what we may still refund, and of Apple's payments that may be nothing from the start.
  return type === applePayment && !refundedStatuses.has(status) ? null : paid - left;
}

export const wasEverPaid = ({ status, order_type: type }: VirtualOrder): boolean =>
  paidStatuses.has(status) || refundedStatuses.has(status) || type === appleRefund;

/** Not the opposite of `wasEverPaid`: of a status that we do not know neither is true. */
export const isUnpaid = ({ status }: VirtualOrder): boolean => unpaidStatuses.has(status);

export const isApples = ({ order_type: type }: VirtualOrder): boolean => type === applePayment || type === appleRefund;
export const isRefund = ({ order_type: type }: VirtualOrder): boolean => refundTypes.has(type);
export const isDone = ({ status }: VirtualOrder): boolean => refundedStatuses.has(status);
export const hasFailed = ({ status }: VirtualOrder): boolean => status === refundFailedStatus;

/** Mini program, offer and environment in one word: money for our sandbox is not money for us. */
export const payeeOf = ({ appid, offerId }: Merchant, env: number): string => `${appid}/${offerId}/${env}`;

export const goodsOf = (productId: string, quantity: number): string => `${productId}×${quantity}`;

export const momentOrNull = (inSeconds: number | null | undefined): number | null =>
  inSeconds ? seconds(inSeconds) : null;
