import type { Payment, PaymentChannel } from '@suyi/shared-types';
import type { Refusal } from '../../lib/errors';
import { slot } from '../../lib/slot';

/*
 * What every way of paying can do, in one set of words: the product settles, refunds and reconciles without knowing which
 * provider it speaks to. Money is integer fen, time epoch milliseconds. After a question `VendorUnavailable` means ask
 * again; after an order it means that we do not know.
 */

/** An order as a provider knows it. */
export type OrderRef = {
  outTradeNo: string;
  /** The openid that was asked to pay; null where the provider names buyers in a way of its own. */
  payer: string | null;
  totalFen: number;
};

export type StartInput = OrderRef & {
  planId: string;
  description: string;
  /** From then on it cannot be paid, where the provider knows such a moment. */
  expiresAt: number;
  /** What an earlier start of the same order gave, to be used again. */
  handle: string | null;
  /** Of the login code that came with this request; virtual payment signs with it, and it is never kept. */
  sessionKey: string | null;
};

/** `handle` is what to keep for the next start; `payment` is what the phone takes to pay now. */
export type Started = { refused: false; handle: string | null; payment: Payment };

/** The provider's words for an order, read from a verified answer or a verified notification. */
export type PaymentView = {
  channel: PaymentChannel;
  outTradeNo: string;
  /** `refunded`: the money did come, and some or all of it was sent back, or is on its way. Any word we do not know is `unpaid`. */
  state: 'unpaid' | 'paid' | 'refunded' | 'closed';
  transactionId: string | null;
  /** Whom the money went to, in the words of the provider's `payee`. */
  payee: string;
  payer: string | null;
  /** What was bought, in the words of the provider's `goodsOf`; null where the provider knows no goods. */
  goods: string | null;
  totalFen: number | null;
  currency: string | null;
  paidAt: number | null;
  /** All that was sent back so far, by whomever; null where the answer does not say. */
  refundedFen: number | null;
};

export type RefundInput = {
  /** Ours: the same on every try, so that it is one refund however often it is asked for. */
  refundNo: string;
  order: OrderRef;
  refundFen: number;
  /** What earlier refunds of this order came to. */
  refundedBeforeFen: number;
  reason: string;
};

/** The provider's words for one refund. */
export type RefundView = {
  channel: PaymentChannel;
  /** Whatever number it was asked for by; null when nobody gave one, as at Apple's. */
  refundNo: string | null;
  /** Theirs. */
  providerRefundId: string | null;
  outTradeNo: string;
  /** `abnormal`: the money could not be given back to where it came from, and a person has to act at the provider's console. */
  state: 'processing' | 'succeeded' | 'closed' | 'abnormal';
  refundFen: number | null;
  succeededAt: number | null;
};

export type BillLine = {
  kind: 'payment' | 'refund';
  outTradeNo: string;
  transactionId: string;
  /** The order's amount on a payment's line; a refund's line may say 0. */
  totalFen: number;
  /** Of a refund's line; null on a payment's. */
  refund: { refundNo: string; providerRefundId: string; refundFen: number; state: RefundView['state'] } | null;
};

/** As received: nothing re-serialised, header names in any case. */
export type NotificationInput = { headers: Record<string, string | undefined>; rawBody: Buffer };

export type Notification = {
  /** The same on every repeat. */
  eventId: string;
  eventType: string;
  payment: PaymentView | null;
  refund: RefundView | null;
};

/** The notification is not the provider's, not for us, not fresh, or not whole. `reason` is for the log alone. */
export class NotificationRejected extends Error {
  override name = 'NotificationRejected';

  constructor(readonly reason: 'headers' | 'stale' | 'serial' | 'signature' | 'body' | 'cipher') {
    super(reason);
  }
}

export type PaymentProvider = {
  readonly channel: PaymentChannel;
  /** Whom a genuine payment goes to: merchant and app, as one word. */
  readonly payee: string;
  /** What a genuine payment for this plan buys; null where the provider knows no goods. */
  goodsOf(planId: string): string | null;

  /**
   * Prepares the order at the provider and signs what the phone takes. May be called again for the same order with the same
   * words. A refusal made no order; `VendorUnavailable` may have made one.
   */
  start(input: StartInput): Promise<Started | Refusal>;

  /** The order as the provider sees it now; null when it says that it has none. A throttle or a 5xx is `VendorUnavailable`: unknown, never unpaid. */
  query(order: OrderRef): Promise<PaymentView | null>;

  /** Makes sure that nobody can pay it any more, where the provider can. `paid`: it was paid meanwhile. A throttle is `VendorUnavailable`. */
  close(order: OrderRef): Promise<'closed' | 'paid'>;

  /**
   * Asks for money to be sent back. Refusal `not_enough`: our balance there is short, and the same words may be right later.
   * Any other refusal is final: nothing was and nothing will be sent back.
   */
  refund(input: RefundInput): Promise<RefundView | Refusal>;

  /** A refund as the provider sees it now; null when it says that it has none of this number. */
  queryRefund(input: RefundInput): Promise<RefundView | null>;

  /** Reads what the provider says of its own accord. Throws `NotificationRejected`, or `VendorUnavailable` when a key cannot be had. */
  readNotification(input: NotificationInput): Promise<Notification>;

  /** Every payment and refund of one day of Asia/Shanghai (`2026-11-22`), or that the bill is not there yet. Null: the provider gives no bill. */
  readonly bill: ((day: string) => Promise<readonly BillLine[] | 'not_ready'>) | null;

  /** Tells the provider that the buyer has what was paid for; again is harmless. Null: nobody wants to know. */
  readonly tellDelivered: ((order: OrderRef) => Promise<void>) | null;
};

/** Every provider whose keys we hold. Which of them new orders may use is a setting; old orders keep theirs. */
export const paymentProviders = slot<Partial<Record<PaymentChannel, PaymentProvider>>>('payment-providers');
