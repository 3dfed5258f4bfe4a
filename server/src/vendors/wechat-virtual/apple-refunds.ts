import { z } from 'zod';
import { assert } from '../../lib/assert';
import { seconds } from '../../lib/clock';
import type { AppleRefundsPort } from './port';

const inquiryEvent = 'xpay_subscribe_ios_refund_query_notify';

/** Numbers come as text. Nothing but the order is needed to answer, so nothing else may keep an inquiry from being read. */
const word = z.union([z.string(), z.number().transform(String)]).catch('');
const Inquiry = z.object({
  pay_order_id: word,
  product_id: word,
  p_count: word,
  refund_request_reason: word,
  provide_status: word,
  order_time: word,
  refund_time: word,
});

const deliveries = new Map<string, 'none' | 'under_way' | 'done'>([
  ['0', 'none'],
  ['1', 'done'],
  ['2', 'under_way'],
]);

/** Apple's refund inquiries, as WeChat hands them on. */
export const appleRefundInquiries: AppleRefundsPort = {
  read({ event, body }) {
    if (event !== inquiryEvent) return null;

    const asked = Inquiry.parse(body);
    return {
      outTradeNo: asked.pay_order_id,
      productId: asked.product_id || null,
      quantity: wholeOrNull(asked.p_count),
      buyersReason: asked.refund_request_reason || null,
      delivery: deliveries.get(asked.provide_status) ?? null,
      orderedAt: momentOrNull(asked.order_time),
      askedAt: momentOrNull(asked.refund_time),
    };
  },

  answer({ isAgreed, reason, evidence }) {
    assert(evidence !== '', 'an answer to Apple names its evidence');
    return { result_code: isAgreed ? 0 : 1, result_info: reason, evidence };
  },
};

const wholeOrNull = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

function momentOrNull(text: string): number | null {
  const value = wholeOrNull(text);
  return value === null || value === 0 ? null : seconds(value);
}
