import { z } from 'zod';
import { isRefusal, refusal, type Refusal } from '../../lib/errors';
import type { RefundInput, RefundView } from '../payment/port';
import { ShanghaiMoment, YuanAsFen, yuanOf } from './fields';
import { unusable, type AlipayGateway } from './gateway';

/** `refund_fee` is left unread: it is the sum of all refunds of the trade, not this one. */
const Refunded = z.object({
  out_trade_no: z.string(),
  fund_change: z.enum(['Y', 'N']),
  gmt_refund_pay: ShanghaiMoment.nullish(),
});

/** Everything but the code is missing when Alipay knows no such refund. */
const QueriedRefund = z.object({
  out_trade_no: z.string().nullish(),
  out_request_no: z.string().nullish(),
  refund_amount: YuanAsFen.nullish(),
  refund_status: z.string().nullish(),
  gmt_refund_pay: ShanghaiMoment.nullish(),
});

const noSuch = new Set(['ACQ.TRADE_NOT_EXIST', 'ACQ.REFUND_NOT_EXIST']);

/**
 * Sends money back, at once or not at all: the same number is the same refund however often it is asked for. `fund_change` N
 * means that this request moved nothing, so what an earlier one did is asked. When nothing is found, as can be in the
 * first ten seconds, that is `VendorUnavailable`: the same words again are safe, a new number would not be.
 */
export async function refund(gateway: AlipayGateway, input: RefundInput): Promise<RefundView | Refusal> {
  const { order, refundNo, refundFen } = input;
  const answer = await gateway.call(Refunded, 'alipay.trade.refund', {
    out_trade_no: order.outTradeNo,
    out_request_no: refundNo,
    refund_amount: yuanOf(refundFen),
    refund_reason: input.reason.slice(0, 256),
  });

  if (isRefusal(answer)) {
    // A no to the second try says nothing of the first, whose answer may have been lost.
    const earlier = await queryRefund(gateway, order.outTradeNo, refundNo);
    if (earlier) return earlier;
    return answer.code === 'ACQ.SELLER_BALANCE_NOT_ENOUGH' ? refusal('not_enough', answer.code) : answer;
  }
  if (answer.out_trade_no !== order.outTradeNo) throw unusable('answered a refund with another order');
  if (answer.fund_change === 'Y') {
    return viewOf({ outTradeNo: order.outTradeNo, refundNo, refundFen, at: answer.gmt_refund_pay });
  }
  const earlier = await queryRefund(gateway, order.outTradeNo, refundNo);
  if (!earlier) throw unusable('says neither that the refund was made nor that it was not');
  return earlier;
}

/** The refund of this number; null when there is none. */
export async function queryRefund(
  gateway: AlipayGateway,
  outTradeNo: string,
  refundNo: string,
): Promise<RefundView | null> {
  const answer = await gateway.call(QueriedRefund, 'alipay.trade.fastpay.refund.query', {
    out_trade_no: outTradeNo,
    out_request_no: refundNo,
    query_options: ['gmt_refund_pay'],
  });
  if (isRefusal(answer)) {
    if (noSuch.has(answer.code)) return null;
    throw unusable(`refused a query for a refund: ${answer.code}`);
  }
  if (typeof answer.refund_amount !== 'number') return null;

  const isOurs = answer.out_trade_no === outTradeNo && answer.out_request_no === refundNo;
  if (!isOurs) throw unusable('answered a query for a refund with another one');
  const refundFen = answer.refund_amount;
  const view = viewOf({ outTradeNo, refundNo, refundFen, at: answer.gmt_refund_pay });
  return answer.refund_status === 'REFUND_SUCCESS' ? view : { ...view, state: 'processing', succeededAt: null };
}

type Made = { outTradeNo: string; refundNo: string; refundFen: number; at: number | null | undefined };

/** Alipay numbers no refund itself. */
function viewOf({ outTradeNo, refundNo, refundFen, at }: Made): RefundView {
  return {
    channel: 'alipay_wap',
    refundNo,
    providerRefundId: null,
    outTradeNo,
    state: 'succeeded',
    refundFen,
    succeededAt: at ?? null,
  };
}
