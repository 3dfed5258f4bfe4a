import type { JsapiPayment } from '@suyi/shared-types';
import type { Refusal } from '../../lib/errors';
import { slot } from '../../lib/slot';

/** WeChat Pay's words for an order, read from a verified answer or a verified notification. */
export type PaymentView = {
  outTradeNo: string;
  /** SUCCESS, REFUND (a refund was begun; the money did come), NOTPAY, CLOSED, or another word of theirs. */
  tradeState: string;
  transactionId: string | null;
  appid: string | null;
  mchid: string;
  openid: string | null;
  totalFen: number | null;
  currency: string | null;
  /** Epoch milliseconds. */
  paidAt: number | null;
};

export type PrepayInput = {
  outTradeNo: string;
  description: string;
  totalFen: number;
  openid: string;
  /** Epoch milliseconds; WeChat closes the order then. */
  expiresAt: number;
  notifyUrl: string;
};

/** The raw bytes as received, and the four headers; nothing re-serialised. */
export type NotificationInput = { headers: Record<string, string | undefined>; rawBody: Buffer };

export type Notification =
  | { eventId: string; eventType: 'TRANSACTION.SUCCESS'; payment: PaymentView }
  | { eventId: string; eventType: string; payment: null };

/** The notification is not WeChat Pay's, not for us, not fresh, or not whole. `reason` is for the log alone. */
export class NotificationRejected extends Error {
  override name = 'NotificationRejected';

  constructor(readonly reason: 'headers' | 'stale' | 'serial' | 'signature' | 'body' | 'cipher') {
    super(reason);
  }
}

export type WechatPayPort = {
  /** The same number may be asked again with the same words. A refusal made no order; `VendorUnavailable` may have made one. */
  prepay(input: PrepayInput): Promise<{ refused: false; prepayId: string } | Refusal>;

  /** Signs what `wx.requestPayment` takes. No network. */
  paymentParams(prepayId: string): JsapiPayment;

  /** The order as WeChat Pay sees it now; null when it says it has no such order. A throttle or a 5xx is `VendorUnavailable`: unknown, never unpaid. */
  query(outTradeNo: string): Promise<PaymentView | null>;

  /** Closes an unpaid order. `paid`: it was paid meanwhile. A throttle is `VendorUnavailable`: a payment may be under way. */
  close(outTradeNo: string): Promise<'closed' | 'paid'>;

  /** Verifies signature, serial, freshness (±300 s) and the GCM tag over the raw bytes. Throws `NotificationRejected`. */
  readNotification(input: NotificationInput): Promise<Notification>;
};

export const wechatPay = slot<WechatPayPort>('wechat-pay');
