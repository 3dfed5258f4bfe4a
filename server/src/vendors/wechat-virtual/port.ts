import { slot } from '../../lib/slot';
import type { PushMessage } from '../wechat/port';

/** Apple asks, through WeChat, what we think of a refund that a buyer wants of it. Times are epoch milliseconds. */
export type AppleRefundInquiry = {
  /** The order's number: ours as it reads, but WeChat does not say so; look for it among theirs as well. */
  outTradeNo: string;
  productId: string | null;
  quantity: number | null;
  /** Why the buyer wants the money back, in Apple's words. */
  buyersReason: string | null;
  /** As WeChat sees it; null where it does not say. */
  delivery: 'none' | 'under_way' | 'done' | null;
  orderedAt: number | null;
  askedAt: number | null;
};

export type AppleRefundDecision = {
  isAgreed: boolean;
  /** In a few words. */
  reason: string;
  /** What it rests on: Apple's auditors read it, and it must not be empty. */
  evidence: string;
};

/** Apple decides alone; three inquiries without an answer within three seconds count as "not sure". */
export type AppleRefundsPort = {
  /** The inquiry in a message; null when it is none. */
  read(message: PushMessage): AppleRefundInquiry | null;
  /** What to answer, to be sealed. */
  answer(decision: AppleRefundDecision): object;
};

export const appleRefunds = slot<AppleRefundsPort>('apple-refunds');
