import { z } from 'zod';
import { refusal } from '../../lib/errors';
import type { PaymentProvider, RefundInput, RefundView } from '../payment/port';
import { refusalCode, unusable, failureSentence } from './answers';
import type { SignedCalls } from './signed-calls';

const states = { PROCESSING: 'processing', SUCCESS: 'succeeded', CLOSED: 'closed', ABNORMAL: 'abnormal' } as const;
const Status = z.enum(['PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL']);

const common = {
  refund_id: z.string().min(1),
  out_refund_no: z.string().min(1),
  out_trade_no: z.string().min(1),
  success_time: z.iso.datetime({ offset: true }).nullish(),
  amount: z.object({ refund: z.number().int().nonnegative() }),
};

/** A refund as WeChat Pay answers it. */
const Refund = z.object({ ...common, status: Status });

/** The same inside a notification, where the state has another name. */
export const RefundNotice = z.object({ ...common, refund_status: Status, mchid: z.string() });

/** Noes that judge our keys or a moment of theirs, not the refund. */
const saysNothingOfTheRefund = new Set([
  'SIGN_ERROR',
  'RESOURCE_NOT_EXISTS', // Said now and then of an order that is paid; the same words go through a little later (developers' community, 2026-04).
]);

const reasonBytesMax = 80;

/** Refunds at WeChat Pay: the same number is one refund, however often it is asked for. */
export function refundCalls(pay: SignedCalls, notifyUrl: string): Pick<PaymentProvider, 'refund' | 'queryRefund'> {
  return {
    async refund(input) {
      const reason = wireReason(input.reason);
      const answer = await pay.refunds({
        out_trade_no: input.order.outTradeNo,
        out_refund_no: input.refundNo,
        ...(reason === '' ? {} : { reason }),
        notify_url: notifyUrl,
        amount: { refund: input.refundFen, total: input.order.totalFen, currency: 'CNY' },
      });
      if (answer.status === 200) return viewOf(answer.data, input);

      const code = refusalCode(answer);
      if (code === 'NOT_ENOUGH') return refusal('not_enough', 'the balance at WeChat Pay is short');
      if (saysNothingOfTheRefund.has(code)) throw unusable(`did not look at a refund: ${answer.status} ${code}`);
      return refusal(code, failureSentence(answer.data));
    },

    async queryRefund(input) {
      const answer = await pay.find_refunds(encodeURIComponent(input.refundNo));
      if (answer.status === 200) return viewOf(answer.data, input);

      const code = refusalCode(answer);
      if (answer.status === 404 && code === 'RESOURCE_NOT_EXISTS') return null;
      throw unusable(`refused to say how a refund stands: ${answer.status} ${code}`);
    },
  };
}

/** Their words, in ours. */
export function refundView(refund: z.infer<typeof Refund>): RefundView {
  return {
    channel: 'wechat_jsapi',
    refundNo: refund.out_refund_no,
    providerRefundId: refund.refund_id,
    outTradeNo: refund.out_trade_no,
    state: states[refund.status],
    refundFen: refund.amount.refund,
    succeededAt: refund.success_time ? Date.parse(refund.success_time) : null,
  };
}

function viewOf(body: unknown, asked: RefundInput): RefundView {
  const parsed = Refund.safeParse(body);
  if (!parsed.success) throw unusable('answered a refund in another shape', parsed.error);

  const view = refundView(parsed.data);
  // The signature does not cover the question: a genuine answer about another refund must not pass for this one's.
  const isAsked = view.refundNo === asked.refundNo && view.outTradeNo === asked.order.outTradeNo;
  if (!isAsked) throw unusable('answered with another refund');
  return view;
}

/** What they take as a reason and show to the buyer: 80 bytes at most, no character of four bytes, none of control. */
function wireReason(reason: string): string {
  let text = '';
  let bytes = 0;
  for (const character of reason.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim()) {
    const length = Buffer.byteLength(character);
    if (length > 3) continue;
    bytes += length;
    if (bytes > reasonBytesMax) break;
    text += character;
  }
  return text.trim();
}
