import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../http';
import { NotificationRejected, type Notification, type PaymentView, type RefundView } from '../payment/port';
import type { Merchant } from './calls';
import { goodsOf, momentOrNull, payeeOf } from './orders';

const Pushed = z.object({ Event: z.string().min(1).max(100) });

const Delivery = z.object({
  OpenId: z.string().min(1),
  OutTradeNo: z.string().min(1),
  Env: z.number().int(),
  /** Apple's payments may come without it. */
  WeChatPayInfo: z.object({ TransactionId: z.string().nullish(), PaidTime: z.number().int().nullish() }).nullish(),
  GoodsInfo: z.object({
    ProductId: z.string().min(1),
    Quantity: z.number().int(),
    ActualPrice: z.number().int().nonnegative(),
  }),
});

const Refunded = z.object({
  WxRefundId: z.string().nullish(),
  MchRefundId: z.string().nullish(),
  MchOrderId: z.string().min(1),
  RefundFee: z.number().int().nonnegative().nullish(),
  RetCode: z.number().int(),
  RefundSuccTimestamp: z.number().int().nullish(),
});

/** Reads a push that was verified and opened already: it is signed as a whole, so nothing in it is signed once more. */
export function readPush(rawBody: Buffer, merchant: Merchant): Notification {
  const body = parseJson(rawBody);
  const { Event: eventType } = read(Pushed, body);
  if (eventType === 'xpay_goods_deliver_notify') {
    const payment = paymentOf(read(Delivery, body), merchant);
    return { eventId: `${eventType}:${payment.outTradeNo}`, eventType, payment, refund: null };
  }
  if (eventType === 'xpay_refund_notify') {
    const told = read(Refunded, body);
    const number = told.WxRefundId || told.MchRefundId || told.MchOrderId;
    return { eventId: `${eventType}:${number}:${told.RetCode}`, eventType, payment: null, refund: refundOf(told) };
  }
  const digest = createHash('sha256').update(rawBody).digest('hex');
  return { eventId: `${eventType}:${digest}`, eventType, payment: null, refund: null };
}

function read<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw new NotificationRejected('body');
  return parsed.data;
}

function paymentOf(told: z.infer<typeof Delivery>, merchant: Merchant): PaymentView {
  const { GoodsInfo: goods, WeChatPayInfo: pay } = told;
  return {
    channel: 'wechat_virtual',
    outTradeNo: told.OutTradeNo,
    state: 'paid',
    transactionId: pay?.TransactionId || null,
    payee: payeeOf(merchant, told.Env),
    payer: told.OpenId,
    goods: goodsOf(goods.ProductId, goods.Quantity),
    totalFen: goods.ActualPrice,
    currency: 'CNY',
    paidAt: momentOrNull(pay?.PaidTime),
    refundedFen: null,
  };
}

function refundOf(told: z.infer<typeof Refunded>): RefundView {
  const hasSucceeded = told.RetCode === 0;
  return {
    channel: 'wechat_virtual',
    refundNo: told.MchRefundId || null,
    providerRefundId: told.WxRefundId || null,
    outTradeNo: told.MchOrderId,
    // WeChat says why in words only, and tries no more by itself.
    state: hasSucceeded ? 'succeeded' : 'abnormal',
    refundFen: told.RefundFee ?? null,
    succeededAt: hasSucceeded ? momentOrNull(told.RefundSuccTimestamp) : null,
  };
}
